"""One tile through OGC API Tiles: the same bytes that /tiles/ and /wmts serve (OGC 20-057 §10), or several layers' together.

A vector tile of several layers is theirs one after another, a picture theirs laid on each other. With `datetime` a
raster's tile is drawn as of that day and kept nowhere; a vector layer surveyed later is not in it.
"""

import hashlib
import io
from datetime import date

from django.http import HttpResponse
from PIL import Image

from geoserver_app.ogcapi.answers import face, not_modified, tagged
from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.maps.background import PARAMETERS as GROUND
from geoserver_app.ogcapi.maps.background import background
from geoserver_app.ogcapi.maps.views import is_in_time
from geoserver_app.ogcapi.negotiation import picked
from geoserver_app.ogcapi.subsetting import until
from geoserver_app.ogcapi.tilesets import MEDIA, Source, grid_of, of_collection, of_dataset
from layers.access import LayerView
from layers.errors import NotFound
from tiles import compose, render, serve
from tiles.errors import TileOutOfRange, UnknownMatrix

_EXTENSIONS = {"mvt": "pbf", "png": "png", "jpeg": "jpg", "webp": "webp"}
_VECTOR, _PICTURE = ("datetime",), ("datetime", *GROUND[:2])


@face("view", formats=tuple(MEDIA["vector"]), parameters=_VECTOR)
def vector_tile(call: Call, collection: str, **place: str) -> HttpResponse:
    """Answer /collections/{id}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}."""
    return _answer(call, of_collection(call, collection, "vector"), place)


@face("view", formats=tuple(MEDIA["map"]), parameters=_PICTURE)
def map_tile(call: Call, collection: str, **place: str) -> HttpResponse:
    """Answer /collections/{id}/map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}."""
    return _answer(call, of_collection(call, collection, "map"), place)


@face("view", formats=tuple(MEDIA["vector"]), parameters=(*_VECTOR, "collections"))
def dataset_vector_tile(call: Call, **place: str) -> HttpResponse:
    """Answer /tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}."""
    return _answer(call, of_dataset(call, "vector"), place)


@face("view", formats=tuple(MEDIA["map"]), parameters=(*_PICTURE, "collections"))
def dataset_map_tile(call: Call, **place: str) -> HttpResponse:
    """Answer /map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}."""
    return _answer(call, of_dataset(call, "map"), place)


def _answer(call: Call, source: Source, place: dict[str, str]) -> HttpResponse:
    day = until(call)
    views = [view for view in source.views if is_in_time(view, day)]
    format = picked(call, MEDIA[source.kind])
    try:
        grid = grid_of(place["grid"])
        at = serve.Address(grid, grid.matrix(place["matrix"]), _whole(place["row"]), _whole(place["column"]))
        grid.check(at.matrix, at.column, at.row)
        if source.kind == "vector":
            return _vector(call, views, at)
        if len(views) == 1 and day is None and not call.parameters.keys() & set(GROUND):
            return _kept(call, views[0], at, format)
        return tagged(call, _drawn(call, views, at, format, day), MEDIA["map"][format])
    except (TileOutOfRange, UnknownMatrix) as error:
        raise NotFound(parameter=error.parameter) from error


def _kept(call: Call, view: LayerView, at: serve.Address, format: str) -> HttpResponse:
    tile = serve.tile_bytes(view, at, _EXTENSIONS[format])
    tag = f'"{tile.etag}"'
    answer = not_modified(call.request, tag) or HttpResponse(tile.body, content_type=tile.media_type)
    answer["ETag"] = tag
    return answer


def _vector(call: Call, views: list[LayerView], at: serve.Address) -> HttpResponse:
    tiles = [serve.tile_bytes(view, at, "pbf") for view in views]
    tag = f'"{tiles[0].etag if len(tiles) == 1 else hashlib.sha256("".join(tile.etag for tile in tiles).encode()).hexdigest()[:32]}"'
    body = b"".join(tile.body for tile in tiles)
    answer = not_modified(call.request, tag) or HttpResponse(body, content_type=MEDIA["vector"]["mvt"])
    answer["ETag"] = tag
    return answer


def _drawn(call: Call, views: list[LayerView], at: serve.Address, format: str, day: date | None) -> bytes:
    """Lay the layers' kept tiles on each other; as of a day each raster's is drawn anew."""
    ground = background(call).inside
    size = at.matrix.size_px
    canvas = render.MapQuery(
        bounds=at.matrix.bounds(at.column, at.row), srid=at.grid.srid, width=size, height=size, layers=(),
        transparent=ground.is_clear and format != "jpeg", background=ground.colour, format=_named(format),
    )  # fmt: skip
    shown = [compose.Layer(_faded(_picture(view, at, day), view.spec.opacity if len(views) > 1 else 1.0), None, view.spec.blend) for view in views]
    return compose.encode(canvas, shown)


def _picture(view: LayerView, at: serve.Address, day: date | None) -> bytes:
    if day is None or view.spec.kind == "vector":
        return serve.tile_bytes(view, at, "png").body
    size = at.matrix.size_px
    drawn = render.Drawn(view, date=int(f"{day:%Y%m%d}"))
    return render.draw(render.MapQuery(at.matrix.bounds(at.column, at.row), at.grid.srid, size, size, (drawn,)))


def _faded(picture: bytes, opacity: float) -> bytes:
    if opacity >= 1.0:
        return picture
    drawn = Image.open(io.BytesIO(picture)).convert("RGBA")
    drawn.putalpha(drawn.getchannel("A").point(lambda value: int(value * opacity + 0.5)))
    file = io.BytesIO()
    drawn.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _named(format: str) -> compose.Format:
    return "jpeg" if format == "jpeg" else "webp" if format == "webp" else "png"


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(parameter="tile")
    return int(text)
