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
from layers.filters.geometry import span, to_wkt
from layers.filters.typing import ColumnRef

type Columns = Mapping[str, ColumnRef]
Family = Literal["text", "number", "truth", "time"]

_FAMILIES: dict[str, Family] = {
    "string": "text", "integer": "number", "number": "number", "boolean": "truth", "date": "time", "datetime": "time",
}  # fmt: skip
_DEGREES = (4490, 4326)
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
            first, second = _alike([left, right], columns, ordered=operator not in ("=", "<>"))
            return sql.SQL("({} " + operator + " {})").format(first, second)
        case Between(operand=operand, low=low, high=high):
            return sql.SQL("({} BETWEEN {} AND {})").format(
                *_alike([operand, low, high], columns, ordered=True)
            )
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


def _alike(parts: list[Scalar], columns: Columns, *, ordered: bool = False) -> list[sql.Composable]:
    """Write operands, which must be of one family; texts are ordered by code point, wherever they come from."""
    written = [_scalar(part, columns) for part in parts]
    families = {family for _, family in written}
    if len(families) > 1:
        raise fault("比较的两边类型不同", f"types differ: {', '.join(sorted(families))}", _place(parts))
    if ordered and families == {"text"}:
        return [sql.SQL('({} COLLATE "C")').format(expression) for expression, _ in written]
    return [expression for expression, _ in written]


def _place(parts: list[Scalar]) -> int:
    return next((part.position for part in parts if isinstance(part, Property)), -1)


def _scalar(node: Scalar, columns: Columns) -> tuple[sql.Composable, Family]:
    match node:
        case Property(name=name, position=position):
            column = columns.get(name)
            if column is None:
                raise fault("没有这个属性", "there is no such property", position)
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
            form = "({}::double precision " + operator + " {}::double precision)"
            return sql.SQL(form).format(first, divisor), "number"


_FOLDS = {
    # The database's own collation may know ASCII only.
    "casei": 'lower({} COLLATE "und-x-icu")',
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
    return sql.Literal(value), "text"


def _spatial(node: Spatial) -> sql.Composable:
    if isinstance(node.left, Geometry) and isinstance(node.right, Geometry):
        raise fault("两边都是固定几何", "one side must be the feature's geometry")
    if node.operator not in ("s_intersects", "s_disjoint"):
        _check_collections(node)
    left, right = (_geometry(part) for part in (node.left, node.right))
    relation = sql.SQL(_RELATIONS[node.operator] + "({}, {})").format(left, right)
    if node.operator == "s_disjoint" or isinstance(node.left, Geometry) == isinstance(node.right, Geometry):
        return relation
    return sql.SQL("({} && {} AND {})").format(left, right, relation)


def _check_collections(node: Spatial) -> None:
    # PostGIS 3.3's relations refuse collections with an error.
    for part in (node.left, node.right):
        if isinstance(part, Geometry) and part.members:
            raise fault("此运算不能用几何集合", "this operator takes no geometry collection")


def _geometry(part: GeometryProperty | Geometry) -> sql.Composable:
    if isinstance(part, GeometryProperty):
        return sql.SQL("geom")
    degrees = part.srid in _DEGREES
    shape: sql.Composable = sql.SQL("ST_GeomFromText({}, {})").format(
        sql.Literal(to_wkt(part)), sql.Literal(4490 if degrees else part.srid)
    )
    if part.kind.endswith("Polygon"):
        shape = sql.SQL("ST_MakeValid({})").format(shape)  # a bow tie would end some relations in an error
    if degrees:
        return shape
    # Straight edges of a plane CRS are curves in storage: corners alone lose up to 290 m (proven.md 1.4).
    step = span(part) / 32 or 1.0
    return sql.SQL("ST_Transform(ST_Segmentize({}, {}), 4490)").format(shape, sql.Literal(step))


def _temporal(node: Temporal, columns: Columns) -> sql.Composable:
    kinds = {kind for side in (node.left, node.right) for kind in _grains(side, columns)}
    a, b = _span(node.left, columns, whole_days=len(kinds) > 1)
    c, d = _span(node.right, columns, whole_days=len(kinds) > 1)
    return sql.SQL("(" + _TIMES[node.operator] + ")").format(a=a, b=b, c=c, d=d)


def _grains(part: Property | Value | Interval, columns: Columns) -> set[str]:
    """Return "date" and "datetime" as they occur: a day beside a moment lasts till midnight."""
    if isinstance(part, Interval):
        return {kind for end in (part.start, part.end) if end is not None for kind in _grains(end, columns)}
    if isinstance(part, Value):
        return {"datetime" if isinstance(part.value, datetime) else "date"}
    column = columns.get(part.name)
    return {column.type} if column else set()


def _span(
    part: Property | Value | Interval, columns: Columns, *, whole_days: bool
) -> tuple[sql.Composable, sql.Composable]:
    if isinstance(part, Interval):
        start = _time(part.start, columns) if part.start is not None else sql.SQL("'-infinity'::timestamptz")
        if part.end is None:
            return start, sql.SQL("'infinity'::timestamptz")
        return start, _span(part.end, columns, whole_days=whole_days)[1]
    moment = _time(part, columns)
    if whole_days and _grains(part, columns) == {"date"}:
        return moment, sql.SQL("({} + interval '1 day - 1 microsecond')").format(moment)
    return moment, moment


def _time(part: Property | Value, columns: Columns) -> sql.Composable:
    written, family = _scalar(part, columns)
    if family != "time":
        place = part.position if isinstance(part, Property) else -1
        raise fault("此处须为日期或时刻", "a date or timestamp is expected here", place)
    return sql.SQL("({})::timestamptz").format(written)
