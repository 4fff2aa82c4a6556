"""A filter written as SQL: every value a literal, every name one the caller may see."""

from collections.abc import Mapping
from datetime import datetime

from psycopg2 import sql

from layers.filters.ast import (
    ArrayRelation,
    Between,
    Comparison,
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
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import fault
from layers.filters.geometry import span, to_wkt
from layers.filters.sql_values import Names, alike, arrays, scalar
from layers.filters.typing import ColumnRef

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


_ARRAYS = {
    "a_equals": "({a} @> {b} AND {a} <@ {b})", "a_contains": "({a} @> {b})", "a_containedby": "({a} <@ {b})",
    "a_overlaps": "({a} && {b})",
}  # fmt: skip


def to_sql(node: Node, columns: Mapping[str, ColumnRef], geometry: sql.Composable | None = None) -> sql.Composable:
    """Write a condition over rows with a geometry column `geom` (EPSG:4490); raises InvalidFilter.

    `geometry` is what the caller may see of `geom`, where that is less.
    """
    return _condition(node, Names(columns, geometry or sql.SQL("geom")))


def _condition(node: Node, names: Names) -> sql.Composable:  # noqa: PLR0911 - one return a kind of node
    match node:
        case Logical(operator=operator, operands=operands):
            word = sql.SQL(" AND " if operator == "and" else " OR ")
            return sql.SQL("({})").format(word.join(_condition(each, names) for each in operands))
        case Not(operand=operand):
            return sql.SQL("(NOT {})").format(_condition(operand, names))
        case Spatial():
            return _spatial(node, names)
        case Temporal():
            return _temporal(node, names)
        case ArrayRelation(operator=operator, left=left, right=right):
            a, b = arrays(left, right, names)
            return sql.SQL(_ARRAYS[operator]).format(a=a, b=b)
        case Property() | Value():
            return _truth(node, names)
        case _:
            return _predicate(node, names)


def _predicate(node: Comparison | Between | In | Like | IsNull, names: Names) -> sql.Composable:
    match node:
        case IsNull(operand=operand):
            return sql.SQL("({} IS NULL)").format(scalar(operand, names)[0])
        case Comparison(operator=operator, left=left, right=right):
            first, second = alike([left, right], names, ordered=operator not in ("=", "<>"))
            return sql.SQL("({} " + operator + " {})").format(first, second)
        case Between(operand=operand, low=low, high=high):
            return sql.SQL("({} BETWEEN {} AND {})").format(
                *alike([operand, low, high], names, ordered=True)
            )
        case In(operand=operand, choices=choices):
            first, *rest = alike([operand, *choices], names)
            return sql.SQL("({} IN ({}))").format(first, sql.SQL(", ").join(rest))
        case Like(operand=operand, pattern=pattern):
            text, family = scalar(operand, names)
            if family != "text":
                raise fault("LIKE 只用于文本", "LIKE takes text")
            return sql.SQL("({} LIKE {})").format(text, scalar(pattern, names)[0])


def _truth(node: Property | Value, names: Names) -> sql.Composable:
    written, family = scalar(node, names)
    if family != "truth":
        raise fault("此处须为真假值", "a condition is expected here")
    return written


def _spatial(node: Spatial, names: Names) -> sql.Composable:
    if isinstance(node.left, Geometry) and isinstance(node.right, Geometry):
        raise fault("两边都是固定几何", "one side must be the feature's geometry")
    if node.operator not in ("s_intersects", "s_disjoint"):
        _check_collections(node)
    left, right = (_geometry(part, names) for part in (node.left, node.right))
    relation = sql.SQL(_RELATIONS[node.operator] + "({}, {})").format(left, right)
    if node.operator == "s_disjoint" or isinstance(node.left, Geometry) == isinstance(node.right, Geometry):
        return relation
    # The index knows the whole geometry only; the relation looks at what the caller sees of it.
    boxes = [sql.SQL("geom") if isinstance(part, GeometryProperty) else _geometry(part, names) for part in (node.left, node.right)]
    return sql.SQL("({} && {} AND {})").format(*boxes, relation)


def _check_collections(node: Spatial) -> None:
    # PostGIS 3.3's relations refuse collections with an error.
    for part in (node.left, node.right):
        if isinstance(part, Geometry) and part.members:
            raise fault("此运算不能用几何集合", "this operator takes no geometry collection")


def _geometry(part: GeometryProperty | Geometry, names: Names) -> sql.Composable:
    if isinstance(part, GeometryProperty):
        return names.geometry
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


def _temporal(node: Temporal, names: Names) -> sql.Composable:
    kinds = {kind for side in (node.left, node.right) for kind in _grains(side, names)}
    a, b = _span(node.left, names, whole_days=len(kinds) > 1)
    c, d = _span(node.right, names, whole_days=len(kinds) > 1)
    relation = sql.SQL("(" + _TIMES[node.operator] + ")").format(a=a, b=b, c=c, d=d)
    bounds = [end for side in (node.left, node.right) if isinstance(side, Interval) for end in (side.start, side.end)]
    known = [sql.SQL("{} IS NOT NULL").format(_time(end, names)) for end in bounds if isinstance(end, Property)]
    if not known:
        return relation
    # An interval with an unknown end relates to nothing, even where the operator looks at its other end alone.
    return sql.SQL("(CASE WHEN {} THEN {} END)").format(sql.SQL(" AND ").join(known), relation)


def _grains(part: Property | Value | Interval, names: Names) -> set[str]:
    """Return "date" and "datetime" as they occur: a day beside a moment lasts till midnight."""
    if isinstance(part, Interval):
        return {kind for end in (part.start, part.end) if end is not None for kind in _grains(end, names)}
    if isinstance(part, Value):
        return {"datetime" if isinstance(part.value, datetime) else "date"}
    column = names.columns.get(part.name)
    return {column.type} if column else set()


def _span(
    part: Property | Value | Interval, names: Names, *, whole_days: bool
) -> tuple[sql.Composable, sql.Composable]:
    if isinstance(part, Interval):
        start = _time(part.start, names) if part.start is not None else sql.SQL("'-infinity'::timestamptz")
        if part.end is None:
            return start, sql.SQL("'infinity'::timestamptz")
        return start, _span(part.end, names, whole_days=whole_days)[1]
    moment = _time(part, names)
    if whole_days and _grains(part, names) == {"date"}:
        return moment, sql.SQL("({} + interval '1 day - 1 microsecond')").format(moment)
    return moment, moment


def _time(part: Property | Value, names: Names) -> sql.Composable:
    written, family = scalar(part, names)
    if family != "time":
        place = part.position if isinstance(part, Property) else -1
        raise fault("此处须为日期或时刻", "a date or timestamp is expected here", place)
    return sql.SQL("({})::timestamptz").format(written)
