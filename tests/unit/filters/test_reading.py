"""CQL2 text and JSON are read into the same tree, and bad ones are refused quickly with a place."""

import json
import time
from datetime import UTC, date, datetime

import pytest

from layers.errors import InvalidFilter
from layers.filters import parse_json, parse_json_text, parse_text, properties, to_json
from layers.filters.ast import (
    Arithmetic,
    Comparison,
    Geometry,
    GeometryProperty,
    In,
    Interval,
    IsNull,
    Logical,
    Not,
    Property,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.geometry import Frame

SAME = [
    ("a = 1", {"op": "=", "args": [{"property": "a"}, 1]}),
    ("a <> -2.5", {"op": "<>", "args": [{"property": "a"}, -2.5]}),
    ("\"地类 编码\" = '0101'", {"op": "=", "args": [{"property": "地类 编码"}, "0101"]}),
    ("名称 LIKE '大%'", {"op": "like", "args": [{"property": "名称"}, "大%"]}),
    (
        "casei(n) LIKE casei('A%')",
        {"op": "like", "args": [{"op": "casei", "args": [{"property": "n"}]}, {"op": "casei", "args": ["A%"]}]},
    ),
    ("a between 1 and 2", {"op": "between", "args": [{"property": "a"}, 1, 2]}),
    ("a not in (1, 2)", {"op": "not", "args": [{"op": "in", "args": [{"property": "a"}, [1, 2]]}]}),
    ("a is not null", {"op": "not", "args": [{"op": "isNull", "args": [{"property": "a"}]}]}),
    (
        "(a + 1) * 2 > b / 3",
        {
            "op": ">",
            "args": [
                {"op": "*", "args": [{"op": "+", "args": [{"property": "a"}, 1]}, 2]},
                {"op": "/", "args": [{"property": "b"}, 3]},
            ],
        },
    ),
    (
        "a = 1 AND (b = 2 OR NOT c = TRUE)",
        {
            "op": "and",
            "args": [
                {"op": "=", "args": [{"property": "a"}, 1]},
                {
                    "op": "or",
                    "args": [
                        {"op": "=", "args": [{"property": "b"}, 2]},
                        {"op": "not", "args": [{"op": "=", "args": [{"property": "c"}, True]}]},
                    ],
                },
            ],
        },
    ),
    (
        "S_INTERSECTS(geometry, POINT(116.8 38.3))",
        {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": [116.8, 38.3]}]},
    ),
    (
        "s_within(geom, BBOX(116,38,117,39))",
        {"op": "s_within", "args": [{"property": "geom"}, {"bbox": [116, 38, 117, 39]}]},
    ),
    (
        "s_crosses(geometry, GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4)))",
        {
            "op": "s_crosses",
            "args": [
                {"property": "geometry"},
                {
                    "type": "GeometryCollection",
                    "geometries": [
                        {"type": "Point", "coordinates": [1, 2]},
                        {"type": "LineString", "coordinates": [[1, 2], [3, 4]]},
                    ],
                },
            ],
        },
    ),
    (
        "t_during(d, INTERVAL('2020-01-01', '..'))",
        {"op": "t_during", "args": [{"property": "d"}, {"interval": ["2020-01-01", ".."]}]},
    ),
    (
        "d >= TIMESTAMP('2020-01-01T08:00:00+08:00')",
        {"op": ">=", "args": [{"property": "d"}, {"timestamp": "2020-01-01T00:00:00Z"}]},
    ),
    ("flag", {"property": "flag"}),
]


@pytest.mark.parametrize(("text", "document"), SAME)
def test_text_and_json_of_one_filter_are_one_tree_and_json_writes_it_back(text, document):
    node = parse_text(text)
    assert node == parse_json(document) == parse_json_text(json.dumps(document))
    assert parse_json(json.loads(json.dumps(to_json(node)))) == node


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("a=1 or b=2 and c=3", Logical("or", (
            Comparison("=", Property("a"), Value(1)),
            Logical("and", (Comparison("=", Property("b"), Value(2)), Comparison("=", Property("c"), Value(3)))),
        ))),
        ("not not a is null", Not(Not(IsNull(Property("a"))))),
        ("a - 1 - 2 < 3", Comparison("<", Arithmetic("-", Arithmetic("-", Property("a"), Value(1)), Value(2)), Value(3))),
        ("a = 'it''s'", Comparison("=", Property("a"), Value("it's"))),
        (r"a = 'it\'s'", Comparison("=", Property("a"), Value("it's"))),
        ("date = DATE('2024-02-29')", Comparison("=", Property("date"), Value(date(2024, 2, 29)))),
        ("A IN ('x')", In(Property("A"), (Value("x"),))),
        ("S_EQUALS(geometry, MULTIPOINT((1 2), (3 4)))", Spatial(
            "s_equals", GeometryProperty(), Geometry("MultiPoint", ((1.0, 2.0), (3.0, 4.0))))),
        ("S_EQUALS(geometry, POINT Z (1 2 3))", Spatial("s_equals", GeometryProperty(), Geometry("Point", (1.0, 2.0)))),
        ("t_equals(INTERVAL(a, b), INTERVAL('..', '2020-01-01T00:00:00Z'))", Temporal(
            "t_equals", Interval(Property("a"), Property("b")),
            Interval(None, Value(datetime(2020, 1, 1, tzinfo=UTC))))),
    ],
)  # fmt: skip
def test_text_means_what_the_grammar_says(text, node):
    assert parse_text(text) == node


