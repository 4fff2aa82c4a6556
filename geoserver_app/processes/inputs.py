"""Inputs that several processes have: areas, lines, layers; as schemas, and read into shapes (lon/lat, EPSG:4490)."""

import json
from collections.abc import Mapping
from typing import Any

import shapely

from geoserver_app.processes.process import Input, InvalidInput
from layers import crs
from layers.spec import Bounds, Title

MOST_POINTS = 50_000
_POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 4}
_LINE = {"type": "array", "items": _POSITION, "minItems": 2}
_RING = {"type": "array", "items": _POSITION, "minItems": 4}
_DEPTHS = {"Point": _POSITION, "LineString": _LINE, "Polygon": {"type": "array", "items": _RING, "minItems": 1}}


def geometry(*kinds: str) -> Mapping[str, Any]:
    """Return the schema of a GeoJSON geometry of some kinds."""
    choices = []
    for kind in kinds:
        single = kind.removeprefix("Multi")
        places = _DEPTHS[single] if kind == single else {"type": "array", "items": _DEPTHS[single], "minItems": 1}
        choices.append(
            {"type": "object", "required": ["type", "coordinates"], "properties": {"type": {"enum": [kind]}, "coordinates": places}}
        )
    return {"oneOf": choices, "format": "geojson-geometry"}


def layer(title: Title, least: int = 1, most: int | None = 1) -> Input:
    """Make the input of a collection's id."""
    return Input(title, {"type": "string", "pattern": "^[a-z0-9_-]{1,60}$"}, least, most)


def area(least: int = 1) -> Input:
    """Make the input of an area."""
    return Input(Title("范围（GeoJSON 面，经纬度）", "Area (GeoJSON polygon, lon/lat)"), geometry("Polygon", "MultiPolygon"), least)


def shape(name: str, given: Mapping[str, Any]) -> Any:
    """Read a GeoJSON geometry that fits its schema; raises InvalidInput for what is not finite, valid or too large."""
    found = shapely.force_2d(shapely.from_geojson(json.dumps(given)))
    if shapely.get_num_coordinates(found) > MOST_POINTS:
        raise InvalidInput(f"不超过 {MOST_POINTS} 个点 / at most {MOST_POINTS} points", parameter=f"inputs.{name}")
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidInput("坐标须为经纬度 / coordinates are lon/lat", parameter=f"inputs.{name}")
    if found.geom_type.endswith("Polygon"):
        mended = shapely.make_valid(found)
        parts = [each for each in shapely.get_parts(mended) if each.geom_type == "Polygon"]
        found = shapely.multipolygons(parts) if parts else found
        if not parts or found.area == 0:
            raise InvalidInput("面积为零 / the area is empty", parameter=f"inputs.{name}")
    return found


def to_plane(found: Any, srid: int) -> Any:
    """Transform a shape from EPSG:4490 into a plane CRS (x = east first)."""
    return shapely.transform(found, lambda places: _moved(places, crs.STORAGE, srid))


def to_degrees(found: Any, srid: int) -> Any:
    """Transform a shape from a plane CRS (x first) into EPSG:4490."""
    return shapely.transform(found, lambda places: _moved(places, srid, crs.STORAGE))


def bounds(found: Any) -> Bounds:
    """Return a shape's bounds."""
    west, south, east, north = found.bounds
    return float(west), float(south), float(east), float(north)


def _moved(places: Any, source: int, target: int) -> Any:
    moved = crs.transformer(source, target).transform(places[:, 0], places[:, 1])
    return shapely.get_coordinates(shapely.points(*moved))
