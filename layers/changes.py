"""Where did a layer last change? The change map: a quadtree in EPSG:4490 of the last version per cell.

A changed geometry marks at most 4 cells of its own size; a lookup takes the greatest version among
the cells over a box and all below them (design §9). Level n has cells of 360/2ⁿ degrees, column 0 at
180° W, row 0 at 180° S of the equator's square, so that both axes share one size.
"""

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection
from psycopg2.extras import execute_values

from layers.spec import Bounds

MAX_LEVEL = 25
"""Cells of 1.07e-5°, about a metre: finer marks would redraw nothing less."""
MAX_MARKS = 10_000
"""Above this a publication's marks are merged upward."""

type Cell = tuple[int, int, int]


def cells(bounds: Bounds) -> set[Cell]:
    """Return the at most 4 cells (level, x, y), of the box's own size, that cover it."""
    west, south, east, north = bounds
    size = max(east - west, north - south)
    level = MAX_LEVEL if size <= 0 else max(0, min(MAX_LEVEL, int(math.log2(360 / size)) if size < 360 else 0))
    return _cover(bounds, level)


def _cover(bounds: Bounds, level: int) -> set[Cell]:
    scale, last = 2**level / 360, 2**level - 1
    west, south, east, north = ((value + 180) * scale for value in bounds)
    columns = range(max(0, int(west)), min(last, int(east)) + 1)
    return {(level, x, y) for x in columns for y in range(max(0, int(south)), min(last, int(north)) + 1)}


def merged(bounds: Iterable[Bounds], limit: int = MAX_MARKS) -> set[Cell]:
    """Return the cells of many boxes, merged upward until no more than `limit` remain."""
    found: set[Cell] = set()
    for box in bounds:
        found |= cells(box)
    while len(found) > limit:
        deepest = max(level for level, _, _ in found)
        found = {(lv - 1, x >> 1, y >> 1) if lv == deepest else (lv, x, y) for lv, x, y in found}
    return found


def mark(layer_id: int, version: int, bounds: Iterable[Bounds]) -> int:
    """Record that `version` changed these boxes; returns the number of cells marked."""
    found = [(layer_id, version, *cell) for cell in sorted(merged(bounds))]
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "INSERT INTO layers_changemark (layer_id, version, level, x, y) VALUES %s "
            "ON CONFLICT (layer_id, level, x, y) DO UPDATE SET version = excluded.version",
            found,
        )
    return len(found)


@dataclass(slots=True)
class ChangeMap:
    """One layer's marks in memory: per cell the version marked there, and the greatest below."""

    version: int = 0
    marks: dict[Cell, int] = field(default_factory=dict)
    below: dict[Cell, int] = field(default_factory=dict)

    def add(self, cell: Cell, version: int) -> None:
        """Mark one cell."""
        self.marks[cell] = max(version, self.marks.get(cell, 0))
        level, x, y = cell
        while level >= 0 and self.below.get((level, x, y), 0) < version:
            self.below[level, x, y] = version
            level, x, y = level - 1, x >> 1, y >> 1

    def last_change(self, bounds: Bounds) -> int:
        """Return the last version that touched a cell meeting the box; 0 = never changed."""
        over = cells(bounds)
        below, marks = self.below, self.marks
        last = max((below.get(cell, 0) for cell in over), default=0)
        while over:
            over = {(level - 1, x >> 1, y >> 1) for level, x, y in over if level}
            for cell in over:
                last = max(last, marks.get(cell, 0))
        return last


_maps: dict[int, ChangeMap] = {}
_lock = threading.Lock()


def last_change(layer_id: int, version: int, bounds: Bounds) -> int:
    """Return the last version ≤ the current one that touched the box (EPSG:4490) of a layer.

    `version` is the caller's current version of the layer: a process whose copy is older reads the
    newer marks first.
    """
    known = _maps.get(layer_id)
    if known is None or known.version < version:
        with _lock:
            known = _read(layer_id, version)
    return known.last_change(bounds)


def forget() -> None:
    """Drop the copies in memory (tests; a database that was replaced)."""
    _maps.clear()


def _read(layer_id: int, version: int) -> ChangeMap:
    known = _maps.get(layer_id) or ChangeMap()
    if known.version >= version:
        return known
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, x, y, version FROM layers_changemark WHERE layer_id = %s AND version > %s",
            [layer_id, known.version],
        )
        for level, x, y, marked in cursor.fetchall():
            known.add((level, x, y), marked)
    known.version = version
    _maps[layer_id] = known
    return known
