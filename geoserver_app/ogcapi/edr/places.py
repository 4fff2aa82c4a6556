"""Which places a query names: coords as WKT, a width, a distance, in a CRS (OGC 19-086r6 §8)."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

import numpy as np
import shapely

from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.subsetting import crs_of
from layers import crs, planes
from layers.spec import Bounds

type Kind = Literal["position", "area", "cube", "radius", "trajectory", "corridor", "locations"]
METRES = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344, "nmi": 1852.0}
_LONGEST = 200_000
_MOST_VERTICES = 10_000
_GREATEST_M = 500_000.0
_TEXT = re.compile(r"[A-Z ]{4,24}\([-+0-9.eE,() \t]*\)", re.ASCII)
_GEOMETRIES = {
    "position": ("Point", "MultiPoint"),
    "radius": ("Point",),
    "area": ("Polygon", "MultiPolygon"),
    "trajectory": ("LineString", "MultiLineString"),
    "corridor": ("LineString", "MultiLineString"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A shape in EPSG:4490 (lon, lat), and the CRS that coordinates come in and go out."""

    shape: Any
    offered: crs.Offered

    def bounds(self) -> Bounds:
        """Return the shape's bounds in the CRS asked, x first."""
        there = self.shape if crs.is_degrees(self.offered.srid) else transformed(self.shape, crs.STORAGE, self.offered.srid)
        west, south, east, north = (float(each) for each in shapely.bounds(there))
        if not all(map(isfinite, (west, south, east, north))):
            raise invalid("crs", "超出坐标系的范围", "outside the CRS")
        return west, south, east, north


def offered(call: Call) -> crs.Offered:
    """Read crs, CRS84 by default."""
    if call.parameters.get("crs") == "CRS84":
        return crs.offered("CRS:84")
    return crs_of(call, "crs")


def shape(call: Call, kind: Kind) -> Asked:
    """Read coords for a query; raises RequestFault for what is no such WKT or has no place on earth."""
    given = offered(call)
    found = _to_lonlat(_wkt(call, kind), given)
    if kind == "radius":
        found = _round(found, _distance(call, "within", "within-units"))
    if kind == "corridor":
        _distance(call, "corridor-height", "height-units")
        found = _round(found, _distance(call, "corridor-width", "width-units") / 2)
    return Asked(found, given)


def _wkt(call: Call, kind: Kind) -> Any:
    text = call.parameters.get("coords", "").strip()
    names = _GEOMETRIES[kind]
    if not text:
        raise invalid("coords", f"缺少 coords：{'、'.join(names)}", f"coords is missing: {' or '.join(names)}")
    if len(text) > _LONGEST or text.count(",") > _MOST_VERTICES:
        raise invalid("coords", f"最多 {_MOST_VERTICES} 个点", f"at most {_MOST_VERTICES} vertices")
    try:
        # The pattern leaves no room for collections in collections before GEOS reads it.
        with np.errstate(over="ignore"):
            found = shapely.force_2d(shapely.from_wkt(text)) if _TEXT.fullmatch(text.upper()) else None
    except shapely.errors.GEOSException:
        found = None
    if found is None or found.geom_type not in names or found.is_empty or not np.isfinite(shapely.get_coordinates(found)).all():
        raise invalid("coords", f"须为 WKT 的 {'、'.join(names)}", f"WKT of {' or '.join(names)}")
    return found if kind != "area" else shapely.make_valid(found)


def _to_lonlat(found: Any, given: crs.Offered) -> Any:
    points = shapely.get_coordinates(found)
    x, y = (points[:, 1], points[:, 0]) if given.is_swapped else (points[:, 0], points[:, 1])
    if not crs.is_degrees(given.srid):
        x, y = crs.transformer(given.srid, crs.STORAGE).transform(x, y)
    if not (np.isfinite(x).all() and np.isfinite(y).all() and np.abs(x).max() <= 180 and np.abs(y).max() <= 90):
        raise invalid("coords", "超出坐标系的范围", "outside the CRS")
    return shapely.set_coordinates(found, np.column_stack((x, y)))


def _round(found: Any, distance_m: float) -> Any:
    """Grow a shape by metres on the ground."""
    middle = shapely.centroid(found)
    plane = planes.local_plane(middle.x, middle.y)
    grown = shapely.buffer(transformed(found, crs.STORAGE, plane), distance_m, quad_segs=32)
    return transformed(grown, plane, crs.STORAGE)


def transformed(found: Any, source: int, target: int) -> Any:
    """Return a shape in another CRS, x first."""
    change = crs.transformer(source, target)
    return shapely.transform(found, lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1])))


def _distance(call: Call, name: str, unit: str) -> float:
    try:
        found = float(call.parameters[name])
    except (KeyError, ValueError):
        raise invalid(name, "须为正数", "a positive number") from None
    factor = METRES.get(call.parameters.get(unit, "m").lower())
    if factor is None:
        raise invalid(unit, f"单位可选 {'、'.join(METRES)}", f"one of {', '.join(METRES)}")
    if not (isfinite(found) and 0 < found * factor <= _GREATEST_M):
        raise invalid(name, f"须为不超过 {_GREATEST_M / 1000:g} 千米的正数", f"positive, up to {_GREATEST_M / 1000:g} km")
    return found * factor


def check_z(call: Call) -> None:
    """Check z (a level, a list, an interval or Rn/min/step); surfaces and stations have no levels to choose from."""
    text = call.parameters.get("z")
    if text is None:
        return
    parts = text.removeprefix("R").replace("/", ",").split(",")
    try:
        is_good = len(parts) <= 100 and all(isfinite(float(part)) for part in parts)
    except ValueError:
        is_good = False
    if not is_good:
        raise invalid("z", "须为数、数的列表或区间", "a number, a list or an interval of numbers")


def parameter_names(call: Call) -> str | None:
    """Return the parameters asked; OWSLib 0.36 writes the name of the parameter with an underscore."""
    return call.parameters.get("parameter-name", call.parameters.get("parameter_names"))
