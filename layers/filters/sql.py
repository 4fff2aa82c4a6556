"""A filter written as SQL: every value a literal, every name one the caller may see."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

from psycopg2 import sql

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
    Node,
    Not,
    Property,
    Scalar,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import fault
from layers.filters.geometry import to_wkt
from layers.filters.typing import ColumnRef

type Columns = Mapping[str, ColumnRef]
Family = Literal["text", "number", "truth", "time"]

_FAMILIES: dict[str, Family] = {
    "string": "text", "integer": "number", "number": "number", "boolean": "truth", "date": "time", "datetime": "time",
}  # fmt: skip
_RELATIONS = {
    "s_intersects": "ST_Intersects", "s_within": "ST_Within", "s_contains": "ST_Contains",
    "s_disjoint": "ST_Disjoint", "s_touches": "ST_Touches", "s_overlaps": "ST_Overlaps",
    "s_crosses": "ST_Crosses", "s_equals": "ST_Equals",
}  # fmt: skip
# Allen's relations of two spans [a, b] and [c, d]; CQL2 §7.9. An open end is ±infinity.
_TIMES = {
    "t_after": "{a} > {d}", "t_before": "{b} < {c}", "t_contains": "{a} < {c} AND {b} > {d}",
    "t_disjoint": "({b} < {c} OR {a} > {d})", "t_during": "{a} > {c} AND {b} < {d}",
    "t_equals": "{a} = {c} AND {b} = {d}", "t_finishedby": "{a} < {c} AND {b} = {d}",
    "t_finishes": "{a} > {c} AND {b} = {d}", "t_intersects": "{a} <= {d} AND {b} >= {c}",
    "t_meets": "{b} = {c}", "t_metby": "{a} = {d}",
    "t_overlappedby": "{a} > {c} AND {a} < {d} AND {b} > {d}",
    "t_overlaps": "{a} < {c} AND {b} > {c} AND {b} < {d}",
    "t_startedby": "{a} = {c} AND {b} > {d}", "t_starts": "{a} = {c} AND {b} < {d}",
}  # fmt: skip


def to_sql(node: Node, columns: Columns) -> sql.Composable:
    """Write a condition over rows with a geometry column `geom` (EPSG:4490); raises InvalidFilter."""
    match node:
        case Logical(operator=operator, operands=operands):
            word = sql.SQL(" AND " if operator == "and" else " OR ")
            return sql.SQL("({})").format(word.join(to_sql(each, columns) for each in operands))
        case Not(operand=operand):
            return sql.SQL("(NOT {})").format(to_sql(operand, columns))
        case Spatial():
            return _spatial(node)
        case Temporal():
            return _temporal(node, columns)
        case Property() | Value():
            return _truth(node, columns)
        case _:
            return _predicate(node, columns)


def _predicate(node: Comparison | Between | In | Like | IsNull, columns: Columns) -> sql.Composable:
    match node:
        case IsNull(operand=operand):
            return sql.SQL("({} IS NULL)").format(_scalar(operand, columns)[0])
        case Comparison(operator=operator, left=left, right=right):
            first, second = _alike([left, right], columns)
            return sql.SQL("({} " + operator + " {})").format(first, second)
        case Between(operand=operand, low=low, high=high):
            return sql.SQL("({} BETWEEN {} AND {})").format(*_alike([operand, low, high], columns))
        case In(operand=operand, choices=choices):
            first, *rest = _alike([operand, *choices], columns)
            return sql.SQL("({} IN ({}))").format(first, sql.SQL(", ").join(rest))
        case Like(operand=operand, pattern=pattern):
            text, family = _scalar(operand, columns)
            if family != "text":
                raise fault("LIKE 只用于文本", "LIKE takes text")
            return sql.SQL("({} LIKE {})").format(text, _scalar(pattern, columns)[0])


def _truth(node: Property | Value, columns: Columns) -> sql.Composable:
    written, family = _scalar(node, columns)
    if family != "truth":
        raise fault("此处须为真假值", "a condition is expected here")
    return written


def _alike(parts: list[Scalar], columns: Columns) -> list[sql.Composable]:
    """Write operands that must be of one family; text that stands beside a time is read as one."""
    written = [_scalar(part, columns) for part in parts]
    families = {family for _, family in written}
    if len(families) > 1:
        raise fault(f"类型不同：{'、'.join(sorted(families))}", f"types differ: {', '.join(sorted(families))}")
    return [expression for expression, _ in written]


def _scalar(node: Scalar, columns: Columns) -> tuple[sql.Composable, Family]:
    match node:
        case Property(name=name, position=position):
            column = columns.get(name)
            if column is None:
                raise fault(f"没有属性 {name[:60]}", f"no property {name[:60]}", position)
            return column.expression, _FAMILIES[column.type]
        case Value(value=value):
            return _value(value)
        case Fold(function=function, operand=operand):
            text, family = _scalar(operand, columns)
            if family != "text":
                raise fault(f"{function} 只用于文本", f"{function} takes text")
            return sql.SQL(_FOLDS[function]).format(text), "text"
        case Arithmetic(operator=operator, left=left, right=right):
            (first, one), (second, two) = _scalar(left, columns), _scalar(right, columns)
            if (one, two) != ("number", "number"):
                raise fault("算术只用于数", "arithmetic takes numbers")
            # Division by zero is "no value", not the end of the query.
            divisor = sql.SQL("nullif({}, 0)").format(second) if operator == "/" else second
            return sql.SQL("({}::double precision " + operator + " {})").format(first, divisor), "number"


_FOLDS = {
    "casei": "lower({})",
    # Decomposed, the accents are characters of their own (U+0300–U+036F) and can be taken away.
    "accenti": "regexp_replace(normalize({}, NFD), '[\u0300-\u036f]', '', 'g')",
}


def _value(value: str | float | bool | date | datetime) -> tuple[sql.Composable, Family]:
    if isinstance(value, bool):
        return sql.Literal(value), "truth"
    if isinstance(value, int | float):
        return sql.Literal(value), "number"
    if isinstance(value, datetime):
        return sql.SQL("{}::timestamptz").format(sql.Literal(value.isoformat())), "time"
    if isinstance(value, date):
        return sql.SQL("{}::date").format(sql.Literal(value.isoformat())), "time"
    if "\x00" in value:
        raise fault("文本含空字符", "text holds a NUL character")
    return sql.Literal(value), "text"


def _spatial(node: Spatial) -> sql.Composable:
    left, right = (_geometry(part) for part in (node.left, node.right))
    relation = sql.SQL(_RELATIONS[node.operator] + "({}, {})").format(left, right)
    if node.operator == "s_disjoint" or isinstance(node.left, Geometry) == isinstance(node.right, Geometry):
        return relation
    return sql.SQL("({} && {} AND {})").format(left, right, relation)


def _geometry(part: GeometryProperty | Geometry) -> sql.Composable:
    if isinstance(part, GeometryProperty):
        return sql.SQL("geom")
    if part.srid in (4490, 4326):
        return sql.SQL("ST_GeomFromText({}, 4490)").format(sql.Literal(to_wkt(part)))
    return sql.SQL("ST_Transform(ST_GeomFromText({}, {}), 4490)").format(
        sql.Literal(to_wkt(part)), sql.Literal(part.srid)
    )


def _temporal(node: Temporal, columns: Columns) -> sql.Composable:
    a, b = _span(node.left, columns)
    c, d = _span(node.right, columns)
    return sql.SQL("(" + _TIMES[node.operator] + ")").format(a=a, b=b, c=c, d=d)


def _span(part: Property | Value | Interval, columns: Columns) -> tuple[sql.Composable, sql.Composable]:
    if isinstance(part, Interval):
        start = _time(part.start, columns) if part.start is not None else sql.SQL("'-infinity'::timestamptz")
        end = _time(part.end, columns) if part.end is not None else sql.SQL("'infinity'::timestamptz")
        return start, end
    moment = _time(part, columns)
    return moment, moment


def _time(part: Property | Value, columns: Columns) -> sql.Composable:
    written, family = _scalar(part, columns)
    if family != "time":
        raise fault("此处须为日期或时刻", "a date or timestamp is expected here")
    return sql.SQL("{}::timestamptz").format(written)
