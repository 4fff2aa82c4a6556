"""JSON-FG, schemas of Part 5, and features as they were: version and asOf."""

import json
from datetime import date

import jsonschema
import pytest
from django.db import connection

from layers import crs, history, models, publication, services, versions
from layers.spec import FieldSpec, Title
from tests.faces.ogcapi.test_editing import SQUARE, allow, feature, send
from tests.faces.ogcapi.world import COUNT, ITEMS, chain, links, publish, row

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CORE = "http://www.opengis.net/spec/json-fg-1/1.0/conf/core"


@pytest.mark.conformance("json-fg-1/1.0/conf/core", "json-fg-1/1.0/conf/types-schemas", "json-fg-1/1.0/conf/api")
def test_json_fg_says_type_schema_time_and_crs_at_its_root(api):
    for query in ({"f": "jsonfg"}, {"profile": "jsonfg"}, {"profile": "http://www.opengis.net/def/profile/OGC/0/jsonfg"}):
        answer = api.get(ITEMS, limit="2", **query)
        assert answer["Content-Type"] == "application/geo+json"
        assert '<http://www.opengis.net/def/profile/OGC/0/jsonfg>; rel="profile"' in answer["Link"]
        body = json.loads(answer.content)
        assert CORE in body["conformsTo"]
        assert (body["featureType"], body["coordRefSys"], body["geometryDimension"]) == ("buildings", CRS84, 2)
        assert api.get(body["featureSchema"].removeprefix("http://testserver/ogc")).status_code == 200
        plain = api.json(ITEMS, limit="2")["features"]
        assert [{k: v for k, v in each.items() if k not in ("time", "place")} for each in body["features"]] == plain
        assert all(each["time"] == {"date": "2024-05-01"} and each["place"] is None for each in body["features"])
        one = api.json(f"{ITEMS}/1", **query)
        assert (one["featureType"], one["time"], one["type"]) == ("buildings", {"date": "2024-05-01"}, "Feature")
    assert "conformsTo" not in api.json(ITEMS)
    assert "place" not in api.json(ITEMS, profile="rfc7946")["features"][0]


def test_what_is_not_lon_lat_stands_in_place_with_a_fallback_where_asked(api):
    plain = api.json(ITEMS, limit="1")["features"][0]["geometry"]
    for offered in crs.OFFERED:
        projected = api.json(ITEMS, limit="1", crs=offered.uri)["features"][0]["geometry"]
        for profile in ("jsonfg", "jsonfg-plus"):
            body = api.json(ITEMS, limit="1", crs=offered.uri, profile=profile)
            found = body["features"][0]
            assert body["coordRefSys"] == offered.uri
            if offered.uri == CRS84:
                assert (found["geometry"], found["place"]) == (plain, None)
            else:
                assert found["place"] == projected
                assert found["geometry"] == (plain if profile == "jsonfg-plus" else None)


@pytest.mark.parametrize("query", [{"profile": "x"}, {"profile": ""}, {"f": "jsonfg", "profile": "rfc7946"}])
def test_an_unknown_profile_is_refused(api, query):
    api.get(ITEMS, 400, **query)
    api.get(f"{ITEMS}/1", 400, **query)


def test_pages_of_json_fg_stay_json_fg(api):
    pages = chain(api, f"http://testserver/ogc{ITEMS}?f=jsonfg&limit=10")
    assert [len(page["features"]) for page in pages] == [10, 10, 5]
    assert all(page["featureType"] == "buildings" for page in pages)
    assert all("f=jsonfg" in links(page)["self"] for page in pages)


@pytest.mark.conformance(
    "ogcapi-features-5/1.0/conf/schemas", "ogcapi-common-3/1.0/conf/schemas", "ogcapi-features-5/1.0/conf/core-roles-features",
    "ogcapi-features-5/1.0/conf/sortables", "ogcapi-common-3/1.0/conf/sortables",
)  # fmt: skip
def test_the_schema_describes_what_items_hold(api):
    schema = api.json("/collections/buildings/schema")
    jsonschema.Draft202012Validator.check_schema(schema)
    roles = {each.get("x-ogc-role"): name for name, each in schema["properties"].items()}
    assert (roles["id"], roles["primary-geometry"]) == ("fid", "geometry")
    assert [each["x-ogc-propertySeq"] for each in schema["properties"].values()] == list(range(1, 8))
    values = {name: each for name, each in schema["properties"].items() if name not in ("fid", "geometry")}
    checker = jsonschema.Draft202012Validator({"type": "object", "properties": values, "additionalProperties": False})
    for found in api.json(ITEMS, limit="100")["features"]:
        checker.validate(found["properties"])
    sortables = api.json("/collections/buildings/sortables")
    assert sortables["$id"].endswith("/sortables?f=json")
    for name in sortables["properties"]:
        api.get(ITEMS, sortby=f"-{name}")


@pytest.mark.conformance("ogcapi-features-5/1.0/conf/returnables-and-receivables", "ogcapi-common-3/1.0/conf/returnables-and-receivables")
def test_what_the_caller_may_not_write_is_read_only(changing):
    def writable():
        return {name for name, each in changing.json("/collections/buildings/schema")["properties"].items() if not each.get("readOnly")}

    assert writable() == set()
    allow(columns=["层数"])
    assert writable() == {"geometry", "层数"}


