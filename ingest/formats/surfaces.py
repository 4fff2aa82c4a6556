"""Triangulated and polyhedral surfaces (WKB of ISO 13249-3) as the ground they cover: nothing behind the reader knows them.

Curves are left to `ingest.placing`, which notes them. Heights are left out: storage is two-dimensional.
"""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

_DEEPEST = 32
_COLLECTION, _POLYGON, _TRIANGLE = 7, 3, 17
_SURFACES = (15, 16, 17)
type Ring = list[tuple[float, float]]


def flattened(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return the batch with every surface in its last column as polygons; other geometries untouched."""
    place = batch.num_columns - 1
    column = batch.column(place)
    if not pa.types.is_binary(column.type):
        return batch
    concerned = np.flatnonzero(np.isin(_types(column), [*_SURFACES, _COLLECTION]))
    if not len(concerned):
        return batch
    values = column.to_pylist()
    for row in concerned:
        values[row] = _flat(values[row])
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


def _flat(wkb: bytes) -> bytes:
    """Return one geometry's WKB with its surfaces as polygons; as it was when it holds anything else."""
    try:
        return bytes(shapely.to_wkb(_Reader(wkb).geometry(0)))
    except (struct.error, ValueError, IndexError, shapely.errors.GEOSException):
        return wkb


@dataclass(slots=True)
class _Reader:
    """A place in a WKB text."""

    wkb: bytes
    at: int = 0

    def geometry(self, depth: int) -> Any:
        """Read the surface, polygon or collection of these that begins here."""
        if depth > _DEEPEST:
            raise ValueError("too deep")
        order, kind, size = self._header()
        count = self._count(order)
        if kind in (_POLYGON, _TRIANGLE):
            rings = [self._points(order, size) for _ in range(count)]
            return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()
        if kind not in (*_SURFACES, _COLLECTION, 6):
            raise ValueError("no surface")
        return _joined([self.geometry(depth + 1) for _ in range(count)])

    def _header(self) -> tuple[str, int, int]:
        order = "<" if self.wkb[self.at] == 1 else ">"
        (code,) = struct.unpack_from(order + "I", self.wkb, self.at + 1)
        self.at += 5
        extra = bool(code & 0x80000000) + bool(code & 0x40000000)
        return order, (code & 0xFFFF) % 1000, 2 + extra + (0, 1, 1, 2)[min((code & 0xFFFF) // 1000, 3)]

    def _count(self, order: str) -> int:
        (count,) = struct.unpack_from(order + "I", self.wkb, self.at)
        self.at += 4
        if count > len(self.wkb):
            raise ValueError("a count beyond the text")
        return int(count)

    def _points(self, order: str, size: int) -> Ring:
        number = self._count(order)
        values = np.frombuffer(self.wkb, dtype=order + "f8", count=number * size, offset=self.at).reshape(number, size)
        self.at += number * size * 8
        return [(float(x), float(y)) for x, y in values[:, :2]]


def _joined(parts: list[Any]) -> Any:
    """Join triangles and faces that touch; upright ones cover no ground."""
    flat = [shapely.make_valid(part) for part in parts if part.area > 0]
    joined = shapely.union_all(flat) if flat else shapely.MultiPolygon()
    return shapely.MultiPolygon([each for each in shapely.get_parts(joined) if each.geom_type == "Polygon"])
