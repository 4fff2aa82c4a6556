"""What a layer looks like before anybody has styled it."""

import pytest

from layers.filters.evaluate import matches
from layers.spec import FieldSpec, Title
from layers.style.defaults import default_style
from layers.style.palettes import palettes
from layers.style.reading import read


def field(name, kind="string", codes=""):
    return FieldSpec(name, name.lower(), kind, Title(name), codes)


def class_of(rules, **values):
    return next(rule.name for rule in rules if rule.filter is None or matches(rule.filter, values))


@pytest.mark.parametrize("kind", ["string", "integer"])
def test_an_unknown_layer_with_national_codes_is_classed_by_them(kind):
    (style,) = default_style("kzd", (field("GB", kind, "gbt13923_2006"), field("NAME")), "Geometry", "NAME")
    rules = read(style.body).rules
    cast = str if kind == "string" else int
    for code, name in (("710102", "index-contour"), ("710101", "contour"), ("110102", "control-point"), ("210101", "water"), ("2101013", "water"),
                       ("310500", "tall-building"), ("310301", "settlement"), ("420101", "highway"), ("810302", "vegetation"), ("990000", "other")):  # fmt: skip
        assert class_of(rules, GB=cast(code), NAME="x") == name


@pytest.mark.parametrize(("table", "code"), [("landuse_sandiao", "0101"), ("yongdi_yonghai_2023", "0701")])
def test_an_unknown_area_with_land_codes_has_their_colours(table, code):
    (style,) = default_style("dikuai", (field("X"), field("DM", codes=table)), "Polygon", "X")
    rules = read(style.body).rules
    assert class_of(rules, DM=code, X="") == code
    assert class_of(rules, DM="zzz", X="") == "other"


@pytest.mark.parametrize("geometry", ["Point", "LineString", "Polygon", "Geometry"])
def test_any_other_layer_is_drawn_in_a_hue_of_its_own_with_its_titles(geometry):
    bodies = {default_style(slug, (field("NAME"),), geometry, "NAME")[0].body for slug in ("a", "b", "c")}
    assert len(bodies) > 1
    assert all("{NAME}" in body for body in bodies)


def test_every_palette_has_colours_with_their_source():
    found = palettes()
    assert {"三调地类", "用地用海 2023", "空气质量指数"} <= {each.title.zh for each in found}
    for palette in found:
        assert palette.swatches
        for swatch in palette.swatches:
            assert len(swatch.color) == 7
            assert swatch.name
            assert swatch.source
