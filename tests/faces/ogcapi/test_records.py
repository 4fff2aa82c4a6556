"""The catalogue by OGC API - Records: what is found, how it is told, and that hidden layers are nowhere."""

import json
from datetime import date

import jsonschema
import pytest
from lxml import etree

from geoserver_app.catalogue import iso19139
from layers import models, services
from layers.spec import Title
from tests.faces.ogcapi.world import links

ITEMS = "/collections/catalogue/items"


def slugs(api, **query):
    return [each["id"] for each in api.json(ITEMS, **query)["features"]]


@pytest.mark.conformance("ogcapi-records-1/1.0/conf/record-core", "ogcapi-records-1/1.0/conf/json")
def test_a_record_tells_a_layer_and_where_it_is_served(api):
    found = api.json(f"{ITEMS}/buildings")
    assert found["conformsTo"] == ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"]
    assert found["time"] == {"date": "2024-05-01"}
    assert found["geometry"]["type"] == "Polygon"
    told = found["properties"]
    assert (told["type"], told["title"], told["theme"], told["level"]) == ("dataset", "buildings图层", "土地", "公开")
    assert told["count"] == 25
    by_protocol = {each.get("protocol"): each["href"] for each in found["links"]}
    assert by_protocol["OGC:WMS"].startswith("http://testserver/wms?")
    assert by_protocol["OGC API-Features"] == "http://testserver/ogc/collections/buildings/items"
    assert api.client.get(by_protocol["OGC API-Features"]).status_code == 200
    assert api.json(f"{ITEMS}/buildings", lang="en")["properties"]["title"] == "Layer buildings"


@pytest.mark.conformance("ogcapi-records-1/1.0/conf/record-collection", "ogcapi-records-1/1.0/conf/record-api", "ogcapi-records-1/1.0/conf/searchable-catalog", "ogcapi-records-1/1.0/conf/autodiscovery")
def test_the_catalogue_is_found_from_the_landing_page_and_from_each_collection(api):
    catalogue = links(api.json("/"))["http://www.opengis.net/def/rel/ogc/1.0/ogc-catalog"]
    body = api.json(catalogue.removeprefix("http://testserver/ogc"))
    assert body["itemType"] == "record"
    assert "catalogue" in [each["id"] for each in api.json("/collections")["collections"]]
    assert "/collections/catalogue/items/buildings" in links(api.json("/collections/buildings"))["describedby"]
    assert slugs(api) == ["buildings"]


def test_hidden_and_absent_records_have_the_same_answer_and_appear_in_no_count(api):
    hidden, absent = (api.get(f"{ITEMS}/{slug}", 404).content for slug in ("secret", "nothing"))
    assert hidden == absent
    body = api.json(ITEMS, facets="true")
    assert body["numberMatched"] == 1
    assert body["facets"]["theme"]["buckets"] == [{"value": "土地", "count": 1}]
    assert b"secret" not in api.get(ITEMS, facets="true").content


@pytest.mark.conformance("ogcapi-records-1/1.0/conf/record-core-query-parameters")
@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ({"q": "buildings图"}, True), ({"q": "BUILDINGS"}, True), ({"q": "tudi"}, True), ({"q": "td"}, True), ({"q": "没有"}, False),
        ({"q": "没有,图层"}, True), ({"q": "没有 图层"}, False), ({"bbox": "116.4,37.9,117,39"}, True), ({"bbox": "10,10,11,11"}, False),
        ({"datetime": "2024-05-01"}, True), ({"datetime": "2025-01-01/.."}, False), ({"datetime": "../2024-12-31"}, True),
        ({"ids": "buildings,x"}, True), ({"ids": "x"}, False), ({"type": "dataset"}, True), ({"type": "service"}, False),
        ({"theme": "土地"}, True), ({"theme": "规划"}, False), ({"level": "公开"}, True), ({"kind": "影像"}, False),
    ],
)  # fmt: skip
def test_each_parameter_narrows_the_search(api, query, is_found):
    assert slugs(api, **query) == (["buildings"] if is_found else [])


@pytest.mark.conformance("ogcapi-records-1/1.0/conf/filtering", "ogcapi-records-1/1.0/conf/searchable-catalog-filtering")
def test_cql2_filters_are_decided_by_postgresql(api):
    assert slugs(api, filter="title LIKE 'build%' AND date > DATE('2024-01-01')") == ["buildings"]
    assert slugs(api, filter="S_INTERSECTS(geometry, BBOX(0, 0, 1, 1))") == []
    assert slugs(api, filter=json.dumps({"op": "=", "args": [{"property": "theme"}, "土地"]})) == ["buildings"]
    for wrong in ("nothing = 1", "date > 'x'", "title LIKE", "title = title = title"):
        api.get(ITEMS, 400, filter=wrong)


