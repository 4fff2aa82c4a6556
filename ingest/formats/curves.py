"""Arcs made straight: WKB of curves and triangulated surfaces (ISO 19125-2, SQL/MM) into plain lines and polygons.

GEOS, PostGIS' validity tests and every face want straight segments. An arc is cut every 2° of its circle, so a chord leaves
it by 0.15 mm for each metre of radius. Heights and measures are left out: storage is two-dimensional.
"""

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

_STEP_RAD = math.radians(2)
_DEEPEST = 32
_COLLECTION = 7
_CURVED = {8, 9, 10, 11, 12, 15, 16, 17}
type Ring = list[tuple[float, float]]


def straightened(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with every curved geometry in its last column made straight; others untouched."""
    place = batch.num_columns - 1
    column = batch.column(place)
    if not pa.types.is_binary(column.type):
        return batch
    curved = np.flatnonzero(np.isin(_types(column), [*_CURVED, _COLLECTION]))
    if not len(curved):
        return batch
    values = column.to_pylist()
    for row in curved:
        values[row] = _straight(values[row])
    return batch.set_column(place, batch.schema.field(place), pa.array(values, type=column.type))


def _types(column: pa.BinaryArray) -> Any:
    """Return each value's WKB type without its dimension, 0 for nulls; GDAL writes little endian."""
    _, offsets, data = column.buffers()
    if data is None:
        return np.zeros(len(column), dtype=np.int64)
    starts = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column)]
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset + 1 : column.offset + 1 + len(column)]
    raw = np.frombuffer(data, dtype=np.uint8)
    present = ends - starts >= 5
    at = np.where(present, starts, 0)
    if not present.any():
        return np.zeros(len(column), dtype=np.int64)
    code = raw[at + 1].astype(np.int64) + 256 * raw[at + 2].astype(np.int64)
    return np.where(present, code % 1000, 0)


def _straight(wkb: bytes) -> bytes | None:
    """Return one geometry's WKB made straight; None when it cannot be read."""
    try:
        return bytes(shapely.to_wkb(_Reader(wkb).geometry(0)))
    except (struct.error, ValueError, IndexError, shapely.errors.GEOSException):
        return None


@dataclass(slots=True)
class _Reader:
    """A place in a WKB text."""

    wkb: bytes
    at: int = 0

    def geometry(self, depth: int) -> Any:
        """Read the geometry that begins here as shapely's."""
        if depth > _DEEPEST:
            raise ValueError("too deep")
        order, kind, size = self._header()
        if kind == 1:
            return shapely.Point(self._points(order, size, 1)[0])
        if kind in (2, 8, 9, 13):
            return shapely.LineString(self._curve(order, kind, size, depth))
        if kind in (3, 10, 17):
            return self._polygon(order, kind, size, depth)
        parts = [self.geometry(depth + 1) for _ in range(self._count(order))]
        return _joined(kind, parts)

    def _polygon(self, order: str, kind: int, size: int, depth: int) -> Any:
        if kind == 10:
            rings = [self._ring(depth) for _ in range(self._count(order))]
        else:
            rings = [self._points(order, size) for _ in range(self._count(order))]
        return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()

    def _ring(self, depth: int) -> Ring:
        order, kind, size = self._header()
        return self._curve(order, kind, size, depth + 1)

    def _curve(self, order: str, kind: int, size: int, depth: int) -> Ring:
        if depth > _DEEPEST:
            raise ValueError("too deep")
        if kind in (2, 13):
            return self._points(order, size)
        if kind == 8:
            return arcs(self._points(order, size))
        if kind != 9:
            raise ValueError("no curve")
        line: Ring = []
        for _ in range(self._count(order)):
            part = self._ring(depth)
            line += part[1:] if line and part and line[-1] == part[0] else part
        return line

    def _header(self) -> tuple[str, int, int]:
        order = "<" if self.wkb[self.at] == 1 else ">"
        (code,) = struct.unpack_from(order + "I", self.wkb, self.at + 1)
        self.at += 5
        extra = 2 * bool(code & 0xC0000000 == 0xC0000000) or bool(code & 0xC0000000)
        dimension = (code & 0xFFFF) // 1000
        return order, (code & 0xFFFF) % 1000, 2 + int(extra) + (0, 1, 1, 2)[min(dimension, 3)]

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(order + "I", self.wkb, self.at)
        self.at += 4
        if count > len(self.wkb):
            raise ValueError("a count beyond the text")
        return int(count)

    def _points(self, order: str, size: int, count: int | None = None) -> Ring:
        number = self._count(order) if count is None else count
        values = np.frombuffer(self.wkb, dtype=order + "f8", count=number * size, offset=self.at).reshape(number, size)
        self.at += number * size * 8
        return [(float(x), float(y)) for x, y in values[:, :2]]


def _joined(kind: int, parts: list[Any]) -> Any:
    """Put the parts of a collection together; triangles that touch become one surface."""
    if kind == 4:
        return shapely.MultiPoint(parts)
    if kind in (5, 11):
        return shapely.MultiLineString(parts)
    if kind in (6, 12):
        return shapely.MultiPolygon([piece for part in parts for piece in shapely.get_parts(part)])
    if kind in (15, 16):
        flat = [part for part in parts if part.area > 0]
        joined = shapely.union_all([shapely.make_valid(part) for part in flat]) if flat else shapely.MultiPolygon()
        return shapely.MultiPolygon([each for each in shapely.get_parts(joined) if each.geom_type == "Polygon"])
    if kind == _COLLECTION:
        return shapely.GeometryCollection(parts)
    raise ValueError("unknown kind of geometry")


def arcs(points: Ring) -> Ring:
    """Return the line along arcs given by three points each, the end of one the start of the next.

    >>> [round(x, 2) for x, _ in arcs([(-1, 0), (0, 1), (1, 0)])[::45]]
    [-1.0, 0.0, 1.0]
    """
    line: Ring = points[:1]
    for first, middle, last in zip(points[0::2], points[1::2], points[2::2], strict=False):
        line += arc(first, middle, last)[1:]
    return line


def arc(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> Ring:
    """Return points along the arc through three points; first = last means a whole circle, `middle` opposite."""
    if first == last:
        centre = ((first[0] + middle[0]) / 2, (first[1] + middle[1]) / 2)
        start, sweep = math.atan2(first[1] - centre[1], first[0] - centre[0]), 2 * math.pi
    else:
        found = centre_of(first, middle, last)
        if found is None:
            return [first, middle, last]
        centre = found
        start, through, end = (math.atan2(y - centre[1], x - centre[0]) for x, y in (first, middle, last))
        sweep = (end - start) % (2 * math.pi)
        if (through - start) % (2 * math.pi) > sweep:
            sweep -= 2 * math.pi
    radius = math.hypot(first[0] - centre[0], first[1] - centre[1])
    steps = max(2, math.ceil(abs(sweep) / _STEP_RAD - 1e-9))
    turns = [start + sweep * step / steps for step in range(1, steps)]
    return [first, *((centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns), last]


def centre_of(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> tuple[float, float] | None:
    """Return the centre of the circle through three points, None when they lie on a line."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    double = 2 * (bx * cy - by * cx)
    if abs(double) < 1e-12 * (bx * bx + by * by + cx * cx + cy * cy):
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    return a[0] + (cy * b2 - by * c2) / double, a[1] + (bx * c2 - cx * b2) / double
