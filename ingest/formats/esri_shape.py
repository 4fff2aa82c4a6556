"""Geometry as Esri's personal geodatabases keep it: a shapefile record's content, or its "general" kinds with flags.

Heights and measures are left out; arcs of general kinds come as the straight lines between their ends, and are counted.
"""

import math
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

_POINTS = {1, 9, 11, 21, 52}
_MULTIPOINTS = {8, 18, 20, 28, 53}
_LINES = {3, 10, 13, 23, 50}
_AREAS = {5, 15, 19, 25, 51}
_HAS_CURVES = 0x20000000


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry, None when the record holds none, and whether it had arcs."""

    geometry: Any
    has_curves: bool = False


def decode(record: bytes) -> Shape:
    """Decode one record; a damaged or unknown one has no geometry."""
    try:
        (code,) = struct.unpack_from("<I", record)
        kind = code & 0xFF
        if kind in _POINTS:
            x, y = struct.unpack_from("<2d", record, 4)
            return Shape(shapely.Point(x, y) if math.isfinite(x) and math.isfinite(y) else None)
        if kind in _MULTIPOINTS:
            (count,) = struct.unpack_from("<I", record, 36)
            return Shape(shapely.MultiPoint(_points(record, 40, count)))
        if kind in _LINES | _AREAS:
            return Shape(_parts(record, kind), bool(code & _HAS_CURVES))
    except (struct.error, ValueError, IndexError, shapely.errors.GEOSException):
        pass
    return Shape(None)


def _parts(record: bytes, kind: int) -> Any:
    parts, count = struct.unpack_from("<2I", record, 36)
    if not 0 < parts <= count or count * 16 > len(record):
        raise ValueError("counts beyond the record")
    starts = [*struct.unpack_from(f"<{parts}I", record, 44), count]
    points = _points(record, 44 + 4 * parts, count)
    pieces = [points[first:last] for first, last in pairwise(starts)]
    if kind in _LINES:
        lines = [shapely.LineString(piece) for piece in pieces if len(piece) > 1]
        return lines[0] if len(lines) == 1 else shapely.MultiLineString(lines)
    rings = [piece for piece in pieces if len(piece) > 3]
    if len(rings) == 1:
        return shapely.Polygon(rings[0])
    built = shapely.build_area(shapely.MultiLineString(rings))
    return shapely.Polygon(rings[0], rings[1:]) if built.is_empty else built


def _points(record: bytes, offset: int, count: int) -> NDArray[np.float64]:
    return np.frombuffer(record, dtype="<f8", count=2 * count, offset=offset).reshape(count, 2)
