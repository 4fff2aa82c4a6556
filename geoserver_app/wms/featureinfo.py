"""GetFeatureInfo: what lies under a pixel, over any number of layers, as JSON, text or HTML."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string

from geoserver_app.wms.parameters import Frame
from layers import crs, pixels, rows
from layers.access import LayerView
from layers.spec import Bounds

_RADIUS_PX = 3
"""How near a click must come to a point or line (ui/brief.md §4, mouse)."""
FORMATS = ("application/json", "text/html", "text/plain")


@dataclass(frozen=True, slots=True)
class Spot:
    """The place asked for: the pixel's neighbourhood x first in EPSG:`srid`, its centre lon/lat."""

    bounds: Bounds
    srid: int
    lonlat: tuple[float, float]


def spot(frame: Frame, column: int, row: int) -> Spot:
    """Turn pixel (column, row), counted from the upper left, into a place on the ground."""
    minx, miny, maxx, maxy = frame.bounds
    dx, dy = (maxx - minx) / frame.width, (maxy - miny) / frame.height
    x, y = minx + (column + 0.5) * dx, maxy - (row + 0.5) * dy
    lonlat = (x, y) if crs.is_degrees(frame.srid) else crs.transformer(frame.srid, crs.STORAGE).transform(x, y)
    near = (x - _RADIUS_PX * dx, y - _RADIUS_PX * dy, x + _RADIUS_PX * dx, y + _RADIUS_PX * dy)
    return Spot(near, frame.srid, (float(lonlat[0]), float(lonlat[1])))


def collection(views: Sequence[LayerView], place: Spot, count: int) -> dict[str, Any]:
    """Return a FeatureCollection: at most `count` features a layer, layers in the order asked."""
    features = [feature for view in views for feature in _features(view, place, count)]
    return {"type": "FeatureCollection", "features": features}


def _features(view: LayerView, place: Spot, count: int) -> Iterator[dict[str, Any]]:
    match view.spec.kind:
        case "vector":
            yield from _rows(view, place, count)
        case "imagery" | "elevation":
            yield from _pixels(view, place)
        case "map":
            for member, _ in view.members:
                yield from _features(member, place, count)


def _rows(view: LayerView, place: Spot, count: int) -> Iterator[dict[str, Any]]:
    query = rows.RowQuery(bounds=place.bounds, bounds_srid=place.srid, limit=count)
    found = rows.rows(view, query)
    areas: Mapping[int, tuple[float, float]] = {}
    if view.spec.geometry in ("Polygon", "Geometry", ""):
        areas = rows.measures(view, [row["fid"] for row in found], settings.GEOBASE.gauss_crs)
    for row in found:
        fid, geometry = row.pop("fid"), row.pop("geometry")
        facts = _facts(view)
        ellipsoid, plane = areas.get(fid, (0.0, 0.0))
        if ellipsoid:
            facts |= {"areaEllipsoid_m2": round(ellipsoid, 2), "areaPlane_m2": round(plane, 2)}
        yield {
            "type": "Feature",
            "id": f"{view.spec.slug}.{fid}",
            "layer": view.spec.slug,
            "geometry": json.loads(geometry) if geometry else None,
            "properties": row,
            "geobase": facts,
        }


def _pixels(view: LayerView, place: Spot) -> Iterator[dict[str, Any]]:
    for sample in pixels.sample(view, [place.lonlat]):
        if sample is None or all(value is None for value in sample.values):
            continue
        facts = _facts(view) | {"file": sample.file}
        if sample.date:
            facts["surveyDate"] = sample.date.isoformat()
        yield {
            "type": "Feature",
            "id": f"{view.spec.slug}.pixel",
            "layer": view.spec.slug,
            "geometry": None,
            "properties": {f"band{n}": value for n, value in enumerate(sample.values, 1)},
            "geobase": facts,
        }


def _facts(view: LayerView) -> dict[str, Any]:
    current = view.spec.current
    return {"version": view.version, "published": current.published.isoformat() if current else None}


def response(views: Sequence[LayerView], found: dict[str, Any], media_type: str, language: str) -> HttpResponse:
    """Write the answer in one of FORMATS."""
    if media_type == "application/json":
        return JsonResponse(found, json_dumps_params={"ensure_ascii": False})
    titles = {view.spec.slug: view for view in _leaves(views)}
    records = [_record(titles[each["layer"]], each, language) for each in found["features"]]
    if media_type == "text/html":
        return HttpResponse(render_to_string("wms/featureinfo.html", {"records": records}))
    lines: list[str] = []
    for title, name, pairs in records:
        lines += [f"{title} {name}", *(f"  {key} = {value}" for key, value in pairs), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _leaves(views: Sequence[LayerView]) -> Iterator[LayerView]:
    for view in views:
        yield view
        yield from _leaves([member for member, _ in view.members])


def _record(view: LayerView, feature: dict[str, Any], language: str) -> tuple[str, str, list[tuple[str, Any]]]:
    names = {field.name: field.title(language) for field in view.fields}
    pairs = [(names.get(key, key), "" if value is None else value) for key, value in feature["properties"].items()]
    return view.spec.title(language), str(feature["id"]), pairs
