"""Where did a layer last change? The change map: a quadtree in EPSG:4490 of the last version per cell.

A changed geometry marks at most 9 cells of its own size; a lookup takes the greatest version among the cells over a
box and all below them (design §9; with the 4 cells it proposes, up to 2.8 times the tiles that parcels touch were
drawn again, with 9 at most 1.9). Level n has cells of 360/2ⁿ degrees, counted from 180° W and 180° S of the
equator's square, so that both axes share one size. A mark may be newer than the version a reader has (a publication
under way, or one that was undone): readers take the smaller of the two.
"""

import threading
from collections.abc import Iterable
from math import frexp

from django.db import connection
from psycopg2.extras import execute_values

from layers.spec import Bounds

MAX_LEVEL = 25
"""Cells of 1.07e-5°, about a metre: finer marks would redraw nothing less."""
MAX_CELLS = 9
MAX_MARKS = 30_000
"""Above this a publication's marks are merged upward."""
MAX_KEPT = 150_000
"""Marks of one layer held in memory (about 30 MB); above, the older half is merged upward."""
_FINER = 3
"""A lookup tells marks apart down to 1/8 of its cells, so that a neighbour's change is not its own."""

type Cell = tuple[int, int, int]
type _Block = tuple[int, int, int, int]


def cells(bounds: Bounds) -> set[Cell]:
    """Return the at most 9 cells (level, x, y), the smallest that do, which cover the box."""
    level, (left, bottom, right, top) = _own_block(bounds)
    return {(level, x, y) for x in range(left, right + 1) for y in range(bottom, top + 1)}


def _own_block(bounds: Bounds) -> tuple[int, _Block]:
    level = _level(bounds)
    block = _block(bounds, level)
    while level < MAX_LEVEL:
        finer = _block(bounds, level + 1)
        if (finer[2] - finer[0] + 1) * (finer[3] - finer[1] + 1) > MAX_CELLS:
            break
        level, block = level + 1, finer
    return level, block


def _level(bounds: Bounds) -> int:
    """Return the deepest level whose cells are no smaller than the box: at most 4 of them cover it."""
    west, south, east, north = bounds
    return max(frexp(360 / max(east - west, north - south, 1.1e-5))[1] - 1, 0)


def _block(bounds: Bounds, level: int) -> _Block:
    """Return the first and last columns and rows of a level that meet the box: x, y, x, y."""
    scale, last = (1 << level) / 360, (1 << level) - 1
    west, south, east, north = bounds
    left, right = int((west + 180) * scale), int((east + 180) * scale)
    bottom, top = int((south + 180) * scale), int((north + 180) * scale)
    left, bottom = min(max(left, 0), last), min(max(bottom, 0), last)
    return left, bottom, max(min(right, last), left), max(min(top, last), bottom)


def merged(bounds: Iterable[Bounds], limit: int = MAX_MARKS) -> set[Cell]:
    """Return the cells of many boxes, the deepest merged upward whenever more than `limit` are held."""
    found: set[Cell] = set()
    deepest = MAX_LEVEL
    for box in bounds:
        found |= {_lifted(cell, deepest) for cell in cells(box)}
        while len(found) > limit:
            deepest = max(level for level, _, _ in found) - 1
            found = {_lifted(cell, deepest) for cell in found}
    return found


def _lifted(cell: Cell, deepest: int) -> Cell:
    level, x, y = cell
    up = max(level - deepest, 0)
    return level - up, x >> up, y >> up


def mark(layer_id: int, version: int, bounds: Iterable[Bounds], *, coarse: bool = False) -> int:
    """Record that `version` changed these boxes, of rows or of generalised rows; returns the number of cells marked."""
    found = [(layer_id, coarse, version, *cell) for cell in sorted(merged(bounds))]
    with connection.cursor() as cursor:
        execute_values(
            cursor.cursor,
            "INSERT INTO layers_changemark (layer_id, coarse, version, level, x, y) VALUES %s "
            "ON CONFLICT (layer_id, coarse, level, x, y) DO UPDATE SET version = excluded.version",
            found,
        )
    return len(found)


