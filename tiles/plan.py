"""How one view is tiled: its format, its unit of drawing, where its tiles are kept, when they are fresh.

The unit of freshness is the unit of drawing (design §4): a metatile with a wide rim where labels or icons are drawn,
since one label decides about the next; else the tile with a narrow one.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from django.db import connection

from layers import changes
from layers.access import LayerView
from layers.spec import Bounds
from layers.style.model import Icon, Line, Mark, Style, Text
from tiles import cache, render
from tiles.errors import UnknownFormat
from tiles.grids import Grid, Matrix

type Extension = Literal["png", "webp", "jpg", "pbf"]
MEDIA_TYPES: dict[str, str] = {
    "png": "image/png",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "pbf": "application/vnd.mapbox-vector-tile",
}
PICTURES: tuple[Extension, ...] = ("png", "webp", "jpg")
METATILE = 4
LABEL_RIM_PX = 64
MVT_EXTENT = 4096
MVT_RIM = 64
"""Rim of a vector tile, of 4096 units a side."""
_WRITER = "1"
"""Counts changes of this package that change bytes: kept tiles are then left behind."""
_KEPT_PLANS = 4096


@dataclass(frozen=True, slots=True)
class Unit:
    """A block of tiles drawn at once: first column and row, how many of each."""

    column: int
    row: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """One view in one grid, style and format; `versions` are its leaf layers' ("3", composed "3.17").

    `rim_px` is drawn round each unit and cut off; `store` holds unmasked tiles only.
    """

    view: LayerView
    grid: Grid
    style: str
    extension: Extension
    metatile: int
    rim_px: int
    leaves: tuple[LayerView, ...]
    versions: str
    store: cache.Store
    drawing: str

    @property
    def is_vector(self) -> bool:
        """Whether the tiles are Mapbox vector tiles."""
        return self.extension == "pbf"

    @property
    def is_labelled(self) -> bool:
        """Whether what is drawn at a place depends on its neighbours (labels, icons)."""
        return self.metatile > 1

    def unit(self, matrix: Matrix, column: int, row: int) -> Unit:
        """Return the unit a tile is drawn in."""
        columns, rows = min(self.metatile, matrix.columns), min(self.metatile, matrix.rows)
        return Unit(column // columns * columns, row // rows * rows, columns, rows)

    def box(self, matrix: Matrix, column: int, row: int) -> Bounds:
        """Return the lon/lat bounds (EPSG:4490) of all that is drawn with a tile, the rim included."""
        unit = self.unit(matrix, column, row)
        west, south, east, north = matrix.bounds(unit.column, unit.row, unit.columns, unit.rows)
        rim = self.rim_px * matrix.cell
        return self.grid.lonlat((west - rim, south - rim, east + rim, north + rim))

    def is_fresh(self, tile: cache.Stored, matrix: Matrix, column: int, row: int) -> bool:
        """Whether a kept tile shows what the view's versions show."""
        if tile.versions == self.versions:
            return True
        drawn = tile.versions.split(".")
        if len(drawn) != len(self.leaves):
            return False
        box = self.box(matrix, column, row)
        return all(_is_same(leaf, int(was), box, matrix.scale) for leaf, was in zip(self.leaves, drawn, strict=True))


def _is_same(leaf: LayerView, drawn: int, box: Bounds, scale: float) -> bool:
    """Whether versions `drawn` and the view's are alike in the box: no change after the older of the two."""
    older, newer = sorted((drawn, leaf.version))
    if older == newer:
        return True
    if changes.last_change(leaf.spec.id, newer, box, older) > older:
        return False
    # A neighbour's simplified border moves with the changed one: asked for only where it is drawn.
    is_coarse = any(each.min_scale <= scale for each in leaf.spec.generalised)
    return not is_coarse or changes.last_change(leaf.spec.id, newer, box, older, coarse=True) <= older


def formats(view: LayerView) -> tuple[Extension, ...]:
    """Return the extensions a layer's tiles have, the best first."""
    if view.spec.kind == "imagery":
        return ("jpg", "webp", "png")
    is_vector = any(leaf.spec.kind == "vector" for leaf in leaves(view))
    return ("png", "webp", "jpg", "pbf") if is_vector else PICTURES


