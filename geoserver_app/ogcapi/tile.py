"""One tile through OGC API Tiles: the same bytes that /tiles/ and /wmts serve (OGC 20-057 §10)."""

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import face, not_modified
from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.negotiation import picked
from geoserver_app.ogcapi.tilesets import MEDIA, DataType, grid_of, tiled
from layers.errors import NotFound
from tiles import serve
from tiles.errors import TileOutOfRange, UnknownMatrix

_EXTENSIONS = {"mvt": "pbf", "png": "png", "jpeg": "jpg", "webp": "webp"}


@face("view", formats=tuple(MEDIA["vector"]))
def vector_tile(call: Call, **place: str) -> HttpResponse:
    """Answer /collections/{id}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}."""
    return _tile(call, "vector", place)


@face("view", formats=tuple(MEDIA["map"]))
def map_tile(call: Call, **place: str) -> HttpResponse:
    """Answer /collections/{id}/map/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}."""
    return _tile(call, "map", place)


def _tile(call: Call, kind: DataType, place: dict[str, str]) -> HttpResponse:
    view = tiled(call, place["collection"], kind)
    grid = grid_of(place["grid"])
    try:
        at = serve.Address(grid, grid.matrix(place["matrix"]), _whole(place["row"]), _whole(place["column"]))
        tile = serve.tile_bytes(view, at, _EXTENSIONS[picked(call, MEDIA[kind])])
    except (TileOutOfRange, UnknownMatrix) as error:
        raise NotFound(parameter=error.parameter) from error
    tag = f'"{tile.etag}"'
    answer = not_modified(call.request, tag) or HttpResponse(tile.body, content_type=tile.media_type)
    answer["ETag"] = tag
    return answer


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound(parameter="tile")
    return int(text)