class ChangeMap:
    """One layer's marks in memory: per cell the version marked there, and the greatest there and below.

    Keys are integers: level · 2⁵² + column · 2²⁶ + row.
    """

    __slots__ = ("below", "levels", "marks", "version")

    def __init__(self) -> None:
        self.version = 0
        self.marks: dict[int, int] = {}
        self.below: dict[int, int] = {}
        self.levels: dict[int, int] = {}
        """Level → the greatest version marked on it."""

    def add(self, cell: Cell, version: int) -> None:
        """Mark one cell."""
        level, x, y = cell
        key = level << 52 | x << 26 | y
        if self.marks.get(key, 0) >= version:
            return
        self.marks[key] = version
        self.levels[level] = max(self.levels.get(level, 0), version)
        below = self.below
        while below.get(key, 0) < version:
            below[key] = version
            if not level:
                break
            level, x, y = level - 1, x >> 1, y >> 1
            key = level << 52 | x << 26 | y

    def last_change(self, bounds: Bounds, known: int = 0) -> int:
        """Return the last version whose marks meet the box, or `known` if none is greater."""
        west, south, east, north = bounds
        level = _level(bounds)
        scale = (1 << level) / 360
        left, bottom = int((west + 180) * scale), int((south + 180) * scale)
        right, top = int((east + 180) * scale), int((north + 180) * scale)
        last, below, base = known, self.below, level << 52
        for x in range(left, right + 1):
            column = base | x << 26
            for y in range(bottom, top + 1):
                if below.get(column | y, 0) > last:
                    deep = min(level + _FINER, MAX_LEVEL)
                    last = self._search((level, x, y), deep, _block(bounds, deep), last)
        return self._above(level, (left, bottom, right, top), last)

    def _above(self, level: int, block: _Block, last: int) -> int:
        """Look at the larger cells over a block, on the levels that have marks newer than `last`."""
        left, bottom, right, top = block
        for each, newest in self.levels.items():
            if each >= level or newest <= last:
                continue
            up, base = level - each, each << 52
            for x in range(left >> up, (right >> up) + 1):
                for y in range(bottom >> up, (top >> up) + 1):
                    last = max(last, self.marks.get(base | x << 26 | y, 0))
        return last

    def _search(self, cell: Cell, deep: int, block: _Block, last: int) -> int:
        """Look below a cell, down to level `deep`, where the box covers `block`."""
        level, x, y = cell
        key = level << 52 | x << 26 | y
        found = self.below.get(key, 0)
        shift = deep - level
        left, bottom, right, top = block
        if found <= last or (x + 1) << shift <= left or x << shift > right:
            return last
        if (y + 1) << shift <= bottom or y << shift > top:
            return last
        if not shift:
            return found
        last = max(last, self.marks.get(key, 0))
        for child in range(4):
            last = self._search((level + 1, x << 1 | child >> 1, y << 1 | child & 1), deep, block, last)
        return last

    def compact(self, limit: int = MAX_KEPT) -> None:
        """Merge the older half of the marks upward, deepest first, as often as it takes to hold `limit`.

        This can only make a tile look older than it is: one is drawn again, to the same bytes.
        """
        if len(self.marks) <= limit:
            return
        while len(self.marks) > limit * 2 // 3:
            middle = sorted(self.marks.values())[len(self.marks) // 2]
            deepest = max(key >> 52 for key, version in self.marks.items() if version <= middle)
            kept, self.marks, self.below, self.levels = self.marks, {}, {}, {}
            for key, version in kept.items():
                level, x, y = key >> 52, key >> 26 & 0x3FFFFFF, key & 0x3FFFFFF
                lifted = version <= middle and level == deepest > 0
                self.add((level - 1, x >> 1, y >> 1) if lifted else (level, x, y), version)


_maps: dict[tuple[int, bool], ChangeMap] = {}
_lock = threading.Lock()


def last_change(layer_id: int, version: int, bounds: Bounds, known: int = 0, *, coarse: bool = False) -> int:
    """Return the last version, at most `version`, that touched the box (EPSG:4490) of a layer.

    `version` is the version the caller reads: a process whose copy is older reads the newer marks first.
    With `known` the search stops early: the answer is then `known` or something greater. With `coarse` the generalised
    rows are asked about, else the rows.
    """
    found = _maps.get((layer_id, coarse))
    if found is None or found.version < version:
        with _lock:
            found = _read(layer_id, version, coarse=coarse)
    return min(found.last_change(bounds, known), version)


def forget() -> None:
    """Drop the copies in memory (tests; a database that was replaced)."""
    _maps.clear()


def _read(layer_id: int, version: int, *, coarse: bool) -> ChangeMap:
    known = _maps.get((layer_id, coarse)) or ChangeMap()
    if known.version >= version:
        return known
    same: dict[int, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT level, x, y, version FROM layers_changemark WHERE layer_id = %s AND coarse = %s AND version > %s",
            [layer_id, coarse, known.version],
        )
        while rows := cursor.fetchmany(10_000):
            for level, x, y, marked in rows:
                known.add((level, x, y), same.setdefault(marked, marked))
            known.compact()
    known.version = version
    _maps[layer_id, coarse] = known
    return known
