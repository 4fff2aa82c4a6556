"""Which tile matrix sets are offered, and where on earth a tile of them lies.

Each set is a document of OGC Two Dimensional Tile Matrix Set 2.0 (OGC 17-083r4) in `tiles/tms`; this module is the
arithmetic. Bounds are x = east first in the grid's CRS; only `Matrix.point_of_origin` has the CRS's own axis order.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import atan, ceil, degrees, floor, log, pi, radians, sinh, tan
from pathlib import Path
from types import MappingProxyType
from typing import Any

from layers import crs
from layers.spec import Bounds
from tiles.errors import TileOutOfRange, UnknownGrid, UnknownMatrix

_RADIUS_M = 6378137.0
_HALF_M = pi * _RADIUS_M
_MAX_LATITUDE = 85.0511287798066
_DOCUMENTS = Path(__file__).with_name("tms")
_ORDER = ("WebMercatorQuad", "c", "w", "CGCS2000-GK39")


@dataclass(frozen=True, slots=True)
class Matrix:
    """One tile matrix: `level` counts from 0, `cell` is the pixel's size in the CRS's unit.

    `west`, `north` is the top left corner, x = east first; `scale` the denominator with 0.28 mm pixels.
    """

    id: str
    level: int
    scale: float
    cell: float
    west: float
    north: float
    size_px: int
    columns: int
    rows: int
    point_of_origin: tuple[float, float]

    def bounds(self, column: int, row: int, columns: int = 1, rows: int = 1) -> Bounds:
        """Return the bounds of a block of tiles in the grid's CRS; neighbours share their edges exactly."""
        span = self.cell * self.size_px
        return (
            self.west + column * span,
            self.north - (row + rows) * span,
            self.west + (column + columns) * span,
            self.north - row * span,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A tile matrix set; `document` is its OGC JSON."""

    id: str
    title: str
    uri: str
    srid: int
    is_swapped: bool
    well_known_scale_set: str
    matrices: tuple[Matrix, ...]
    by_id: Mapping[str, Matrix]
    document: Mapping[str, Any]

    def matrix(self, identifier: str) -> Matrix:
        """Return the matrix called `identifier`; raises UnknownMatrix."""
        found = self.by_id.get(identifier)
        if found is None:
            raise UnknownMatrix(parameter="TileMatrix")
        return found

    def check(self, matrix: Matrix, column: int, row: int) -> None:
        """Raise TileOutOfRange, naming the parameter, unless the matrix has this tile."""
        if not 0 <= row < matrix.rows:
            raise TileOutOfRange(parameter="TileRow")
        if not 0 <= column < matrix.columns:
            raise TileOutOfRange(parameter="TileCol")

    def lonlat(self, bounds: Bounds) -> Bounds:
        """Return the lon/lat box (EPSG:4490) round bounds given in the grid's CRS."""
        if self.srid == 4490:
            return bounds
        if self.srid == 3857:
            west, south, east, north = bounds
            return (
                degrees(west / _RADIUS_M),
                degrees(atan(sinh(south / _RADIUS_M))),
                degrees(east / _RADIUS_M),
                degrees(atan(sinh(north / _RADIUS_M))),
            )
        return _unproject(self.srid, bounds)

    def from_lonlat(self, box: Bounds) -> Bounds:
        """Return the box in the grid's CRS round lon/lat bounds (EPSG:4490)."""
        if self.srid == 4490:
            return box
        west, south, east, north = box
        if self.srid == 3857:
            return (radians(west) * _RADIUS_M, _northing(south), radians(east) * _RADIUS_M, _northing(north))
        return crs.bounds(box, 4490, self.srid)

    def span(self, matrix: Matrix, box: Bounds) -> tuple[int, int, int, int] | None:
        """Return (first column, first row, last column, last row) meeting a lon/lat box, None where outside."""
        west, south, east, north = self.from_lonlat(box)
        tile = matrix.cell * matrix.size_px
        # A box that only shares an edge with a tile does not meet it; a point or line still has its tile.
        first = max(floor((west - matrix.west) / tile), 0), max(floor((matrix.north - north) / tile), 0)
        last = (
            min(max(ceil((east - matrix.west) / tile) - 1, first[0]), matrix.columns - 1),
            min(max(ceil((matrix.north - south) / tile) - 1, first[1]), matrix.rows - 1),
        )
        if east < matrix.west or south > matrix.north or last[0] < first[0] or last[1] < first[1]:
            return None
        return (*first, *last)


def _northing(latitude: float) -> float:
    clipped = min(max(latitude, -_MAX_LATITUDE), _MAX_LATITUDE)
    return _RADIUS_M * log(tan(pi / 4 + radians(clipped) / 2))


@lru_cache(4096)
def _unproject(srid: int, bounds: Bounds) -> Bounds:
    return crs.bounds(bounds, srid, 4490)


def _matrix(level: int, part: Mapping[str, Any], *, swapped: bool) -> Matrix:
    first, second = part["pointOfOrigin"]
    west, north = (second, first) if swapped else (first, second)
    return Matrix(
        id=part["id"],
        level=level,
        scale=part["scaleDenominator"],
        cell=part["cellSize"],
        west=west,
        north=north,
        size_px=part["tileWidth"],
        columns=part["matrixWidth"],
        rows=part["matrixHeight"],
        point_of_origin=(first, second),
    )


def _read(path: Path) -> Grid:
    document = json.loads(path.read_text())
    srid = int(document["crs"].rsplit("/", 1)[1])
    swapped = crs.is_swapped(srid)
    parts = enumerate(document["tileMatrices"])
    matrices = tuple(_matrix(level, part, swapped=swapped) for level, part in parts)
    return Grid(
        id=document["id"],
        title=document["title"],
        uri=document.get("uri", ""),
        srid=srid,
        is_swapped=swapped,
        well_known_scale_set=document.get("wellKnownScaleSet", ""),
        matrices=matrices,
        by_id=MappingProxyType({matrix.id: matrix for matrix in matrices}),
        document=document,
    )


@cache
def grids() -> Mapping[str, Grid]:
    """Return every grid by its identifier, the world's own first."""
    return MappingProxyType({name: _read(_DOCUMENTS / f"{name}.json") for name in _ORDER})


def grid(identifier: str) -> Grid:
    """Return the grid called `identifier`; raises UnknownGrid."""
    found = grids().get(identifier)
    if found is None:
        raise UnknownGrid(parameter="TileMatrixSet")
    return found
