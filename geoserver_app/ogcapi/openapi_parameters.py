"""Which parameters the API has, as OpenAPI parameter objects, in the request's language."""

from typing import Any

from django.conf import settings

from geoserver_app.ogcapi.reading import CRS84, DEFAULT_LIMIT
from layers import crs
from tiles import grids

type Parameter = dict[str, Any]
_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def shared(language: str) -> dict[str, Parameter]:
    """Return every parameter that has one meaning wherever it stands, by name."""
    made = [*_queries(), *_paths()]
    return {name: _one(name, place, schema, zh if language != "en" else en) for name, place, schema, zh, en in made}


def attribute(name: str, kind: str, title: str) -> Parameter:
    """Return the parameter name=value of one attribute (OGC 19-079r2 §6.3)."""
    schema = _TYPES[kind]
    return {"name": name, "in": "query", "required": False, "description": title, "schema": schema, "style": "form", "explode": False}


def _one(name: str, place: str, schema: dict[str, Any], words: str) -> Parameter:
    found: Parameter = {"name": name, "in": place, "required": place == "path", "description": words, "schema": schema}
    if place == "query":
        found |= {"style": "form", "explode": False}
    return found


def _queries() -> list[tuple[str, str, dict[str, Any], str, str]]:
    uris = [CRS84, *(each.uri for each in crs.OFFERED if each.uri != CRS84)]
    reference = {"type": "string", "format": "uri", "enum": uris, "default": CRS84}
    limit = {"type": "integer", "minimum": 1, "maximum": settings.GEOBASE.max_items, "default": DEFAULT_LIMIT}
    box = {"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}], "items": {"type": "number"}}
    texts = {"type": "array", "items": {"type": "string"}}
    return [
        ("f", "query", {"type": "string", "enum": ["json", "html"]}, "格式", "Format"),
        ("lang", "query", {"type": "string", "enum": ["zh", "en"]}, "语言", "Language"),
        ("limit", "query", limit, "每页要素数；超过上限按上限", "Features a page; more than the greatest is the greatest"),
        ("bbox", "query", box, "范围：最小、最大坐标", "Box: least and greatest coordinates"),
        ("bbox-crs", "query", reference, "bbox 的坐标系", "CRS of bbox"),
        ("crs", "query", reference, "结果的坐标系，轴序从 EPSG 定义", "CRS of the answer, axes in its EPSG order"),
        ("datetime", "query", {"type": "string"}, "调查日期：时刻或区间（RFC 3339，.. 表示不限）", "Survey date: instant or interval (RFC 3339, .. is open)"),
        ("filter", "query", {"type": "string"}, "过滤条件（CQL2）", "Filter (CQL2)"),
        ("filter-lang", "query", {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}, "过滤语言", "Language of the filter"),
        ("filter-crs", "query", reference, "过滤条件中几何的坐标系", "CRS of geometries in the filter"),
        ("sortby", "query", texts, "排序：+属性 或 -属性", "Order: +attribute or -attribute"),
        ("properties", "query", texts, "只要这些属性", "Only these attributes"),
        ("cursor", "query", {"type": "string"}, "翻页标记，只取自 next 链接", "Page token, taken from a next link"),
        ("version", "query", {"type": "integer", "minimum": 1}, "已发布的版本号", "Number of a published version"),
    ]  # fmt: skip


def _paths() -> list[tuple[str, str, dict[str, Any], str, str]]:
    whole = {"type": "integer", "minimum": 0}
    return [
        ("featureId", "path", {"type": "integer", "format": "int64"}, "要素编号 fid", "Feature id (fid)"),
        ("tileMatrixSetId", "path", {"type": "string", "enum": list(grids.grids())}, "瓦片矩阵集", "Tile matrix set"),
        ("tileMatrix", "path", {"type": "string"}, "级别", "Level"),
        ("tileRow", "path", whole, "行", "Row"),
        ("tileCol", "path", whole, "列", "Column"),
    ]
