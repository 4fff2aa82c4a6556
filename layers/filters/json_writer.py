"""A filter tree written as CQL2 JSON, readable by `parse_json` into an equal tree."""

from datetime import date, datetime
from typing import Any

from layers.filters.ast import (
    Arithmetic,
    Between,
    Comparison,
    Fold,
    Geometry,
    GeometryProperty,
    In,
    Interval,
    IsNull,
    Like,
    Logical,
    Not,
    Part,
    Property,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.moments import write


def to_json(part: Part) -> Any:
    """Write any part of a filter as a JSON-able value; coordinates x first."""
    match part:
        case Value(value=value):
            return _value(value)
        case Property(name=name) | GeometryProperty(name=name):
            return {"property": name}
        case Geometry():
            return _geometry(part)
        case Interval(start=start, end=end):
            return {"interval": [_end(start), _end(end)]}
        case In(operand=operand, choices=choices):
            return {"op": "in", "args": [to_json(operand), [to_json(each) for each in choices]]}
    operator, arguments = _call(part)
    return {"op": operator, "args": [to_json(each) for each in arguments]}


def _call(part: Part) -> tuple[str, tuple[Part, ...]]:  # noqa: PLR0911 - one return a kind of node
    match part:
        case Logical(operator=operator, operands=operands):
            return operator, operands
        case Not(operand=operand):
            return "not", (operand,)
        case IsNull(operand=operand):
            return "isNull", (operand,)
        case Between(operand=operand, low=low, high=high):
            return "between", (operand, low, high)
        case Like(operand=operand, pattern=pattern):
            return "like", (operand, pattern)
        case Fold(function=function, operand=operand):
            return function, (operand,)
        case Comparison() | Arithmetic() | Spatial() | Temporal():
            return part.operator, (part.left, part.right)
    raise TypeError(type(part).__name__)


def _value(value: str | float | bool | date | datetime) -> Any:
    if isinstance(value, datetime):
        return {"timestamp": write(value)}
    if isinstance(value, date):
        return {"date": write(value)}
    return value


def _end(part: Value | Property | None) -> Any:
    if part is None:
        return ".."
    if isinstance(part, Value) and isinstance(part.value, date):
        return write(part.value)
    return to_json(part)


def _geometry(part: Geometry) -> Any:
    if part.members:
        return {"type": part.kind, "geometries": [_geometry(each) for each in part.members]}
    return {"type": part.kind, "coordinates": _lists(part.coordinates)}


def _lists(coordinates: Any) -> Any:
    return [_lists(each) for each in coordinates] if isinstance(coordinates, tuple) else coordinates
