"""What a search asks, from a query string or a JSON body alike (STAC API 1.0 item search, sort, fields, filter)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import shapely
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from psycopg2 import sql

from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.subsetting import moments
from layers.errors import InvalidFilter
from layers.filters import ColumnRef, Node, parse_json, parse_text, properties, to_sql
from layers.filters.cql2_json import parse_json_text
from layers.filters.geometry import Frame
from layers.spec import FieldType

PARAMETERS = ("limit", "bbox", "datetime", "intersects", "ids", "collections", "sortby", "fields", "filter", "filter-lang", "filter-crs", "token")
QUERYABLES: Mapping[str, FieldType] = {
    "id": "string", "collection": "string", "datetime": "datetime", "title": "string", "gsd": "number", "proj:epsg": "integer", "version": "string",
}  # fmt: skip
MOST = 1000
DEFAULT = 10
_MOST_BYTES = 1_000_000
_MOST_VERTICES = 10_000
_SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
_SIGNER = Signer(salt="geobase.stac.token", sep="~")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: `area` in EPSG:4490, `between` first and last moment, `offset` and `versions` from the page's token."""

    limit: int = DEFAULT
    area: Any = None
    between: tuple[datetime | None, datetime | None] = (None, None)
    ids: tuple[str, ...] | None = None
    collections: tuple[str, ...] | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    filter: Node | None = None
    offset: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)


def from_query(call: Call) -> Asked:
    """Read a search from the query string."""
    words: dict[str, Any] = dict(call.parameters)
    for name in ("ids", "collections"):
        if name in words:
            words[name] = words[name].split(",")
    if "bbox" in words:
        words["bbox"] = [_number("bbox", each) for each in words["bbox"].split(",")]
    if "intersects" in words:
        words["intersects"] = _json("intersects", words["intersects"])
    if "sortby" in words:
        # A plus in a query string arrives as a space.
        words["sortby"] = [{"field": each.lstrip("+- "), "direction": "desc" if each.startswith("-") else "asc"} for each in words["sortby"].split(",")]
    if "fields" in words:
        names = words["fields"].split(",")
        words["fields"] = {"include": [each.lstrip("+ ") for each in names if not each.startswith("-")], "exclude": [each[1:] for each in names if each.startswith("-")]}
    if "limit" in words:
        words["limit"] = int(words["limit"]) if words["limit"].isascii() and words["limit"].isdigit() and len(words["limit"]) < 10 else 0
    return _asked(words)


def from_body(request: HttpRequest) -> Asked:
    """Read a search from a JSON body; raises RequestFault for what is none."""
    if int(request.headers.get("Content-Length") or 0) > _MOST_BYTES:
        raise invalid("body", "请求体过大", "the body is too large")
    words = _json("body", request.body.decode("utf-8", "replace"))
    if not isinstance(words, dict):
        raise invalid("body", "须为 JSON 对象", "a JSON object")
    for name in words:
        if name not in (*PARAMETERS, "conf"):
            raise invalid(str(name)[:64], "没有此参数", "there is no such parameter")
    return _asked(words)


def _asked(words: Mapping[str, Any]) -> Asked:
    if "bbox" in words and "intersects" in words:
        raise invalid("intersects", "不能与 bbox 同用", "not together with bbox")
    limit = words.get("limit", DEFAULT)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise invalid("limit", "须为正整数", "a whole number from 1")
    chosen = words.get("fields") or {}
    offset, versions = _token(words.get("token"))
    return Asked(
        limit=min(limit, MOST),
        area=_box(words["bbox"]) if "bbox" in words else _shape(words["intersects"]) if "intersects" in words else None,
        between=moments(_text("datetime", words["datetime"]), "datetime") if "datetime" in words else (None, None),
        ids=_texts("ids", words["ids"]) if "ids" in words else None,
        collections=_texts("collections", words["collections"]) if "collections" in words else None,
        sort=tuple(_order(each) for each in _list("sortby", words.get("sortby", []))),
        include=frozenset(_texts("fields", chosen.get("include") or [])) if isinstance(chosen, dict) else frozenset(),
        exclude=frozenset(_texts("fields", chosen.get("exclude") or [])) if isinstance(chosen, dict) else frozenset(),
        filter=_filter(words),
        offset=offset,
        versions=versions,
    )


