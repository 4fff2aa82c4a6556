"""What stations measured: layers of points with values, a row for each station or for each station and time.

A layer is a station layer when it has points and a number that is no code. Its numbers are the parameters, with the
units the registry has; its time is the first field of date and time, else of date. With a time, rows of one name
(the layer's title field, else its identity) are one station's series; without one each row is a station.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import shapely
from django.conf import settings

from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.edr.found import Found, Spot
from geoserver_app.ogcapi.edr.places import Asked, parameter_names
from geoserver_app.ogcapi.fields import Field, chosen
from geoserver_app.ogcapi.subsetting import interval
from layers import crs, rows
from layers.access import LayerView
from layers.errors import NotFound, TooLarge
from layers.filters import Node
from layers.filters.ast import Comparison, ComparisonOperator, Logical, Property, Value
from layers.spec import FieldSpec

NEAR_DEG = 0.01
"""How far from a position its nearest station may be, about a kilometre."""
type Row = dict[str, Any]


def is_station_layer(view: LayerView) -> bool:
    """Tell whether a layer has stations with values that the caller may read."""
    return view.spec.kind == "vector" and view.spec.geometry == "Point" and bool(fields_of(view))


def fields_of(view: LayerView) -> tuple[Field, ...]:
    """Return the parameters of a station layer: its visible numbers that are neither identity nor code."""
    return tuple(
        Field(each.name, each.title, each.unit, "int64" if each.type == "integer" else "float64")
        for each in view.fields
        if each.type in ("integer", "number") and each.name != view.spec.identity and not each.codes
    )


def time_field(view: LayerView) -> FieldSpec | None:
    """Return the field that tells when a value was measured, None where the layer has none."""
    found = [each for kind in ("datetime", "date") for each in view.fields if each.type == kind]
    return found[0] if found else None


def nearest(call: Call, view: LayerView, asked: Asked) -> Found:
    """Return the series of the station nearest to each point of a shape, within about a kilometre."""
    found = _found(call, view, asked, _rows(call, view, shapely.buffer(asked.shape, NEAR_DEG)), is_many=asked.shape.geom_type != "Point")
    points = [shapely.Point(spot.lonlat) for spot in found.spots]
    if not points:
        return found
    tree = shapely.STRtree(points)
    chosen_spots = {int(tree.nearest(point)): None for point in shapely.get_parts(asked.shape)}
    return Found(found.fields, found.offered, found.language, [found.spots[place] for place in chosen_spots], is_many=found.is_many)


def within(call: Call, view: LayerView, asked: Asked) -> Found:
    """Return the series of the stations in an area."""
    return _found(call, view, asked, _rows(call, view, asked.shape), is_many=True)


def one(call: Call, view: LayerView, offered: crs.Offered, location: str) -> Found:
    """Return one station's series by its identifier; raises NotFound."""
    if _key(view):
        given = _rows(call, view, None, Comparison("=", Property(_key(view)), Value(location)))
    else:
        fid = int(location) if location.isascii() and location.isdigit() and len(location) < 19 else 0
        given = [row for row in rows.rows(view, rows.RowQuery(after=fid - 1, limit=1)) if row["fid"] == fid]
    if not given:
        raise NotFound
    return _found(call, view, Asked(None, offered), given, is_many=False)


def all_of(call: Call, view: LayerView) -> list[Row]:
    """Return the stations as (id, label, lon/lat, times): one for each, whatever was measured."""
    groups = _grouped(view, _rows(call, view, None))
    return [
        {"id": identifier, "label": _label(view, group[0]), "lonlat": _lonlat(group[0]), "times": _times(view, group)}
        for identifier, group in groups.items()
    ]


def _key(view: LayerView) -> str:
    """Return the field whose value names a station in rows of many times, "" where each row is a station."""
    names = {each.name for each in view.fields if each.type == "string"}
    return next((name for name in (view.spec.title_field, view.spec.identity) if name in names and time_field(view)), "")


def _rows(call: Call, view: LayerView, area: Any, node: Node | None = None) -> list[Row]:
    """Return the rows in an area (EPSG:4490) and in `datetime`, the earliest first; raises TooLarge."""
    timed = time_field(view)
    conditions = [*_in_time(call, timed)]
    if node is not None:
        conditions.append(node)
    most = settings.GEOBASE.max_items
    query = rows.RowQuery(
        geometry=None if area is None else bytes(shapely.to_wkb(area)),
        filter=Logical("and", tuple(conditions)) if len(conditions) > 1 else conditions[0] if conditions else None,
        sort=((timed.name, True),) if timed else (),
        limit=most + 1,
    )
    found = rows.rows(view, query)
    if len(found) > most:
        raise TooLarge(f"超过 {most} 行，请缩小范围或时段 / more than {most} rows: ask for less ground or time")
    return [row for row in found if row["geometry"]]


def _in_time(call: Call, timed: FieldSpec | None) -> Iterable[Node]:
    if timed is None:
        return
    first, last = interval(call)
    bounds: tuple[tuple[ComparisonOperator, datetime | None], ...] = ((">=", first), ("<=", last))
    for operator, moment in bounds:
        if moment is not None:
            yield Comparison(operator, Property(timed.name), Value(moment if timed.type == "datetime" else moment.date()))


def _found(call: Call, view: LayerView, asked: Asked, given: list[Row], *, is_many: bool) -> Found:
    fields = chosen(parameter_names(call), fields_of(view), "parameter-name")
    spots = [_spot(view, asked.offered, identifier, group, fields) for identifier, group in _grouped(view, given).items()]
    return Found(fields, asked.offered, call.language, spots, is_many=is_many)


def _grouped(view: LayerView, given: Iterable[Row]) -> Mapping[str, list[Row]]:
    key = _key(view)
    groups: dict[str, list[Row]] = {}
    for row in given:
        groups.setdefault(str(row[key]) if key and row[key] is not None else str(row["fid"]), []).append(row)
    return groups


def _spot(view: LayerView, offered: crs.Offered, identifier: str, group: list[Row], fields: Iterable[Field]) -> Spot:
    lon, lat = _lonlat(group[0])
    x, y = (lon, lat) if crs.is_degrees(offered.srid) else crs.transformer(crs.STORAGE, offered.srid).transform(lon, lat)
    values = {field.name: [row[field.name] for row in group] for field in fields}
    return Spot(round(float(x), 9), round(float(y), 9), (lon, lat), values, _times(view, group), identifier, _label(view, group[0]))


def _times(view: LayerView, group: Iterable[Row]) -> list[str]:
    timed = time_field(view)
    return [_written(row[timed.name]) for row in group] if timed else []


def _written(value: date | datetime | None) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{value.isoformat()}T00:00:00Z" if value else ""


def _label(view: LayerView, row: Row) -> str:
    return str(row.get(view.spec.title_field) or row["fid"])


def _lonlat(row: Row) -> tuple[float, float]:
    point = shapely.geometry.shape(json.loads(row["geometry"]))
    middle = point.centroid
    return float(middle.x), float(middle.y)
