"""The service directory: facets and words narrow it, addresses work as pasted, hidden layers are nowhere."""

import html
import re

import pytest
from django.test import Client

from layers import models, services


@pytest.fixture
def client(changing):
    return Client()


def page(client, expected=200, path="/directory/", **query):
    answer = client.get(path, query)
    assert answer.status_code == expected
    return answer.content.decode()


def addresses(text):
    return [html.unescape(found) for found in re.findall(r'data-url="([^"]+)"', text)]


def test_it_lists_what_may_be_discovered_and_nothing_else(client):
    text = page(client)
    assert "buildings图层" in text
    assert "secret" not in text
    assert "1 个图层" in text
    hidden, absent = (page(client, 404, layer=slug) for slug in ("secret", "nothing"))
    assert hidden.replace("secret", "nothing") == absent


def test_words_and_facets_narrow_the_list_and_keep_their_alternatives(client):
    assert "buildings图层" in page(client, q="buildings图")
    assert "没有找到" in page(client, q="没有这个词")
    narrowed = page(client, theme="planning")
    assert "没有找到" in narrowed
    assert 'value="land"' in narrowed
    assert 'value="land" checked' in page(client, theme="land")
    assert "Filters" in page(client, path="/directory/", q="x") or "筛选" in page(client, q="x")


@pytest.mark.parametrize("program", ["qgis", "arcgis", "supermap", "tianditu", "code", "nothing"])
def test_every_address_answers_as_pasted(client, program):
    found = addresses(page(client, layer="buildings", program=program))
    assert found
    for address in found:
        filled = re.sub(r"\{[xy]\}", "0", address.replace("{z}", "1")).removeprefix("http://testserver")
        assert client.get(filled).status_code == 200, address


def test_below_a_key_every_address_carries_it_and_shows_what_the_key_may_see(client):
    department = models.Department(code="sjj", name_zh="审计局")
    services.save("tester", department)
    key = models.ApiKey(name="审计平台", department=department)
    secret = services.issue_key("tester", key)
    layer = models.Layer.objects.get(slug="secret")
    services.save("tester", models.Grant(subject="key", key=key, layer=layer, operations=["discover", "view"]))
    text = client.get("/directory/", {"layer": "secret"}, **{"geobase.key": secret, "SCRIPT_NAME": f"/k/{secret}"}).content.decode()
    assert "secret图层" in text
    assert all(each.startswith(f"http://testserver/k/{secret}/") for each in addresses(text))
    assert not any("items" in each for each in addresses(text))


@pytest.mark.parametrize(("tab", "words"), [("about", "EPSG:4490 CGCS2000"), ("fields", "面积 (m²)"), ("styles", "样式"), ("nothing", "连接检测")])
def test_the_tabs_tell_metadata_fields_and_styles(client, tab, words):
    assert words in page(client, layer="buildings", tab=tab)


def test_the_page_speaks_english(client):
    client.cookies["django_language"] = "en"
    text = page(client, layer="buildings")
    assert "Use in a program" in text
    assert "Layer buildings" in text


def test_texts_of_layers_are_never_markup(client):
    layer = models.Layer.objects.get(slug="buildings")
    layer.title_zh, layer.keywords = "<script>alert(1)</script>", ["<b>"]
    services.save("tester", layer)
    for tab in ("use", "about"):
        assert "<script>alert" not in page(client, layer="buildings", tab=tab)


def test_the_download_page_offers_what_may_be_downloaded(client):
    text = page(client, path="/downloads/", layer="buildings")
    assert 'value="buildings" checked' in text
    assert "secret" not in text
    assert "GeoPackage" in text
    assert "EPSG:4548" in text
