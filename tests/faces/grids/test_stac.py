"""STAC API: every file that the caller may know of is an item, found by place, day and filter, fetched whole or masked."""

import hashlib
import json

import pystac
import pytest
from django.conf import settings
from openapi_spec_validator import OpenAPIV30SpecValidator
from rasterio.io import MemoryFile

from geoserver_app.stac.asking import QUERYABLES
from layers import cogs, models, native
from tests.faces.grids.land import lonlat


@pytest.fixture
def stac(api):
    def ask(path, expected=200, body=None, headers=None, **query):
        address = path.removeprefix("http://testserver") if path.startswith("http") else f"/stac{path}"
        if body is None:
            answer = api.client.get(address, query or None, headers=headers or {})
        else:
            text = body if isinstance(body, str) else json.dumps(body)
            answer = api.client.post(address, text, content_type="application/json", headers=headers or {})
        assert answer.status_code == expected, answer.content[:500]
        is_json = not answer.streaming and "json" in answer.get("Content-Type", "")
        return json.loads(answer.content) if is_json else answer

    return ask


def ids(body):
    return [each["id"].rsplit("_", 1)[0] for each in body["features"]]


ALL = {"collections": "ortho,dem"}


def test_catalogue_collections_and_items_are_valid_stac(stac):
    catalogue = stac("/")
    pystac.Catalog.from_dict({**catalogue, "links": []}).validate()
    children = [each["href"] for each in catalogue["links"] if each["rel"] == "child"]
    assert [each.rsplit("/", 1)[1] for each in children] == ["dem", "dem-part", "ortho", "ortho-part"]
    for child in children:
        described = stac(child)
        described["links"] = []
        pystac.Collection.from_dict(described).validate()
    for found in stac("/search", limit="100")["features"]:
        found |= {"stac_extensions": [], "links": [each for each in found["links"] if each["rel"] == "collection"]}
        pystac.Item.from_dict(found).validate()
    OpenAPIV30SpecValidator(stac("/api")).validate()
    assert stac("/conformance")["conformsTo"] == catalogue["conformsTo"]


def test_an_item_says_place_day_pixels_and_checksum(stac):
    found = stac("/collections/dem/items")["features"][0]
    assert found["properties"]["datetime"] == "2024-05-12T00:00:00Z"
    assert found["properties"]["proj:epsg"] == 4548
    assert found["properties"]["proj:shape"] == [150, 200]
    assert found["properties"]["proj:transform"] == [2, 0, 485000, 0, -2, 4231000]
    band = found["assets"]["data"]["bands"][0]
    assert (band["name"], band["unit"], band["data_type"]) == ("elevation", "m", "float32")
    assert band["statistics"]["minimum"] == pytest.approx(10.03)
    assert stac(f"/collections/dem/items/{found['id']}")["id"] == found["id"]
    colours = stac("/collections/ortho/items")["features"][0]["assets"]["data"]["bands"]
    assert [each["eo:common_name"] for each in colours] == ["red", "green", "blue"]


def test_search_finds_by_place_day_id_and_filter(stac):
    assert ids(stac("/search", **ALL)) == ["ortho_2026_20260518", "dem_20240512", "ortho_2024_20240512"]
    west, south = lonlat(300, 200)
    east, north = lonlat(350, 150)
    assert ids(stac("/search", **ALL, bbox=f"{west},{south},{east},{north}")) == ["dem_20240512", "ortho_2024_20240512"]
    point = {"type": "Point", "coordinates": list(lonlat(350, 10))}
    assert ids(stac("/search", body={"intersects": point, "collections": ["ortho"]})) == ["ortho_2024_20240512"]
    assert ids(stac("/search", **ALL, datetime="2026-01-01T00:00:00Z/..")) == ["ortho_2026_20260518"]
    assert ids(stac("/search", **ALL, filter="gsd > 1.5")) == ["dem_20240512"]
    assert ids(stac("/search", **ALL, filter="collection = 'ortho' AND datetime > TIMESTAMP('2025-01-01T00:00:00Z')")) == ["ortho_2026_20260518"]
    assert ids(stac("/search", **ALL, filter="area(geometry) > 100000 AND area(geometry) < 200000")) == ["dem_20240512", "ortho_2024_20240512"]
    assert ids(stac("/search", **ALL, filter="area(geometry) > perimeter(geometry) * gsd * 1000")) == []
    tree = {"op": "like", "args": [{"property": "title"}, "%2024%"]}
    assert ids(stac("/search", body={"filter": tree, "filter-lang": "cql2-json", "collections": ["ortho", "dem"]})) == ["ortho_2024_20240512"]
    one = stac("/search", **ALL)["features"][1]["id"]
    assert [each["id"] for each in stac("/search", ids=one, **ALL)["features"]] == [one]
    assert set(stac("/queryables")["properties"]) == set(QUERYABLES)


