"""The parameters of features, as OpenAPI parameter objects in the request's language."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from geoserver_app.ogcapi.features.jsonfg import PROFILES
from geoserver_app.ogcapi.features.reading import DEFAULT_LIMIT
from geoserver_app.ogcapi.openapi_writing import Node, path, query
from geoserver_app.ogcapi.part import Say
from geoserver_app.ogcapi.visible import CRS84
from layers import crs
from layers.spec import FieldSpec

_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer", "format": "int64"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}


def shared(say: Say) -> dict[str, Node]:
    """Return every parameter that has one meaning wherever it stands, by name."""
    made = {name: query(name, schema, say(zh, en)) for name, schema, zh, en in _queries()}
    made["featureId"] = path("featureId", {"type": "integer", "format": "int64"}, say("要素编号 fid", "Feature id (fid)"))
    return made


def attribute(field: FieldSpec, say: Say) -> Node:
    """Return the parameter name=value of one attribute (OGC 19-079r2 §6.3)."""
    return query(field.name, _TYPES[field.type], say(field.title("zh"), field.title("en")) or field.name)


def naming(fields: Sequence[FieldSpec], say: Say) -> list[Node]:
    """Return `sortby` and `properties` of one collection, which name its attributes."""
    names = [field.name for field in fields]
    signed = [f"{sign}{name}" for name in names for sign in ("", "+", "-")]
    return [
        query("sortby", _list_of(signed), say("排序：+属性 或 -属性", "Order: +attribute or -attribute")),
        query("properties", _list_of(names), say("只要这些属性", "Only these attributes")),
    ]


def _list_of(values: list[str]) -> Node:
    return {"type": "array", "items": {"type": "string", "enum": values} if values else {"type": "string"}}


def uris() -> list[str]:
    """Return the CRSs of every collection of features, the default first."""
    return [CRS84, *(each.uri for each in crs.OFFERED if each.uri != CRS84)]


def _queries() -> list[tuple[str, dict[str, Any], str, str]]:
    reference = {"type": "string", "format": "uri", "enum": uris(), "default": CRS84}
    limit = {"type": "integer", "minimum": 1, "maximum": settings.GEOBASE.max_items, "default": DEFAULT_LIMIT}
    box = {"type": "array", "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}], "items": {"type": "number"}}
    return [
        ("limit", limit, "每页要素数；超过上限按上限", "Features a page; more than the greatest is the greatest"),
        ("bbox", box, "范围：最小、最大坐标", "Box: least and greatest coordinates"),
        ("bbox-crs", reference, "bbox 的坐标系", "CRS of bbox"),
        ("crs", reference, "结果的坐标系，轴序从 EPSG 定义", "CRS of the answer, axes in its EPSG order"),
        ("datetime", {"type": "string"}, "调查日期：时刻或区间（RFC 3339，.. 表示不限）", "Survey date: instant or interval (RFC 3339, .. is open)"),
        ("filter", {"type": "string"}, "过滤条件（CQL2）", "Filter (CQL2)"),
        ("filter-lang", {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}, "过滤语言", "Language of the filter"),
        ("filter-crs", reference, "过滤条件中几何的坐标系", "CRS of geometries in the filter"),
        ("cursor", {"type": "string"}, "翻页标记，只取自 next 链接", "Page token, taken from a next link"),
        ("version", {"type": "integer", "minimum": 1}, "已发布的版本号", "Number of a published version"),
        ("asOf", {"type": "string"}, "此时发布着的版本：日期或时刻", "The version published then: a day or a moment"),
        ("profile", {"type": "string", "enum": [*PROFILES], "default": PROFILES[0]}, "GeoJSON 的扩展：JSON-FG", "JSON-FG on top of GeoJSON"),
    ]  # fmt: skip
