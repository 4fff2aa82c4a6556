"""OGC API - Styles: every style in four languages, checked and managed by those who may edit."""

import io
import json

import pytest
from django.test import Client
from lxml import etree
from PIL import Image

from layers import access, models, services
from layers.style import maplibre, sld
from layers.style.reading import read
from tests.faces.ogcapi.world import make, publish, row
from tiles import render

MBS, SLD10, SLD11 = "application/vnd.mapbox.style+json", "application/vnd.ogc.sld+xml;version=1.0", "application/vnd.ogc.sld+xml;version=1.1"
NATIVE = {"version": 1, "rules": [
    {"name": "high", "title": {"zh": "高层", "en": "High"}, "filter": {"op": ">=", "args": [{"property": "层数"}, 4]},
     "symbolizers": [{"type": "fill", "color": "#cc0000"}, {"type": "hatch", "color": "#ffd400", "angle": 30},
                     {"type": "text", "text": "{名称}", "size": 12}]},
    {"name": "rest", "title": {"zh": "其他", "en": "Rest"}, "symbolizers": [{"type": "fill", "color": "#00cc00"}, {"type": "mark", "shape": "star"}]}]}  # fmt: skip


def sent(client, method, path, body, kind="application/vnd.geobase.style+json", expected=None, **headers):
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    answer = client.generic(method, f"/ogc{path}", data, content_type=kind, headers=headers)
    assert expected is None or answer.status_code == expected, answer.content[:500]
    return answer


@pytest.fixture
def editor(changing):
    """A client whose caller may edit the buildings; anybody may look at them."""
    layer = models.Layer.objects.get(slug="buildings")
    services.save("tester", models.Grant(subject="role", role="steward", layer=layer, operations=["edit", "view"]))
    user = models.User.objects.create_user("editor", password="x", role="steward")  # noqa: S106
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.conformance("ogcapi-styles-1/1.0/conf/core", "ogcapi-styles-1/1.0/conf/html")
def test_styles_are_listed_for_the_service_and_for_a_collection(api):
    body = api.json("/styles")
    ids = [each["id"] for each in body["styles"]]
    assert "buildings.default" in ids
    assert not any(each.startswith(("secret", "empty")) for each in ids)
    of_layer = api.json("/collections/buildings/styles")
    assert of_layer["default"] == "buildings.default"
    sheets = [each for each in of_layer["styles"][0]["links"] if each["rel"] == "stylesheet"]
    for each in sheets:
        assert api.get(each["href"])["Content-Type"] == each["type"]
    assert any("/styles" in each["href"] for each in api.json("/")["links"])
    for path in ("/styles", "/styles/buildings.default", "/styles/buildings.default/metadata", "/collections/buildings/styles", "/resources"):
        assert b"<h1>" in api.get(path, f="html").content
    metadata = api.json("/styles/buildings.default/metadata")
    assert metadata["layers"] == [{"id": "buildings", "type": "polygon", "title": "buildings图层"}]
    assert {each["link"]["type"] for each in metadata["stylesheets"]} >= {MBS, SLD10, SLD11}


@pytest.mark.conformance("ogcapi-styles-1/1.0/conf/mapbox-style", "ogcapi-styles-1/1.0/conf/sld-10", "ogcapi-styles-1/1.0/conf/sld-11")
def test_a_style_comes_in_the_language_asked(api):
    path = "/styles/buildings.default"
    style = json.loads(api.get(path, headers={"Accept": MBS}).content)
    assert style["version"] == 8
    assert style["sources"]["buildings"]["url"].endswith("/tiles/buildings/WebMercatorQuad/tilejson.json")
    assert json.loads(api.get(style["sources"]["buildings"]["url"]).content)["vector_layers"][0]["id"] == style["layers"][0]["source-layer"]
    for accept, version in ((SLD10, "1.0.0"), (SLD11, "1.1.0"), ("application/vnd.ogc.sld+xml", "1.0.0")):
        answer = api.get(path, headers={"Accept": accept})
        assert etree.fromstring(answer.content).get("version") == version
    native = api.get(path, f="native").content.decode()
    rules = read(native).rules
    assert len(sld.read(api.get(path, f="sld11").content).rules) == len(rules) == len(maplibre.read(style).rules)
    tag = api.get(path, f="sld10")["ETag"]
    assert api.client.get("/ogc" + path, {"f": "sld10"}, headers={"If-None-Match": tag}).status_code == 304


