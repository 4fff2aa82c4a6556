"""What the parameters of an items request mean: box, CRS, time, filter, order, selection, page."""

from collections.abc import Iterable
from datetime import date, datetime, time
from math import isfinite
from zoneinfo import ZoneInfo

from django.conf import settings
from pyproj.exceptions import ProjError

from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.visible import CRS84
from layers import crs, history
from layers.access import LayerView
from layers.errors import GeobaseError, InvalidFilter, NotFound, UnknownCrs
from layers.filters import Node, parse_json_text, parse_text
from layers.filters.ast import Comparison, GeometryProperty, Logical, Property, Spatial, Value
from layers.filters.geometry import Frame, box
from layers.filters.moments import instant
from layers.spec import Bounds, FieldSpec

DEFAULT_LIMIT = 10
NAMES = (
    "limit", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang", "filter-crs", "sortby", "properties",
    "cursor", "version", "asOf", "profile",
)  # fmt: skip
_LANGUAGES = ("cql2-text", "cql2-json")


def offered_crs(call: Call, name: str) -> crs.Offered:
    """Read a CRS parameter: a URI of the collection's list (OGC 18-058r1 §6.2.4); CRS84 by default."""
    text = call.parameters.get(name, CRS84).strip("[]")
    known = next((each for each in crs.OFFERED if each.uri == text), None)
    if known is not None:
        return known
    try:
        return crs.offered(text)
    except UnknownCrs:
        raise invalid(name, "不提供此坐标系", "this CRS is not offered") from None


def limit(call: Call) -> int:
    """Read how many items a page holds: 1 or more, capped at the server's limit."""
    text = call.parameters.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0):
        raise invalid("limit", "须为正整数", "a whole number from 1")
    return min(int(text), settings.GEOBASE.max_items)


def bounds(call: Call) -> tuple[Bounds, int] | Node | None:
    """Read bbox in bbox-crs as (x-first bounds, SRID); a box across 180° comes as a condition."""
    offered = offered_crs(call, "bbox-crs")
    if "bbox" not in call.parameters:
        return None
    try:
        numbers = [float(part) for part in call.parameters["bbox"].split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in (4, 6) or not all(map(isfinite, numbers)):
        raise invalid("bbox", "须为 4 或 6 个数", "four or six numbers")
    half = len(numbers) // 2
    (minx, miny), (maxx, maxy) = numbers[:2], numbers[half : half + 2]
    if offered.is_swapped:
        minx, miny, maxx, maxy = miny, minx, maxy, maxx
    if miny > maxy or (minx > maxx and not crs.is_degrees(offered.srid)):
        raise invalid("bbox", "最小值大于最大值", "minimum above maximum")
    if minx > maxx:
        return Spatial("s_intersects", GeometryProperty(), box([minx, miny, maxx, maxy], Frame()))
    return _placed((minx, miny, maxx, maxy), offered.srid), offered.srid


def _placed(found: Bounds, srid: int) -> Bounds:
    """Refuse a box that the CRS cannot place on earth, before the database meets it."""
    if crs.is_degrees(srid):
        return found
    try:
        there = crs.bounds(found, srid, crs.STORAGE)
    except (ProjError, GeobaseError):
        there = (float("inf"),) * 4
    if not all(map(isfinite, there)):
        raise invalid("bbox", "超出坐标系的范围", "outside the CRS")
    return found


def condition(call: Call, view: LayerView) -> Node | None:
    """Read filter and property=value parameters as one condition."""
    frame_crs = offered_crs(call, "filter-crs")
    parts: list[Node] = [_equal(field, call.parameters[field.name]) for field in _named(call, view.fields)]
    language = call.parameters.get("filter-lang")
    if language is not None and language not in _LANGUAGES:
        raise invalid("filter-lang", "可选 cql2-text、cql2-json", "cql2-text or cql2-json")
    if "filter" in call.parameters:
        text = call.parameters["filter"]
        frame = Frame(4490 if crs.is_degrees(frame_crs.srid) else frame_crs.srid, frame_crs.is_swapped)
        is_json = language == "cql2-json" or (language is None and text.lstrip().startswith("{"))
        parts.append(parse_json_text(text, frame) if is_json else parse_text(text, frame))
    return together(parts)


def together(parts: Iterable[Node]) -> Node | None:
    """Join conditions by AND."""
    found = tuple(parts)
    return Logical("and", found) if len(found) > 1 else found[0] if found else None


def _named(call: Call, fields: Iterable[FieldSpec]) -> list[FieldSpec]:
    return [field for field in fields if field.name in call.parameters and field.name not in NAMES]


def _equal(field: FieldSpec, text: str) -> Node:
    return Comparison("=", Property(field.name), Value(_typed(field, text)))


def _typed(field: FieldSpec, text: str) -> str | int | float | bool | date:
    try:
        match field.type:
            case "integer":
                return int(text) if len(text) < 20 and text.isascii() else _no(field)
            case "number":
                return float(text) if len(text) < 40 and isfinite(float(text)) else _no(field)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case "date" | "datetime":
                return instant(text)
            case "string":
                return text
    except (ValueError, KeyError, InvalidFilter):
        return _no(field)


def _no(field: FieldSpec) -> int:
    raise invalid(field.name, "值与属性类型不符", "not a value of this property's type")


def order(call: Call, view: LayerView) -> tuple[tuple[str, bool], ...]:
    """Read sortby: +name or -name, comma separated; a plus in a URL arrives as a space."""
    visible = {field.name for field in view.fields}
    found = []
    for part in call.parameters.get("sortby", "").split(",") if "sortby" in call.parameters else ():
        name = part[1:] if part[:1] in "+- " else part
        if name not in visible:
            raise invalid("sortby", "没有这个属性", "no such property")
        found.append((name, not part.startswith("-")))
    return tuple(found)


def selection(call: Call, view: LayerView) -> tuple[str, ...] | None:
    """Read properties: the attributes wanted, comma separated; an empty one means none of them."""
    if "properties" not in call.parameters:
        return None
    visible = {field.name for field in view.fields}
    names = tuple(name for name in call.parameters["properties"].split(",") if name)
    if not visible.issuperset(names):
        raise invalid("properties", "没有这个属性", "no such property")
    return names


def version(call: Call, view: LayerView) -> LayerView:
    """Return the view at `version`, or as it was at `asOf` (a day's end, or a moment); the current one by default."""
    number, moment = call.parameters.get("version"), call.parameters.get("asOf")
    if number is not None and moment is not None:
        raise invalid("asOf", "version 与 asOf 只能用一个", "not beside version")
    try:
        if moment is not None:
            return history.as_of(view, _end(moment))
        if number is not None:
            return history.at(view, int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0)
    except NotFound:
        raise invalid("asOf" if moment else "version", "没有这个版本", "there is no such version") from None
    return view


def _end(text: str) -> datetime:
    """Read a moment, or a day as its last moment in the server's time zone."""
    try:
        found = instant(text)
    except InvalidFilter:
        raise invalid("asOf", "时间格式有误", "not a time (RFC 3339)") from None
    return found if isinstance(found, datetime) else datetime.combine(found, time.max, ZoneInfo(settings.TIME_ZONE))
