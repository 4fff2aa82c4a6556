"""No text of a style reaches the engine's mapfile, whatever it is."""

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from layers.filters.ast import Comparison, Property, Value
from layers.spec import Title
from layers.style.mapfile_classes import classes
from layers.style.model import Rule, Text
from layers.style.reading import InvalidStyle, read, write
from tests.unit.style.journeys import styles

hostile = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60) | st.sampled_from(
    ['"] END LAYER NAME "x', "'[t0]'", "a\nEND\nMAP", "\\\" )", "# comment", "%v0%", "`sql`", "$q$", "/regex/i", "{NAME}\"'"]
)
# A mapfile of ours: words, numbers, colours, names of our symbols and fonts, columns [tN], the line break of vertical labels.
_TOKEN = re.compile(
    r'[A-Z]+|-?[0-9.]+(e[+-]?[0-9]+)?|"#[0-9a-f]{6,8}"|"\[t[0-9]+\]"|"[0-9]+"|"(hatch|circle|square|triangle|diamond|star|cross|pentagon|pin|icon-[a-z-]+)"'
    r"|\"(regular|bold|italic),?(regular|bold)?\"|'labelpoly'|\"centroid\"|\"\|\""
)


@settings(max_examples=60, deadline=None)
@given(rules=styles(), words=hostile)
def test_the_classes_hold_numbers_colours_and_our_own_names_only(rules, words):
    marked = [
        Rule(name=words, title=Title(words, words), filter=Comparison("=", Property(words), Value(words)),
             symbolizers=(*rule.symbolizers, Text(text=words, writing="vertical")))
        for rule in rules
    ]  # fmt: skip
    labels = {(part.text, part.writing): n for n, part in enumerate({each for rule in marked for each in rule.symbolizers if isinstance(each, Text)})}
    for dimension in ("point", "line", "polygon"):
        written = classes([(n, rule.symbolizers) for n, rule in enumerate(marked)], dimension, labels)
        for token in written.split():
            assert _TOKEN.fullmatch(token), token


@settings(max_examples=60, deadline=None)
@given(words=hostile, place=st.sampled_from(["color", "outline", "shape", "name", "halo", "cap", "dash"]))
def test_a_value_that_is_none_of_the_models_is_refused(words, place):
    kinds = {"color": "fill", "outline": "fill", "shape": "mark", "name": "icon", "halo": "text", "cap": "line", "dash": "line"}
    required = {"fill": {"color": "#000000"}, "mark": {}, "icon": {"name": "heritage"}, "text": {"text": "a"}, "line": {"color": "#000000"}}
    body = {"type": kinds[place], **required[kinds[place]], place: words}
    try:
        rules = read(write_body(body)).rules
    except InvalidStyle:
        return
    assert re.fullmatch(r"#[0-9a-f]{6}|[a-z-]+", words)
    assert read(write(rules)).rules == rules


def write_body(symbolizer):
    return json.dumps({"version": 1, "rules": [{"symbolizers": [symbolizer]}]})
