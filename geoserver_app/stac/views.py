"""The addresses under /stac."""

import json
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from geoserver_app.ogcapi.answers import document, face, resource, tagged
from geoserver_app.ogcapi.call import OPENAPI, Call
from geoserver_app.stac import asking, openapi, ranges, search
from geoserver_app.stac.addresses import GEOJSON, JSON, address, link
from geoserver_app.stac.asking import Asked
from geoserver_app.stac.collections import CONFORMANCE, catalogue, collection
from geoserver_app.stac.items import COG, item
from geoserver_app.stac.sheets import raster_layer, raster_layers, sheet
from layers import access, files
from layers.errors import NotFound, RenderFailed

_JSON = ("json",)
_OF_ITEMS = tuple(name for name in asking.PARAMETERS if name not in ("ids", "collections", "intersects"))


@face("view", formats=_JSON)
def landing(call: Call) -> HttpResponse:
    """Answer /stac/: the catalogue (STAC API core)."""
    return document(call, catalogue(call, raster_layers(call)), JSON)


@face("none", formats=_JSON)
def conformance(call: Call) -> HttpResponse:
    """Answer /stac/conformance."""
    return document(call, {"conformsTo": list(CONFORMANCE)})


@face("none", formats=_JSON)
def api(call: Call) -> HttpResponse:
    """Answer /stac/api: the definition."""
    return document(call, openapi.definition(address(call, "").partition("?")[0].rstrip("/")), OPENAPI)


@face("none", formats=_JSON)
def queryables(call: Call) -> HttpResponse:
    """Answer /stac/queryables: what filters may name (STAC API filter extension)."""
    kinds: dict[str, dict[str, str]] = {"datetime": {"type": "string", "format": "date-time"}}
    properties = {name: kinds.get(kind, {"type": kind}) for name, kind in asking.QUERYABLES.items()}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": address(call, "/queryables"), "type": "object", "title": "Queryables"}
    return document(call, {**head, "properties": properties, "additionalProperties": False}, "application/schema+json")


@face("view", formats=_JSON)
def collections(call: Call) -> HttpResponse:
    """Answer /stac/collections."""
    found = [collection(call, view) for view in raster_layers(call)]
    return document(call, {"collections": found, "links": [link(call, "self", "/collections"), link(call, "root", "/")]})


@face("view", formats=_JSON)
def one_collection(call: Call, collection: str) -> HttpResponse:
    """Answer /stac/collections/{id}."""
    return document(call, _described(call, collection))


def _described(call: Call, slug: str) -> dict[str, Any]:
    return collection(call, raster_layer(call, slug))


@face("view", formats=_JSON, parameters=_OF_ITEMS)
def items(call: Call, collection: str) -> HttpResponse:
    """Answer /stac/collections/{id}/items (OGC API Features with STAC items)."""
    raster_layer(call, collection)
    words = asking.from_query(call)
    return _page(call, replace(words, collections=(collection,)), f"/collections/{collection}/items", dict(call.parameters))


@face("view", formats=_JSON)
def one_item(call: Call, collection: str, item: str) -> HttpResponse:
    """Answer /stac/collections/{id}/items/{itemId}."""
    return _item(call, collection, item)


def _item(call: Call, slug: str, identifier: str) -> HttpResponse:
    return document(call, item(call, sheet(raster_layer(call, slug), identifier)), GEOJSON)


@face("download", formats=_JSON)
def data(call: Call, collection: str, item: str) -> HttpResponseBase:
    """Answer /stac/collections/{id}/items/{itemId}/data.tif: the file, or the bytes of it that are asked."""
    view = access.require(call.principal, collection, "download")
    raster_layer(call, collection)
    found = sheet(view, item)
    path = files.original(view, found.file)
    if not path.is_file():
        raise RenderFailed
    answer = ranges.answer(call.request, path, COG, f'"{found.file.sha256}"')
    answer["Content-Disposition"] = f'attachment; filename="{found.file.sha256[:12]}.tif"'
    return answer


@face("view", formats=_JSON, parameters=asking.PARAMETERS)
def _search(call: Call) -> HttpResponse:
    """Answer GET /stac/search."""
    return _page(call, asking.from_query(call), "/search", dict(call.parameters))


@face("view", formats=_JSON, methods=("POST",))
def _search_by_body(call: Call) -> HttpResponse:
    """Answer POST /stac/search; the next page is a POST of the same body with its token."""
    return _page(call, asking.from_body(call.request), "/search", None)


search_view = resource(_search, POST=_search_by_body)


def _page(call: Call, asked: Asked, path: str, words: dict[str, str] | None) -> HttpResponse:
    matched = search.found(call, asked)
    shown = matched[asked.offset : asked.offset + asked.limit]
    links: list[dict[str, Any]] = [link(call, "root", "/"), link(call, "self", path, GEOJSON, **_kept(words or {}))]
    if asked.offset + asked.limit < len(matched):
        token = asking.write_token(asked.offset + asked.limit, search.versions(call, asked))
        if words is None:
            body = {**json.loads(call.request.body), "token": token}
            links.append({**link(call, "next", path, GEOJSON), "method": "POST", "body": body})
        else:
            links.append({**link(call, "next", path, GEOJSON, **{**_kept(words), "token": token}), "method": "GET"})
    body = {
        "type": "FeatureCollection",
        "features": [search.trimmed(item(call, each), asked) for each in shown],
        "numberMatched": len(matched),
        "numberReturned": len(shown),
        "links": links,
    }
    return tagged(call, json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), GEOJSON)


def _kept(words: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in words.items() if name not in ("f", "lang", "key", "token")}


@face("none", formats=_JSON, parameters=None)
def nothing(call: Call, rest: str) -> HttpResponse:
    """Answer every other address under /stac/ with the API's own not-found."""
    raise NotFound
