"""Whether one feature in memory matches a filter: the oracle that the SQL is tested against.

Three-valued as in SQL: None is "unknown". Values are Python's; the geometry is shapely's, x first, EPSG:4490.
Literal geometries must be in degrees. Slow and plain on purpose.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from math import inf, isfinite, trunc
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from layers.filters.ast import (
    Arithmetic,
    Array,
    ArrayRelation,
    Between,
    Call,
    Comparison,
    Fold,
    Geometry,
    GeometryProperty,
    In,
    Interval,
    IsNull,
    Like,
    Logical,
    Node,
    Not,
    Part,
    Property,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import fault
from layers.filters.functions import FUNCTIONS
from layers.filters.geometry import to_wkt

type Row = Mapping[str, Any]
type Truth = bool | None

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
# Each relation of [a, b] and [c, d], OGC 21-065r2 §7.9.
_ALLEN: dict[str, Callable[[Any, Any, Any, Any], bool]] = {
    "t_after": lambda a, b, c, d: a > d,
    "t_before": lambda a, b, c, d: b < c,
    "t_contains": lambda a, b, c, d: a < c and b > d,
    "t_disjoint": lambda a, b, c, d: b < c or a > d,
    "t_during": lambda a, b, c, d: a > c and b < d,
    "t_equals": lambda a, b, c, d: a == c and b == d,
    "t_finishedby": lambda a, b, c, d: a < c and b == d,
    "t_finishes": lambda a, b, c, d: a > c and b == d,
    "t_intersects": lambda a, b, c, d: a <= d and b >= c,
    "t_meets": lambda a, b, c, d: b == c,
    "t_metby": lambda a, b, c, d: a == d,
    "t_overlappedby": lambda a, b, c, d: c < a < d < b,
    "t_overlaps": lambda a, b, c, d: a < c < b < d,
    "t_startedby": lambda a, b, c, d: a == c and b > d,
    "t_starts": lambda a, b, c, d: a == c and b < d,
}


def matches(node: Node, row: Row) -> bool:
    """Tell whether a row (values by name, the shapely geometry under "geometry") satisfies a filter."""
    return truth(node, row) is True


def truth(node: Node, row: Row) -> Truth:  # noqa: PLR0911 - one return a kind of node
    """Return True, False or None (unknown)."""
    match node:
        case Logical(operator=operator, operands=operands):
            return _logical(operator, [truth(each, row) for each in operands])
        case Not(operand=operand):
            inner = truth(operand, row)
            return None if inner is None else not inner
        case IsNull(operand=operand):
            return _scalar(operand, row) is None
        case Spatial():
            return _spatial(node, row)
        case Temporal():
            return _temporal(node, row)
        case ArrayRelation():
            return _arrays(node, row)
        case Property() | Value():
            found = _scalar(node, row)
            return None if found is None else bool(found)
    return _predicate(node, row)


def _predicate(node: Comparison | Between | In | Like, row: Row) -> Truth:
    match node:
        case Comparison(operator=operator, left=left, right=right):
            return _compare(operator, _scalar(left, row), _scalar(right, row))
        case Between(operand=operand, low=low, high=high):
            value = _scalar(operand, row)
            first = _compare(">=", value, _scalar(low, row))
            return _logical("and", [first, _compare("<=", value, _scalar(high, row))])
        case In(operand=operand, choices=choices):
            value = _scalar(operand, row)
            return _logical("or", [_compare("=", value, _scalar(each, row)) for each in choices])
        case Like(operand=operand, pattern=pattern):
            value, wanted = _scalar(operand, row), _scalar(pattern, row)
            return None if value is None else _like(value, wanted)


def _logical(operator: str, found: Sequence[Truth]) -> Truth:
    decisive = operator == "or"
    if decisive in found:
        return decisive
    return None if None in found else not decisive


def _compare(operator: str, left: Any, right: Any) -> Truth:
    if left is None or right is None:
        return None
    if isinstance(left, date) and isinstance(right, date):
        left, right = _moment(left), _moment(right)
    return _COMPARE[operator](left, right)


def _like(value: str, pattern: str) -> bool:
    written, escaped = "", False
    for character in pattern:
        if escaped or character not in "%_\\":
            written, escaped = written + re.escape(character), False
        elif character == "\\":
            escaped = True
        else:
            written += ".*" if character == "%" else "."
    return re.fullmatch(written, value, re.DOTALL) is not None


def _scalar(part: Part, row: Row) -> Any:  # noqa: PLR0911 - one return a kind of part
    match part:
        case Value(value=value):
            return value
        case Property(name=name):
            return row[name]
        case GeometryProperty() | Geometry():
            return _shape(part, row)
        case Fold(function=function, operand=operand):
            text = _scalar(operand, row)
            return None if text is None else _fold(function, text)
        case Arithmetic():
            return _arithmetic(part, row)
        case Call(name=name, arguments=arguments):
            values = [_scalar(each, row) for each in arguments]
            return None if None in values else FUNCTIONS[name].run(*values)
        case Array(items=items):
            return [_scalar(each, row) for each in items]
    raise TypeError(type(part).__name__)


def _fold(function: str, text: str) -> str:
    if function == "casei":
        return text.lower()
    return re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", text))


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "div": lambda a, b: float(trunc(a / b)),
    "%": lambda a, b: a - b * trunc(a / b),
    "^": lambda a, b: float(a**b),
}


def _arithmetic(part: Arithmetic, row: Row) -> float | None:
    left, right = _scalar(part.left, row), _scalar(part.right, row)
    if left is None or right is None:
        return None
    a, b = float(left), float(right)
    if part.operator in ("/", "%", "div") and b == 0:
        return None
    if part.operator == "^" and ((a == 0 and b < 0) or (a < 0 and b != trunc(b))):
        return None
    try:
        found = _ARITHMETIC[part.operator](a, b)
    except OverflowError:
        found = inf
    if not isfinite(found):
        raise fault("数值超出范围", "a number is out of range")
    return found


def _arrays(node: ArrayRelation, row: Row) -> Truth:
    left, right = _scalar(node.left, row), _scalar(node.right, row)
    if left is None or right is None:
        return None
    # Null equals nothing, itself included.
    contains = all(each is not None and each in left for each in right)
    contained = all(each is not None and each in right for each in left)
    match node.operator:
        case "a_contains":
            return contains
        case "a_containedby":
            return contained
        case "a_equals":
            return contains and contained
        case _:
            return any(each is not None and each in right for each in left)


def _spatial(node: Spatial, row: Row) -> Truth:
    left, right = _shape(node.left, row), _shape(node.right, row)
    if left is None or right is None:
        return None
    return bool(getattr(shapely, node.operator.removeprefix("s_"))(left, right))


def _shape(part: GeometryProperty | Geometry, row: Row) -> BaseGeometry | None:
    if isinstance(part, GeometryProperty):
        found: BaseGeometry | None = row["geometry"]
        return found
    shape: BaseGeometry = shapely.from_wkt(to_wkt(part))
    return shape


def _temporal(node: Temporal, row: Row) -> Truth:
    ends = [_span(side, row) for side in (node.left, node.right)]
    if any(None in pair for pair in ends):
        return None
    days = [isinstance(each, date) and not isinstance(each, datetime) for pair in ends for each in pair]
    bounds = [_end(side, pair[1], mixed=any(days) and _has_moment(node, row)) for side, pair in zip("ab", ends, strict=True)]
    (a, _), (c, _) = ends
    return _ALLEN[node.operator](_moment(a), bounds[0], _moment(c), bounds[1])


def _has_moment(node: Temporal, row: Row) -> bool:
    bounds = [end for side in (node.left, node.right) for end in _span(side, row)]
    return any(isinstance(end, datetime) and end not in (_FIRST, _LAST) for end in bounds)


def _end(_side: str, value: date, *, mixed: bool) -> datetime:
    if mixed and not isinstance(value, datetime):
        return _moment(value) + timedelta(days=1, microseconds=-1)
    return _moment(value)


def _span(part: Property | Value | Interval, row: Row) -> tuple[Any, Any]:
    if isinstance(part, Interval):
        start = _FIRST if part.start is None else _scalar(part.start, row)
        return start, _LAST if part.end is None else _scalar(part.end, row)
    value = _scalar(part, row)
    return value, value


def _moment(value: date) -> datetime:
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=UTC)