def _filter(words: Mapping[str, Any]) -> Node | None:
    found = words.get("filter")
    if found is None:
        return None
    language = words.get("filter-lang", "cql2-json" if isinstance(found, dict) else "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise invalid("filter-lang", "可选 cql2-text、cql2-json", "cql2-text or cql2-json")
    try:
        if language == "cql2-text":
            node = parse_text(_text("filter", found), Frame())
        else:
            node = parse_json_text(found, Frame()) if isinstance(found, str) else parse_json(found, Frame())
    except RecursionError:
        raise invalid("filter", "嵌套过深", "nested too deep") from None
    if unknown := properties(node) - QUERYABLES.keys():
        raise InvalidFilter(f"没有这个属性 / unknown property: {min(unknown)[:64]}", parameter="filter")
    # Writing it as SQL is what checks the types; the sheets themselves are matched in memory.
    to_sql(node, {name: ColumnRef(sql.Identifier(name), kind) for name, kind in QUERYABLES.items()})
    return node


def _order(each: Any) -> tuple[str, bool]:
    name = each.get("field") if isinstance(each, dict) else None
    plain = str(name).removeprefix("properties.")
    if plain not in QUERYABLES:
        raise invalid("sortby", f"可选 {'、'.join(QUERYABLES)}", f"one of {', '.join(QUERYABLES)}")
    return plain, each.get("direction", "asc") != "desc"


def _box(found: Any) -> Any:
    if not isinstance(found, list) or len(found) not in (4, 6):
        raise invalid("bbox", "须为 4 或 6 个数", "four or six numbers")
    numbers = [_number("bbox", each) for each in found]
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    if south > north:
        raise invalid("bbox", "最小值大于最大值", "minimum above maximum")
    if west > east:  # over the date line
        return shapely.union(shapely.box(west, south, 180.0, north), shapely.box(-180.0, south, east, north))
    return shapely.box(west, south, east, north)


def _shape(found: Any) -> Any:
    """Read a GeoJSON geometry; the pattern is checked before GEOS sees it, collections in collections are refused."""
    try:
        if not isinstance(found, dict) or found.get("type") not in _SHAPES:
            raise ValueError
        shape = shapely.geometry.shape({"type": found["type"], "coordinates": found["coordinates"]})
        if shape.is_empty or shapely.get_num_coordinates(shape) > _MOST_VERTICES or not all(abs(each) < 1e4 for each in shape.bounds):
            raise ValueError
    except (ValueError, TypeError, KeyError, IndexError, shapely.errors.ShapelyError):
        raise invalid("intersects", "须为 GeoJSON 几何", "a GeoJSON geometry") from None
    return shape


def write_token(offset: int, versions: Mapping[str, int]) -> str:
    """Return where the next page begins, with the versions that the chain of pages reads."""
    return _SIGNER.sign(json.dumps([offset, versions], separators=(",", ":")))


def _token(word: Any) -> tuple[int, Mapping[str, int]]:
    if word is None:
        return 0, {}
    try:
        offset, versions = json.loads(_SIGNER.unsign(_text("token", word)))
    except (BadSignature, ValueError):
        raise invalid("token", "翻页标记无效", "the page token is not valid") from None
    return int(offset), dict(versions)


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise invalid(name, "不是 JSON", "not JSON") from None


def _number(name: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        found = float("nan")
    if not abs(found) < 1e9:
        raise invalid(name, "须为数", "a number")
    return found


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise invalid(name, "须为文字", "a text")
    return value


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        raise invalid(name, "须为列表", "a list")
    return value


def _texts(name: str, value: Any) -> tuple[str, ...]:
    return tuple(_text(name, each) for each in _list(name, value))
