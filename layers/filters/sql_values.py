"""Single values and arrays of a filter written as SQL: every value a literal, every name one the caller may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg2 import sql

from layers.filters.ast import (
    Arithmetic,
    Array,
    Call,
    Fold,
    GeometryProperty,
    Property,
    Scalar,
    Value,
)
from layers.filters.faults import fault
from layers.filters.functions import FUNCTIONS, Family, Result
from layers.filters.typing import ColumnRef

_FAMILIES: dict[str, Family] = {
    "string": "text", "integer": "number", "number": "number", "boolean": "truth", "date": "time", "datetime": "time",
}  # fmt: skip
_ARRAYS: dict[Family, str] = {"text": "text[]", "number": "double precision[]", "truth": "boolean[]", "time": "timestamptz[]"}
_NUMBERS = {
    "+": "({a} + {b})", "-": "({a} - {b})", "*": "({a} * {b})",
    # Division by zero is "no value", not the end of the query; nor is a power that is no real number.
    "/": "({a} / nullif({b}, 0))",
    "div": "trunc({a} / nullif({b}, 0))",
    # OFFSET 0 keeps the planner from writing the operands in several times, which would double with every level.
    "%": "(SELECT a - b * trunc(a / nullif(b, 0)) FROM (SELECT {a} AS a, {b} AS b OFFSET 0) AS v)",
    "^": "(SELECT CASE WHEN (a = 0 AND b < 0) OR (a < 0 AND b <> trunc(b)) THEN NULL ELSE power(a, b) END"
    " FROM (SELECT {a} AS a, {b} AS b OFFSET 0) AS v)",
}  # fmt: skip
_FOLDS = {
    # The database's own collation may know ASCII only.
    "casei": 'lower({} COLLATE "und-x-icu")',
    # Decomposed, the accents are characters of their own (U+0300–U+036F) and can be taken away.
    "accenti": "regexp_replace(normalize({}, NFD), '[\u0300-\u036f]', '', 'g')",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What a filter may name: attributes by public name, and the geometry's expression."""

    columns: Mapping[str, ColumnRef]
    geometry: sql.Composable


def scalar(node: Scalar, names: Names) -> tuple[sql.Composable, Family]:
    """Write a single value and tell its family; raises InvalidFilter for unknown names and wrong types."""
    match node:
        case Property():
            return _attribute(node, names)
        case Value(value=value):
            return _value(value)
        case Fold(function=function, operand=operand):
            text, family = scalar(operand, names)
            if family != "text":
                raise fault(f"{function} 只用于文本", f"{function} takes text")
            return sql.SQL(_FOLDS[function]).format(text), "text"
        case Arithmetic():
            return _arithmetic(node, names)
        case Call():
            return _single(node, names)


def _attribute(node: Property, names: Names) -> tuple[sql.Composable, Family]:
    column = names.columns.get(node.name)
    if column is None:
        raise fault("没有这个属性", "there is no such property", node.position)
    return column.expression, _FAMILIES[column.type]


def _single(node: Call, names: Names) -> tuple[sql.Composable, Family]:
    written, result = call(node, names)
    if result == "texts":
        raise fault("此处应为单个值，不是数组", "a single value is expected, not an array", node.position)
    return written, result


def call(node: Call, names: Names) -> tuple[sql.Composable, Result]:
    """Write a function's call and tell what it returns."""
    function = FUNCTIONS[node.name]
    written: list[sql.Composable] = []
    for wanted, given in zip(function.arguments, node.arguments, strict=True):
        if isinstance(given, GeometryProperty):
            expression, family = names.geometry, "geometry"
        else:
            expression, family = scalar(given, names)
        if family != wanted:
            raise fault(f"{node.name} 的参数类型不符", f"{node.name} takes {wanted}, not {family}", node.position)
        written.append(sql.SQL("({})").format(expression))
    return sql.SQL(function.sql).format(*written), function.returns


def alike(parts: Sequence[Scalar], names: Names, *, ordered: bool = False) -> list[sql.Composable]:
    """Write operands, which must be of one family; texts are ordered by code point, wherever they come from."""
    written = [scalar(part, names) for part in parts]
    families = {family for _, family in written}
    if len(families) > 1:
        place = next((part.position for part in parts if isinstance(part, Property)), -1)
        raise fault("比较的两边类型不同", f"types differ: {', '.join(sorted(families))}", place)
    if ordered and families == {"text"}:
        return [sql.SQL('({} COLLATE "C")').format(expression) for expression, _ in written]
    return [expression for expression, _ in written]


def arrays(left: Array | Call, right: Array | Call, names: Names) -> list[sql.Composable]:
    """Write two arrays of one family; an empty one takes the other's."""
    written = [_array(part, names) for part in (left, right)]
    families = {family for _, family in written if family is not None}
    if len(families) > 1:
        raise fault("数组的元素类型不同", f"types of the arrays differ: {', '.join(sorted(families))}")
    kind = _ARRAYS[families.pop() if families else "text"]
    return [sql.SQL("{}::" + kind).format(expression) for expression, _ in written]


def _array(part: Array | Call, names: Names) -> tuple[sql.Composable, Family | None]:
    if isinstance(part, Call):
        written, result = call(part, names)
        if result != "texts":
            raise fault("此处应为数组", "an array is expected", part.position)
        return written, "text"
    if not part.items:
        return sql.SQL("ARRAY[]"), None
    family = scalar(part.items[0], names)[1]
    return sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join(alike(part.items, names))), family


def _arithmetic(node: Arithmetic, names: Names) -> tuple[sql.Composable, Family]:
    (first, one), (second, two) = scalar(node.left, names), scalar(node.right, names)
    if (one, two) != ("number", "number"):
        raise fault("算术只用于数", "arithmetic takes numbers")
    a, b = (sql.SQL("{}::double precision").format(each) for each in (first, second))
    return sql.SQL(_NUMBERS[node.operator]).format(a=a, b=b), "number"


def _value(value: str | float | bool | date | datetime) -> tuple[sql.Composable, Family]:
    if isinstance(value, bool):
        return sql.Literal(value), "truth"
    if isinstance(value, int | float):
        return sql.Literal(value), "number"
    if isinstance(value, datetime):
        return sql.SQL("{}::timestamptz").format(sql.Literal(value.isoformat())), "time"
    if isinstance(value, date):
        return sql.SQL("{}::date").format(sql.Literal(value.isoformat())), "time"
    return sql.Literal(value), "text"
