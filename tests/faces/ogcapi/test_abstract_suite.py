"""The abstract test suites of Features Parts 1 and 2, asked as a stranger asks: by links and the definition alone.

Names in the docstrings are those of OGC 17-069r4 Annex A and 18-058r1 Annex A.
"""

import json
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
import shapely
from openapi_spec_validator import OpenAPIV30SpecValidator

from layers import crs

SPEC = "http://www.opengis.net/spec"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CORE = pytest.mark.conformance("ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/geojson")
BY_REFERENCE = pytest.mark.conformance("ogcapi-features-2/1.0/conf/crs")


def follow(api, link, **more):
    """Fetch a link's address as it stands, with further parameters; return answer and JSON."""
    parts = urlsplit(link["href"])
    query = {**{name: value[0] for name, value in parse_qs(parts.query, keep_blank_values=True).items()}, **more}
    answer = api.client.get(parts.path, query)
    assert answer.status_code == 200, (link, more, answer.content[:200])
    return answer, json.loads(answer.content) if "json" in answer["Content-Type"] else None


def one(document, rel, media=None):
    """Return the link of a relation and media type."""
    return next(each for each in document["links"] if each["rel"] == rel and media in (None, each["type"]))


@pytest.fixture
def landing(api):
    return follow(api, {"href": "http://testserver/ogc/"}, f="json")[1]


@pytest.fixture
def definition(api, landing):
    return follow(api, one(landing, "service-desc"))[1]


@pytest.fixture
def collections(api, landing):
    return follow(api, one(landing, "data"))[1]


@pytest.fixture
def features(collections):
    found = [each for each in collections["collections"] if each.get("itemType") == "feature"]
    assert found
    return found


def parameters(definition, path):
    """Return a GET's query parameters by name, references resolved."""
    listed = definition["paths"][path]["get"]["parameters"]
    known = definition["components"]["parameters"]
    resolved = [known[each["$ref"].rsplit("/", 1)[1]] if "$ref" in each else each for each in listed]
    return {each["name"]: each for each in resolved if each["in"] == "query"}


@CORE
def test_landing_page_definition_and_conformance(api, landing, definition):
    """A.2.2 to A.2.4: /conf/core/root-success, api-definition-success, conformance-success."""
    assert one(landing, "service-desc", "application/vnd.oai.openapi+json;version=3.0")
    assert one(landing, "service-doc", "text/html")
    OpenAPIV30SpecValidator(definition).validate()
    claimed = follow(api, one(landing, "conformance"))[1]["conformsTo"]
    for each in ("ogcapi-features-1/1.0/conf/core", "ogcapi-features-1/1.0/conf/geojson", "ogcapi-features-1/1.0/conf/html", "ogcapi-features-1/1.0/conf/oas30", "ogcapi-features-2/1.0/conf/crs"):
        assert f"{SPEC}/{each}" in claimed
    for path in ("/", "/conformance", "/collections"):
        assert "get" in definition["paths"][path]


@CORE
def test_collections_and_each_collection(api, landing, collections, definition):
    """A.2.5, A.2.6: /conf/core/fc-md-success, fc-md-links, fc-md-items, sfc-md-success."""
    assert {each["type"] for each in collections["links"] if each["rel"] in ("self", "alternate")} >= {"application/json", "text/html"}
    for each in collections["collections"]:
        assert each["id"]
        assert all(link["rel"] and link["type"] and link["href"].startswith("http://testserver/ogc") for link in each["links"])
        assert follow(api, one(each, "self"))[1] == each
        assert f"/collections/{each['id']}" in definition["paths"]
        if each.get("itemType") == "feature":
            west, south, east, north = each["extent"]["spatial"]["bbox"][0]
            assert -180 <= west <= east <= 180
            assert -90 <= south <= north <= 90
            media = {link["type"] for link in each["links"] if link["rel"] == "items"}
            assert media >= {"application/geo+json", "text/html"}
            assert f"/collections/{each['id']}/items" in definition["paths"]


