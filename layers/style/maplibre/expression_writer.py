"""A filter tree as a MapLibre expression; vector tiles carry our attributes under their public names."""

import re
from datetime import date
from typing import Any

from layers.filters.ast import (
    Arithmetic,
    Between,
    Comparison,
    Fold,
    In,
    IsNull,
    Like,
    Logical,
    Node,
    Not,
    Property,
    Scalar,
    Value,
)
from layers.filters.fes_writer import Unwritable
from layers.filters.moments import write as moment

_OPERATORS = {"=": "==", "<>": "!="}
_PREFIX = re.compile(r"((?:[^%_\\]|\\.)*)(_*)(%?)", re.DOTALL)
_MIDDLE = re.compile(r"%((?:[^%_\\]|\\.)+)%", re.DOTALL)
_SUFFIX = re.compile(r"%((?:[^%_\\]|\\.)+)", re.DOTALL)


def expression(node: Node) -> Any:
    """Write a condition; raises Unwritable for relations in space or time and for odd patterns."""
    match node:
        case Logical(operator=operator, operands=operands):
            return ["all" if operator == "and" else "any", *(expression(each) for each in operands)]
        case Not(operand=operand):
            return ["!", expression(operand)]
        case Property(name=name):
            return ["==", ["get", name], True]
        case Value(value=value):
            return bool(value)
        case Comparison(operator=operator, left=left, right=right):
            return [_OPERATORS.get(operator, operator), _scalar(left), _scalar(right)]
        case _:
            return _predicate(node)


def _predicate(node: Node) -> Any:
    match node:
        case IsNull(operand=operand):
            return ["==", _scalar(operand), None]
        case Between(operand=operand, low=low, high=high):
            return ["all", [">=", _scalar(operand), _scalar(low)], ["<=", _scalar(operand), _scalar(high)]]
        case In(operand=operand, choices=choices) if all(isinstance(each, Value) for each in choices):
            return ["in", _scalar(operand), ["literal", [_scalar(each) for each in choices]]]
        case Like(operand=operand, pattern=Value(value=str() as pattern)):
            return _like(["to-string", _scalar(operand)], pattern)
    raise Unwritable(type(node).__name__)


def _like(text: Any, pattern: str) -> Any:
    """Write a pattern: a beginning, an end, a middle, or a beginning with a number of free characters."""
    if found := _MIDDLE.fullmatch(pattern):
        return ["in", _plain(found[1]), text]
    if found := _SUFFIX.fullmatch(pattern):
        return ["==", ["slice", text, -len(_plain(found[1]))], _plain(found[1])]
    found = _PREFIX.fullmatch(pattern)
    if found is None:
        raise Unwritable("LIKE")
    beginning, free, is_open = _plain(found[1]), len(found[2]), bool(found[3])
    if not free and not is_open:
        return ["==", text, beginning]
    starts = ["==", ["slice", text, 0, len(beginning)], beginning]
    if is_open and not free:
        return starts
    return ["all", starts, [">=" if is_open else "==", ["length", text], len(beginning) + free]]


def _plain(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def _scalar(part: Scalar) -> Any:
    match part:
        case Property(name=name):
            return ["get", name]
        case Value(value=value):
            return moment(value) if isinstance(value, date) else value
        case Arithmetic(operator=operator, left=left, right=right):
            return [operator, _scalar(left), _scalar(right)]
        case Fold(function="casei", operand=operand):
            return ["downcase", _scalar(operand)]
    raise Unwritable(type(part).__name__)