def test_a_hidden_absent_or_misnamed_style_is_not_found(api):
    for path in ("/styles/secret.default", "/styles/none.default", "/styles/buildings.none", "/styles/buildings", "/collections/secret/styles",
                 "/resources/secret.default.png", "/resources/x.svg", "/resources/..%2fx.svg", "/resources/buildings.default.exe"):  # fmt: skip
        api.get(path, 404)
    assert api.get("/styles/buildings.default", 406, f="exe")


@pytest.mark.conformance("ogcapi-styles-1/1.0/conf/manage-styles", "ogcapi-styles-1/1.0/conf/resources")
def test_a_style_is_made_given_replaced_renamed_and_deleted(editor):
    made = sent(editor, "POST", "/collections/buildings/styles?name=floors", NATIVE, expected=201)
    assert made["Location"].endswith("/ogc/styles/buildings.floors")
    assert json.loads(made.content)["dropped"] == []
    sent(editor, "POST", "/collections/buildings/styles?name=floors", NATIVE, expected=409)
    listed = json.loads(editor.get("/ogc/collections/buildings/styles").content)
    assert [each["id"] for each in listed["styles"]] == ["buildings.default", "buildings.floors"]
    style = json.loads(editor.get("/ogc/styles/buildings.floors?f=maplibre").content)
    names = {layer["paint"].get("fill-pattern") for layer in style["layers"] if layer["type"] == "fill"} - {None}
    for scale in ("", "@2x"):
        places = json.loads(editor.get(f"{style['sprite']}{scale}.json").content)
        picture = Image.open(io.BytesIO(editor.get(f"{style['sprite']}{scale}.png").content))
        assert names <= places.keys()
        for place in places.values():
            cell = picture.crop((place["x"], place["y"], place["x"] + place["width"], place["y"] + place["height"]))
            assert cell.getextrema()[3][1] > 100
    for language, kind in (("maplibre", MBS), ("sld10", SLD10), ("sld11", SLD11), ("native", "application/json")):
        text = editor.get(f"/ogc/styles/buildings.floors?f={language}").content
        sent(editor, "PUT", "/styles/buildings.floors", text, kind, expected=204)
    revision = editor.get("/ogc/styles/buildings.floors?f=native")["X-Style-Revision"]
    assert revision == "5"
    sent(editor, "PUT", "/styles/buildings.floors", NATIVE, expected=412, **{"If-Match": '"4"'})
    sent(editor, "PATCH", "/styles/buildings.floors/metadata", {"title": {"zh": "层数", "en": "Floors"}}, "application/json", expected=204)
    assert json.loads(editor.get("/ogc/styles/buildings.floors/metadata?lang=en").content)["title"] == "Floors"
    assert editor.get("/ogc/collections/buildings/styles/floors/map?width=64&height=64&f=png").status_code == 200
    sent(editor, "DELETE", "/styles/buildings.floors", "", expected=204)
    assert editor.get("/ogc/styles/buildings.floors").status_code == 404
    actions = list(models.AuditEntry.objects.filter(actor="editor").values_list("action", flat=True))
    assert {"make style", "change style", "delete"} <= set(actions)


@pytest.mark.conformance("ogcapi-styles-1/1.0/conf/style-validation")
def test_a_style_is_only_checked_when_asked_and_refused_when_strict(editor):
    foreign = {"version": 8, "layers": [{"id": "a", "type": "fill", "paint": {"fill-color": "red"}}, {"id": "b", "type": "heatmap"}]}
    path = "/collections/buildings/styles"
    report = json.loads(sent(editor, "POST", f"{path}?dry-run=true", foreign, MBS, expected=200).content)
    assert [each["path"] for each in report["dropped"]] == ["layers[1]"]
    assert not models.Style.objects.filter(layer__slug="buildings").exists()
    sent(editor, "POST", path, foreign, MBS, expected=422, Prefer="handling=strict")
    sent(editor, "POST", path, foreign, MBS, expected=201)
    sent(editor, "PUT", "/styles/buildings.style-1?dry-run=maybe", foreign, MBS, expected=400)


