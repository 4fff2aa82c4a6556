"""What does a feature look like where a pixel is `pixel_deg` wide? Pure geometry, no database.

- A polygon that fits in one pixel becomes the half-pixel cells whose centres it covers, and is left out where it covers
  none. Of any ground the share drawn in each class thus stays what it is, with a thirtieth of the features.
- All other polygons are simplified as one coverage, to half a pixel, so that neighbours keep their common borders.
- A line that fits in one pixel becomes the straight line between the centres of the cells its ends lie in, and is left out
  where that is the same cell: a network of short lines stays connected. Longer lines are simplified to half a pixel.
- Points stay as they are, and so do invalid polygons larger than a pixel.

Coordinates are degrees, a pixel as wide as high in degrees: right for EPSG:4490 grids, finer than needed in others.
"""

import logging
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

logger = logging.getLogger(__name__)

type Shapes = npt.NDArray[np.object_]
type Flags = npt.NDArray[np.bool_]

WEST, SOUTH = -180.0, -90.0
DECIMALS = 9
_LINES = (1, 2, 5)
_POLYGONS = (3, 6)


def simplified(shapes: Shapes, finer: Shapes, pixel_deg: float) -> tuple[Shapes, Shapes]:
    """Return (what is drawn, None where nothing; the coverage to simplify further for larger pixels).

    `shapes` are as surveyed, with every neighbour of those whose answer will be used; `finer` is the second answer
    for the next smaller pixel, or `shapes` themselves.
    """
    kinds = shapely.get_type_id(shapes)
    small = _fits(shapes, pixel_deg)
    drawn = shapes.copy()
    coverage = _coverage(finer, np.isin(kinds, _POLYGONS), pixel_deg / 2, is_needed=bool((~small).any()))
    large = np.isin(kinds, _POLYGONS) & ~small
    drawn[large] = coverage[large]
    tiny = np.isin(kinds, _POLYGONS) & small
    drawn[tiny] = _cells(shapes[tiny], pixel_deg / 2)
    lines = np.isin(kinds, _LINES)
    drawn[lines & ~small] = shapely.simplify(shapes[lines & ~small], pixel_deg / 2, preserve_topology=False)
    drawn[lines & small] = _strokes(shapes[lines & small], pixel_deg / 2)
    return drawn, coverage


def _fits(shapes: Shapes, pixel_deg: float) -> Flags:
    bounds = shapely.bounds(shapes)
    return np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1]) <= pixel_deg


def _coverage(shapes: Shapes, polygons: Flags, tolerance_deg: float, *, is_needed: bool) -> Shapes:
    """Simplify the polygons together; the tolerance is the root of the area of the triangles left out (Visvalingam).

    An invalid polygon stays as it is: GEOS 3.14 refuses a whole coverage for one spike.
    """
    if not is_needed or not polygons.any():
        return shapes
    made = shapes.copy()
    sound = polygons & shapely.is_valid(shapes)
    try:
        made[sound] = shapely.coverage_simplify(shapes[sound], tolerance_deg)
    except shapely.GEOSException:
        logger.warning("a block of %d polygons is no coverage: each is simplified by itself", int(sound.sum()))
        made[sound] = shapely.simplify(shapes[sound], tolerance_deg)
    return made


def _cells(polygons: Shapes, cell_deg: float) -> Shapes:
    """Return each polygon's cells joined, None where it covers no centre."""
    bounds = shapely.bounds(polygons)
    first = np.ceil((bounds[:, :2] - (WEST, SOUTH)) / cell_deg - 0.5).astype(np.int64)
    last = np.floor((bounds[:, 2:] - (WEST, SOUTH)) / cell_deg - 0.5).astype(np.int64)
    wide, high = np.clip(last - first + 1, 0, None).T
    owner = np.repeat(np.arange(len(polygons)), wide * high)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    column = first[owner, 0] + place % np.maximum(wide[owner], 1)
    row = first[owner, 1] + place // np.maximum(wide[owner], 1)
    x, y = WEST + (column + 0.5) * cell_deg, SOUTH + (row + 0.5) * cell_deg
    covered = shapely.contains_xy(polygons[owner], x, y)
    owner, column, row = owner[covered], column[covered], row[covered]
    edges = np.round([WEST + column * cell_deg, SOUTH + row * cell_deg,
                      WEST + (column + 1) * cell_deg, SOUTH + (row + 1) * cell_deg], DECIMALS)  # fmt: skip
    return _joined(shapely.box(*edges), owner, len(polygons))


def _joined(boxes: Any, owner: npt.NDArray[np.int64], count: int) -> Shapes:
    """Join the boxes of each owner; `owner` ascends."""
    made = np.full(count, None, dtype=object)
    owners, first, number = np.unique(owner, return_index=True, return_counts=True)
    alone = number == 1
    made[owners[alone]] = boxes[first[alone]]
    for each, start, parts in zip(owners[~alone], first[~alone], number[~alone], strict=True):
        made[each] = shapely.coverage_union_all(boxes[start : start + parts])
    return made


def _strokes(lines: Shapes, cell_deg: float) -> Shapes:
    """Return the line between the cells of each line's two ends, None where they are one cell."""
    made = np.full(len(lines), None, dtype=object)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    if not len(owner):
        return made
    owners, first = np.unique(owner, return_index=True)
    ends = np.stack([first, np.append(first[1:], len(owner)) - 1], axis=1)
    cells = np.floor((xy[ends] - (WEST, SOUTH)) / cell_deg)
    apart = (cells[:, 0] != cells[:, 1]).any(axis=1)
    centres = np.round((WEST, SOUTH) + (cells[apart] + 0.5) * cell_deg, DECIMALS)
    made[owners[apart]] = shapely.linestrings(centres)
    return made
