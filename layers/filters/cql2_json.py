"""CQL2 JSON read into the same filter tree as CQL2 text (OGC 21-065r2 §6, JSON encoding)."""

import json
from typing import Any

from layers.filters import checks, geometry
from layers.filters.ast import (
    ARITHMETIC,
    ARRAY,
    COMPARISONS,
    GEOMETRY_NAMES,
    SPATIAL,
    TEMPORAL,
    Arithmetic,
    Array,
    ArrayRelation,
    Between,
    Call,
    Comparison,
    Coordinates,
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
    Property,
    Scalar,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import MAX_DEPTH, Budget, check_nesting, fault
from layers.filters.functions import function
from layers.filters.geometry import Frame
from layers.filters.moments import day, instant, moment

_NESTING = MAX_DEPTH * 4 + 8
"""JSON nests deeper than what it says: op → args → op, and four arrays of coordinates."""


def parse_json_text(text: str, frame: Frame | None = None) -> Node:
    """Read CQL2 JSON from text; nesting is checked before the JSON parser sees it."""
    check_nesting(text, _NESTING, "[{", "]}", '"')
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise fault("不是 JSON", "not JSON", error.pos) from None
    except (ValueError, RecursionError):  # a whole number of thousands of digits is a ValueError
        raise fault("不是 JSON", "not JSON") from None
    return parse_json(document, frame)


def parse_json(document: Any, frame: Frame | None = None) -> Node:
    """Read CQL2 JSON from a parsed document. Raises InvalidFilter."""
    return _Reader(frame or Frame()).condition(document)


class _Reader:
    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.budget = Budget()

    def condition(self, part: Any) -> Node:
        self.budget.node()
        if isinstance(part, bool):
            return Value(part)
        if isinstance(part, dict) and "property" in part:
            return _property(part)
        operator, arguments = _call(part)
        self.budget.enter()
        node = self.operation(operator, arguments)
        self.budget.leave()
        return node

    def operation(self, operator: str, arguments: list[Any]) -> Node:
        if operator in ("and", "or"):
            if len(arguments) < 2:
                raise fault(f"{operator} 至少两项", f"{operator} takes two or more")
            return Logical(operator, tuple(self.condition(each) for each in arguments))  # type: ignore[arg-type]
        if operator in SPATIAL:
            left, right = _exactly(arguments, 2, operator)
            return Spatial(operator, self.shape(left), self.shape(right))
        if operator in TEMPORAL:
            left, right = _exactly(arguments, 2, operator)
            return Temporal(operator, self.time(left), self.time(right))
        if operator in ARRAY:
            left, right = _exactly(arguments, 2, operator)
            return ArrayRelation(operator, self.array(left), self.array(right))
        if operator in COMPARISONS:
            left, right = _exactly(arguments, 2, operator)
            return Comparison(operator, self.scalar(left), self.scalar(right))
        return self.predicate(operator, arguments)

    def predicate(self, operator: str, arguments: list[Any]) -> Node:
        match operator:
            case "not":
                return Not(self.condition(_exactly(arguments, 1, operator)[0]))
            case "isNull":
                return IsNull(self.scalar(_exactly(arguments, 1, operator)[0]))
            case "between":
                return Between(*(self.scalar(each) for each in _exactly(arguments, 3, operator)))
            case "in":
                operand, choices = _exactly(arguments, 2, operator)
                if not isinstance(choices, list) or not choices:
                    raise fault("in 需要一个列表", "in takes a list")
                return In(self.scalar(operand), tuple(self.scalar(each) for each in choices))
            case "like":
                operand, pattern = _exactly(arguments, 2, operator)
                return Like(self.scalar(operand), checks.pattern(self.scalar(pattern)))
        raise fault("没有这个运算", "there is no such operator")

    def scalar(self, part: Any) -> Scalar:
        self.budget.node()
        if (literal := _literal(part)) is not None:
            return literal
        operator, arguments = _call(part)
        self.budget.enter()
        node = self.function(operator, arguments)
        self.budget.leave()
        return node

    def function(self, operator: str, arguments: list[Any]) -> Scalar:
        if operator in ("casei", "accenti"):
            inner = checks.text(self.scalar(_exactly(arguments, 1, operator)[0]))
            return Fold(operator, inner)  # type: ignore[arg-type]
        if operator in ARITHMETIC:
            left, right = (checks.number(self.scalar(each)) for each in _exactly(arguments, 2, operator))
            return Arithmetic(operator, left, right)
        function(operator, len(arguments))
        return Call(operator, tuple(self.argument(each) for each in arguments))

    def argument(self, part: Any) -> Scalar | GeometryProperty:
        if isinstance(part, dict) and part.get("property") in GEOMETRY_NAMES:
            return GeometryProperty("geometry")
        return self.scalar(part)

    def array(self, part: Any) -> Array | Call:
        self.budget.node()
        if isinstance(part, list):
            return Array(tuple(self.scalar(each) for each in part))
        found = self.scalar(part)
        if isinstance(found, Call):
            return found
        raise fault("此处应为数组", "an array is expected")

    def shape(self, part: Any) -> GeometryProperty | Geometry:
        self.budget.node()
        if isinstance(part, dict) and part.get("property") in GEOMETRY_NAMES:
            return GeometryProperty("geometry")
        if isinstance(part, dict) and isinstance(part.get("bbox"), list) and "type" not in part:
            return geometry.box([_number(each) for each in part["bbox"]], self.frame)
        return self.literal_shape(part)

    def literal_shape(self, part: Any) -> Geometry:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "GeometryCollection" and isinstance(part.get("geometries"), list) and part["geometries"]:
            self.budget.enter()
            self.budget.node()
            members = tuple(self.literal_shape(each) for each in part["geometries"])
            self.budget.leave()
            return Geometry("GeometryCollection", (), self.frame.srid, members)
        if isinstance(kind, str) and kind in geometry.DEPTHS:
            coordinates = self.positions(part.get("coordinates"), geometry.DEPTHS[kind])
            return geometry.make(kind, coordinates, self.frame)
        raise fault("此处应为几何", "a geometry is expected")

    def positions(self, part: Any, depth: int) -> Coordinates:
        if not isinstance(part, list | tuple):
            raise fault("坐标须为数组", "coordinates are arrays")
        if depth == 0:
            return self.frame.point([_number(each) for each in part])
        return tuple(self.positions(each, depth - 1) for each in part)

    def time(self, part: Any) -> Property | Value | Interval:
        if isinstance(part, dict) and "interval" in part:
            ends = part["interval"]
            if not isinstance(ends, list) or len(ends) != 2:
                raise fault("interval 须有两端", "an interval has two ends")
            return Interval(self.end(ends[0]), self.end(ends[1]))
        found = self.scalar(part)
        if isinstance(found, Property | Value):
            return found
        raise fault("此处应为时间", "a time is expected")

    def end(self, part: Any) -> Property | Value | None:
        if part in ("..", ""):
            return None
        if isinstance(part, str):
            return Value(instant(part))
        found = self.scalar(part)
        if isinstance(found, Property | Value):
            return found
        raise fault("此处应为时间", "a time is expected")


def _no_constant(_name: str) -> float:
    raise ValueError("NaN and Infinity are not JSON")


def _literal(part: Any) -> Property | Value | None:  # noqa: PLR0911 - one return a kind of node
    match part:
        case bool():
            return Value(part)
        case str():
            return checks.literal_text(part)
        case int() | float():
            return checks.literal_number(part)
        case {"property": _}:
            return _property(part)
        case {"date": str(text)}:
            return Value(day(text))
        case {"timestamp": str(text)}:
            return Value(moment(text))
    return None


def _property(part: dict[str, Any]) -> Property:
    if not isinstance(part["property"], str):
        raise fault("属性名须为文本", "a property's name is text")
    return Property(part["property"])


def _call(part: Any) -> tuple[str, list[Any]]:
    if isinstance(part, dict) and isinstance(part.get("op"), str) and isinstance(part.get("args"), list):
        return part["op"], part["args"]
    raise fault("此处应为 {op, args}", "expected {op, args}")


def _exactly(arguments: list[Any], number: int, operator: str) -> list[Any]:
    if len(arguments) != number:
        raise fault(f"{operator} 需要 {number} 个参数", f"{operator} takes {number} arguments")
    return arguments


def _number(part: Any) -> float:
    if isinstance(part, bool) or not isinstance(part, int | float):
        raise fault("此处应为数", "a number is expected")
    return float(part)
