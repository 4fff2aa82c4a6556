"""What happens behind /ogc/ while layers and rules change."""

import json
from urllib.parse import parse_qs, urlsplit

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
