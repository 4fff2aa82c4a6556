"""A style written as a MapLibre style and read again draws the same."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from layers.errors import InvalidValue
from layers.filters import parse_text
from layers.filters.ast import Like
from layers.spec import Title
from layers.style import maplibre
from layers.style.defaults import default_style
from layers.style.maplibre.images import Plate, image_of, name_of
from layers.style.model import Fill, Hatch, Icon, Line, Mark, Text
from layers.style.reading import read, write
from tests.unit.style.journeys import FIELDS, GEOMETRIES, NAMES, SLUGS, shown, styles


def sources(slug, geometry):
    return maplibre.Sources(slug, "题目", geometry, "https://example.org/t.json", "https://example.org/s")


def journey(rules, geometry="Polygon", slug="x"):
    document, dropped = maplibre.write(rules, sources(slug, geometry))
    assert dropped == ()
    return document, maplibre.read(json.dumps(document), NAMES)


@pytest.mark.parametrize("slug", SLUGS)
def test_a_default_style_comes_back_as_it_was(slug):
    geometry = GEOMETRIES.get(slug, "Polygon")
    for style in default_style(slug, FIELDS, geometry, "NAME"):
        rules = read(style.body).rules
        document, again = journey(rules, geometry, slug)
        assert again.dropped == ()
        assert again.title == "题目"
        assert shown(again.rules) == shown(rules)
        assert [each.title for each in again.rules if each.symbolizers] == [each.title for each in rules if each.symbolizers]
        assert len({layer["id"] for layer in document["layers"]}) == len(document["layers"])


@pytest.mark.parametrize("values", [None, (-3.0, 900.5)])
@pytest.mark.parametrize("kind", ["imagery", "elevation"])
def test_a_raster_style_comes_back_as_it_was(kind, values):
    for style in default_style("x", (), kind, values=values):
        rules = read(style.body).rules
        document, again = journey(rules)
        assert document["sources"]["x"]["type"] == "raster"
        assert again.rules == rules


def as_maplibre_has_it(rules):
    """What MapLibre cannot tell apart is made alike: repeats of labels that stand in one place, a label along an area."""
    def plain(part):
        if isinstance(part, Text) and not part.shield:
            return replace(part, placement="point", repeat=0.0) if part.placement == "line" else part
        return part

    return tuple(replace(rule, symbolizers=tuple(plain(each) for each in rule.symbolizers)) for rule in rules)


@settings(max_examples=30, deadline=None)
@given(rules=styles())
def test_any_style_looks_the_same_after_the_journey(rules):
    rules = as_maplibre_has_it(read(write(rules)).rules)
    _, again = journey(rules)
    assert again.dropped == ()
    # Two lines of one rule, the wider below: a casing in every language that has passes.
    if not any(sum(isinstance(each, Line) for each in rule.symbolizers) > 1 for rule in rules):
        assert shown(again.rules) == shown(rules)
    assert read(write(again.rules)).rules == again.rules


@pytest.mark.parametrize("image", [Hatch(color="#ffd400", angle=30, spacing=9, width=1.1, opacity=0.85), Mark(shape="star", size=9.5, outline="#000000", outline_width=1.2), Icon(name="heritage", size=20.0), Plate("#c8202c")])
def test_a_pictures_name_says_the_whole_picture(image):
    assert image_of(name_of(image)) == image


@pytest.mark.parametrize("name", ["", "hatch", "hatch/red/1/2/3/4", "mark/circle", "icon/nothing/3", "icon/../../x/3", "hatch/#ffffff/nan/1/1/1", "plate/#12345", "a/b/c"])
def test_another_name_is_no_picture_of_ours(name):
    assert image_of(name) is None


def style(*layers, **more):
    return json.dumps({"version": 8, "sources": {}, "layers": [{"id": f"l{n}", **each} for n, each in enumerate(layers)], **more})


def test_a_match_on_an_attribute_becomes_rules():
    paint = {"fill-color": ["match", ["get", "dlbm"], ["0101", "0102"], "#ffff00", "0201", "rgb(0, 128, 0)", "#cccccc"], "fill-outline-color": "black"}
    found = maplibre.read(style({"type": "fill", "paint": paint}), NAMES)
    assert [rule.filter for rule in found.rules] == [parse_text("DLBM IN ('0101', '0102')"), parse_text("DLBM = '0201'"), None]
    assert {rule.symbolizers[0] for rule in found.rules} == {Fill(color=each, outline="#000000", outline_width=1.0) for each in ("#ffff00", "#008000", "#cccccc")}


def test_steps_and_old_functions_become_classes():
    step = {"fill-color": ["step", ["get", "FLOOR"], "#111111", 4, "#222222", 7, "#333333"]}
    old = {"fill-color": {"property": "FLOOR", "type": "interval", "stops": [[4, "#222222"], [7, "#333333"]], "default": "#111111"}}
    for paint in (step, old):
        found = maplibre.read(style({"type": "fill", "paint": paint}), NAMES)
        assert found.dropped == ()
        colours = {part.color: rule.filter for rule in found.rules for part in rule.symbolizers}
        assert colours["#333333"] == parse_text("FLOOR >= 7")
        assert set(colours) == {"#111111", "#222222", "#333333"}


def test_a_width_that_grows_with_the_zoom_becomes_bands_of_scale():
    paint = {"line-width": ["interpolate", ["linear"], ["zoom"], 10, 1, 14, 5]}
    (rule,) = maplibre.read(style({"type": "line", "paint": paint, "minzoom": 9}), NAMES).rules
    widths = [(round(part.min_scale), part.width) for part in rule.symbolizers]
    assert [width for _, width in sorted(widths, reverse=True)] == [1, 1, 2, 3, 4, 5] or [width for _, width in widths][:2] == [1, 1]
    at_12 = [part.width for part in rule.symbolizers if part.is_drawn_at(279_541_132.0143589 / 2**12)]
    assert at_12 == [3]


@pytest.mark.parametrize(
    ("filter_", "text"),
    [
        (["==", "CLASS", "AB"], "CLASS = 'AB'"),
        (["in", "CLASS", "AB", "AC"], "CLASS IN ('AB', 'AC')"),
        (["all", ["has", "RN"], [">", "GB", 5]], "RN IS NOT NULL AND GB > 5"),
        (["==", "DLBM", 11], "DLBM = '11'"),
        (["match", ["get", "CLASS"], ["AB", "AC"], True, False], "CLASS IN ('AB', 'AC')"),
        (["in", ["get", "CLASS"], ["literal", ["AB"]]], "CLASS = 'AB'"),
        (["==", ["get", "CLASS"], None], "CLASS IS NULL"),
        (["all", [">=", ["get", "GB"], 1], ["<=", ["get", "GB"], 9]], "GB BETWEEN 1 AND 9"),
        (["==", ["downcase", ["get", "CLASS"]], ["downcase", "ab"]], "casei(CLASS) = casei('ab')"),
        ([">", ["*", ["get", "GB"], 2], 10], "GB * 2 > 10"),
    ],
)
def test_old_and_new_filters_are_read(filter_, text):
    (rule,) = maplibre.read(style({"type": "line", "filter": filter_}), NAMES).rules
    assert rule.filter == parse_text(text) or repr(rule.filter) == repr(parse_text(text))


@pytest.mark.parametrize(("filter_", "text"), [(["!in", "CLASS", "AB", "AC"], "CLASS IN ('AB', 'AC')"), (["none", ["==", "GB", 5]], "GB = 5")])
def test_what_is_excluded_goes_to_a_rule_that_draws_nothing(filter_, text):
    """So features without the value are drawn, as MapLibre draws them."""
    hidden, rest = maplibre.read(style({"type": "line", "filter": filter_}), NAMES).rules
    assert (hidden.filter, hidden.symbolizers) == (parse_text(text), ())
    assert rest.filter is None


@pytest.mark.parametrize("pattern", ["G%", "G____%", "%路", "%水%", "G__", "全", r"50\%%"])
def test_patterns_come_back_as_they_were(pattern):
    rules = read(json.dumps({"version": 1, "rules": [{"filter": {"op": "like", "args": [{"property": "NAME"}, pattern]}, "symbolizers": [{"type": "fill", "color": "#000000"}]}]})).rules
    _, again = journey(rules)
    expected = rules[0].filter if "%" in pattern or "_" in pattern else parse_text(f"NAME = '{pattern}'")
    assert again.rules[0].filter == expected
    assert isinstance(rules[0].filter, Like)


@pytest.mark.parametrize(
    ("layer", "place"),
    [
        ({"type": "heatmap"}, "layers[0]"),
        ({"type": "background"}, "layers[0]"),
        ({"type": "fill", "filter": ["==", "没有", 1]}, "layers[0]"),
        ({"type": "fill", "filter": ["within", {}]}, "layers[0]"),
        ({"type": "fill", "filter": ["==", "$type", "Polygon"]}, "layers[0].filter"),
        ({"type": "line", "paint": {"line-gradient": ["x"]}}, "layers[0].line-gradient"),
        ({"type": "fill", "paint": {"fill-color": "no colour"}}, "layers[0].fill-color"),
        ({"type": "symbol", "layout": {"icon-image": "harbor-11"}}, "layers[0].icon-image"),
        ({"type": "line", "layout": {"visibility": "none"}}, "layers[0]"),
        ({"type": "circle", "paint": {"circle-radius": ["interpolate", ["linear"], ["get", "GB"], 0, 1, 10, 5]}}, "layers[0].circle-radius"),
    ],
)
def test_what_is_dropped_is_said_with_its_place(layer, place):
    found = maplibre.read(style(layer, {"type": "line"}), NAMES)
    assert [each.path for each in found.dropped if "layers[0]" in each.path] == [place]
    assert all(each.zh and each.en for each in found.dropped)


@pytest.mark.parametrize(
    "document",
    ["", "[]", "{}", '{"version": 8}', style(), style({"type": "background"}), style(*[{"type": "line"}] * 2001), "[" * 100_000,
     style({"type": "line", "filter": ["all"] + [["==", "GB", 1]] * 6000}), style({"type": "fill", "filter": json.loads('["!",' * 60 + "true" + "]" * 60)}),
     style({"type": "line", "paint": {"line-width": {"stops": [[n / 10, 1] for n in range(250)]}}})],
    ids=range(11),
)  # fmt: skip
def test_what_is_no_style_is_refused(document):
    with pytest.raises(InvalidValue):
        maplibre.read(document, NAMES)


def test_titles_are_kept_in_both_languages():
    rules = read('{"version": 1, "rules": [{"name": "a", "title": {"zh": "水", "en": "Water"}, "symbolizers": [{"type": "fill", "color": "#0000ff"}]}]}').rules
    assert journey(rules)[1].rules[0].title == Title("水", "Water")
