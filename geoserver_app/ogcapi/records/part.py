"""OGC API - Records Part 1: what /ogc/ says of its catalogue."""

from collections.abc import Mapping
from typing import Any

from geoserver_app.catalogue.search import FACETS, SORTABLES
from geoserver_app.ogcapi.call import GEOJSON, HTML, JSON, SCHEMA, Call
from geoserver_app.ogcapi.openapi_writing import Node, formats, get, path, query
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.records.writing import DCAT, ISO, PATH, catalogue_title, described
from layers.access import LayerView

_CATALOG_REL = "http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"
_TEXT = {"type": "string"}
_LIST = {"type": "array", "items": _TEXT}


def _landing(call: Call) -> Links:
    title = catalogue_title(call)
    return [call.link(_CATALOG_REL, PATH, JSON, title, f="json"), call.link("search", f"{PATH}/items", GEOJSON, title, f="json")]


def _links(call: Call, view: LayerView) -> Links:
    at, words = f"{PATH}/items/{view.spec.slug}", call.say("元数据", "Metadata")
    return [call.link("describedby", at, GEOJSON, words, f="json"), call.link("describedby", at, ISO, "ISO 19139", f="iso19139")]


def _paths(say: Say) -> Paths:
    title = say("图层目录", "Catalogue of layers")
    asked: list[str | Node] = [
        query("q", _LIST, say("词：空格为并且，逗号为或者；可用拼音首字母", "Words: a space joins by AND, a comma by OR")),
        "bbox", "datetime", "limit", "filter", "filter-lang",
        query("offset", {"type": "integer", "minimum": 0, "default": 0}, say("从第几条起", "Where the page begins")),
        *(query(name, _LIST, say("编号", "Ids")) for name in ("ids", "externalIds")),
        *(query(name, _LIST, name) for name in ("theme", "kind", "level", "owner", "keywords", "type")),
        query("sortby", {"type": "array", "items": {"type": "string", "enum": [*SORTABLES, *(f"-{each}" for each in SORTABLES)]}}),
        query("facets", {"type": "array", "items": {"type": "string", "enum": ["true", "false", *FACETS]}},
              say("按这些属性计数", "Count results by these")),
    ]  # fmt: skip
    media = {GEOJSON: "recordGeoJSON", HTML: "", ISO: "", DCAT: "jsonSchema"}
    one = [path("recordId", _TEXT, say("图层标识", "Id of a layer")), formats("json", "html", "iso19139", "dcat")]
    return {
        PATH: get("catalogue.collection", title, {JSON: "collection"}, [formats("json")], tag="catalogue"),
        f"{PATH}/items": get("catalogue.items", title, {GEOJSON: "recordCollection", HTML: ""}, asked, tag="catalogue"),
        f"{PATH}/items/{{recordId}}": get("catalogue.item", title, media, one, tag="catalogue"),
        f"{PATH}/queryables": get("catalogue.queryables", title, {SCHEMA: "jsonSchema"}, [formats("json")], tag="catalogue"),
        f"{PATH}/sortables": get("catalogue.sortables", title, {SCHEMA: "jsonSchema"}, [formats("json")], tag="catalogue"),
    }


def _components(_say: Say) -> Components:
    record: Mapping[str, Any] = {
        "type": "object",
        "required": ["id", "type", "time", "geometry", "properties", "links"],
        "properties": {
            "id": _TEXT,
            "type": {"type": "string", "enum": ["Feature"]},
            "conformsTo": _LIST,
            "time": {"type": "object", "nullable": True},
            "geometry": {"type": "object", "nullable": True},
            "properties": {
                "type": "object",
                "required": ["type", "title"],
                "properties": {"type": _TEXT, "title": _TEXT, "description": _TEXT, "keywords": _LIST},
            },
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
        },
    }
    collection: Mapping[str, Any] = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/recordGeoJSON"}},
            "links": {"type": "array", "items": {"$ref": "#/components/schemas/link"}},
            "facets": {"type": "object"},
        },
    }
    return {"schemas": {"recordGeoJSON": record, "recordCollection": collection}}


_CONF = "ogcapi-records-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Records - Part 1: Core",
        "OGC 20-004r1",
        claims=(
            Claim(f"{_CONF}/record-core", "每个可发现图层一条记录", "a record for each layer the caller may discover"),
            Claim(f"{_CONF}/record-collection", "目录是一个集合", "the catalogue is a collection"),
            Claim(f"{_CONF}/record-core-query-parameters", "q、bbox、datetime、ids、type", "q, bbox, datetime, ids, type"),
            Claim(f"{_CONF}/record-api", "可发现、可浏览、可检索", "found, read and searched"),
            Claim(f"{_CONF}/searchable-catalog", "/ogc/collections/catalogue", "/ogc/collections/catalogue"),
            Claim(f"{_CONF}/searchable-catalog-filtering", "CQL2 过滤", "CQL2 filters"),
            Claim(f"{_CONF}/searchable-catalog-sorting", "sortby", "sortby"),
            Claim(f"{_CONF}/filtering", "CQL2 过滤", "CQL2 filters"),
            Claim(f"{_CONF}/sorting", "sortby", "sortby"),
            Claim(f"{_CONF}/json", "GeoJSON 记录", "records as GeoJSON"),
            Claim(f"{_CONF}/html", "记录网页", "pages of records"),
            Claim(f"{_CONF}/autodiscovery", "首页与图层都链接到目录", "landing page and collections link to it"),
            Claim(f"{_CONF}/local-resources-catalog", "检索在目录中，不在 /collections",
                  "the search is the catalogue's, not that of /collections", is_met=False),
        ),
        landing=_landing,
        collections=lambda call: [described(call)],
        links=_links,
        paths=_paths,
        components=_components,
    ),
)  # fmt: skip
