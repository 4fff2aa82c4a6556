"""What happens behind /ogc/ while layers and rules change."""

import json
from urllib.parse import parse_qs, urlsplit

from django.contrib.gis.geos import MultiPolygon, Polygon

from tests.faces.ogcapi.world import COUNT, ITEMS, chain, fids, grant, links, make, publish, row


def test_pages_reach_each_feature_once_while_a_version_is_published(changing):
    first = changing.json(ITEMS, limit="7")
    publish("buildings", [row(number) for number in range(5, COUNT + 10)])
    pages = [first, *chain(changing, links(first)["next"])]
    found = [feature["properties"]["名称"] for page in pages for feature in page["features"]]
    assert sorted(found) == sorted(row(number)[0] for number in range(COUNT))
    assert [page["numberReturned"] for page in pages] == [7, 7, 7, 4]
    assert changing.json(ITEMS)["numberMatched"] == COUNT + 5
    assert changing.json(ITEMS, version="1")["numberMatched"] == COUNT


def test_a_token_of_another_layer_is_refused(changing):
    make("other")
    publish("other", [row(number) for number in range(5)])
    token = parse_qs(urlsplit(links(changing.json("/collections/other/items", limit="2"))["next"]).query)["cursor"][0]
    assert changing.json("/collections/other/items", cursor=token)["numberReturned"] == 3
    changing.get(ITEMS, 400, cursor=token)


def test_etag_answers_304_until_the_layer_changes(changing):
    for path in (ITEMS, f"{ITEMS}/1", "/collections/buildings", "/", "/api"):
        tag = changing.get(path)["ETag"]
        changing.get(path, 304, headers={"If-None-Match": tag})
    tag = changing.get(ITEMS)["ETag"]
    publish("buildings", [row(number) for number in range(3)])
    assert len(fids(json.loads(changing.get(ITEMS, headers={"If-None-Match": tag}).content))) == 3


def test_a_narrowed_caller_sees_rows_columns_and_counts_of_the_grant(changing):
    grant("secret", columns=["名称", "area"], filter="area >= 1.5")
    assert [each["id"] for each in changing.json("/collections")["collections"]] == ["buildings", "secret", "catalogue"]
    body = changing.json("/collections/secret/items")
    assert (body["numberMatched"], body["numberReturned"]) == (2, 2)
    assert {tuple(feature["properties"]) for feature in body["features"]} == {("名称", "area")}
    assert list(changing.json("/collections/secret/queryables")["properties"]) == ["geometry", "名称", "area"]
    hidden = changing.get("/collections/secret/items", 400, filter="层数 = 1").content
    assert hidden == changing.get("/collections/secret/items", 400, filter="无此 = 1").content
    for name in ("层数", "nothing"):
        changing.get("/collections/secret/items", 400, **{name: "1"})
        changing.get("/collections/secret/items", 400, sortby=name)
    assert "层数" not in changing.get("/api").content.decode().split('"/collections/secret/items"')[1].split('"/collections/secret/items/')[0]
    changing.get("/collections/secret/items/1", 404)
    changing.get("/collections/secret/items/2")


def test_what_the_callers_area_cuts_off_is_found_by_no_box_or_filter(changing):
    grant("secret", area=MultiPolygon(Polygon.from_bbox((116.4, 37.9, 116.605, 38.5)), srid=4490))
    items = "/collections/secret/items"
    cut = changing.json(f"{items}/2")["geometry"]["coordinates"][0]
    assert max(lon for lon, _ in cut) == 116.605
    for box, found in (("116.601,38.001,116.604,38.004", [2]), ("116.606,38.001,116.609,38.004", [])):
        assert fids(changing.json(items, bbox=box)) == found
        assert fids(changing.json(items, filter=f"s_intersects(geometry, BBOX({box}))")) == found
    whole = changing.json(ITEMS, filter="area(geometry) > 900000", limit="100")["numberMatched"]
    assert whole == COUNT
    assert fids(changing.json(items, filter="area(geometry) > 900000")) == [1]