def test_coordinates_follow_the_filter_crs():
    swapped = parse_text("s_intersects(geometry, POINT(38.3 116.8))", Frame(4490, swap=True))
    assert swapped == parse_text("s_intersects(geometry, POINT(116.8 38.3))")
    box = parse_json({"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [38, 116, 39, 117]}]}, Frame(4490, swap=True))
    assert box == parse_text("s_intersects(geometry, BBOX(116,38,117,39))")


def test_a_box_across_the_antimeridian_is_two():
    node = parse_text("s_intersects(geometry, BBOX(170,-10,-170,10))")
    assert isinstance(node, Spatial)
    assert isinstance(node.right, Geometry)
    assert node.right.kind == "MultiPolygon"


def test_properties_names_attributes_and_not_the_geometry():
    node = parse_text("casei(a)='x' and b+c>1 and s_intersects(geometry,POINT(0 0)) and t_after(d,DATE('2020-01-01'))")
    assert properties(node) == {"a", "b", "c", "d"}


BAD_TEXT = [
    "", "   ", "a", "a =", "= 1", "a == 1", "a = 1 b = 2", "(a = 1", "a = 1)", "a = 'x", "a = \"x", "a IN ()",
    "a BETWEEN 1", "a LIKE b", "a LIKE 1", "a LIKE 'x\\\\\\", "f(a) = 1", "a = 1;drop", "a is 1", "1 and 2", "'x'",
    "(a = 1) = 2", "a + 'x' > 1", "casei(1) = 'a'", "s_intersects(a, POINT(1 2))", "s_intersects(geometry)",
    "s_intersects(geometry, POINT(1))", "s_intersects(geometry, POINT(1 2 3 4 5))", "s_intersects(geometry, POINT EMPTY)",
    "s_intersects(geometry, POLYGON((0 0,1 1,0 0)))", "s_intersects(geometry, POLYGON((0 0,1 0,1 1,0 1)))",
    "s_intersects(geometry, BBOX(1,2,3))", "s_intersects(geometry, BBOX(1,5,3,4))", "s_intersects(geometry, LINESTRING(0 0))",
    "t_after(d, 1 + 1)", "t_after(d, DATE('2020-13-40'))", "d = DATE('2020')", "d = TIMESTAMP('2020-01-01')",
    "t_after(d, INTERVAL('a','b'))", "a = 1e999", "a = 'x\x00'", "a = 1.2.3", "a = 0x1F", "a = ١ and",
    "not", "a not 1", "casei(casei(", "a in ('x'", "s_nearby(geometry, POINT(1 2))", "a <> ", "a = --1 +",
]  # fmt: skip


@pytest.mark.parametrize("text", [each for each in BAD_TEXT if each != "a"])
def test_bad_text_is_refused(text):
    with pytest.raises(InvalidFilter) as refusal:
        parse_text(text)
    assert refusal.value.parameter == "filter"


BAD_JSON = [
    None, 1, "x", [], {}, {"op": "="}, {"op": "=", "args": [1]}, {"op": "=", "args": {}}, {"op": 3, "args": []},
    {"op": "and", "args": [True]}, {"op": "nope", "args": []}, {"op": "in", "args": [{"property": "a"}, []]},
    {"op": "in", "args": [{"property": "a"}, 1]}, {"property": 1}, {"op": "isNull", "args": []},
    {"op": "like", "args": [{"property": "a"}, 1]}, {"op": "like", "args": [{"property": "a"}, {"property": "b"}]},
    {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point"}]},
    {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": ["a", 1]}]},
    {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": [1]}]},
    {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Polygon", "coordinates": []}]},
    {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": [], "coordinates": []}]},
    {"op": "s_intersects", "args": [{"property": []}, {"bbox": [1, 2, 3, 4]}]},
    {"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "GeometryCollection", "geometries": [7]}]},
    {"op": "t_after", "args": [{"property": "a"}, {"interval": ["x"]}]},
    {"op": "=", "args": [{"property": "a"}, {"date": 5}]}, {"op": "=", "args": [{"property": "a"}, 10**400]},
    {"op": "+", "args": [1, 2]}, {"op": "=", "args": [{"property": "a"}, {"op": "+", "args": ["x", 1]}]},
]  # fmt: skip


@pytest.mark.parametrize("document", BAD_JSON)
def test_bad_json_is_refused(document):
    with pytest.raises(InvalidFilter):
        parse_json(document)


@pytest.mark.parametrize("text", ["{", "NaN", '{"op":"=","args":[{"property":"a"},NaN]}', "1" * 5000, '"\\ud800"'])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(InvalidFilter):
        parse_json_text(text)


def test_the_place_of_the_fault_is_told():
    with pytest.raises(InvalidFilter, match="character 7:"):
        parse_text("a = 1 ??? b")


DEEP = {
    "40 KB of brackets": "(" * 40_000,
    "40 KB of brackets around a condition": "(" * 20_000 + "a=1" + ")" * 20_000,
    "5000 NOTs": "NOT " * 5000 + "a=1",
    "5000 casei": "casei(" * 5000 + "a" + ")" * 5000 + "='x'",
    "5000 minus": "a = " + "- " * 5000 + "1",
    "40 KB of sums": "a = 1" + "+1" * 20_000,
    "40 KB of conditions": " AND ".join(["a=1"] * 5000),
    "5000 collections": "s_intersects(geometry," + "GEOMETRYCOLLECTION(" * 5000,
    "40 KB of quotes": "a = '" + "''" * 20_000,
    "40 KB of backslash quotes": "a = '" + "\\'" * 20_000 + " ?",
    "40 KB of backslashes": "a = '" + "\\" * 40_000,
    "40 KB of spaces": "a" + " " * 40_000 + "!",
    "40 KB of digits": "a = " + "1" * 40_000,
    "40 KB of words": "a" * 40_000 + " = ",
    "40 KB of double quotes": '"' * 40_000 + " ?",
}


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_and_long_text_is_refused_within_50_ms(text):
    start = time.process_time()
    with pytest.raises(InvalidFilter):
        parse_text(text)
    assert time.process_time() - start < 0.05


DEEP_JSON = {
    "5000 arrays": "[" * 5000 + "]" * 5000,
    "5000 nots": '{"op":"not","args":[' * 5000 + "true" + "]}" * 5000,
    "60 nots": '{"op":"not","args":[' * 60 + "true" + "]}" * 60,
    "40 KB of objects": '{"a":' * 8000,
    "many nodes": '{"op":"and","args":[' + ",".join(["true"] * 5000) + "]}",
    "unclosed text": '"' + "\\" * 40_000,
    "collections": '{"op":"s_intersects","args":[{"property":"geometry"},'
    + '{"type":"GeometryCollection","geometries":[' * 40
    + '{"type":"Point","coordinates":[1,2]}'
    + "]}" * 40
    + "]}",
}


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("text", DEEP_JSON.values(), ids=DEEP_JSON)
def test_deep_and_long_json_is_refused_within_50_ms(text):
    start = time.process_time()
    with pytest.raises(InvalidFilter):
        parse_json_text(text)
    assert time.process_time() - start < 0.05


def test_a_parsed_document_too_deep_is_refused_without_recursion_error():
    document = True
    for _ in range(5000):
        document = {"op": "not", "args": [document]}
    with pytest.raises(InvalidFilter):
        parse_json(document)
