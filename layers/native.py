"""Which grid a raster layer's pixels lie on: its CRS, cell and the bounds that the caller may have."""

from collections import OrderedDict
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
import shapely

from layers import cogs, crs, files
from layers.access import LayerView
from layers.errors import NotFound
from layers.files import RasterFile
from layers.spec import Bounds

_KEPT = 256
_SNAP = 0.01
"""Share of a cell that bounds may be off by the way through EPSG:4490 and back."""


@dataclass(frozen=True, slots=True)
class Grid:
    """`bounds` x first in EPSG:`srid`, whole cells of `cell` = (width, height) in the CRS's unit.

    The files' own CRS and cell where all have the same CRS and it is offered, else EPSG:4490 with the finest file's
    cell; the phase of its cells is that of the finest, topmost file.
    """

    srid: int
    cell: tuple[float, float]
    bounds: Bounds

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        west, south, east, north = self.bounds
        return round((east - west) / self.cell[0]), round((north - south) / self.cell[1])

    def snapped(self, bounds: Bounds) -> Bounds:
        """Return bounds in the grid's CRS grown to whole cells."""
        return _snapped(bounds, (self.bounds[0], self.bounds[3]), self.cell)


_kept: OrderedDict[tuple[object, ...], Grid] = OrderedDict()


def grid(view: LayerView) -> Grid:
    """Return a raster view's grid; raises NotFound where the caller may have no pixel."""
    wanted = (*files.key(view), view.policy)
    found = _kept.get(wanted)
    if found is None:
        found = _kept[wanted] = _made(view)
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return found


def _made(view: LayerView) -> Grid:
    given = files.listed(view)
    if not given:
        raise NotFound
    finest = min(given, key=lambda each: each.pixel_size_m)
    area = files.area(view)
    shapes = [each.footprint if area is None else shapely.intersection(each.footprint, area) for each in given]
    srid, cell, corner = _frame(given, finest)
    return Grid(srid, cell, _snapped(_bounds(shapes, srid), corner, cell))


def _frame(given: list[RasterFile], finest: RasterFile) -> tuple[int, tuple[float, float], tuple[float, float]]:
    """Return SRID, cell and a corner of a cell."""
    with cogs.reading(finest) as cog:
        transform, srid, is_upright = cog.transform, cog.srid, cog.is_upright
    offered = {each.srid for each in crs.OFFERED}
    if is_upright and srid in offered and len({each.srs for each in given}) == 1:
        return srid, (abs(transform.a), abs(transform.e)), (transform.c, transform.f)
    latitude = finest.footprint.centroid.y
    across, down = crs.degree_m(latitude)
    west, _, _, north = finest.footprint.bounds
    return crs.STORAGE, (finest.pixel_size_m / across, finest.pixel_size_m / down), (west, north)


def _bounds(shapes: list[Any], srid: int) -> Bounds:
    points = shapely.get_coordinates(shapes)
    x, y = points[:, 0], points[:, 1]
    if srid != crs.STORAGE:
        x, y = crs.transformer(crs.STORAGE, srid).transform(x, y)
    return float(np.min(x)), float(np.min(y)), float(np.max(x)), float(np.max(y))


def _snapped(bounds: Bounds, corner: tuple[float, float], cell: tuple[float, float]) -> Bounds:
    west, south = (floor((bounds[n] - corner[n]) / cell[n] + _SNAP) * cell[n] + corner[n] for n in (0, 1))
    east, north = (ceil((bounds[n + 2] - corner[n]) / cell[n] - _SNAP) * cell[n] + corner[n] for n in (0, 1))
    return west, south, max(east, west + cell[0]), max(north, south + cell[1])
