"""The functions a filter may call (OGC 21-065r2 §7.13), each written once for SQL, for the oracle and for people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import ceil, floor
from typing import Any, Literal

import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from layers.crs import ELLIPSOID
from layers.errors import InvalidFilter
from layers.filters.faults import fault

type Family = Literal["text", "number", "truth", "time"]
type Argument = Family | Literal["geometry"]
type Result = Family | Literal["texts"]


@dataclass(frozen=True, slots=True)
class Function:
    """`sql` has one {} an argument; `run` gets Python values, never None (a null argument makes null)."""

    name: str
    arguments: tuple[Argument, ...]
    returns: Result
    sql: str
    run: Callable[..., Any]
    zh: str
    en: str


def _year(value: date) -> int:
    return value.astimezone(UTC).year if isinstance(value, datetime) else value.year


def _month(value: date) -> int:
    return value.astimezone(UTC).month if isinstance(value, datetime) else value.month


def _split(text: str, mark: str) -> list[str]:
    if not text:
        return []
    return text.split(mark) if mark else [text]


def _measured(shape: BaseGeometry) -> tuple[float, float]:
    """Return the area and the perimeter of a geometry's polygons on the ellipsoid, in m² and m."""
    polygons = [each for each in shapely.get_parts(shapely.orient_polygons(shape)) if isinstance(each, Polygon)]
    found = [ELLIPSOID.geometry_area_perimeter(each) for each in polygons]
    return abs(sum(area for area, _ in found)), sum(perimeter for _, perimeter in found)


_UTC = "extract({part} from ({{}}::timestamptz at time zone 'UTC'))::double precision"
_ALL = (
    Function("length", ("text",), "number", "char_length({})", len, "字数", "number of characters"),
    Function("trim", ("text",), "text", "btrim({})", lambda text: text.strip(" "), "去掉两端空格", "without spaces at its ends"),
    Function("concat", ("text", "text"), "text", "({} || {})", lambda a, b: a + b, "两段文字相接", "one text after the other"),
    Function("split", ("text", "text"), "texts", "string_to_array({}, {})", _split, "按分隔符拆成数组", "an array of the parts between a mark"),
    Function("abs", ("number",), "number", "abs({}::double precision)", abs, "绝对值", "absolute value"),
    Function("floor", ("number",), "number", "floor({}::double precision)", floor, "向下取整", "greatest whole number below"),
    Function("ceil", ("number",), "number", "ceil({}::double precision)", ceil, "向上取整", "least whole number above"),
    Function("year", ("time",), "number", _UTC.format(part="year"), _year, "年（UTC）", "year (UTC)"),
    Function("month", ("time",), "number", _UTC.format(part="month"), _month, "月（UTC）", "month (UTC)"),
    Function("area", ("geometry",), "number", "ST_Area(ST_SetSRID({}, 4490)::geography)", lambda shape: _measured(shape)[0], "椭球面积（平方米）", "area on the ellipsoid (m²)"),
    Function(
        "perimeter", ("geometry",), "number", "ST_Perimeter(ST_SetSRID({}, 4490)::geography)", lambda shape: _measured(shape)[1],
        "椭球周长（米）", "perimeter on the ellipsoid (m)",
    ),
)  # fmt: skip
FUNCTIONS: Mapping[str, Function] = {each.name: each for each in _ALL}


def function(name: str, given: int, position: int = -1) -> Function:
    """Return a function by name; raises InvalidFilter for an unknown one or a wrong number of arguments."""
    found = FUNCTIONS.get(name)
    if found is None:
        raise fault("没有这个函数", "there is no such function", position)
    if given != len(found.arguments):
        raise _count(found, position)
    return found


def _count(found: Function, position: int) -> InvalidFilter:
    number = len(found.arguments)
    return fault(f"{found.name} 需要 {number} 个参数", f"{found.name} takes {number} argument(s)", position)
