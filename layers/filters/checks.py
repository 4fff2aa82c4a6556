"""Which parts may stand where in a filter, whichever language it was read from."""

from math import isfinite

from layers.filters.ast import (
    Arithmetic,
    ArrayRelation,
    Between,
    Call,
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
    Scalar,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import fault

_CONDITIONS = (Comparison, Between, In, Like, IsNull, Spatial, Temporal, ArrayRelation, Logical, Not)


def condition(part: Part, position: int = -1) -> Node:
    """Return the part as a condition: a predicate, a truth value or an attribute that holds one."""
    if isinstance(part, (*_CONDITIONS, Property)):
        return part
    if isinstance(part, Value) and isinstance(part.value, bool):
        return part
    raise fault("此处应为条件", "a condition is expected", position)


def scalar(part: Part, position: int = -1) -> Scalar:
    """Return the part as a single value: attribute, literal, arithmetic, casei, accenti or a function."""
    if isinstance(part, Property | Value | Arithmetic | Fold | Call):
        return part
    raise fault("此处应为单个值", "a single value is expected", position)


def number(part: Part, position: int = -1) -> Scalar:
    """Return the part as an operand of arithmetic; literals must be numbers."""
    found = scalar(part, position)
    if isinstance(found, Fold) or (isinstance(found, Value) and not is_number(found.value)):
        raise fault("此处应为数", "a number is expected", position)
    return found


def text(part: Part, position: int = -1) -> Scalar:
    """Return the part as text: an attribute, a text literal, a function, or any of them folded."""
    if isinstance(part, Property | Fold | Call):
        return part
    if isinstance(part, Value) and isinstance(part.value, str):
        return part
    raise fault("此处应为文字", "text is expected", position)


def pattern(part: Part, position: int = -1) -> Value | Fold:
    """Return the part as a LIKE pattern: literal text, perhaps folded, not ending in a lone backslash."""
    inner = part
    while isinstance(inner, Fold):
        inner = inner.operand
    if not isinstance(inner, Value) or not isinstance(inner.value, str):
        raise fault("LIKE 之后应为文字", "LIKE takes a text pattern", position)
    body = inner.value
    if (len(body) - len(body.rstrip("\\"))) % 2:
        raise fault("模式不能以单个反斜杠结尾", "a pattern ends in a lone backslash", position)
    if isinstance(part, Value | Fold):
        return part
    raise fault("LIKE 之后应为文字", "LIKE takes a text pattern", position)


def literal_text(value: str, position: int = -1) -> Value:
    """Make a text literal; NUL and half surrogates cannot be stored in a database and are refused."""
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise fault("文字含有不可用的字符", "text holds an unusable character", position)
    return Value(value)


def literal_number(value: int | float, position: int = -1) -> Value:
    """Make a number literal: finite; whole numbers outside 64 bits become floating."""
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) < 2**63:
            return Value(value)
        try:
            value = float(value)
        except OverflowError as error:
            raise fault("数太大", "the number is too large", position) from error
    if not isfinite(value) or abs(value) > 1e300:
        raise fault("数太大", "the number is too large", position)
    return Value(value)


def is_number(value: object) -> bool:
    """Tell whether a Python value is a number and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)