@pytest.mark.parametrize(
    "query",
    [{"bbox": "1,2,3"}, {"datetime": "2020-13-40"}, {"sortby": "nothing"}, {"limit": "0"}, {"offset": "-1"}, {"nothing": "1"},
     {"facets": "title"}, {"filter-lang": "fes"}, {"q": " ".join("x" * 21)}],
)  # fmt: skip
def test_wrong_parameters_are_named(api, query):
    body = json.loads(api.get(ITEMS, 400, **query).content)
    assert body["parameter"] in query


@pytest.mark.conformance("ogcapi-records-1/1.0/conf/sorting", "ogcapi-records-1/1.0/conf/searchable-catalog-sorting", "ogcapi-records-1/1.0/conf/html")
def test_results_are_sorted_paged_and_shown_as_a_page(changing):
    services.make_layer("tester", services.LayerDraft("atlas", Title("图集", "Atlas"), "land", kind="map", public=True, level=0))
    atlas = models.Layer.objects.get(slug="atlas")
    services.save("tester", models.Member(map=atlas, layer=models.Layer.objects.get(slug="buildings"), order=1))
    assert slugs(changing, sortby="id") == ["atlas", "buildings"]
    assert slugs(changing, sortby="-id") == ["buildings", "atlas"]
    first = changing.json(ITEMS, sortby="id", limit="1")
    assert (first["numberMatched"], first["numberReturned"]) == (2, 1)
    following = changing.json(links(first)["next"].removeprefix("http://testserver/ogc"))
    assert [each["id"] for each in following["features"]] == ["buildings"]
    for path in (ITEMS, f"{ITEMS}/atlas"):
        page = changing.get(path, f="html")
        assert "图集" in page.content.decode()


def test_metadata_told_in_the_registry_comes_out_in_iso_19139_and_dcat(changing):
    office = models.Department(code="lhj", name_zh="自然资源和规划局", name_en="Planning bureau")
    services.save("tester", office)
    layer = models.Layer.objects.get(slug="buildings")
    layer.owner, layer.contact, layer.survey_scale, layer.frequency = office, "gis@example.org", 2000, "annually"
    layer.use_limits_zh, layer.license, layer.quality_zh = "仅供 <内部> 使用", "内部许可", "平面中误差 0.5 m"
    services.save("tester", layer)
    root = etree.fromstring(changing.get(f"{ITEMS}/buildings", f="iso19139").content)
    spaces = {"gmd": iso19139.GMD, "gco": iso19139.GCO}

    def told(path):
        return root.xpath(f"string({path})", namespaces=spaces).strip()

    assert told("gmd:fileIdentifier") == "buildings"
    assert "自然资源和规划局" in told("gmd:contact")
    assert told("//gmd:denominator") == "2000"
    assert told("//gmd:useLimitation") == "仅供 <内部> 使用"
    assert told("//gmd:MD_MaintenanceFrequencyCode/@codeListValue") == "annually"
    assert told("//gmd:westBoundLongitude") == "116.500000"
    assert told("//gmd:title//gmd:LocalisedCharacterString[@locale='#en']") == "Layer buildings"
    assert "0.5 m" in told("//gmd:statement")
    dcat = json.loads(changing.get(f"{ITEMS}/buildings", f="dcat").content)
    assert dcat["@type"] == "dcat:Dataset"
    assert {"@language": "en", "@value": "Layer buildings"} in dcat["dct:title"]
    assert dcat["dct:publisher"]["foaf:name"][0]["@value"] == "自然资源和规划局"
    assert changing.json(f"{ITEMS}/buildings")["properties"]["contacts"][0]["emails"] == [{"value": "gis@example.org"}]
    assert slugs(changing, q="规划局") == ["buildings"]


def test_records_answer_their_own_definition(api):
    schemas = api.json("/api")["components"]["schemas"]
    schema = {"$ref": "#/components/schemas/recordCollection", "components": {"schemas": schemas}}
    text = json.dumps(schema).replace('"nullable": true', '"x-nullable": true')
    schema = json.loads(text)
    record = schema["components"]["schemas"]["recordGeoJSON"]["properties"]
    record["time"]["type"] = record["geometry"]["type"] = ["object", "null"]
    jsonschema.validate(api.json(ITEMS), schema)
    assert date.fromisoformat(api.json(ITEMS)["features"][0]["time"]["date"])


def test_queryables_and_sortables_are_told(api):
    assert {"title", "theme", "geometry"} <= set(api.json("/collections/catalogue/queryables")["properties"])
    assert "date" in api.json("/collections/catalogue/sortables")["properties"]
