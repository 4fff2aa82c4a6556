"""The SQL of a filter picks the same rows as the plain evaluation in memory, for generated filters."""

from datetime import UTC, date, datetime
from functools import reduce

import pytest
import shapely
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg2 import sql
from shapely import from_wkt

from layers import crs
from layers.errors import InvalidFilter
from layers.filters import ColumnRef, parse_json, parse_text, to_sql
from layers.filters.ast import (
    ARRAY,
    SPATIAL,
    TEMPORAL,
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
    Property,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.evaluate import matches
from layers.filters.geometry import Frame
from layers.filters.json_writer import to_json

TYPES = {"名称": "string", "n": "integer", "x": "number", "flag": "boolean", "day": "date", "moment": "datetime"}
COLUMNS = {name: ColumnRef(sql.Identifier(f"c{place}"), kind) for place, (name, kind) in enumerate(TYPES.items())}
SHAPES = [
    "POINT(1 1)", "POINT(5 5)", "LINESTRING(0 0,4 4)", "LINESTRING(0 4,4 0)", "POLYGON((0 0,4 0,4 4,0 4,0 0))",
    "POLYGON((2 2,6 2,6 6,2 6,2 2))", "POLYGON((4 0,8 0,8 4,4 4,4 0))", "MULTIPOINT(1 1,3 3)", None,
]  # fmt: skip
TEXTS = ["", "甲", "Straße", "ÉCOLE", "école", "ecole", "a%b", "a_b", "a\\b", "it's", "{x}", "'; --", "A", "a", None]
DAYS = [date(2020, 1, 1), date(2020, 6, 15), date(2024, 2, 29), None]
MOMENTS = [datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 6, 15, 13, 30, tzinfo=UTC), datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC), None]
ROWS = [
    (TEXTS[i % len(TEXTS)], [0, 1, -3, 7, None][i % 5], [0.0, 2.5, -1.0, None][i % 4], [True, False, None][i % 3],
     DAYS[i % 4], MOMENTS[(i // 2) % 4], SHAPES[i % len(SHAPES)])
    for i in range(90)
]  # fmt: skip

texts = st.sampled_from([each for each in TEXTS if each]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=4
)
integers = st.integers(-5, 10)
# Beyond these, a quotient overflows: told as a fault of the filter by the rows door.
numbers = integers | st.floats(0.001, 10) | st.floats(-10, -0.001)
days = st.sampled_from(DAYS[:3]) | st.dates(date(2019, 1, 1), date(2025, 1, 1))
moments = st.sampled_from(MOMENTS[:3]) | st.datetimes(datetime(2019, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC))
numeric = st.recursive(
    st.sampled_from([Property("n"), Property("x")]) | numbers.map(Value),
    lambda inner: st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/", "%", "div"]), inner, inner)
    | st.builds(Call, st.sampled_from(["abs", "floor", "ceil"]), st.tuples(inner)),
    max_leaves=4,
) | st.builds(Arithmetic, st.just("^"), st.sampled_from([Property("n"), Property("x")]) | numbers.map(Value), st.integers(-3, 3).map(Value))
textual = st.recursive(
    st.just(Property("名称")) | texts.map(Value),
    lambda inner: st.builds(Fold, st.sampled_from(["accenti"]), inner)
    | st.builds(Call, st.just("trim"), st.tuples(inner))
    | st.builds(Call, st.just("concat"), st.tuples(inner, inner)),
    max_leaves=2,
)
geometries = st.just(GeometryProperty())
measured = st.builds(Call, st.just("length"), st.tuples(textual)) | st.builds(
    # Rounded to the size of the numbers compared with: the last digits are the library's own.
    lambda one, shape: Call("floor", (Arithmetic("/", Call(one[0], (shape,)), Value(one[1])),)),
    st.sampled_from([("area", 30_000_000_000), ("perimeter", 300_000)]), geometries,
) | st.builds(
    Call, st.sampled_from(["year", "month"]), st.tuples(st.sampled_from([Property("day"), Property("moment")]))
)
parts = st.builds(Call, st.just("split"), st.tuples(textual, st.sampled_from(["", "a", "_", "é"]).map(Value)))
arrays = parts | st.lists(textual, max_size=3).map(tuple).map(Array)
amounts = st.lists(numeric, max_size=3).map(tuple).map(Array)
temporal = st.sampled_from([Property("day"), Property("moment")]) | days.map(Value) | moments.map(Value)
operators = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
patterns = st.text(st.sampled_from("a%_éb甲"), max_size=4).map(Value)
points = st.tuples(st.integers(-1, 8), st.integers(-1, 8)).map(lambda p: (float(p[0]), float(p[1])))
shapes = (
    points.map(lambda p: Geometry("Point", p))
    | st.tuples(points, points).filter(lambda p: p[0] != p[1]).map(lambda p: Geometry("LineString", p))
    | st.tuples(points, st.integers(1, 6), st.integers(1, 6)).map(
        lambda b: Geometry("Polygon", ((b[0], (b[0][0] + b[1], b[0][1]), (b[0][0] + b[1], b[0][1] + b[2]), (b[0][0], b[0][1] + b[2]), b[0]),))
    )
)
ends = st.none() | days.map(Value) | moments.map(Value) | st.sampled_from([Property("day"), Property("moment")])
spans = temporal | st.builds(Interval, ends, ends)
leaves = (
    st.builds(Comparison, operators, numeric, numeric)
    | st.builds(Comparison, operators, textual, textual)
    | st.builds(Comparison, operators, temporal, temporal)
    | st.builds(Between, numeric, numeric, numeric)
    | st.builds(Between, textual, textual, textual)
    | st.builds(In, numeric, st.lists(numeric, min_size=1, max_size=3).map(tuple))
    | st.builds(In, textual, st.lists(textual, min_size=1, max_size=3).map(tuple))
    | st.builds(Like, textual, patterns)
    | st.builds(IsNull, st.sampled_from([Property(name) for name in TYPES]))
    | st.builds(Spatial, st.sampled_from(sorted(SPATIAL)), st.just(GeometryProperty()), shapes)
    | st.builds(Spatial, st.sampled_from(sorted(SPATIAL)), shapes, st.just(GeometryProperty()))
    | st.builds(Temporal, st.sampled_from(sorted(TEMPORAL)), spans, spans)
    | st.builds(Comparison, operators, measured, numeric)
    | st.builds(ArrayRelation, st.sampled_from(sorted(ARRAY)), arrays, arrays)
    | st.builds(ArrayRelation, st.sampled_from(sorted(ARRAY)), amounts, amounts)
    | st.just(Property("flag"))
    | st.booleans().map(Value)
)
filters = st.recursive(
    leaves,
    lambda inner: st.builds(Not, inner)
    | st.builds(Logical, st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3).map(tuple)),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE oracle (fid serial, c0 text, c1 bigint, c2 double precision, c3 boolean, c4 date,"
            " c5 timestamptz, geom geometry(Geometry, 4490))"
        )
        for row in ROWS:
            cursor.execute(
                "INSERT INTO oracle (c0, c1, c2, c3, c4, c5, geom) VALUES (%s, %s, %s, %s, %s, %s, ST_GeomFromText(%s, 4490))",
                row,
            )
        yield
        cursor.execute("DROP TABLE oracle")


MEMORY = [
    {**dict(zip(TYPES, row[:-1], strict=True)), "geometry": from_wkt(row[-1]) if row[-1] else None} for row in ROWS
]


def picked(node):
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT fid FROM oracle WHERE {} ORDER BY fid").format(to_sql(node, COLUMNS)))
        return [fid for (fid,) in cursor.fetchall()]


def expected(node):
    return [fid for fid, row in enumerate(MEMORY, 1) if matches(node, row)]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(filters)
@example(Not(Temporal("t_after", Interval(None, Property("day")), Property("moment"))))
@pytest.mark.conformance("cql2/1.0/conf/basic-cql2", "cql2/1.0/conf/advanced-comparison-operators", "cql2/1.0/conf/accent-insensitive-comparison", "cql2/1.0/conf/basic-spatial-functions", "cql2/1.0/conf/basic-spatial-functions-plus", "cql2/1.0/conf/spatial-functions", "cql2/1.0/conf/temporal-functions", "cql2/1.0/conf/property-property", "cql2/1.0/conf/array-functions", "cql2/1.0/conf/arithmetic", "cql2/1.0/conf/functions")
def test_sql_and_memory_agree_and_json_carries_the_filter(table, django_db_blocker, node):
    with django_db_blocker.unblock():
        assert picked(node) == expected(node)
        assert parse_json(to_json(node)) == node


@pytest.mark.parametrize(
    "text",
    [
        "casei(名称) = casei('école')", "accenti(casei(名称)) = 'ecole'", r"名称 LIKE 'a\%b'", r"名称 LIKE 'a\\b'",
        "名称 = '''; --'", "n / 0 = 1", "n * 9e18 * 9e18 > 0", "flag", "not flag", "n in (1, 7.0)",
        "day >= TIMESTAMP('2020-06-15T00:00:00Z')", "t_intersects(moment, DATE('2020-06-15'))",
        "t_during(moment, INTERVAL('2020-01-01', '2020-06-15'))", "t_after(day, DATE('2020-01-01'))",
        "s_intersects(geometry, BBOX(0,0,2,2))", "s_intersects(geometry, POLYGON((0 0,4 4,4 0,0 4,0 0)))",
        "s_disjoint(geometry, GEOMETRYCOLLECTION(POINT(1 1),POINT(5 5)))",
        "n ^ 2 > 8", "7 div 2 = 3", "-7 div 2 = -3", "-7 % 3 = -1", "n % 0 = 1", "0 ^ n > 0", "-2 ^ 2 = 4", "x ^ 0.5 >= 0",
        "length(名称) = 2", "a_contains(split(名称, '_'), ('a', 'b'))", "a_overlaps((n, 1), (7, 1))", "a_equals((), ())",
        "a_containedby((), split(名称, 'a'))", "a_equals(('b','a','a'), ('a','b'))", "year(day) = 2020 and month(moment) <= 6",
        "concat(trim(' a '), 名称) = 'aa'", "casei(concat(名称, 'X')) = casei('ax')",
    ],
)  # fmt: skip
@pytest.mark.conformance("cql2/1.0/conf/case-insensitive-comparison")
def test_chosen_filters_agree(table, django_db_blocker, text):
    with django_db_blocker.unblock():
        node = parse_text(text)
        if "POLYGON((0 0,4 4" not in text:
            assert picked(node) == expected(node)
        else:
            assert picked(node)


@pytest.mark.parametrize(
    "text",
    [
        "hidden = 1", "geometry = 1", "n = 'x'", "名称 = 1", "名称 > n", "flag > 'x'", "n like 'x'", "casei(n) = 'x'", "名称",
        "名称 + 1 > 2", "t_after(n, DATE('2020-01-01'))", "s_touches(geometry, GEOMETRYCOLLECTION(POINT(1 1)))",
        "s_intersects(POINT(1 1), POINT(1 1))", "day = 'x'", "length(n) = 1", "length(hidden) = 1", "split(名称, 'a') = 'a'",
        "a_contains((1, 'a'), (1))", "a_contains((1), ('a'))", "a_contains(length(名称), (1))", "area(名称) > 1", "abs(geometry) > 1",
        "year('x') = 1", "length(geometry) > 0", "名称 ^ 2 > 1",
    ],
)  # fmt: skip
def test_unknown_names_and_mixed_types_are_refused_before_the_database(text):
    with pytest.raises(InvalidFilter):
        to_sql(parse_text(text), COLUMNS)


def test_measures_are_those_of_the_ellipsoid(table, django_db_blocker):
    with django_db_blocker.unblock():
        # Both squares lie in the same latitudes.
        square = shapely.from_wkt(SHAPES[4])
        exact, around = crs.ELLIPSOID.geometry_area_perimeter(square)
        found = picked(parse_text(f"area(geometry) > {exact * 0.9999} and area(geometry) < {exact * 1.0001} and perimeter(geometry) > {around * 0.9999}"))
        assert found == [fid for fid, row in enumerate(ROWS, 1) if row[-1] in (SHAPES[4], SHAPES[6])]


@pytest.mark.parametrize("operator", ["%", "^", "div", "+"])
def test_deep_arithmetic_does_not_double_with_each_level(table, django_db_blocker, operator):
    node = Comparison(">", reduce(lambda inner, _: Arithmetic(operator, inner, Value(1)), range(30), Property("n")), Value(0))
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            assert len(to_sql(node, COLUMNS).as_string(cursor.cursor)) < 6000
        assert picked(node) == expected(node)


def test_a_projected_filter_geometry_finds_the_same_rows(table, django_db_blocker):
    x, y = crs.transformer(4490, 3857).transform(1, 1)
    text = f"s_intersects(geometry, BBOX({x - 10},{y - 10},{x + 10},{y + 10}))"
    with django_db_blocker.unblock():
        assert picked(parse_text(text, Frame(3857))) == picked(parse_text("s_intersects(geometry, POINT(1 1))"))
