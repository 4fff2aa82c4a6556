"""Which bytes answer for a tile of a view: kept and fresh, cut to the caller's area, or drawn now.

Shared files hold unmasked tiles. A tile inside the caller's area is served as kept, one outside is the constant empty
tile, one on the edge is decoded, masked at pixel centres and written anew. Where a filter or column narrows the view,
or labels reach over the edge, the tile is drawn for the policy; such tiles stay in this process's memory.
"""

import hashlib
import io
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import shapely
from PIL import Image

from layers.access import LayerView, unnarrowed
from layers.spec import Bounds
from tiles import cache, mask, mvt, proxy
from tiles.cache import Stored
from tiles.grids import Grid, Matrix, grid
from tiles.plan import MEDIA_TYPES, Plan, plan

OWN_BYTES = 8 * 2**20
"""Tiles masked or drawn for one policy which each process keeps in memory."""
type Placement = Literal["inside", "outside", "edge", "own"]


@dataclass(frozen=True, slots=True)
class Tile:
    """An answer: bytes, the ETag's text (hash of content and policy) and the media type."""

    body: bytes
    etag: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Address:
    """Which tile of a grid."""

    grid: Grid
    matrix: Matrix
    row: int
    column: int


def tile_bytes(view: LayerView, at: Address, extension: str, style: str = "") -> Tile:
    """Return a tile; `extension` is png, webp, jpg or pbf, `style` "" the layer's own.

    Raises TileOutOfRange, UnknownFormat, NotFound (style) or RenderFailed.
    """
    at.grid.check(at.matrix, at.column, at.row)
    drawing = plan(view, at.grid, extension, style)
    if found := _ready(drawing, at):
        return found
    return _answer(drawing, _made(drawing, at))


def cached(view: LayerView, at: Address, extension: str, style: str = "") -> Tile | None:
    """Return a tile that needs no drawing, else None (the fast path)."""
    at.grid.check(at.matrix, at.column, at.row)
    return _ready(plan(view, at.grid, extension, style), at)


def refresh(view: LayerView, at: Address, extension: str, style: str = "") -> bool:
    """Draw a tile of an unnarrowed view unless it is fresh; tell whether it was drawn (seeding)."""
    drawing = plan(view, at.grid, extension, style)
    if view.policy or _kept(drawing, at):
        return False
    _made(drawing, at)
    return True


def version_name(view: LayerView, style: str = "", extension: str = "png") -> str:
    """Name what decides a tile's bytes but its place: versions, drawing and policy, for `?v=` in links.

    A tile asked for by the name it has now never changes, so it may be kept for ever (`immutable`).
    """
    return _name(plan(view, grid("WebMercatorQuad"), extension, style))  # alike in every grid


def is_named(view: LayerView, at: Address, extension: str, style: str, name: str) -> bool:
    """Whether `name` (the `v` of a link) is the tile's present `version_name`."""
    return name == _name(plan(view, at.grid, extension, style))


def _name(drawing: Plan) -> str:
    digest = hashlib.sha256(f"{drawing.drawing} {drawing.view.policy}".encode()).hexdigest()[:10]
    return f"{drawing.versions}-{digest}"


def _answer(drawing: Plan, tile: Stored) -> Tile:
    body = tile.body or proxy.empty(drawing.extension)
    name = tile.etag
    if policy := drawing.view.policy:
        name = cache.etag(policy.encode(), name.encode())
    return Tile(body, name, MEDIA_TYPES[drawing.extension])


def _ready(drawing: Plan, at: Address) -> Tile | None:
    if not drawing.view.policy:
        kept = _kept(drawing, at)
        return _answer(drawing, kept) if kept else None
    match _placement(drawing, at):
        case "outside":
            return _answer(drawing, cache.stored(drawing.versions, b""))
        case "inside":
            kept = _kept(drawing, at)
            return _answer(drawing, kept) if kept else None
        case _:
            own = _own.get(drawing, at)
            return _answer(drawing, own) if own else None


def _kept(drawing: Plan, at: Address) -> Stored | None:
    """Return the shared tile when it is fresh: the copy in memory first, then the file's."""
    place = at.matrix.level, at.column, at.row
    found = drawing.store.hot(*place)
    if found and drawing.is_fresh(found, at.matrix, at.column, at.row):
        return found
    found = drawing.store.get(*place)
    return found if found and drawing.is_fresh(found, at.matrix, at.column, at.row) else None