WRONG = (
    ("{", "application/json", 400),
    ({"version": 1, "rules": []}, "application/json", 400),
    ({"version": 1, "rules": [{"symbolizers": [{"type": "text", "text": "{没有}"}]}]}, "application/json", 400),
    ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><StyledLayerDescriptor>&x;</StyledLayerDescriptor>", SLD10, 400),
    (b"\xff\xfe{", "application/json", 400),
    (NATIVE, "text/plain", 415),
    (NATIVE, "application/x-www-form-urlencoded", 415),
)


def test_a_wrong_style_is_refused_and_changes_nothing(editor):
    for body, kind, status in WRONG:
        sent(editor, "POST", "/collections/buildings/styles", body, kind, expected=status)
    assert not models.Style.objects.exists()


def test_who_may_not_edit_may_not_write_and_who_may_not_see_finds_nothing(changing):
    for path, status in (("/styles/buildings.default", 403), ("/styles/secret.default", 404)):
        sent(changing.client, "PUT", path, NATIVE, expected=status)
        sent(changing.client, "DELETE", path, "", expected=status)
    sent(changing.client, "POST", "/collections/secret/styles", NATIVE, expected=404)
    sent(changing.client, "POST", "/styles", NATIVE, expected=400)


def test_a_style_tells_nothing_of_attributes_its_caller_may_not_read(changing):
    make("mixed", public=False)
    publish("mixed", [row(1)])
    layer = models.Layer.objects.get(slug="mixed")
    services.save("tester", models.Style(layer=layer, name="own", title_zh="自定", body=json.dumps(NATIVE)))
    services.save("tester", models.Grant(subject="everyone", layer=layer, operations=["view"], columns=["area"]))
    for language in ("native", "maplibre", "sld10", "sld11"):
        text = changing.get("/styles/mixed.own", f=language).content.decode()
        assert "层数" not in text
        assert "名称" not in text
        assert "00cc00" in text


def test_another_sites_page_cannot_write_with_our_session(editor):
    sent(editor, "DELETE", "/styles/buildings.default", "", expected=403, Origin="https://evil.example")


def test_a_named_style_is_drawn_by_every_face(editor):
    sent(editor, "POST", "/collections/buildings/styles?name=floors", NATIVE, expected=201)
    box = "116.5,38.0,116.92,38.42"
    pictures = {}
    for style in ("", "floors"):
        wms = editor.get(f"/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=buildings&STYLES={style}&SRS=EPSG:4490&BBOX={box}&WIDTH=128&HEIGHT=128&FORMAT=image/png")
        tile = editor.get(f"/tiles/buildings/WebMercatorQuad/10/843/394.png?style={style}")
        wmts = editor.get(f"/wmts/1.0.0/buildings/{style or 'default'}/WebMercatorQuad/10/394/843.png")
        assert tile.content == wmts.content
        pictures[style] = (wms.content, tile.content)
    assert pictures[""][0] != pictures["floors"][0]
    assert pictures[""][1] != pictures["floors"][1]
    view = access.whole("buildings")
    assert render.style_of(view, "floors").rules[0].name == "high"


@pytest.mark.parametrize(("version", "sld_version"), [("1.1.1", "1.0.0"), ("1.3.0", "1.1.0")])
def test_wms_gives_the_styles_of_its_layers(api, version, sld_version):
    query = {"SERVICE": "WMS", "VERSION": version, "REQUEST": "GetStyles", "LAYERS": "buildings"}
    document = etree.fromstring(api.client.get("/wms", query).content)
    assert document.get("version") == sld_version
    assert sld.read(etree.tostring(document)).rules
    assert api.client.get("/wms", {**query, "LAYERS": "secret"}).status_code == 404
