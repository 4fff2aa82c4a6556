"""What an HTTP answer with a tile looks like: the same for /tiles/, /wmts and the fast path."""

import re

from django.http import HttpRequest, HttpResponse

from geoserver_app import recent
from geoserver_app.caller import caller
from layers import access
from layers.access import LayerView
from tiles import serve
from tiles.errors import TileOutOfRange, UnknownMatrix
from tiles.grids import grid
from tiles.serve import Address, Tile

NUMBER = re.compile(r"[0-9]{1,9}")
REVALIDATE = "private, no-cache"
FOR_EVER = "private, max-age=31536000, immutable"


def visible(request: HttpRequest, slug: str) -> LayerView:
    """Return the caller's view of a layer; raises NotFound (hidden and absent alike) or NotAllowed."""
    principal = caller(request)
    recent.remember(request, principal)
    return access.require(principal, slug, "view")


def address(set_id: str, matrix_id: str, row: str, column: str) -> Address:
    """Read a tile's address; raises UnknownGrid, UnknownMatrix or TileOutOfRange for what is no such tile."""
    found = grid(set_id)
    if not NUMBER.fullmatch(matrix_id):  # no other digits than ASCII's, no sign, no point
        raise UnknownMatrix(parameter="TileMatrix")
    for name, text in (("TileRow", row), ("TileCol", column)):
        if not NUMBER.fullmatch(text):
            raise TileOutOfRange(parameter=name)
    return Address(found, found.matrix(matrix_id), int(row), int(column))


def pinned(view: LayerView, version: str) -> LayerView:
    """Return the view at an older version that `v=` names by its number; else as it is."""
    if NUMBER.fullmatch(version) and view.spec.kind != "map" and 0 < int(version) < view.version:
        return view.at(int(version))
    return view


def answer(request: HttpRequest, view: LayerView, at: Address, extension: str, style: str = "") -> HttpResponse:
    """Return the tile, or 304 for a client that has it; Range is ignored, `v=` may pin version and style."""
    version = request.GET.get("v", "")
    tile = serve.tile_bytes(pinned(view, version), at, extension, style)
    is_for_ever = bool(version) and serve.is_named(view, at, extension, style, version)
    if is_same(tile, request.headers.get("If-None-Match", "")):
        response = HttpResponse(status=304)
        del response["Content-Type"]
    else:
        response = HttpResponse(tile.body, content_type=tile.media_type)
    for name, value in headers(tile, is_for_ever=is_for_ever):
        response[name] = value
    return response


def headers(tile: Tile, *, is_for_ever: bool) -> list[tuple[str, str]]:
    """Return the headers about keeping a tile."""
    return [
        ("ETag", f'"{tile.etag}"'),
        ("Cache-Control", FOR_EVER if is_for_ever else REVALIDATE),
        ("Vary", "Authorization, Cookie, X-API-Key"),
    ]


def is_same(tile: Tile, if_none_match: str) -> bool:
    """Whether the client's copy (RFC 9110 §13.1.2) is this tile; asked only after the decision."""
    return bool(if_none_match) and (f'"{tile.etag}"' in if_none_match or if_none_match.strip() == "*")