def _made(drawing: Plan, at: Address) -> Stored:
    placement = _placement(drawing, at) if drawing.view.policy else "inside"
    if placement == "inside":
        return _kept(drawing, at) or _drawn(drawing, at, shared=True)
    if placement == "edge":
        shared = _kept(drawing, at) or _drawn(drawing, at, shared=True)
        made = cache.stored(drawing.versions, _masked(drawing, at, shared.body))
    else:
        made = _drawn(drawing, at, shared=False)
    _own.put(drawing, at, made)
    return made


def _drawn(drawing: Plan, at: Address, *, shared: bool) -> Stored:
    """Draw a tile: with the view's narrowing for its policy alone, without it for all."""
    place = at.column, at.row, at.matrix.level
    if shared and drawing.view.policy:
        drawing = replace(drawing, view=unnarrowed(drawing.view))
    if drawing.is_vector:
        body = mvt.tile(drawing.view, at.grid, at.matrix, at.column, at.row)
        made = cache.stored(drawing.versions, body)
        if shared:
            drawing.store.put([(at.matrix.level, at.column, at.row, made)])
        return made
    tiles = proxy.drawn(drawing, at.matrix.level, at.column, at.row, shared=shared)
    if place in tiles:
        return tiles[place]
    return drawing.store.get(at.matrix.level, at.column, at.row) or cache.stored(drawing.versions, b"")


def _placement(drawing: Plan, at: Address) -> Placement:
    """Tell where a tile lies to the areas of all its leaves."""
    box = drawing.box(at.matrix, at.column, at.row)
    tile = at.grid.lonlat(at.matrix.bounds(at.column, at.row))
    found = {_of_leaf(leaf, box, tile) for leaf in drawing.leaves}
    if len(found) > 1 or not found or found == {"own"}:
        return "own"
    (sole,) = found
    if sole == "edge" and (drawing.is_labelled or drawing.is_vector or len(drawing.leaves) > 1):
        return "own"
    return sole


def _of_leaf(leaf: LayerView, box: Bounds, tile: Bounds) -> Placement:
    if not leaf.pieces:
        return "inside"
    areas = [piece.area for piece in leaf.pieces]
    if any(area is None for area in areas):
        return "own"
    whole: Any = _area(tuple(area for area in areas if area is not None))
    if not whole.intersects(shapely.box(*tile)):
        return "outside"
    if leaf.has_filter:
        return "own"
    return "inside" if whole.contains(shapely.box(*box)) else "edge"


@lru_cache(maxsize=256)
def _area(areas: tuple[bytes, ...]) -> shapely.Geometry:
    whole = shapely.union_all([shapely.from_wkb(each) for each in areas])
    shapely.prepare(whole)
    return whole


def _masked(drawing: Plan, at: Address, body: bytes) -> bytes:
    """Clear the pixels whose centres lie outside the caller's area."""
    if not body:
        return b""
    areas = mask.areas(drawing.view)
    size = at.matrix.size_px
    alpha = mask.alpha(areas or (), at.matrix.bounds(at.column, at.row), at.grid.srid, (size, size))
    if alpha is True:
        return body
    if alpha is False:
        return b""
    pixels = np.array(Image.open(io.BytesIO(body)).convert("RGBA"))
    pixels[alpha == 0] = (255, 255, 255, 255) if drawing.extension == "jpg" else (0, 0, 0, 0)
    return proxy.encode(Image.fromarray(pixels), drawing.extension)


class _Own:
    """Tiles of narrowed views, by policy, the last used up to `OWN_BYTES`."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, int], Stored] = OrderedDict()
        self._bytes = 0

    def get(self, drawing: Plan, at: Address) -> Stored | None:
        found = self._kept.get(self._place(drawing, at))
        return found if found and drawing.is_fresh(found, at.matrix, at.column, at.row) else None

    def put(self, drawing: Plan, at: Address, tile: Stored) -> None:
        self._kept[self._place(drawing, at)] = tile
        self._bytes += len(tile.body) + 400
        while self._bytes > OWN_BYTES and self._kept:
            _, was = self._kept.popitem(last=False)
            self._bytes -= len(was.body) + 400

    @staticmethod
    def _place(drawing: Plan, at: Address) -> tuple[str, str, int]:
        return drawing.store.path, drawing.view.policy, cache.key(at.matrix.level, at.column, at.row)


_own = _Own()
