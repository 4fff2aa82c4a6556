"""Which geometry stands in a filter as GML (2, 3.1, 3.2): envelope, point, line, polygon and their collections.

Axis order is that of the `srsName`: EPSG's own for URNs and URIs, x first for the short `EPSG:n` and where none is
given (WGS 84 then), as the classic services have it (OGC 04-094 §9.2, 09-025r2 §7.9.2.4.4).
"""

from typing import Any

from layers import crs
from layers.errors import UnknownCrs
from layers.filters.ast import Geometry
from layers.filters.faults import fault
from layers.filters.geometry import Frame, box, make
from layers.xml import child, children, local

_KINDS = {
    "Point": "Point", "LineString": "LineString", "LinearRing": "LineString", "Polygon": "Polygon",
    "MultiPoint": "MultiPoint", "MultiLineString": "MultiLineString", "MultiCurve": "MultiLineString",
    "MultiPolygon": "MultiPolygon", "MultiSurface": "MultiPolygon",
}  # fmt: skip
_MEMBERS = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}
type Position = tuple[float, float]


def is_geometry(element: Any) -> bool:
    """Whether an element is a geometry that can be read."""
    return local(element) in (*_KINDS, "Envelope", "Box")


def read(element: Any) -> Geometry:
    """Read a geometry element; raises InvalidFilter."""
    frame = _frame(element.get("srsName", ""))
    if local(element) in ("Envelope", "Box"):
        corners = [child(element, name) for name in ("lowerCorner", "upperCorner")]
        numbers = (
            [number for each in corners for number in _numbers(each.text or "")]
            if all(each is not None for each in corners)
            else [number for position in _positions(element, Frame(frame.srid)) for number in position]
        )
        return box(numbers, frame)
    kind = _KINDS[local(element)]
    if kind not in _MEMBERS:
        return make(kind, _coordinates(element, kind, frame), frame)
    parts = [each for each in element.iterdescendants() if _KINDS.get(local(each)) == _MEMBERS[kind] and local(each) != "LinearRing"]
    return make(kind, tuple(_coordinates(each, _MEMBERS[kind], frame) for each in parts), frame)


def _frame(name: str) -> Frame:
    if not name:
        return Frame()
    try:
        found = crs.offered(name)
    except UnknownCrs:
        raise fault(f"不提供坐标系 {name[:80]}", f"the CRS {name[:80]} is not offered") from None
    is_short = name.upper().startswith("EPSG:")
    return Frame(4490 if crs.is_degrees(found.srid) else found.srid, found.is_swapped and not is_short)


def _coordinates(element: Any, kind: str, frame: Frame) -> Any:
    if kind == "Polygon":
        rings = [each for each in element.iterdescendants() if local(each) == "LinearRing"]
        return tuple(tuple(_positions(each, frame)) for each in rings)
    found = _positions(element, frame)
    if not found:
        raise fault("几何没有坐标", "the geometry has no positions")
    return found[0] if kind == "Point" else tuple(found)


def _positions(element: Any, frame: Frame) -> list[Position]:
    """Read gml:pos, gml:posList, gml:coordinates or gml:coord below an element."""
    found: list[Position] = []
    for each in children(element):
        match local(each):
            case "pos":
                found.append(frame.point(_numbers(each.text or "")))
            case "posList":
                found += _pairs(_numbers(each.text or ""), int(each.get("srsDimension", "2")[:2] or 2), frame)
            case "coordinates":
                separator = each.get("cs", ",")
                found += [frame.point(_numbers(pair.replace(separator, " "))) for pair in (each.text or "").split()]
            case "coord":
                found.append(frame.point([number for part in children(each) for number in _numbers(part.text or "")]))
    return found


def _pairs(numbers: list[float], dimension: int, frame: Frame) -> list[Position]:
    if dimension not in (2, 3) or len(numbers) % dimension:
        raise fault("坐标个数不对", "the number of coordinates is wrong")
    return [frame.point(numbers[at : at + dimension]) for at in range(0, len(numbers), dimension)]


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split()]
    except ValueError:
        raise fault("坐标不是数", "a coordinate is not a number") from None