@CORE
def test_parameters_are_defined_as_the_standard_writes_them(definition, features):
    """A.2.7: /conf/core/fc-limit-definition, fc-bbox-definition, fc-time-definition."""
    for each in features:
        found = parameters(definition, f"/collections/{each['id']}/items")
        for name in ("limit", "bbox", "datetime"):
            assert (found[name]["required"], found[name]["style"], found[name]["explode"]) == (False, "form", False)
        limit, box = found["limit"]["schema"], found["bbox"]["schema"]
        assert limit["type"] == "integer"
        assert 1 <= limit["minimum"] <= limit["default"] <= limit["maximum"]
        assert (box["type"], box["items"]["type"]) == ("array", "number")
        assert [each["minItems"] for each in box["oneOf"]] == [4, 6]
        assert found["datetime"]["schema"]["type"] == "string"


@CORE
def test_items_have_links_counts_and_a_time_stamp(api, features):
    """A.2.7: /conf/core/fc-response, fc-links, fc-rel-type, fc-timeStamp, fc-numberMatched, fc-numberReturned."""
    for each in features:
        answer, body = follow(api, one(each, "items", "application/geo+json"))
        assert answer["Content-Type"] == "application/geo+json"
        assert body["type"] == "FeatureCollection"
        assert body["numberReturned"] == len(body["features"]) <= body["numberMatched"]
        assert one(body, "self", "application/geo+json")
        assert one(body, "alternate", "text/html")
        assert all(link["rel"] and link["type"] for link in body["links"])
        seen, page = len(body["features"]), body
        while any(link["rel"] == "next" for link in page["links"]):
            page = follow(api, one(page, "next"))[1]
            seen += len(page["features"])
        assert seen == body["numberMatched"]


@CORE
def test_limit_bounds_the_answer(api, definition, features):
    """A.2.7: /conf/core/fc-limit-response-1."""
    for each in features:
        most = parameters(definition, f"/collections/{each['id']}/items")["limit"]["schema"]["maximum"]
        for limit in (1, 2, 7, most, most * 10):
            assert len(follow(api, one(each, "items"), limit=str(limit))[1]["features"]) <= min(limit, most)


@CORE
def test_a_box_holds_what_meets_it_and_nothing_else(api, features):
    """A.2.7: /conf/core/fc-bbox-response, with four and six numbers, and across 180°."""
    for each in features:
        items = one(each, "items", "application/geo+json")
        everything = follow(api, items, limit="1000")[1]["features"]
        west, south, east, north = each["extent"]["spatial"]["bbox"][0]
        middle = (west + east) / 2, (south + north) / 2
        for box in ((west, south, *middle), (*middle, east, north), (west, south, east, north), (0, 0, 1, 1), (170, -90, -170, 90)):
            area = shapely.box(*box) if box[0] <= box[2] else shapely.union(shapely.box(box[0], box[1], 180, box[3]), shapely.box(-180, box[1], box[2], box[3]))
            wanted = {f["id"] for f in everything if shapely.intersects(area, shapely.from_geojson(json.dumps(f["geometry"])))}
            flat = follow(api, items, limit="1000", bbox=",".join(map(str, box)))[1]
            high = follow(api, items, limit="1000", bbox=",".join(map(str, (box[0], box[1], -10, box[2], box[3], 10))))[1]
            assert {f["id"] for f in flat["features"]} == {f["id"] for f in high["features"]} == wanted


@CORE
def test_times_of_every_form_are_understood(api, features):
    """A.2.7: /conf/core/fc-time-response."""
    for each in features:
        begin, end = each["extent"]["temporal"]["interval"][0]
        items = one(each, "items", "application/geo+json")
        for inside in (begin, end, f"{begin}/{end}", f"../{end}", f"{begin}/..", f"{begin}/", f"/{end}"):
            assert follow(api, items, datetime=inside)[1]["features"], inside
        for outside in ("1900-01-01T00:00:00Z", "../1900-01-01T00:00:00Z", "2100-01-01T00:00:00Z/.."):
            assert not follow(api, items, datetime=outside)[1]["features"], outside


