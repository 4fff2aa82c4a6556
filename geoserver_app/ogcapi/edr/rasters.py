"""What imagery and elevation models hold at places, along lines and over areas."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import shapely

from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.edr.found import Cells, Found, Spot
from geoserver_app.ogcapi.edr.places import Asked, parameter_names, transformed
from geoserver_app.ogcapi.fields import Field, chosen, of_raster
from geoserver_app.ogcapi.placing import unit_m
from geoserver_app.ogcapi.subsetting import placed, until
from layers import crs, native, pixels, planes
from layers.access import LayerView
from layers.errors import TooLarge
from layers.pixels import Picture
from layers.spec import Bounds

MOST_CELLS = 1_000_000
MOST_SPOTS = 5_000


def at_places(call: Call, view: LayerView, asked: Asked) -> Found:
    """Return the values at the points of a shape: position."""
    fields = _fields(call, view)
    points = shapely.get_coordinates(asked.shape)
    if len(points) > MOST_SPOTS:
        raise TooLarge(f"最多 {MOST_SPOTS} 个点 / at most {MOST_SPOTS} places", parameter="coords")
    spots = _spots(view, asked, points, fields, until(call))
    return Found(fields, asked.offered, call.language, spots, is_many=asked.shape.geom_type != "Point")


def along(call: Call, view: LayerView, asked: Asked) -> Found:
    """Return the values along a line, a cell apart, or further so that there are at most `MOST_SPOTS`; its vertices are among them."""
    fields = _fields(call, view)
    line = asked.shape
    middle = shapely.centroid(line)
    plane = planes.local_plane(middle.x, middle.y)
    flat = transformed(line, crs.STORAGE, plane)
    vertices = int(shapely.get_num_coordinates(flat))
    if vertices >= MOST_SPOTS:
        raise TooLarge(f"最多 {MOST_SPOTS} 个点 / at most {MOST_SPOTS} vertices", parameter="coords")
    step = max(_cell_m(view), flat.length / (MOST_SPOTS - vertices))
    points = shapely.get_coordinates(transformed(shapely.segmentize(flat, step), plane, crs.STORAGE))
    fallback = view.spec.current.survey_date if view.spec.current else None
    spots = _spots(view, asked, points, fields, until(call), fallback)
    return Found(fields, asked.offered, call.language, spots, is_line=True)


def over(call: Call, view: LayerView, asked: Asked) -> Found:
    """Return the cells whose centres lie in an area: area, radius, corridor and cube."""
    fields = _fields(call, view)
    bounds = _within(view, asked)
    if bounds is None:
        return Found(fields, asked.offered, call.language)
    width, height = _size(call, view, asked, bounds, len(fields))
    picture = Picture(bounds, asked.offered.srid, width, height, tuple(field.band for field in fields), until=until(call))
    values = pixels.read(view, picture)
    outside = ~_inside(asked, bounds, (height, width))
    return Found(fields, asked.offered, call.language, cells=Cells(bounds, np.ma.MaskedArray(values, np.ma.getmaskarray(values) | outside)))


def _fields(call: Call, view: LayerView) -> tuple[Field, ...]:
    return chosen(parameter_names(call), of_raster(view), "parameter-name")


def _spots(view: LayerView, asked: Asked, points: Any, fields: Sequence[Field], day: date | None, fallback: date | None = None) -> list[Spot]:
    found = pixels.sample(view, [(float(x), float(y)) for x, y in points], until=day)
    x, y = points[:, 0], points[:, 1]
    if not crs.is_degrees(asked.offered.srid):
        x, y = crs.transformer(crs.STORAGE, asked.offered.srid).transform(x, y)
    spots = []
    for place, sample in enumerate(found):
        surveyed = (sample.date if sample else None) or fallback
        values = {field.name: [_value(sample, field)] for field in fields}
        times = [f"{surveyed.isoformat()}T00:00:00Z"] if surveyed else []
        lonlat = float(points[place, 0]), float(points[place, 1])
        spots.append(Spot(round(float(x[place]), 9), round(float(y[place]), 9), lonlat, values, times))
    return spots


def _value(sample: pixels.Sample | None, field: Field) -> float | int | None:
    value = sample.values[field.band - 1] if sample and field.band <= len(sample.values) else None
    if value is None:
        return None
    return float(f"{value:.7g}") if field.dtype == "float32" else int(value) if field.dtype.startswith(("int", "uint")) else value


def _within(view: LayerView, asked: Asked) -> Bounds | None:
    """Return the bounds of an area as far as there are pixels, in whole cells of the grid where it has the CRS asked."""
    own = native.grid(view)
    whole = placed(own.bounds, own.srid, asked.offered.srid)
    west, south, east, north = asked.bounds()
    west, south, east, north = max(west, whole[0]), max(south, whole[1]), min(east, whole[2]), min(north, whole[3])
    if west >= east or south >= north:
        return None
    return own.snapped((west, south, east, north)) if own.srid == asked.offered.srid else (west, south, east, north)


def _size(call: Call, view: LayerView, asked: Asked, bounds: Bounds, fields: int) -> tuple[int, int]:
    """Return columns and rows: of the native cell, or as many as resolution-x and resolution-y ask (0 = native)."""
    across, down = unit_m(bounds, asked.offered.srid)
    cell = _cell_m(view)
    width = _resolution(call, "resolution-x") or max(1, round((bounds[2] - bounds[0]) * across / cell))
    height = _resolution(call, "resolution-y") or max(1, round((bounds[3] - bounds[1]) * down / cell))
    if width * height * fields > MOST_CELLS:
        raise TooLarge(
            f"{width} × {height} × {fields} 个值超过上限 {MOST_CELLS}，请缩小范围或给 resolution-x、resolution-y / "
            f"more than {MOST_CELLS} values: ask for less ground, or give resolution-x and resolution-y",
            parameter="coords" if "coords" in call.parameters else "bbox",
        )
    return width, height


def _resolution(call: Call, name: str) -> int:
    text = call.parameters.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise invalid(name, "须为整数", "a whole number")
    return int(text)


def _cell_m(view: LayerView) -> float:
    own = native.grid(view)
    across, down = unit_m(own.bounds, own.srid)
    return max(own.cell[0] * across, own.cell[1] * down)


def _inside(asked: Asked, bounds: Bounds, shape: tuple[int, int]) -> Any:
    """Tell which cells' centres lie in the area."""
    west, south, east, north = bounds
    x = west + (east - west) * (np.arange(shape[1]) + 0.5) / shape[1]
    y = north - (north - south) * (np.arange(shape[0]) + 0.5) / shape[0]
    xs, ys = (each.ravel() for each in np.meshgrid(x, y))
    if not crs.is_degrees(asked.offered.srid):
        xs, ys = crs.transformer(asked.offered.srid, crs.STORAGE).transform(xs, ys)
    shapely.prepare(asked.shape)
    return shapely.intersects_xy(asked.shape, xs, ys).reshape(shape)
