"""Filter Encoding of three versions means the tree that CQL2 means."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from layers.errors import InvalidFilter
from layers.filters import parse_text
from layers.filters.ast import Between, Comparison, In, IsNull, Like, Logical, Not, Property, Value
from layers.filters.fes import parse_element
from layers.filters.fes_writer import Unwritable, to_element
from layers.xml import safe_xml

TYPES = {"名称": "string", "n": "number", "i": "integer", "day": "date", "flag": "boolean"}
VERSIONS = ("1.0", "1.1", "2.0")

words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)
texts = words.map(Value)
numbers = st.integers(-(10**9), 10**9).map(Value)
patterns = words.map(lambda text: Value(text.replace("\\", "\\\\") + "%_\\%"))
simple = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", ">", "<=", ">="]), st.just(Property("名称")), texts),
    st.builds(Comparison, st.sampled_from(["=", "<>", "<"]), st.just(Property("i")), numbers),
    st.builds(Between, st.just(Property("i")), numbers, numbers),
    st.builds(In, st.just(Property("名称")), st.lists(texts, min_size=2, max_size=4).map(tuple)),
    st.builds(IsNull, st.just(Property("n"))),
    st.builds(Like, st.just(Property("名称")), patterns),
)
trees = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds(Not, inner), st.builds(Logical, st.just("and"), st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=40)
@given(node=trees)
def test_a_filter_written_and_read_again_is_the_same(version, node):
    written = etree.tostring(to_element(node, version))
    assert parse_element(safe_xml(written), TYPES) == node


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "text", ["day >= DATE('2024-05-01')", "casei(名称) = casei('Ab')", "flag", "flag = false", "名称 = '0101'"]
)
def test_types_and_case_survive_the_journey(version, text):
    read = parse_element(safe_xml(etree.tostring(to_element(parse_text(text), version))), TYPES)
    expected = Comparison("=", Property("flag"), Value(True)) if text == "flag" else parse_text(text)
    assert read == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_what_has_no_words_in_filter_encoding_is_said(version):
    for text in ("s_intersects(geometry, BBOX(1, 2, 3, 4))", "t_after(day, DATE('2024-01-01'))"):
        with pytest.raises(Unwritable):
            to_element(parse_text(text), version)


def element(body):
    return safe_xml(f'<ogc:Filter xmlns:ogc="http://www.opengis.net/ogc">{body}</ogc:Filter>')


def test_a_name_is_found_whatever_its_case_and_its_path():
    body = "<ogc:PropertyIsEqualTo><ogc:PropertyName>app:a/N</ogc:PropertyName><ogc:Literal>07</ogc:Literal></ogc:PropertyIsEqualTo>"
    assert parse_element(element(body), {"n": "string"}) == parse_text("n = '07'")
    with pytest.raises(InvalidFilter):
        parse_element(element(body), {"other": "string"})


def test_geoserver_and_qgis_ways_of_writing_are_read():
    several = '<ogc:PropertyIsEqualTo><ogc:Function name="in3"><ogc:PropertyName>n</ogc:PropertyName><ogc:Literal>1</ogc:Literal><ogc:Literal>2</ogc:Literal><ogc:Literal>3</ogc:Literal></ogc:Function><ogc:Literal>true</ogc:Literal></ogc:PropertyIsEqualTo>'
    assert parse_element(element(several), TYPES) == parse_text("n in (1, 2, 3)")
    pattern = '<ogc:PropertyIsLike wildCard="*" singleChar="." escape="!"><ogc:PropertyName>名称</ogc:PropertyName><ogc:Literal>a.*!*%</ogc:Literal></ogc:PropertyIsLike>'
    assert parse_element(element(pattern), TYPES) == Like(Property("名称"), Value("a_%*\\%"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<ogc:And/>",
        "<ogc:PropertyIsEqualTo><ogc:PropertyName>n</ogc:PropertyName></ogc:PropertyIsEqualTo>",
        "<ogc:PropertyIsEqualTo><ogc:PropertyName>n</ogc:PropertyName><ogc:Literal>x</ogc:Literal></ogc:PropertyIsEqualTo>",
        "<ogc:BBOX/>",
        "<ogc:Not>" * 40 + "</ogc:Not>" * 40,
        "<ogc:And>" + "<ogc:PropertyIsNull><ogc:PropertyName>n</ogc:PropertyName></ogc:PropertyIsNull>" * 600 + "</ogc:And>",
    ],
)
def test_a_wrong_or_boundless_filter_is_refused(body):
    with pytest.raises(InvalidFilter):
        parse_element(element(body), TYPES)