def test_a_layer_is_shown_as_it_was_by_number_and_by_day(changing):
    allow()
    publish("buildings", [row(number) for number in range(5)], survey=date(2025, 6, 1))
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 9}}, 204)
    for number, day in enumerate(("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z", "2022-01-01T00:00:00Z"), 1):
        models.Version.objects.filter(number=number).update(published=day)
    history._versions.cache_clear()

    def count(**query):
        return changing.json(ITEMS, **query)["numberMatched"]

    assert [count(version=str(number)) for number in (1, 2, 3)] == [COUNT, 5, 5]
    assert (count(asOf="2020-06-01"), count(asOf="2021-06-01T00:00:00+08:00"), count(asOf="2030-01-01")) == (COUNT, 5, 5)
    assert [changing.json(f"{ITEMS}/1", asOf=day)["properties"]["层数"] for day in ("2021-06-01", "2023-01-01")] == [0, 9]
    assert count(asOf="2021-01-01") == 5  # a day means its end
    # The content's date goes with the version.
    assert count(version="1", datetime="2024-05-01") == COUNT
    assert count(datetime="2024-05-01") == 0
    assert changing.json(ITEMS, version="1", f="jsonfg")["features"][0]["time"] == {"date": "2024-05-01"}
    for bad in ({"asOf": "2019-01-01"}, {"asOf": "x"}, {"asOf": ""}, {"asOf": "2021-01-01", "version": "1"}, {"version": "9"}):
        changing.get(ITEMS, 400, **bad)
        changing.get(f"{ITEMS}/1", 400, **bad)


def test_pages_stay_on_their_version_while_features_are_edited(changing):
    allow()
    pages, address = [], f"http://testserver/ogc{ITEMS}?limit=6&sortby=名称"
    while address:
        pages.append(changing.json(address.removeprefix("http://testserver/ogc")))
        send(changing, "post", ITEMS, feature(名称=f"甲{len(pages)}"), 201)
        send(changing, "delete", f"{ITEMS}/{len(pages) * 4}", expected=204)
        address = links(pages[-1]).get("next")
    names = [each["properties"]["名称"] for page in pages for each in page["features"]]
    assert sorted(names) == sorted(row(number)[0] for number in range(COUNT))
    assert SQUARE not in [each["geometry"] for page in pages for each in page["features"]]


def test_pages_of_a_withdrawn_version_are_gone(changing):
    publish("buildings", [row(number) for number in range(COUNT + 5)])
    onward = links(changing.json(ITEMS, limit="4"))["next"].removeprefix("http://testserver/ogc")
    publication.rollback("tester", ["buildings"], {"buildings": 1}, hide=True)
    assert json.loads(changing.get(onward, 410).content)["parameter"] == "cursor"
    changing.get(ITEMS, 400, version="2")
    assert changing.json(ITEMS)["numberMatched"] == COUNT


def test_datetime_asks_the_field_of_moments_where_a_layer_has_one(changing):
    fields = (FieldSpec("站名", "c1", "string", Title("站名")), FieldSpec("时刻", "c2", "datetime", Title("时刻")))
    draft = services.LayerDraft("stations", Title("测站"), "land", geometry="Point", fields=fields, public=True, level=0)
    services.make_layer("tester", draft)
    stage = versions.create_table(0, fields, "s_stations")
    with connection.cursor() as cursor:
        for fid, moment in enumerate(("2024-05-01T08:00:00Z", "2024-05-01T20:00:00+08:00", "2024-05-02T00:00:00Z", None), 1):
            cursor.execute(
                "INSERT INTO geodata.s_stations (fid, since, c1, c2, geom, hash) VALUES (%s, 1, 'a', %s, ST_SetSRID(ST_MakePoint(116, 38), 4490), %s)",
                [fid, moment, str(fid).encode()],
            )
    services.publish("tester", None, [services.StagedRows("stations", stage, date(2020, 1, 1))])
    path = "/collections/stations/items"

    def found(text):
        body = changing.json(path, datetime=text)
        return [each["id"] for each in body["features"]]

    assert found("2024-05-01") == [1, 2, 4]
    assert found("2024-05-01T12:00:00Z") == [2, 4]
    assert found("2024-05-01T12:00:01Z/..") == [3, 4]
    assert found("../2024-04-30") == [4]
    assert found("2020-01-01") == [4], "the survey's date says nothing here"
    changing.get(path, 400, datetime="x")
    times = [each["time"] for each in changing.json(path, profile="jsonfg")["features"]]
    assert times == [{"timestamp": f"2024-05-{day}Z"} for day in ("01T08:00:00", "01T12:00:00", "02T00:00:00")] + [None]
    assert changing.json(f"{path}/2", f="jsonfg")["time"] == times[1]
    interval = changing.json("/collections/stations")["extent"]["temporal"]["interval"]
    assert interval == [["2024-05-01T08:00:00Z", "2024-05-02T00:00:00Z"]]
    assert changing.json("/collections/stations/schema")["properties"]["时刻"]["x-ogc-role"] == "primary-instant"
