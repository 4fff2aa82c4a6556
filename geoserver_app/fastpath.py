"""Tiles answered before Django: kept, fresh and allowed; all else falls through, so there is one refusing path.

Key in path (`/k/<key>/…`, stripped here for every face), query or header, or a session seen a moment ago, or nobody.
The decision is `access.decide`, by the registry's revision; If-None-Match is looked at only after it.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import Error as DatabaseFault

from geoserver_app import caller, recent
from geoserver_app.tile_answers import headers, is_same
from layers import access
from layers.access import Principal
from layers.errors import GeobaseError
from tiles import serve
from tiles.grids import grids

type StartResponse = Callable[..., Any]
type Environ = dict[str, Any]
type Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_KEYED = re.compile(r"/k/([A-Za-z0-9_-]{8,120})(/.*)")
_NUMBER = "([0-9]{1,9})"
_XYZ = re.compile(rf"/tiles/([a-z0-9_-]+)/([A-Za-z0-9-]+)/{_NUMBER}/{_NUMBER}/{_NUMBER}\.(png|webp|jpg|pbf)")
_REST = re.compile(
    rf"/wmts/1\.0\.0/([a-z0-9_-]+)/([A-Za-z0-9_-]+)/([A-Za-z0-9-]+)/{_NUMBER}/{_NUMBER}/{_NUMBER}\.(png|webp|jpg|pbf)"
)
_ALWAYS = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin")]


def wrap(application: Application) -> Application:
    """Put the fast path before a WSGI application."""

    def fast(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/k/"):
            path = _strip_key(environ, path)
        if environ.get("REQUEST_METHOD") == "GET" and path.startswith(("/tiles/", "/wmts/")):
            body = _answer(environ, path, start_response)
            if body is not None:
                return body
        return application(environ, start_response)

    return fast


def _strip_key(environ: Environ, path: str) -> str:
    """Move a key from the path into the environment; links made from SCRIPT_NAME keep it."""
    found = _KEYED.fullmatch(path)
    if found is None:
        return path
    environ["geobase.key"] = found[1]
    environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/k/{found[1]}"
    environ["PATH_INFO"] = found[2]
    return found[2]


def _answer(environ: Environ, path: str, start_response: StartResponse) -> list[bytes] | None:
    try:
        asked = _asked(path)
        if asked is None:
            return None
        slug, set_id, matrix_id, row, column, extension, style = asked
        version, styled, key, is_plain = _query(environ.get("QUERY_STRING", ""))
        principal = _principal(environ, key) if is_plain else None
        view = access.decide(principal, slug, "view") if principal else None
        grid = grids().get(set_id)
        matrix = grid.by_id.get(matrix_id) if grid else None
        if view is None or grid is None or matrix is None or version.isdigit():
            return None
        at = serve.Address(grid, matrix, row, column)
        style = style or styled
        tile = serve.cached(view, at, extension, style)
        if tile is None:
            return None
        is_for_ever = bool(version) and serve.is_named(view, at, extension, style, version)
    except (GeobaseError, caller.BadCredentials, DatabaseFault):
        return None  # Django's own path says what is wrong
    kept = headers(tile, is_for_ever=is_for_ever) + _ALWAYS
    if is_same(tile, environ.get("HTTP_IF_NONE_MATCH", "")):
        start_response("304 Not Modified", kept)
        return [b""]
    start_response("200 OK", [*kept, ("Content-Type", tile.media_type), ("Content-Length", str(len(tile.body)))])
    return [tile.body]


def _asked(path: str) -> tuple[str, str, str, int, int, str, str] | None:
    """Read a path: layer, matrix set, matrix, row, column, extension, style."""
    if found := _XYZ.fullmatch(path):
        return found[1], found[2], found[3], int(found[5]), int(found[4]), found[6], ""
    if found := _REST.fullmatch(path):
        style = "" if found[2] == "default" else found[2]
        return found[1], found[3], found[4], int(found[5]), int(found[6]), found[7], style
    return None


@lru_cache(maxsize=1024)
def _query(text: str) -> tuple[str, str, str, bool]:
    """Read a query string: version, style, key, and whether no name was given twice."""
    if not text:
        return "", "", "", True
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=20, errors="replace")
    given = dict(pairs)
    return given.get("v", ""), given.get("style", ""), given.get("key", ""), len(given) == len(pairs)


def _principal(environ: Environ, key: str) -> Principal | None:
    """Find the caller without Django; None where only Django can tell."""
    if environ.get("HTTP_AUTHORIZATION"):
        return None
    carried = [each for each in (environ.get("geobase.key"), key, environ.get("HTTP_X_API_KEY")) if each]
    if len(carried) > 1:
        return None
    if carried:
        return caller.of_key(carried[0], environ.get("REMOTE_ADDR", ""))
    cookies = environ.get("HTTP_COOKIE", "")
    if settings.SESSION_COOKIE_NAME in cookies:
        return recent.caller(_cookie(cookies))
    return Principal(caller.zone())


@lru_cache(maxsize=1024)
def _cookie(text: str) -> str:
    """Return the session cookie's value of a Cookie header, "" where it has none."""
    parts = (each.strip().partition("=") for each in text.split(";"))
    return next((value for name, _, value in parts if name == settings.SESSION_COOKIE_NAME), "")
