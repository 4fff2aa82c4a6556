"""A filter tree written as CQL2 JSON, readable by `parse_json` into an equal tree."""

from datetime import date, datetime
from typing import Any

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
    Not,
    Part,
    Property,
    Spatial,
    Temporal,
    Value,
    children,
)
from layers.filters.moments import write


def to_json(part: Part) -> Any:  # noqa: PLR0911 - one return a kind of node
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
        case Array(items=items):
            return [to_json(each) for each in items]
        case In(operand=operand, choices=choices):
            return {"op": "in", "args": [to_json(operand), [to_json(each) for each in choices]]}
    return {"op": _operator(part), "args": [to_json(each) for each in children(part)]}


_OPERATORS: dict[type[Part], str] = {Not: "not", IsNull: "isNull", Between: "between", Like: "like"}


def _operator(part: Part) -> str:
    match part:
        case Logical() | Comparison() | Arithmetic() | Spatial() | Temporal() | ArrayRelation():
            return part.operator
        case Fold(function=name) | Call(name=name):
            return name
    return _OPERATORS[type(part)]


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
