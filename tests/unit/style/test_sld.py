"""A style written as SLD 1.0 or 1.1 and read again draws the same."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import InvalidValue
from layers.filters import parse_text
from layers.spec import Title
from layers.style import sld
from layers.style.defaults import default_style
from layers.style.model import Fill, Hatch, Line, Pattern, Raster, Text
from layers.style.reading import read, write
from tests.unit.style.journeys import FIELDS, GEOMETRIES, NAMES, SLUGS, shown, styles


def named(slug, geometry):
    return sld.Named(slug, "default", Title("默认", "Default"), geometry, "https://example.org/icons")


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_default_style_comes_back_as_it_was(slug, version):
    geometry = GEOMETRIES.get(slug, "Polygon")
    for style in default_style(slug, FIELDS, geometry, "NAME"):
        rules = read(style.body).rules
        document, dropped = sld.write(rules, named(slug, geometry), version)
        again = sld.read(document, NAMES)
        assert dropped == ()
        assert again.dropped == ()
        assert again.title == "默认"
        assert shown(again.rules) == shown(rules)
        assert [each.title for each in again.rules if each.symbolizers] == [each.title for each in rules if each.symbolizers]


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
@pytest.mark.parametrize("values", [None, (-3.0, 900.5)])
@pytest.mark.parametrize("kind", ["imagery", "elevation"])
def test_a_raster_style_comes_back_as_it_was(kind, values, version):
    for style in default_style("x", (), kind, values=values):
        rules = read(style.body).rules
        again = sld.read(sld.write(rules, named("x", ""), version)[0])
        assert again.dropped == ()
        bands = tuple(replace(each, bands=each.bands or ((1, 2, 3) if each.stretch else ())) for each in rules[0].symbolizers)
        assert again.rules[0].symbolizers == bands


@settings(max_examples=30, deadline=None)
@given(rules=styles(), version=st.sampled_from(["1.0.0", "1.1.0"]))
def test_any_style_looks_the_same_after_the_journey(rules, version):
    rules = read(write(rules)).rules
    document, dropped = sld.write(rules, named("x", "Polygon"), version)
    again = sld.read(document, NAMES)
    assert dropped == ()
    assert again.dropped == ()
    assert shown(again.rules) == shown(rules)
    assert read(write(again.rules)).rules == again.rules


def style(*rules, more=""):
    body = "".join(f"<FeatureTypeStyle>{each}</FeatureTypeStyle>" for each in rules)
    return (
        '<StyledLayerDescriptor version="1.0.0" xmlns="http://www.opengis.net/sld" xmlns:ogc="http://www.opengis.net/ogc" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink"><NamedLayer><Name>x</Name><UserStyle>{body}</UserStyle>{more}</NamedLayer></StyledLayerDescriptor>'
    )


FILL = '<PolygonSymbolizer><Fill><CssParameter name="fill">{}</CssParameter></Fill></PolygonSymbolizer>'
EQUAL = "<ogc:Filter><ogc:PropertyIsEqualTo><ogc:PropertyName>gb</ogc:PropertyName><ogc:Literal>{}</ogc:Literal></ogc:PropertyIsEqualTo></ogc:Filter>"


def test_what_is_drawn_for_every_feature_is_added_to_each_class():
    label = "<TextSymbolizer><Label><ogc:PropertyName>NAME</ogc:PropertyName></Label></TextSymbolizer>"
    classes = f"<Rule>{EQUAL.format(1)}{FILL.format('red')}</Rule><Rule><ElseFilter/>{FILL.format('#0f0')}</Rule>"
    found = sld.read(style(classes, f"<Rule>{label}</Rule>"), NAMES)
    assert found.dropped == ()
    assert [rule.filter for rule in found.rules] == [parse_text("GB = 1"), None]
    assert [[type(each) for each in rule.symbolizers] for rule in found.rules] == [[Fill, Text], [Fill, Text]]
    assert [rule.symbolizers[0].color for rule in found.rules] == ["#ff0000", "#00ff00"]


def test_two_lines_in_two_passes_are_one_line_with_its_casing():
    line = '<Rule><LineSymbolizer><Stroke><CssParameter name="stroke">{}</CssParameter><CssParameter name="stroke-width">{}</CssParameter></Stroke></LineSymbolizer></Rule>'
    found = sld.read(style(line.format("#333333", 5), line.format("#ffffff", 3)))
    assert found.rules[0].symbolizers == (Line(color="#ffffff", width=3, cap="butt", casing="#333333", casing_width=5),)


@pytest.mark.parametrize(
    ("rule", "place", "word"),
    [
        (f"<Rule>{FILL.format('red')}<Rule/></Rule>", "FeatureTypeStyle[1]/Rule[1]/Rule[1]", "不支持"),
        ('<Rule><PointSymbolizer><Graphic><ExternalGraphic><OnlineResource xlink:href="http://127.0.0.1:9/x.png"/><Format>image/png</Format></ExternalGraphic></Graphic></PointSymbolizer></Rule>',
         "FeatureTypeStyle[1]/Rule[1]/PointSymbolizer/Graphic/ExternalGraphic", "不取"),
        ('<Rule><LineSymbolizer><Stroke><CssParameter name="stroke-width"><ogc:Function name="f"/></CssParameter></Stroke></LineSymbolizer></Rule>',
         "FeatureTypeStyle[1]/Rule[1]/LineSymbolizer/Stroke/CssParameter", "缺省"),
        (f"<Rule><ogc:Filter><ogc:BBOX/></ogc:Filter>{FILL.format('red')}</Rule><Rule>{FILL.format('blue')}</Rule>", "FeatureTypeStyle[1]/Rule[1]", "未读入"),
        (f"<Rule>{FILL.format('no colour')}</Rule>", "FeatureTypeStyle[1]/Rule[1]/PolygonSymbolizer/Fill", "不是颜色"),
        ('<Rule><PolygonSymbolizer uom="http://www.opengeospatial.org/se/units/metre"><Fill/></PolygonSymbolizer></Rule>', "FeatureTypeStyle[1]/Rule[1]/PolygonSymbolizer", "像素"),
    ],
)  # fmt: skip
def test_what_is_dropped_is_said_with_its_place(rule, place, word):
    found = sld.read(style(rule), NAMES)
    assert [each.path for each in found.dropped] == [place]
    assert word in found.dropped[0].zh
    assert found.dropped[0].en
    assert found.rules


@pytest.mark.parametrize(
    "document",
    ["", "<a/>", "{}", style(), style("<Rule/>"), style(f"<Rule>{FILL.format('red')}</Rule>" * 3001),
     "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><StyledLayerDescriptor>&e;</StyledLayerDescriptor>"],
    ids=range(7),
)  # fmt: skip
def test_what_is_no_style_is_refused(document):
    with pytest.raises(InvalidValue):
        sld.read(document, NAMES)


def test_qgis_hatches_and_marks_are_read():
    graphic = '<Rule><PolygonSymbolizer><Fill><GraphicFill><Graphic><Mark><WellKnownName>{}</WellKnownName><Stroke><CssParameter name="stroke">#112233</CssParameter></Stroke></Mark><Size>10</Size><Rotation>{}</Rotation></Graphic></GraphicFill></Fill></PolygonSymbolizer></Rule>'
    assert sld.read(style(graphic.format("horline", -30))).rules[0].symbolizers == (Hatch(color="#112233", angle=30, spacing=10, width=1),)
    assert [each.angle for each in sld.read(style(graphic.format("shape://times", 0))).rules[0].symbolizers] == [45, 135]
    assert isinstance(sld.read(style(graphic.format("circle", 0))).rules[0].symbolizers[0], Pattern)


def test_classes_of_values_become_steps_of_colour():
    entries = '<Rule><RasterSymbolizer><ColorMap type="{}"><ColorMapEntry color="#000000" quantity="0"/><ColorMapEntry color="#ff0000" quantity="10"/><ColorMapEntry color="#00ff00" quantity="20"/></ColorMap></RasterSymbolizer></Rule>'
    (intervals,) = sld.read(style(entries.format("intervals"))).rules[0].symbolizers
    assert isinstance(intervals, Raster)
    assert [color for _, color in intervals.ramp] == ["#000000", "#ff0000", "#ff0000", "#00ff00", "#00ff00"]
    (values,) = sld.read(style(entries.format("values"))).rules[0].symbolizers
    assert [value for value, _ in values.ramp] == [-0.5, 0.4999, 9.5, 10.4999, 19.5, 20.4999]
