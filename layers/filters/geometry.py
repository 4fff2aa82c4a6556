"""Which literal geometries a filter may hold, and how they are written for PostGIS.

Coordinates arrive in the axis order of the filter's CRS (`Frame`) and leave x (east) first.
"""

from dataclasses import dataclass
from math import isfinite

from layers.filters.ast import Coordinates, Geometry
from layers.filters.faults import MAX_VERTICES, fault

# GeoJSON type: how deep its positions lie in the array of coordinates
DEPTHS = {
    "Point": 0,
    "MultiPoint": 1,
    "LineString": 1,
    "MultiLineString": 2,
    "Polygon": 2,
    "MultiPolygon": 3,
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The CRS that a filter's coordinates are written in; `swap` when its first axis is north."""

    srid: int = 4490
    swap: bool = False

    def point(self, numbers: list[float], position: int = -1) -> tuple[float, float]:
        """Make a position (x, y) from two to four numbers; height and measure are dropped."""
        if not 2 <= len(numbers) <= 4:
            raise fault("坐标须有 2 到 4 个数", "a position has 2 to 4 numbers", position)
        first, second = float(numbers[0]), float(numbers[1])
        if not (isfinite(first) and isfinite(second)):
            raise fault("坐标不是有限数", "a coordinate is not finite", position)
        return (second, first) if self.swap else (first, second)


def make(kind: str, coordinates: Coordinates, frame: Frame, position: int = -1) -> Geometry:
    """Make a checked geometry of `kind`; rings are closed and have four positions or more."""
    depth = DEPTHS[kind]
    if count(coordinates, depth) > MAX_VERTICES:
        raise fault("几何的点太多", "the geometry has too many vertices", position)
    _check(kind, coordinates, position)
    return Geometry(kind, coordinates, frame.srid)


def box(numbers: list[float], frame: Frame, position: int = -1) -> Geometry:
    """Make the polygon of a box of 4 (or 6, heights dropped) numbers; it may cross 180°."""
    if len(numbers) not in (4, 6):
        raise fault("BBOX 须有 4 或 6 个数", "BBOX takes 4 or 6 numbers", position)
    half = len(numbers) // 2
    minx, miny = frame.point(numbers[:half], position)
    maxx, maxy = frame.point(numbers[half:], position)
    if miny > maxy or (minx > maxx and frame.srid not in (4490, 4326)):
        raise fault("BBOX 最小值大于最大值", "BBOX minimum exceeds maximum", position)
    if minx <= maxx:
        return Geometry("Polygon", _rectangle(minx, miny, maxx, maxy), frame.srid)
    halves = (_rectangle(minx, miny, 180.0, maxy), _rectangle(-180.0, miny, maxx, maxy))
    return Geometry("MultiPolygon", halves, frame.srid)


def _rectangle(minx: float, miny: float, maxx: float, maxy: float) -> Coordinates:
    return (((minx, miny), (maxx, miny), (maxx, maxy), (minx, maxy), (minx, miny)),)


def count(coordinates: Coordinates, depth: int) -> int:
    """Return how many positions an array of coordinates of this depth holds."""
    if depth == 0:
        return 1
    return sum(count(part, depth - 1) for part in coordinates if isinstance(part, tuple))


def _check(kind: str, coordinates: Coordinates, position: int) -> None:
    if not coordinates:
        raise fault("空几何", "the geometry is empty", position)
    if kind == "LineString" and len(coordinates) < 2:
        raise fault("线至少两个点", "a line has two positions or more", position)
    if kind == "Polygon" and not all(_is_ring(each) for each in coordinates):
        raise fault("环须闭合且至少四个点", "a ring is closed and has four positions", position)
    if kind in ("MultiLineString", "MultiPolygon"):
        for member in coordinates:
            _check(kind.removeprefix("Multi"), member, position)  # type: ignore[arg-type]


def _is_ring(part: object) -> bool:
    return isinstance(part, tuple) and len(part) >= 4 and part[0] == part[-1]


def to_wkt(geometry: Geometry) -> str:
    """Write a geometry as WKT, x first; only numbers and fixed words, so nothing of the client's text."""
    if geometry.kind == "GeometryCollection":
        return f"GEOMETRYCOLLECTION({','.join(to_wkt(part) for part in geometry.members)})"
    return geometry.kind.upper() + _wkt(geometry.coordinates, DEPTHS[geometry.kind], outer=True)


def _wkt(coordinates: Coordinates, depth: int, *, outer: bool = False) -> str:
    if depth == 0:
        text = " ".join(repr(number) for number in coordinates)
        return f"({text})" if outer else text
    return f"({','.join(_wkt(part, depth - 1) for part in coordinates if isinstance(part, tuple))})"


def span(geometry: Geometry) -> float:
    """Return the longer side of the geometry's bounds, in the units of its CRS."""
    flat = list(_positions(geometry))
    xs, ys = [x for x, _ in flat], [y for _, y in flat]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def _positions(geometry: Geometry) -> list[tuple[float, float]]:
    if geometry.members:
        return [point for member in geometry.members for point in _positions(member)]
    found: list[tuple[float, float]] = []
    waiting: list[Coordinates] = [geometry.coordinates]
    while waiting:
        current = waiting.pop()
        if isinstance(current[0], float):
            found.append((float(current[0]), float(current[1])))
        else:
            waiting.extend(part for part in current if isinstance(part, tuple))
    return found
