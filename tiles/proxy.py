"""Who draws a missing tile: MapProxy's tile manager over one source, the pictures door.

MapProxy brings metatiles, their cutting and the lock that lets one process draw while others wait. Ours are the source,
the store and the answer to "is it fresh?" (`Plan.is_fresh`), which the lock asks again (design §7, proven.md 2).
"""

import fcntl
import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from zlib import crc32

from django.conf import settings
from mapproxy.cache.base import TileCacheBase
from mapproxy.cache.tile import Tile, TileCollection
from mapproxy.cache.tile_manager import TileManager
from mapproxy.config import local_base_config
from mapproxy.config.config import load_default_config
from mapproxy.extent import MapExtent
from mapproxy.grid.tile_grid import TileGrid
from mapproxy.image import ImageResult
from mapproxy.image.opts import ImageOptions
from mapproxy.layer.map_layer import MapLayer
from mapproxy.query import MapQuery as ProxyQuery
from mapproxy.srs import SRS
from PIL import Image

from tiles import cache, render
from tiles.grids import Grid
from tiles.plan import Plan

LOCKS = 1024
_ENCODINGS: dict[str, tuple[str, dict[str, int]]] = {
    "png": ("PNG", {"compress_level": 4}),
    "webp": ("WEBP", {"quality": 85, "method": 1}),
    "jpg": ("JPEG", {"quality": 85}),
}
_OPTIONS = ImageOptions(format="image/png", mode="RGBA", transparent=True)


class Source(MapLayer):  # type: ignore[misc]  # mapproxy has no types
    """The pictures door as a MapProxy source of one plan."""

    supports_meta_tiles = True

    def __init__(self, plan: Plan) -> None:
        super().__init__(_OPTIONS)
        self.plan = plan
        self.extent = MapExtent(mapproxy_grid(plan.grid).bbox, SRS(plan.grid.srid))

    def get_map(self, query: ProxyQuery) -> ImageResult:
        """Draw a unit with its rim; the picture carries no version: the plan's is stored with it."""
        width, height = query.size
        body = render.draw(
            render.MapQuery(
                bounds=tuple(query.bbox),
                srid=self.plan.grid.srid,
                width=width,
                height=height,
                layers=(render.Drawn(self.plan.view, self.plan.style),),
                transparent=self.plan.extension != "jpg",
                buffer_px=self.plan.rim_px if self.plan.is_labelled else 0,
            )
        )
        picture = Image.open(io.BytesIO(body))
        return ImageResult(picture.convert("RGBA" if self.plan.extension != "jpg" else "RGB"), image_opts=_OPTIONS)


class Kept(TileCacheBase):  # type: ignore[misc]
    """A plan's store as a MapProxy cache; a narrowed view's tiles are only held for the answer."""

    def __init__(self, plan: Plan, *, shared: bool) -> None:
        super().__init__()
        self.plan = plan
        self.shared = shared
        self.made: dict[tuple[int, int, int], cache.Stored] = {}

    def is_cached(self, tile: Tile, dimensions: object = None) -> bool:
        """Whether a fresh tile is kept, by this process or another."""
        if not self.shared or tile.coord is None:
            return tile.coord is None
        column, row, level = tile.coord
        found = self.plan.store.get(level, column, row)
        return found is not None and self.plan.is_fresh(found, self.plan.grid.matrices[level], column, row)

    def load_tile(self, tile: Tile, with_metadata: bool = False, dimensions: object = None) -> bool:
        """Tell that a tile is there; bytes are read from the store, never as a picture."""
        return True

    def load_tiles(self, tiles: TileCollection, with_metadata: bool = False, dimensions: object = None) -> bool:
        """As `load_tile`."""
        return True

    def store_tile(self, tile: Tile, dimensions: object = None) -> bool:
        """Encode and keep one tile."""
        return self.store_tiles([tile])

    def store_tiles(self, tiles: list[Tile], dimensions: object = None) -> bool:
        """Encode and keep a unit's tiles, all or none."""
        for tile in tiles:
            body = encode(tile.image_result.as_image(), self.plan.extension)
            self.made[tile.coord] = cache.stored(self.plan.versions, body)
        if self.shared:
            self.plan.store.put((level, column, row, kept) for (column, row, level), kept in self.made.items())
        return True

    def remove_tile(self, tile: Tile, dimensions: object = None) -> None:
        """Forget one tile."""
        column, row, level = tile.coord
        self.plan.store.remove(level, column, row)

    def load_tile_metadata(self, tile: Tile, dimensions: object = None) -> None:
        """Nothing is asked by time: versions decide."""