def extent(view: LayerView) -> Bounds | None:
    """Return the lon/lat bounds (EPSG:4490) of all that a view shows, None where there is nothing."""
    boxes = [leaf.spec.extent for leaf in leaves(view) if leaf.spec.extent]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def leaves(view: LayerView) -> tuple[LayerView, ...]:
    """Return the layers whose data a view shows: itself, or a composed map's members, bottom first."""
    return tuple(_leaves(view))


def _leaves(view: LayerView) -> Iterator[LayerView]:
    if view.spec.kind != "map":
        yield view
    for member, _ in view.members:
        yield from _leaves(member)


_plans: OrderedDict[tuple[int, str, str, str], Plan] = OrderedDict()


def plan(view: LayerView, grid: Grid, extension: str, style: str = "") -> Plan:
    """Return the plan of a view; raises UnknownFormat, NotFound (style)."""
    place = (id(view), grid.id, extension, style)
    found = _plans.get(place)
    # The plan holds its view, so the view's id() cannot be another's while the plan is kept.
    if found is None or found.view is not view:
        found = _plans[place] = _made(view, grid, extension, "" if style == "default" else style)
        while len(_plans) > _KEPT_PLANS:
            _plans.popitem(last=False)
    return found


def forget() -> None:
    """Drop all plans (tests; the cache's folder has moved)."""
    _plans.clear()


def _made(view: LayerView, grid: Grid, extension: str, style: str) -> Plan:
    if extension not in get_args(Extension.__value__) or extension not in formats(view):
        raise UnknownFormat(parameter="FORMAT")
    drawing = drawing_name(view, style, extension)
    shown = leaves(view)
    metatile, rim = (1, 0) if extension == "pbf" else _unit(view, style)
    if extension == "pbf":
        rim = MVT_RIM * 256 // MVT_EXTENT
    return Plan(
        view=view,
        grid=grid,
        style=style,
        extension=extension,
        metatile=metatile,
        rim_px=rim,
        leaves=shown,
        versions=".".join(str(leaf.version) for leaf in shown),
        store=cache.store(view.spec.slug, grid.id, extension, drawing),
        drawing=drawing,
    )


def drawing_name(view: LayerView, style: str, extension: str) -> str:
    """Name all that decides a tile's bytes but rows and place: style, fonts, engine, members, fields."""
    digest = hashlib.sha256(f"{_WRITER} {_database()}".encode())
    for leaf in leaves(view):
        digest.update(f"{leaf.spec.id} {leaf.spec.slug}\0".encode())
        if extension == "pbf":
            digest.update(repr(leaf.spec.fields).encode())
            digest.update(repr(leaf.spec.generalised).encode())
    if extension != "pbf":
        digest.update(render.drawing_hash(view, style).encode())
    return digest.hexdigest()


@lru_cache(maxsize=8)
def _named_database(alias_name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT system_identifier, (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "FROM pg_control_system()"
        )
        cluster, database = cursor.fetchone() or (0, 0)
    return f"{cluster}.{database}"


def _database() -> str:
    """Name the database: in another one, version 1 is another content."""
    return _named_database(str(connection.settings_dict["NAME"]))


def _unit(view: LayerView, style: str) -> tuple[int, int]:
    """Return metatile size and rim in pixels for a picture."""
    if view.spec.kind == "map":
        return METATILE, LABEL_RIM_PX
    if view.spec.kind != "vector":
        return 1, 0
    reach = _reach(render.style_of(view, style))
    return (METATILE, LABEL_RIM_PX) if reach is None else (1, max(8, reach))


def _reach(style: Style) -> int | None:
    """Return how far from a feature its strokes reach, in pixels; None where labels or icons are drawn."""
    reach = 0.0
    for each in (part for rule in style.rules for part in rule.symbolizers):
        match each:
            case Text() | Icon():
                return None
            case Line():
                reach = max(reach, each.width / 2, each.casing_width / 2 + each.width / 2)
            case Mark():
                reach = max(reach, each.size)
            case _:
                pass
    return int(reach) + 3