def test_pages_sorting_and_fields(stac):
    seen, address = [], "/search?limit=1&sortby=%2Bproperties.gsd,-datetime&collections=ortho,dem"
    while address:
        page = stac(address)
        assert page["numberMatched"] == 3
        seen += ids(page)
        address = next((each["href"] for each in page["links"] if each["rel"] == "next"), None)
    assert seen == ["ortho_2026_20260518", "ortho_2024_20240512", "dem_20240512"]
    body, seen = {"limit": 2, "collections": ["ortho", "dem"]}, []
    while body:
        page = stac("/search", body=body)
        seen += ids(page)
        body = next((each["body"] for each in page["links"] if each["rel"] == "next"), None)
    assert len(seen) == 3
    found = stac("/search", fields="id,properties.gsd,-assets")["features"][0]
    assert "assets" not in found
    assert set(found["properties"]) == {"gsd"}


def test_the_file_comes_whole_or_in_parts(stac):
    href = stac("/collections/dem/items")["features"][0]["assets"]["data"]
    whole = stac(href["href"])
    content = b"".join(whole.streaming_content)
    assert len(content) == href["file:size"]
    assert "1220" + hashlib.sha256(content).hexdigest() == href["file:checksum"]
    for asked, wanted in (("bytes=0-99", content[:100]), ("bytes=100-", content[100:]), ("bytes=-7", content[-7:]), ("bytes=5-999999999", content[5:])):
        part = stac(href["href"], 206, headers={"Range": asked})
        assert b"".join(part.streaming_content) == wanted
        assert part["Content-Range"].endswith(f"/{len(content)}")
    assert stac(href["href"], 416, headers={"Range": f"bytes={len(content)}-"})["Content-Range"] == f"bytes */{len(content)}"
    stac(href["href"], 304, headers={"If-None-Match": whole["ETag"]})
    stac(href["href"], 200, headers={"Range": "bytes=0-9", "If-Range": '"older"'}).close()
    whole.close()


def test_in_a_part_of_the_land_files_are_cut_and_hidden_layers_are_absent(stac, api):
    found = stac("/collections/ortho-part/items")["features"]
    assert len(found) == 2
    middle = lonlat(200, 0)[0]
    assert all(each["bbox"][2] <= middle + 1e-4 for each in found)
    partial = next(each for each in found if "2024" in each["id"])
    stac(f"/collections/ortho-part/items/{partial['id']}/data.tif", 403)
    assert "file:checksum" not in partial["assets"]["data"]
    copy = api.client.get(partial["assets"]["data"]["href"].removeprefix("http://testserver"))
    with MemoryFile(b"".join(copy.streaming_content)) as memory, memory.open() as file:
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert file.width <= 210
    assert ids(stac("/search", collections="ortho-part", bbox=",".join(map(repr, (*lonlat(300, 200), *lonlat(350, 150)))))) == []
    secret = stac("/collections/dem-secret", 404)
    assert secret == stac("/collections/nope", 404)
    row = models.RasterFile.objects.get(layer__slug="dem-secret")
    assert not any(row.sha256[:8] in each["id"] and each["collection"] == "dem-secret" for each in stac("/search", limit="100")["features"])
    stac(f"/collections/dem-secret/items/dem_20240512_{row.sha256[:8]}/data.tif", 404)
    assert (settings.GEOBASE.store / row.path).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [
    {"limit": "0"}, {"limit": "-1"}, {"limit": "١"}, {"bbox": "1,2,3"}, {"bbox": "nan,1,2,3"}, {"bbox": "1,5,2,3"}, {"datetime": "2020-13-40/.."},
    {"intersects": "{"}, {"intersects": '{"type":"GeometryCollection","geometries":[]}'}, {"intersects": '{"type":"Polygon","coordinates":[[1]]}'},
    {"sortby": "nope"}, {"filter": "nope = 1"}, {"filter": "gsd = 'a'"}, {"filter": "gsd ^ 9999 > 1 AND (gsd + 9) ^ 9999 > 1"}, {"filter": "(" * 5000}, {"filter-lang": "sql", "filter": "gsd > 1"},
    {"token": "forged"}, {"nope": "1"}, {"bbox": "1,2,3,4", "intersects": '{"type":"Point","coordinates":[1,2]}'},
])  # fmt: skip
def test_bad_questions_get_a_problem(stac, wrong):
    assert stac("/search", 400, **wrong)["status"] == 400


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["", "[]", "{", '{"limit": "ten"}', '{"limit": true}', '{"bbox": 7}', '{"ids": "a"}', '{"nope": 1}', '{"filter": 5}', '{"fields": {"include": 5}}', '{"sortby": [{"field": "x"}]}', '{"datetime": 5}', "[" * 100_000])
def test_bad_bodies_get_a_problem(stac, wrong):
    assert stac("/search", 400, body=wrong)["status"] == 400


def test_a_lost_file_takes_no_list_away(stac, api, tmp_path):
    row = models.RasterFile.objects.get(layer__slug="dem")
    place = settings.GEOBASE.store / row.path
    kept = place.rename(tmp_path / "kept.tif")
    cogs.forget()
    native._kept.clear()
    try:
        assert any(each["id"] == "dem" for each in api.json("/collections")["collections"])
        found = stac("/search", collections="dem")["features"][0]
        assert "data" not in found["assets"]
        assert stac(f"/collections/dem/items/{found['id']}/data.tif", 503)["status"] == 503
        api.get("/collections/dem/coverage", 503)
    finally:
        kept.rename(place)
        cogs.forget()