class Manager(TileManager):  # type: ignore[misc]
    """A tile manager that asks the change map, not the clock."""

    def is_cached(self, tile: Tile | tuple[int, int, int], dimensions: object = None) -> bool:
        """Whether the tile is kept and fresh; asked before and again under the lock."""
        return bool(self.cache.is_cached(tile if isinstance(tile, Tile) else Tile(tile)))


def drawn(plan: Plan, level: int, column: int, row: int, *, shared: bool = True) -> dict[tuple[int, int, int], cache.Stored]:
    """Draw the unit of a tile, unless another does: then wait; return what was made by (column, row, level).

    With `shared` the tiles are kept for everyone; a narrowed view's must not be.
    """
    kept = Kept(plan, shared=shared)
    with local_base_config(_defaults()):
        manager = Manager(
            mapproxy_grid(plan.grid),
            kept,
            [Source(plan)],
            "png",
            Locker(plan, shared=shared),
            image_opts=_OPTIONS,
            meta_size=[plan.metatile, plan.metatile],
            meta_buffer=plan.rim_px,
        )
        manager.creator().create_tiles([Tile((column, row, level))])
    return kept.made


@lru_cache(maxsize=1)
def _defaults() -> object:
    """MapProxy's own settings, which it wants to find in each thread that uses it."""
    return load_default_config()


def encode(picture: Image.Image, extension: str) -> bytes:
    """Write a tile; one that shows nothing is b"", which stands for `empty`."""
    if _is_blank(picture, extension):
        return b""
    return _written(picture, extension)


def _is_blank(picture: Image.Image, extension: str) -> bool:
    if extension == "jpg":
        return bool(picture.convert("RGB").getextrema() == ((255, 255),) * 3)
    return bool(picture.getchannel("A").getextrema() == (0, 0))


def _written(picture: Image.Image, extension: str) -> bytes:
    name, options = _ENCODINGS[extension]
    file = io.BytesIO()
    (picture.convert("RGB") if extension == "jpg" else picture).save(file, name, **options)
    return file.getvalue()


@lru_cache(maxsize=8)
def empty(extension: str, size_px: int = 256) -> bytes:
    """Return the constant empty tile: transparent, white for JPEG, no bytes for a vector tile."""
    if extension == "pbf":
        return b""
    clear = (255, 255, 255, 255) if extension == "jpg" else (0, 0, 0, 0)
    return _written(Image.new("RGBA", (size_px, size_px), clear), extension)


@lru_cache(maxsize=8)
def mapproxy_grid(grid: Grid) -> TileGrid:
    """Return the grid as MapProxy's own, rows counted from the top."""
    top = grid.matrices[0]
    return TileGrid(
        SRS(grid.srid),
        bbox=top.bounds(0, 0, top.columns, top.rows),
        tile_size=(top.size_px, top.size_px),
        res=[matrix.cell for matrix in grid.matrices],
        origin="ul",
        name=grid.id,
    )


class Locker:
    """Lets one process draw a unit while others wait; a fixed set of files, since one for each unit would pile up."""

    def __init__(self, plan: Plan, *, shared: bool) -> None:
        self.name = plan.store.path if shared else ""

    @contextmanager
    def lock(self, tile: Tile) -> Iterator[None]:
        """Hold the lock of a unit, known by its first tile; a narrowed view's drawing needs none."""
        if not self.name:
            yield
            return
        digest = crc32(f"{self.name} {tile.coord}".encode()) % LOCKS
        path = settings.GEOBASE.cache / "locks" / f"{digest:03x}"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # the kernel lets go of a dead process's lock
            yield
