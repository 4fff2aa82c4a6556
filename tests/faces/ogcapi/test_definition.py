"""The API definition, the tile sets and the pages: whole, honest and without anything from outside."""

import json
import re
from html.parser import HTMLParser

import jsonschema
import mapbox_vector_tile
import pytest
from openapi_spec_validator import OpenAPIV30SpecValidator

from tests.faces.ogcapi.world import ITEMS
from tiles import grids


@pytest.fixture
def definition(api):
    return api.json("/api")


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


@pytest.mark.conformance("ogcapi-common-1/1.0/conf/oas30", "ogcapi-features-1/1.0/conf/oas30", "ogcapi-tiles-1/1.0/conf/oas30")
def test_the_definition_is_valid_openapi_3_0_without_outside_references(api, definition):
    OpenAPIV30SpecValidator(definition).validate()
    assert all(each.startswith("#/components/") for each in references(definition))
    assert api.get("/api")["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"


def test_the_definition_declares_every_parameter_that_items_take(definition):
    items = definition["paths"][ITEMS]["get"]["parameters"]
    names = {each["$ref"].rsplit("/", 1)[1] if "$ref" in each else each["name"] for each in items}
    assert {"datetime", "bbox", "bbox-crs", "crs", "limit", "filter", "sortby", "properties", "f", "lang", "名称", "层数"} <= names
    assert definition["components"]["parameters"]["datetime"]["in"] == "query"
    assert not any("secret" in path for path in definition["paths"])


@pytest.mark.conformance("ogcapi-common-1/1.0/conf/json", "ogcapi-features-1/1.0/conf/geojson")
def test_every_path_of_the_definition_answers_as_it_says(api, definition):
    for path, node in definition["paths"].items():
        address = path.replace("{recordId}", "buildings").replace("{featureId}", "1").replace("{tileMatrixSetId}", "WebMercatorQuad")
        address = address.replace("{styleId}", "default").replace("{style}", "buildings.default").replace("{resourceId}", "heritage.svg")
        if "{tileMatrix}" in address or "{jobId}" in address or "get" not in node:
            continue
        answer = api.get(address)
        media = answer["Content-Type"]
        content = node["get"]["responses"]["200"]["content"]
        assert media in content, path
        if "json" not in media:
            continue
        schema = {**content[media]["schema"], "components": definition["components"]}
        jsonschema.Draft4Validator(_nullable(schema)).validate(json.loads(answer.content))


def _nullable(node):
    """Read OpenAPI's `nullable` as JSON Schema: null is a type too."""
    if isinstance(node, list):
        return [_nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    made = {key: _nullable(value) for key, value in node.items()}
    if made.pop("nullable", False):
        made["type"] = [made["type"], "null"]
    return made


@pytest.mark.conformance("ogcapi-common-1/1.0/conf/core")
def test_conformance_names_the_core_classes_and_no_class_twice(api):
    claimed = api.json("/conformance")["conformsTo"]
    assert len(set(claimed)) == len(claimed)
    for each in ("ogcapi-features-1/1.0/conf/core", "ogcapi-features-2/1.0/conf/crs", "ogcapi-tiles-1/1.0/conf/core"):
        assert f"http://www.opengis.net/spec/{each}" in claimed


@pytest.mark.conformance("tms/2.0/conf/tilematrixset", "tms/2.0/conf/json-tilematrixset")
def test_every_grid_is_a_tile_matrix_set_document(api):
    listed = api.json("/tileMatrixSets")["tileMatrixSets"]
    assert [each["id"] for each in listed] == list(grids.grids())
    for each in listed:
        body = api.json(f"/tileMatrixSets/{each['id']}")
        assert body["uri"] == each["uri"]
        assert body["tileMatrices"][0].keys() >= {"id", "scaleDenominator", "cellSize", "pointOfOrigin", "matrixWidth"}
    api.get("/tileMatrixSets/nope", 404)


@pytest.mark.parametrize(("path", "kind"), [("tiles", "vector"), ("map/tiles", "map")])
@pytest.mark.conformance("ogcapi-tiles-1/1.0/conf/tileset", "ogcapi-tiles-1/1.0/conf/tilesets-list", "ogcapi-tiles-1/1.0/conf/geodata-tilesets")
def test_tile_sets_say_where_their_tiles_are(api, path, kind):
    sets = api.json(f"/collections/buildings/{path}")["tilesets"]
    assert len(sets) == len(grids.grids())
    for each in sets:
        assert each["dataType"] == kind
        address = next(link["href"] for link in each["links"] if link["rel"] == "self")
        body = api.json(address.removeprefix("http://testserver/ogc"))
        assert body["tileMatrixSetURI"] == each["tileMatrixSetURI"]
        assert body["tileMatrixSetLimits"]
        templates = [link for link in body["links"] if link["rel"] == "item"]
        assert all(link["templated"] and "{tileMatrix}/{tileRow}/{tileCol}" in link["href"] for link in templates)
    api.get(f"/collections/buildings/{path}/nope", 404)


@pytest.mark.conformance("ogcapi-tiles-1/1.0/conf/core", "ogcapi-tiles-1/1.0/conf/mvt")
def test_a_vector_tile_holds_the_features_of_its_place(api):
    body = api.json("/collections/buildings/tiles/WebMercatorQuad")
    limits = next(each for each in body["tileMatrixSetLimits"] if each["tileMatrix"] == "8")
    template = next(link["href"] for link in body["links"] if link["rel"] == "item")
    found = set()
    for row in range(limits["minTileRow"], limits["maxTileRow"] + 1):
        for column in range(limits["minTileCol"], limits["maxTileCol"] + 1):
            address = template.format(tileMatrix="8", tileRow=row, tileCol=column)
            answer = api.get(address)
            assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
            if answer.content:
                found |= {each["id"] for each in mapbox_vector_tile.decode(answer.content)["buildings"]["features"]}
            api.get(address, 304, headers={"If-None-Match": answer["ETag"]})
    assert found == set(range(1, 26))


@pytest.mark.parametrize("place", ["99/0/0", "-1/0/0", "8/256/0", "8/0/256", "١/0/0", "8/x/0", "8/1.0/0", "8/0x1/0", "8/-1/0"])
def test_a_tile_that_is_none_is_not_found(api, place):
    api.get(f"/collections/buildings/tiles/WebMercatorQuad/{place}", 404)
    api.get(f"/collections/buildings/map/tiles/WebMercatorQuad/{place}", 404)


@pytest.mark.conformance("ogcapi-tiles-1/1.0/conf/png", "ogcapi-tiles-1/1.0/conf/jpeg")
@pytest.mark.parametrize(("name", "media", "start"), [("png", "image/png", b"\x89PNG"), ("jpeg", "image/jpeg", b"\xff\xd8")])
def test_a_map_tile_is_a_picture(api, folders, name, media, start):
    answer = api.get("/collections/buildings/map/tiles/WebMercatorQuad/8/97/210", f=name)
    assert answer["Content-Type"] == media
    assert answer.content.startswith(start)


def test_tiles_come_only_in_their_formats(api):
    api.get("/collections/buildings/tiles/WebMercatorQuad/8/100/200", 406, f="png")
    api.get("/collections/buildings/map/tiles/WebMercatorQuad/8/100/200", 406, f="mvt")


PAGES = [
    "/", "/api", "/conformance", "/functions", "/collections", "/collections/buildings", ITEMS, f"{ITEMS}/1", "/collections/buildings/queryables",
    "/collections/buildings/schema", "/collections/buildings/tiles", "/collections/buildings/tiles/c", "/collections/buildings/map/tiles",
    "/tileMatrixSets", "/tileMatrixSets/CGCS2000-GK39",
]  # fmt: skip


class Page(HTMLParser):
    """Collects addresses and checks that tags close in order."""

    VOID = frozenset({"meta", "link", "input", "img", "image", "br", "path", "circle"})

    def __init__(self, text):
        super().__init__()
        self.open, self.addresses, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.addresses += [value for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data):
        self.text.append(data)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.conformance("ogcapi-common-1/1.0/conf/html", "ogcapi-features-1/1.0/conf/html")
def test_every_page_has_words_in_both_languages_and_nothing_from_outside(api, path):
    chinese = api.get(path, f="html")
    assert chinese["Content-Type"] == "text/html; charset=utf-8"
    assert chinese["Content-Language"] == "zh-CN"
    english = api.get(path, f="html", lang="en")
    assert english["Content-Language"] == "en"
    assert 'lang="en"' in english.content.decode()
    for answer in (chinese, english):
        page = Page(answer.content.decode())
        assert page.addresses
        outside = [each for each in page.addresses if re.match(r"(?:https?:)?//", each) and "//testserver/" not in each]
        assert outside == []
    assert "地理空间" in "".join(Page(chinese.content.decode()).text)


def test_browsers_get_the_page_and_programs_json(api):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"
    for path in PAGES:
        assert api.get(path, headers={"Accept": browser})["Content-Type"].startswith("text/html")
        for accept in ("*/*", "application/json", "application/geo+json, text/html;q=0.5", "image/png", ""):
            assert "json" in api.get(path, headers={"Accept": accept})["Content-Type"]
    english = api.get("/collections/buildings", headers={"Accept-Language": "en-GB"})
    assert json.loads(english.content)["title"] == "Layer buildings"


def test_values_are_escaped_on_pages_and_whole_in_json(api):
    page = api.get(ITEMS, f="html").content.decode()
    assert "楼&lt;0&gt;&amp;" in page
    assert "楼<0>" not in page
    assert "测试 &lt;b&gt;" in api.get("/collections/buildings", f="html").content.decode()
    attack = api.get(ITEMS, f="html", filter="名称 = '\"><script>'").content.decode()
    assert "<script" not in attack


def test_following_the_pages_links_reaches_the_last_feature(api):
    seen, address = 0, f"{ITEMS}?f=html&limit=10"
    while address:
        page = api.get(address).content.decode()
        seen += page.count("/items/")
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen >= 25


def test_a_fault_is_a_page_for_browsers_and_a_problem_for_programs(api):
    page = api.get("/nowhere", 404, headers={"Accept": "text/html"})
    assert page["Content-Type"].startswith("text/html")
    assert api.get("/nowhere", 404)["Content-Type"] == "application/problem+json"
