"""CQL2 JSON read into the same filter tree as CQL2 text (OGC 21-065r2 §6, JSON encoding)."""

import json
from typing import Any

from layers.filters import geometry
from layers.filters.ast import (
    COMPARISONS,
    GEOMETRY_NAMES,
    SPATIAL,
    TEMPORAL,
    Arithmetic,
    Between,
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
from layers.filters.geometry import Frame
from layers.filters.moments import day, instant, moment

_NESTING = MAX_DEPTH * 4 + 8
"""JSON nests deeper than what it says: op → args → op, and four arrays of coordinates."""


def parse_json_text(text: str, frame: Frame | None = None) -> Node:
    """Read CQL2 JSON from text; nesting is checked before the JSON parser sees it."""
    check_nesting(text, _NESTING, "[{", "]}", '"')
    try:
        return parse_json(json.loads(text), frame)
    except (json.JSONDecodeError, RecursionError):
        raise fault("不是 JSON", "not JSON") from None


def parse_json(document: Any, frame: Frame | None = None) -> Node:  # noqa: ANN401
    """Read CQL2 JSON from a parsed document. Raises InvalidFilter."""
    return _Reader(frame or Frame()).condition(document)


class _Reader:
    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.budget = Budget()

    def condition(self, part: Any) -> Node:  # noqa: ANN401
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
        if operator in COMPARISONS:
            left, right = _exactly(arguments, 2, operator)
            return Comparison(operator, self.scalar(left), self.scalar(right))  # type: ignore[arg-type]
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
                text = self.scalar(pattern)
                if not isinstance(text, Value | Fold):
                    raise fault("like 后须为文本", "like is followed by text")
                return Like(self.scalar(operand), text)
        raise fault(f"没有运算 {operator[:40]}", f"no operator {operator[:40]}")

    def scalar(self, part: Any) -> Scalar:  # noqa: ANN401
        self.budget.node()
        if isinstance(part, str | bool | int | float):
            return Value(part)
        if isinstance(part, dict):
            if "property" in part:
                return _property(part)
            if "date" in part:
                return Value(day(str(part["date"])))
            if "timestamp" in part:
                return Value(moment(str(part["timestamp"])))
        operator, arguments = _call(part)
        self.budget.enter()
        node = self.function(operator, arguments)
        self.budget.leave()
        return node

    def function(self, operator: str, arguments: list[Any]) -> Scalar:
        if operator in ("casei", "accenti"):
            return Fold(operator, self.scalar(_exactly(arguments, 1, operator)[0]))  # type: ignore[arg-type]
        if operator in ("+", "-", "*", "/"):
            left, right = _exactly(arguments, 2, operator)
            return Arithmetic(operator, self.scalar(left), self.scalar(right))  # type: ignore[arg-type]
        raise fault(f"没有函数 {operator[:40]}", f"no function {operator[:40]}")

    def shape(self, part: Any) -> GeometryProperty | Geometry:  # noqa: ANN401
        if isinstance(part, dict):
            if part.get("property") in GEOMETRY_NAMES:
                return GeometryProperty(part["property"])
            if isinstance(part.get("bbox"), list) and "type" not in part:
                return geometry.box([_number(each) for each in part["bbox"]], self.frame)
            if part.get("type") == "GeometryCollection" and isinstance(part.get("geometries"), list):
                members = tuple(self.shape(each) for each in part["geometries"])
                return Geometry("GeometryCollection", (), self.frame.srid, members)  # type: ignore[arg-type]
            if part.get("type") in geometry.DEPTHS:
                depth = geometry.DEPTHS[part["type"]]
                return geometry.make(part["type"], self.positions(part.get("coordinates"), depth), self.frame)
        raise fault("此处应为几何", "a geometry is expected")

    def positions(self, part: Any, depth: int) -> Coordinates:  # noqa: ANN401
        if not isinstance(part, list | tuple):
            raise fault("坐标须为数组", "coordinates are arrays")
        if depth == 0:
            return self.frame.point([_number(each) for each in part])
        return tuple(self.positions(each, depth - 1) for each in part)

    def time(self, part: Any) -> Property | Value | Interval:  # noqa: ANN401
        if isinstance(part, dict) and "interval" in part:
            ends = part["interval"]
            if not isinstance(ends, list) or len(ends) != 2:
                raise fault("interval 须有两端", "an interval has two ends")
            return Interval(self.end(ends[0]), self.end(ends[1]))
        found = self.scalar(part)
        if isinstance(found, Property | Value):
            return found
        raise fault("此处应为时间", "a time is expected")

    def end(self, part: Any) -> Property | Value | None:  # noqa: ANN401
        if part == "..":
            return None
        if isinstance(part, str):
            return Value(instant(part))
        found = self.scalar(part)
        if isinstance(found, Property | Value):
            return found
        raise fault("此处应为时间", "a time is expected")


def _property(part: dict[str, Any]) -> Property:
    if not isinstance(part["property"], str):
        raise fault("属性名须为文本", "a property's name is text")
    return Property(part["property"])


def _call(part: Any) -> tuple[str, list[Any]]:  # noqa: ANN401
    if isinstance(part, dict) and isinstance(part.get("op"), str) and isinstance(part.get("args"), list):
        return part["op"], part["args"]
    raise fault("此处应为 {op, args}", "expected {op, args}")


def _exactly(arguments: list[Any], number: int, operator: str) -> list[Any]:
    if len(arguments) != number:
        raise fault(f"{operator} 需要 {number} 个参数", f"{operator} takes {number} arguments")
    return arguments


def _number(part: Any) -> float:  # noqa: ANN401
    if isinstance(part, bool) or not isinstance(part, int | float):
        raise fault("此处应为数", "a number is expected")
    return float(part)