@CORE
def test_what_is_invalid_is_400_and_what_is_absent_404(api, features):
    """/conf/core/query-param-unknown, query-param-invalid, fc-*-invalid; A.2.8 f-op."""
    for each in features:
        path = urlsplit(one(each, "items")["href"]).path
        for query in ({"limit": "0"}, {"limit": "x"}, {"bbox": "1,2"}, {"bbox": "a,b,c,d"}, {"datetime": "yesterday"}, {"unknownQueryParameter": "1"}, {"crs": "x"}, {"bbox-crs": "x", "bbox": "1,2,3,4"}):
            answer = api.client.get(path, query)
            assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json"), query
        assert api.client.get(f"{path}/no-such-feature").status_code == 404
        assert api.client.get("/ogc/collections/no-such-collection/items").status_code == 404


@CORE
def test_a_feature_links_to_itself_and_its_collection(api, features):
    """A.2.8: /conf/core/f-success, f-links."""
    for each in features:
        listed = follow(api, one(each, "items"), limit="3")[1]["features"]
        for given in listed:
            answer, body = follow(api, {"href": f"{one(each, 'items')['href'].partition('?')[0]}/{given['id']}"})
            assert answer["Content-Type"] == "application/geo+json"
            assert {name: body[name] for name in given} == given
            assert follow(api, one(body, "self"))[1]["id"] == given["id"]
            assert one(body, "alternate", "text/html")
            assert follow(api, one(body, "collection"))[1]["id"] == each["id"]


@BY_REFERENCE
def test_every_listed_crs_serves_items_features_and_boxes(api, collections, features):
    """18-058r1 A.1: crs-uri, fc-md-crs-list, fc-md-storageCrs, crs-parameter, bbox-crs-parameter, content-crs."""
    for each in features:
        assert each["crs"][0] == CRS84
        assert each["storageCrs"] in each["crs"]
        assert set(each["crs"]) <= set(collections["crs"])
        items = one(each, "items", "application/geo+json")
        answer, plain = follow(api, items, limit="5")
        assert answer["Content-Crs"] == f"<{CRS84}>"
        for uri in each["crs"]:
            offered = crs.offered(uri)
            answer, body = follow(api, items, limit="5", crs=uri)
            assert answer["Content-Crs"] == f"<{uri}>"
            assert [f["id"] for f in body["features"]] == [f["id"] for f in plain["features"]]
            for here, there in zip(plain["features"], body["features"], strict=True):
                lon, lat = here["geometry"]["coordinates"][0][0]
                first, second = there["geometry"]["coordinates"][0][0]
                x, y = (lon, lat) if crs.is_degrees(offered.srid) else crs.transformer(4490, offered.srid).transform(lon, lat)
                assert (first, second) == pytest.approx((y, x) if offered.is_swapped else (x, y), abs=1e-3)
            corners = there["geometry"]["coordinates"][0]
            box = [min(c[0] for c in corners), min(c[1] for c in corners), max(c[0] for c in corners), max(c[1] for c in corners)]
            found = follow(api, items, **{"bbox": ",".join(map(str, box)), "bbox-crs": uri})[1]
            assert there["id"] in [f["id"] for f in found["features"]]


@BY_REFERENCE
def test_pages_in_another_crs_stay_in_it(api, features):
    """A chain of pages keeps crs, bbox-crs and the version."""
    for each in features:
        uri = each["crs"][2]
        page, seen = follow(api, one(each, "items", "application/geo+json"), crs=uri, limit="10")[1], []
        while True:
            seen += [f["id"] for f in page["features"]]
            assert parse_qs(urlsplit(one(page, "self")["href"]).query)["crs"] == [uri]
            if not any(link["rel"] == "next" for link in page["links"]):
                break
            page = follow(api, one(page, "next"))[1]
        assert all(before < after for before, after in pairwise(seen))
