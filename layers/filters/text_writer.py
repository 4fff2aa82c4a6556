"""A filter tree written as CQL2 text, readable by `parse_text` into an equal tree."""

import re
from datetime import date, datetime

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
    Part,
    Property,
    Value,
)
from layers.filters.moments import write

_PLAIN = re.compile(r"[A-Za-z_\u4e00-\u9fff][A-Za-z0-9_\u4e00-\u9fff]*")
_WORDS = frozenset(["and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "casei", "accenti", "date", "timestamp", "interval", "bbox"])


class Unwritable(ValueError):
    """This writer has no words for the condition."""


def to_text(node: Node) -> str:  # noqa: PLR0911 - one return a kind of node
    """Write a condition of attributes; raises Unwritable for relations in space or time, arrays and functions."""
    match node:
        case Logical(operator=operator, operands=operands):
            return f" {operator.upper()} ".join(_inner(each) for each in operands)
        case Not(operand=operand):
            return f"NOT ({to_text(operand)})"
        case IsNull(operand=operand):
            return f"{_scalar(operand)} IS NULL"
        case Between(operand=operand, low=low, high=high):
            return f"{_scalar(operand)} BETWEEN {_scalar(low)} AND {_scalar(high)}"
        case In(operand=operand, choices=choices):
            return f"{_scalar(operand)} IN ({', '.join(_scalar(each) for each in choices)})"
        case Like(operand=operand, pattern=pattern):
            return f"{_scalar(operand)} LIKE {_scalar(pattern)}"
        case Comparison(operator=operator, left=left, right=right):
            return f"{_scalar(left)} {operator} {_scalar(right)}"
    return _scalar(node)


def _inner(node: Node) -> str:
    return f"({to_text(node)})" if isinstance(node, Logical) else to_text(node)


def _scalar(part: Part) -> str:
    match part:
        case Property(name=name):
            is_plain = _PLAIN.fullmatch(name) and name.lower() not in _WORDS
            return name if is_plain else '"' + name.replace('"', '""') + '"'
        case Value(value=value):
            return _value(value)
        case Fold(function=function, operand=operand):
            return f"{function.upper()}({_scalar(operand)})"
        case Arithmetic(operator=operator, left=left, right=right):
            return f"({_scalar(left)} {operator} {_scalar(right)})"
    raise Unwritable(type(part).__name__)


def _value(value: object) -> str:
    match value:
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return f"TIMESTAMP('{write(value)}')"
        case date():
            return f"DATE('{write(value)}')"
        case str():
            return "'" + value.replace("'", "''") + "'"
    return repr(value)
