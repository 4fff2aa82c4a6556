"""The default styles as the engine draws them, and the same after a journey through SLD and MapLibre."""

import json
from dataclasses import replace

import pytest
from django.db import connection

from layers import changes, registry
from layers.spec import Title
from layers.style import maplibre, sld
from layers.style.defaults import default_style
from layers.style.model import Line, Rule, Text
from layers.style.reading import read, write
from tests.golden import compare, town
from tiles import render

PHOTO, PAPER = (92, 104, 78), (250, 250, 248)
NEAR, MIDDLE = 8_500, 60_000
ON = {"lrdl": "lines", "hydl": "lines", "lrrl": "lines", "irrigation": "lines", "place": "points", "heritage": "points",
      "hydro-station": "points", "weather-station": "points", "camera": "points", "env-station": "points"}  # fmt: skip
SLUGS = ("hyda", "hydl", "resa", "lrdl", "lrrl", "place", "county", "village", "yjjbnt", "stbhhx", "czkfbj", "heritage-protect",
         "heritage-control", "canal-buffer", "heritage", "forest", "irrigation", "env-station", "camera", "dltb", "ydyh", "env-unit", "housing",
         "other-areas", "gb-areas")  # fmt: skip


@pytest.fixture
def built(transactional_db, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute("INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('land', '土地', 'Land', 1) ON CONFLICT DO NOTHING")
    town.build()


def drawn(slug, rules, scale=MIDDLE, background=PAPER, size=(256, 192), origin=(town.WEST + 0.001, town.SOUTH + 0.001)):
    """Draw rules over a plain ground, east and north of the origin."""
    degrees = scale * 0.00028 / 111_319.49
    box = (*origin, origin[0] + size[0] * degrees, origin[1] + size[1] * degrees)
    layer = render.Drawn(town.view(slug), draft=read(write(tuple(rules))))
    return render.draw(render.MapQuery(box, 4490, *size, (layer,), transparent=False, background=background))


def cases():
    for slug in SLUGS:
        layer = ON.get(slug, "areas")
        fields = [replace(each, codes="gbt13923_2006") if each.name == "GB" and slug.startswith("gb-") else each for each in town.FIELDS]
        for style in default_style(slug, fields, town.ROWS[layer][0], "NAME"):
            on_photo = style.name == "default" and slug not in ("dltb", "ydyh", "housing")
            for scale in (NEAR, MIDDLE):
                size, origin = ((320, 240), (town.WEST + 0.0038, town.SOUTH + 0.0037)) if scale == NEAR else ((256, 192), (town.WEST + 0.001, town.SOUTH + 0.001))
                look = {"scale": scale, "background": PHOTO if on_photo else PAPER, "size": size, "origin": origin}
                yield f"{slug}-{style.name}-{scale // 1000}k", layer, read(style.body).rules, look


def test_the_default_styles_look_as_they_were_blessed(built):
    faults = [
        fault for name, layer, rules, look in cases()
        if (fault := compare.against_reference(name, drawn(layer, rules, **look)))
    ]  # fmt: skip
    assert faults == []


def test_a_style_exported_and_imported_again_looks_the_same(built):
    faults = []
    for name, layer, rules, look in cases():
        geometry = town.ROWS[layer][0]
        before = compare.pixels(drawn(layer, rules, **look))
        named = sld.Named(layer, name, Title(name), geometry, "https://example.org/icons")
        document = maplibre.write(rules, maplibre.Sources(layer, name, geometry, "t", "s"))[0]
        journeys = {version: sld.read(sld.write(rules, named, version)[0], town.NAMES) for version in ("1.0.0", "1.1.0")}
        journeys["maplibre"] = maplibre.read(json.dumps(document), town.NAMES)
        for language, found in journeys.items():
            differing = compare.share(before, compare.pixels(drawn(layer, found.rules, **look)), 8)
            if differing > 0.001 or found.dropped:
                faults.append(f"{name} {language}: {differing:.2%} {found.dropped}")
    assert faults == []


HOSTILE = ("\"] END END LAYER NAME \"x", "[t1] '); DROP TABLE layers_layer; --", "a\nEND\nMAP", "|%}{{", "\\\\' || pg_sleep(9) || '", "$q1$ %v0% `id`")


@pytest.mark.parametrize("writing", ["horizontal", "vertical"])
def test_hostile_words_in_values_labels_and_filters_are_only_drawn(built, writing):
    """Values come from the data, words and literals from the style: the engine must see none of it as its own language."""
    shape = "POINT(116.803 38.2025)"
    town.publish("points", [(shape, (each, each, each, 1, 1, each, each, each, each, each)) for each in HOSTILE])
    label = {"size": 12, "color": "#000000", "writing": writing, "type": "text"}
    for words in HOSTILE:
        text = words.replace("{", "").replace("}", "")
        body = {"version": 1, "rules": [
            {"name": words, "title": {"zh": words, "en": words}, "filter": {"op": "=", "args": [{"property": "CLASS"}, words]},
             "symbolizers": [{"type": "mark", "color": "#ff0000", "size": 20}, {**label, "text": text + "{NAME}"}]}]}  # fmt: skip
        picture = compare.pixels(drawn("points", read(json.dumps(body)).rules, NEAR, origin=(116.8, 38.2)))
        assert ((picture[..., 0] > 200) & (picture[..., 1] < 60)).sum() > 50
    assert town.view("points").version == 2


def test_hatches_and_patterns_meet_at_the_edges_of_tiles(built):
    """Two pictures side by side and one of both: hatches are as continuous as the areas they fill."""
    symbols = [
        {"type": "hatch", "color": "#aa0000", "angle": 45, "spacing": 8, "width": 1.5},
        {"type": "hatch", "color": "#aa0000", "angle": 0, "spacing": 9, "width": 1.5},
        {"type": "hatch", "color": "#aa0000", "angle": -45, "spacing": 7, "width": 1.2},
        {"type": "pattern", "color": "#aa0000", "shape": "circle", "size": 5, "gap": 16},
    ]
    degrees = MIDDLE * 0.00028 / 111_319.49
    for symbol in symbols:
        rules = read(json.dumps({"version": 1, "rules": [{"symbolizers": [symbol]}]})).rules
        whole = compare.pixels(drawn("areas", rules, size=(256, 128)))
        left = compare.pixels(drawn("areas", rules, size=(128, 128)))
        right = compare.pixels(drawn("areas", rules, size=(128, 128), origin=(town.WEST + 0.001 + 128 * degrees, town.SOUTH + 0.001)))
        # The outermost pixels of a line may be smoothed otherwise.
        assert compare.share(whole[:, :127], left[:, :127], 64) < 0.02, symbol
        assert compare.share(whole[:, 129:], right[:, 1:], 64) < 0.02, symbol


def test_a_vertical_label_stands_and_a_level_one_lies(built):
    def box(writing):
        rule = Rule(name="a", title=Title("a"), symbolizers=(Text(text="沧州市区", size=16, color="#000000", writing=writing),))
        dark = compare.pixels(drawn("points", [rule], NEAR, size=(160, 160), origin=(116.8053, 38.2058)))
        rows, columns = (dark.max(axis=2) < 120).nonzero()
        return rows.max() - rows.min(), columns.max() - columns.min()

    tall, narrow = box("vertical")
    low, wide = box("horizontal")
    assert tall > 2.5 * narrow
    assert wide > 2.5 * low


def test_a_casing_lies_below_every_line_of_the_layer(built):
    rules = [Rule(name="a", title=Title("a"), symbolizers=(Line(color="#00ff00", width=4, casing="#ff0000", casing_width=8),))]
    picture = compare.pixels(drawn("lines", rules))
    assert ((picture[..., 1] > 200) & (picture[..., 0] < 60)).sum() > 200
    assert ((picture[..., 0] > 200) & (picture[..., 1] < 60)).sum() > 200
