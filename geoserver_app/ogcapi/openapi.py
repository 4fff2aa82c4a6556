"""What the API is: one OpenAPI 3.0 document without outside references, made for what the caller may see."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Call
from geoserver_app.ogcapi.collections import has_items, service_title, title_of, visible
from geoserver_app.ogcapi.openapi_parameters import attribute, shared
from geoserver_app.ogcapi.reading import NAMES
from layers.access import LayerView

_COMPONENTS = json.loads(Path(__file__).with_name("components.json").read_text())
_VECTOR_TILE = "application/vnd.mapbox-vector-tile"
_TILE = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
_FAULTS = {"400": "Invalid", "404": "NotFound", "406": "NotAcceptable", "500": "Failed"}
type Node = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Described:
    """What the document says of one collection; equal when nothing it says has changed."""

    slug: str
    title: str
    kind: str
    has_items: bool
    attributes: tuple[tuple[str, str, str], ...]


@face("none")
def api(call: Call) -> HttpResponse:
    """Answer /ogc/api (OGC 17-069r4 §7.3)."""
    views = tuple(_described(call, view) for view in visible(call))
    body = _definition(call.base, call.language, service_title(call), views)
    if call.format == "html":
        return page_of(call, "api", {"document": body, "paths": _readable(body)})
    return document(call, body, OPENAPI)


def _described(call: Call, view: LayerView) -> _Described:
    fields = view.fields if has_items(view) else ()
    names = tuple((each.name, each.type, each.title(call.language) or each.name) for each in fields)
    return _Described(view.spec.slug, title_of(call, view), view.spec.kind, has_items(view), names)


@lru_cache(maxsize=64)
def _definition(base: str, language: str, title: str, views: tuple[_Described, ...]) -> Node:
    words = "en" if language == "en" else "zh"
    about = "Features, vector tiles and map tiles" if words == "en" else "要素、矢量瓦片与地图瓦片"
    paths = _general(words)
    for view in views:
        paths |= _of_collection(view, words)
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "description": about, "version": "1"},
        "servers": [{"url": base}],
        "tags": [{"name": "server"}, *({"name": view.slug, "description": view.title} for view in views)],
        "paths": paths,
        "components": {**_COMPONENTS, "parameters": shared(words)},
    }


def _general(words: str) -> dict[str, Node]:
    def say(zh: str, en: str) -> str:
        return en if words == "en" else zh

    return {
        "/": _get("landing", say("首页", "Landing page"), {JSON: "landingPage", HTML: ""}),
        "/api": _get("api", say("接口定义", "API definition"), {OPENAPI: "jsonSchema", HTML: ""}),
        "/conformance": _get("conformance", say("符合性", "Conformance"), {JSON: "confClasses", HTML: ""}),
        "/collections": _get("collections", say("数据集", "Collections"), {JSON: "collections", HTML: ""}),
        "/tileMatrixSets": _get("tileMatrixSets", say("瓦片矩阵集", "Tile matrix sets"), {JSON: "tileMatrixSets", HTML: ""}),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            "tileMatrixSet", say("一个瓦片矩阵集", "A tile matrix set"), {JSON: "tileMatrixSet", HTML: ""}, ("tileMatrixSetId",)
        ),
    }


def _of_collection(view: _Described, words: str) -> dict[str, Node]:
    path, slug = f"/collections/{view.slug}", view.slug
    found = {path: _get(f"{slug}.collection", view.title, {JSON: "collection", HTML: ""}, tag=slug)}
    if view.has_items:
        found |= _of_features(view)
    kinds = ["map/tiles", "tiles"] if view.kind == "vector" else ["map/tiles"]
    for kind in kinds:
        name = f"{slug}.{kind.replace('/', '.')}"
        pictures = {_VECTOR_TILE: "*"} if kind == "tiles" else {"image/png": "*", "image/jpeg": "*", "image/webp": "*"}
        tile = _get(f"{name}.tile", view.title, pictures, _TILE, tag=slug)
        tile["get"]["parameters"] = [_ref(each) for each in _TILE] + [_formats(kind)]
        found |= {
            f"{path}/{kind}": _get(f"{name}.list", view.title, {JSON: "tileSets", HTML: ""}, tag=slug),
            f"{path}/{kind}/{{tileMatrixSetId}}": _get(
                name, view.title, {JSON: "tileSet", HTML: ""}, ("tileMatrixSetId",), tag=slug
            ),
            f"{path}/{kind}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": tile,
        }
    return found


def _of_features(view: _Described) -> dict[str, Node]:
    path, slug = f"/collections/{view.slug}", view.slug
    items = _get(f"{slug}.items", view.title, {GEOJSON: "featureCollectionGeoJSON", HTML: ""}, NAMES, tag=slug)
    taken = {*NAMES, "f", "lang", "key"}
    items["get"]["parameters"] += [attribute(*each) for each in view.attributes if each[0] not in taken]
    one = _get(f"{slug}.item", view.title, {GEOJSON: "featureGeoJSON", HTML: "", "application/ld+json": ""}, ("featureId", "crs", "version"), tag=slug)
    return {
        f"{path}/items": items,
        f"{path}/items/{{featureId}}": one,
        f"{path}/queryables": _get(f"{slug}.queryables", view.title, {SCHEMA: "jsonSchema", HTML: ""}, tag=slug),
        f"{path}/schema": _get(f"{slug}.schema", view.title, {SCHEMA: "jsonSchema", HTML: ""}, tag=slug),
    }


def _get(name: str, summary: str, media: dict[str, str], parameters: Iterable[str] = (), *, tag: str = "server") -> Node:
    """Write a GET: media type → schema of the components ("" = a page, "*" = bytes)."""
    plain: Node = {"type": "string"}
    schemas = {"": plain, "*": {**plain, "format": "binary"}}
    content = {each: {"schema": schemas.get(kind) or {"$ref": f"#/components/schemas/{kind}"}} for each, kind in media.items()}
    faults = {status: {"$ref": f"#/components/responses/{kind}"} for status, kind in _FAULTS.items()}
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": [tag],
            "parameters": [_ref(each) for each in (*parameters, "f", "lang")],
            "responses": {"200": {"description": "OK", "content": content}, **faults},
        }
    }


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/parameters/{name}"}


def _formats(kind: str) -> Node:
    values = ["mvt"] if kind == "tiles" else ["png", "jpeg", "webp"]
    return {"name": "f", "in": "query", "required": False, "schema": {"type": "string", "enum": values}, "style": "form", "explode": False}


def _readable(body: Node) -> list[Node]:
    """Lay the document out for the page: each path with its parameters resolved."""
    known = body["components"]["parameters"]
    return [
        {
            "path": path,
            "summary": node["get"]["summary"],
            "parameters": [_row(known, each) for each in node["get"]["parameters"]],
        }
        for path, node in body["paths"].items()
    ]


def _row(known: Node, parameter: Node) -> Node:
    found = known[parameter["$ref"].rsplit("/", 1)[1]] if "$ref" in parameter else parameter
    schema = found["schema"]
    values = " · ".join(str(each) for each in schema["enum"]) if "enum" in schema else schema["type"]
    return {"name": found["name"], "values": values, "description": found.get("description", "")}
