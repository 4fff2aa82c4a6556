"""The API definition of /stac (OpenAPI 3.0.3), self-contained."""

from geoserver_app.ogcapi.openapi_writing import Node, content, path, query
from geoserver_app.stac.addresses import GEOJSON, JSON
from geoserver_app.stac.asking import MOST
from geoserver_app.stac.items import COG

_TEXTS = {"type": "array", "items": {"type": "string"}}
_QUERIES: dict[str, Node] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 10},
    "bbox": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
    "datetime": {"type": "string"},
    "sortby": _TEXTS,
    "fields": _TEXTS,
    "filter": {"type": "string"},
    "filter-lang": {"type": "string", "enum": ["cql2-text", "cql2-json"]},
    "token": {"type": "string"},
}
_MORE: dict[str, Node] = {"intersects": {"type": "string"}, "ids": _TEXTS, "collections": _TEXTS}


def definition(base: str) -> Node:
    """Return the definition with the service's own address."""
    items, searched = ([query(name, schema) for name, schema in found.items()] for found in (_QUERIES, {**_QUERIES, **_MORE}))
    one, sheet = path("collectionId", {"type": "string"}), path("itemId", {"type": "string"})
    at = "/collections/{collectionId}"
    return {
        "openapi": "3.0.3",
        "info": {"title": "STAC API", "version": "1.0.0"},
        "servers": [{"url": base}],
        "paths": {
            "/": {"get": _operation("catalogue", JSON)},
            "/conformance": {"get": _operation("conformance", JSON)},
            "/queryables": {"get": _operation("queryables", "application/schema+json")},
            "/collections": {"get": _operation("collections", JSON)},
            at: {"get": _operation("collection", JSON, [one])},
            f"{at}/items": {"get": _operation("items", GEOJSON, [one, *items])},
            f"{at}/items/{{itemId}}": {"get": _operation("item", GEOJSON, [one, sheet])},
            f"{at}/items/{{itemId}}/data.tif": {"get": _operation("data", COG, [one, sheet])},
            "/search": {"get": _operation("search", GEOJSON, searched), "post": _posted()},
        },
        "components": {"schemas": {"document": {"type": "object"}}},
    }


def _operation(name: str, media: str, parameters: list[Node] | None = None) -> Node:
    shown = content({media: "*" if media == COG else "document"})
    return {
        "operationId": name,
        "parameters": parameters or [],
        "responses": {"200": {"description": "OK", "content": shown}, "default": {"description": "RFC 9457", "content": content({"application/problem+json": "document"})}},
    }


def _posted() -> Node:
    properties = {name: {"type": "object"} if name in ("intersects", "fields", "filter") else schema for name, schema in {**_QUERIES, **_MORE}.items()}
    properties["sortby"] = {"type": "array", "items": {"type": "object"}}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**_operation("searchByBody", GEOJSON), "requestBody": {"required": True, "content": {JSON: {"schema": schema}}}}
