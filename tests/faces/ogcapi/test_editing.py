"""OGC API Features Part 4: who may write what, and that nothing is lost."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pyarrow as pa
import pytest
from django.contrib.auth import get_user_model
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection, connections
from django.test import Client

from ingest.load import _hashes
from layers import access, content, crs, editing, history, models, services, versions
from layers.editing import Change
from layers.errors import NotAllowed
from tests.faces.ogcapi.conftest import Api
from tests.faces.ogcapi.world import COUNT, ITEMS, row

EDITING = ["discover", "view", "query", "edit"]
SQUARE = {"type": "Polygon", "coordinates": [[[116.7, 38.6], [116.71, 38.6], [116.71, 38.61], [116.7, 38.61], [116.7, 38.6]]]}
PUBLIC_AREA = MultiPolygon(Polygon.from_bbox((116.45, 37.9, 116.75, 38.15)), srid=4490)


def allow(slug="buildings", **choices):
    services.save("tester", models.Grant(subject="everyone", layer=models.Layer.objects.get(slug=slug), operations=EDITING, **choices))


def send(api, method, path, body=None, expected=None, media="application/geo+json", **headers):
    data = body if isinstance(body, str) else json.dumps(body)
    answer = getattr(api.client, method)(f"/ogc{path}", data, content_type=media, headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert expected is None or answer.status_code == expected, (answer.status_code, answer.content[:300])
    return answer


def feature(**properties):
    return {"type": "Feature", "geometry": SQUARE, "properties": properties}


@pytest.mark.conformance("ogcapi-features-4/1.0/conf/create-replace-delete", "ogcapi-features-4/1.0/conf/features")
def test_a_feature_is_created_replaced_and_deleted_each_as_one_version(changing):
    allow()
    made = send(changing, "post", ITEMS, feature(名称="新楼", 层数=3, built="2024-02-03", listed=True), 201)
    path = made["Location"].removeprefix("http://testserver/ogc")
    body = changing.json(path)
    assert body["properties"] == {"名称": "新楼", "层数": 3, "area": None, "built": "2024-02-03", "listed": True}
    assert body["geometry"] == SQUARE
    send(changing, "put", path, feature(名称="新楼", area=1.5), 204)
    assert changing.json(path)["properties"] == {"名称": "新楼", "层数": None, "area": 1.5, "built": None, "listed": None}
    assert changing.json(ITEMS)["numberMatched"] == COUNT + 1
    send(changing, "delete", path, expected=204)
    changing.get(path, 404)
    assert changing.json("/collections/buildings")["version"] == 4
    assert changing.json(f"{path}?version=2")["properties"]["层数"] == 3


@pytest.mark.conformance("ogcapi-features-4/1.0/conf/update")
def test_a_patch_changes_what_it_names_and_nothing_else(changing):
    allow()
    before = changing.json(f"{ITEMS}/3")
    send(changing, "patch", f"{ITEMS}/3", {"properties": {"层数": 9, "built": None}}, 204, media="application/merge-patch+json")
    after = changing.json(f"{ITEMS}/3")
    assert after["properties"] == {**before["properties"], "层数": 9, "built": None}
    assert after["geometry"] == before["geometry"]
    send(changing, "patch", f"{ITEMS}/3", {"geometry": SQUARE}, 204)
    assert changing.json(f"{ITEMS}/3")["geometry"] == SQUARE
    send(changing, "patch", f"{ITEMS}/3", {"properties": {"层数": 9}}, 204)
    assert changing.json("/collections/buildings")["version"] == 3, "a change that changes nothing is no version"


def test_each_edit_is_a_version_with_its_author(changing):
    user = get_user_model().objects.create_user("li.gong", role="staff")
    changing.client.force_login(user)
    send(changing, "patch", f"{ITEMS}/3", {"properties": {"层数": 9}}, 204)
    entry = models.AuditEntry.objects.filter(action="edit").get()
    assert (entry.actor, entry.kind) == ("li.gong", "version")
    version = models.Version.objects.get(pk=entry.detail["id"])
    assert (version.number, version.added, version.changed, version.removed, version.count) == (2, 0, 1, 0, COUNT)
    assert str(version.survey_date) == "2024-05-01"


@pytest.mark.conformance("ogcapi-features-4/1.0/conf/optimistic-locking-etags", "ogcapi-features-4/1.0/conf/optimistic-locking-timestamps")
def test_a_stale_copy_is_refused_by_etag_and_by_date(changing):
    allow()
    first = changing.get(f"{ITEMS}/3")
    send(changing, "patch", f"{ITEMS}/3", {"properties": {"层数": 8}}, 204, If_Match=first["ETag"])
    for condition in (first["ETag"], f"W/{changing.get(f'{ITEMS}/3')['ETag']}", '"x"', ""):
        for method in ("put", "patch", "delete"):
            send(changing, method, f"{ITEMS}/3", feature(名称="x"), 412, If_Match=condition)
    tag = changing.get(f"{ITEMS}/3?crs={crs.offered('EPSG:4490').uri}")["ETag"]
    send(changing, "patch", f"{ITEMS}/3", {"properties": {"层数": 7}}, 204, If_Match=f'"other", {tag}')
    models.Version.objects.filter(number=1).update(published="2020-01-01T00:00:00.7Z")
    models.Version.objects.filter(number=2).update(published="2021-01-01T00:00:00.7Z")
    models.Version.objects.filter(number=3).update(published="2022-01-01T00:00:00.7Z")
    old, now = "Fri, 01 Jan 2021 00:00:00 GMT", "Sat, 01 Jan 2022 00:00:00 GMT"
    history._versions.cache_clear()
    assert changing.get(f"{ITEMS}/3")["Last-Modified"] == now
    send(changing, "delete", f"{ITEMS}/3", expected=412, If_Unmodified_Since=old)
    send(changing, "delete", f"{ITEMS}/3", expected=204, If_Unmodified_Since=now)


def test_concurrent_edits_lose_nothing(changing):
    allow()

    def work(number):
        try:
            for _ in range(20):
                client = Client()
                answer = client.get(f"/ogc{ITEMS}/1")
                floors = json.loads(answer.content)["properties"]["层数"]
                done = client.patch(f"/ogc{ITEMS}/1", json.dumps({"properties": {"层数": floors + 1}}), content_type="application/merge-patch+json", headers={"If-Match": answer["ETag"]})
                if done.status_code == 204:
                    return 1
                assert done.status_code == 412
            return 0
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = sum(pool.map(work, range(8)))
    assert done == 8
    assert changing.json(f"{ITEMS}/1")["properties"]["层数"] == row(0)[1] + 8
    with connection.cursor() as cursor:
        table = access.whole("buildings").spec.table
        cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE until IS NULL) FROM {table} WHERE fid = 1")
        assert cursor.fetchone() == (9, 1)


def test_a_transaction_is_one_version_or_nothing(changing):
    allow()
    tag = changing.get(f"{ITEMS}/4")["ETag"]
    body = {
        "create": [feature(名称="甲"), feature(名称="乙")],
        "update": [{"id": 2, "properties": {"层数": 6}}, {"id": 4, "properties": {"层数": 5}, "ifMatch": tag}],
        "delete": [{"id": 3}],
    }
    done = json.loads(send(changing, "post", "/collections/buildings/transactions", body, 200, media="application/json").content)
    assert done == {"version": 2, "ids": [26, 27, 2, 4, 3]}
    version = models.Version.objects.get(number=2)
    assert (version.added, version.changed, version.removed, version.count) == (2, 2, 1, COUNT + 1)
    bad = {"create": [feature(名称="丙")], "update": [{"id": 4, "properties": {"层数": 1}, "ifMatch": tag}]}
    send(changing, "post", "/collections/buildings/transactions", bad, 412, media="application/json")
    send(changing, "post", "/collections/buildings/transactions", {"delete": [{"id": 5}, {"id": 5}]}, 422, media="application/json")
    assert changing.json("/collections/buildings")["version"] == 2
    assert changing.json(ITEMS, filter="名称='丙'")["numberMatched"] == 0
    several = send(changing, "post", ITEMS, {"type": "FeatureCollection", "features": [feature(名称="丁"), feature(名称="戊")]}, 201)
    assert json.loads(several.content)["version"] == 3


def test_who_may_not_edit_is_told_so_and_hidden_layers_are_absent(changing):
    for method, path in (("post", ITEMS), ("put", f"{ITEMS}/1"), ("patch", f"{ITEMS}/1"), ("delete", f"{ITEMS}/1"), ("post", "/collections/buildings/transactions")):
        send(changing, method, path, feature(名称="x"), 403)
        hidden = send(changing, method, path.replace("buildings", "secret"), feature(名称="x"), 404)
        assert hidden.content == send(changing, method, path.replace("buildings", "absent"), feature(名称="x"), 404).content
    assert changing.client.options(f"/ogc{ITEMS}")["Allow"] == "GET, HEAD, OPTIONS"
    allow()
    assert changing.client.options(f"/ogc{ITEMS}")["Allow"] == "GET, HEAD, OPTIONS, POST"
    assert changing.client.options(f"/ogc{ITEMS}/1")["Allow"] == "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"
    paths = changing.json("/api")["paths"]
    assert paths[ITEMS].keys() == {"get", "post"}
    assert paths[f"{ITEMS}/{{featureId}}"].keys() == {"get", "put", "patch", "delete"}
    send(changing, "put", ITEMS, feature(名称="x"), 405)


def test_an_edit_grant_narrows_by_area_rows_and_fields(changing):
    allow(area=PUBLIC_AREA, filter="层数 < 5", columns=["层数", "area"])
    # fids 1–3 and 6–8 lie inside the area; their floors are 0 1 2 and 5 6 0.
    send(changing, "patch", f"{ITEMS}/2", {"properties": {"层数": 4}}, 204)
    send(changing, "patch", f"{ITEMS}/6", {"properties": {"层数": 4}}, 404)  # the row is outside the filter
    send(changing, "patch", f"{ITEMS}/20", {"properties": {"层数": 4}}, 404)  # outside the area
    send(changing, "delete", f"{ITEMS}/20", expected=404)
    send(changing, "patch", f"{ITEMS}/2", {"properties": {"层数": 7}}, 403)  # the result would leave the filter
    send(changing, "patch", f"{ITEMS}/2", {"geometry": SQUARE}, 403)  # and here the area
    answer = send(changing, "patch", f"{ITEMS}/2", {"properties": {"名称": "x"}}, 422)  # a field that is not given
    assert json.loads(answer.content)["parameter"] == "名称"
    send(changing, "post", ITEMS, feature(层数=1), 403)
    inside = {"type": "Polygon", "coordinates": [[[116.6, 38.0], [116.62, 38.0], [116.62, 38.02], [116.6, 38.02], [116.6, 38.0]]]}
    send(changing, "put", f"{ITEMS}/2", {"type": "Feature", "geometry": inside, "properties": {"层数": 2}}, 204)
    kept = changing.json(f"{ITEMS}/2")["properties"]
    assert (kept["名称"], kept["层数"], kept["area"], kept["built"]) == ("楼<1>&", 2, None, "2001-01-01")


def test_a_row_partly_outside_the_area_is_left_alone(changing):
    allow(area=MultiPolygon(Polygon.from_bbox((116.4, 37.9, 116.505, 38.5)), srid=4490))
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 403)
    send(changing, "delete", f"{ITEMS}/1", expected=403)


@pytest.mark.parametrize(
    ("body", "status", "parameter"),
    [
        (feature(无此=1), 422, "无此"), (feature(层数="x"), 422, "层数"), (feature(层数=1.5), 422, "层数"), (feature(层数=2**70), 422, "层数"),
        (feature(area=True), 422, "area"), (feature(built="2024-13-01"), 422, "built"), (feature(listed=1), 422, "listed"), (feature(名称="a\x00"), 422, "名称"),
        (feature(名称="\ud800"), 422, "名称"), (feature(名称="楼<2>&"), 409, "名称"), ({"type": "Feature", "properties": []}, 422, "properties"),
        ({"type": "Feature", "properties": {}, "geometry": None}, 422, "geometry"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [1, 2]}}, 422, "geometry"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]]}}, 422, "geometry"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [999, 1], [0, 1], [0, 0]]]}}, 422, "geometry"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": "x"}}, 422, "geometry"), ({"type": "Feature", "geometry": 7}, 422, "geometry"),
        ('{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":' + "[" * 2000 + "]" * 2000 + "}}", 422, "geometry"),
        ('{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":' + "[" * 50_000 + "]" * 50_000 + "}}", 400, "body"),
        ('{"x":"' + "x" * 4_200_000 + '"}', 413, "body"), ("楼".encode("gbk").decode("latin-1"), 400, "body"),
        ("{", 400, "body"), ("[]", 400, "body"), ("[" * 100_000, 400, "body"), ('{"type":"Feature","properties":{"area":NaN}}', 400, "body"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_schema_is_refused_naming_the_field(edited, body, status, parameter):
    answer = send(edited, "post", ITEMS, body, status)
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["parameter"] == parameter


@pytest.fixture
def edited(world, django_db_blocker):
    """The common world, which these tests must leave as it is, with a session of an editor."""
    with django_db_blocker.unblock():
        user, _ = get_user_model().objects.get_or_create(username="editor", defaults={"role": "staff"})
        api = Api()
        api.client.force_login(user)
        yield api


def test_a_body_comes_in_every_crs_and_only_as_json(changing):
    allow()
    corner = SQUARE["coordinates"][0]
    for offered in crs.OFFERED:
        points = corner if crs.is_degrees(offered.srid) else [crs.transformer(4490, offered.srid).transform(*each) for each in corner]
        ring = [list(each)[::-1] if offered.is_swapped else list(each) for each in points]
        body = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {}}
        path = send(changing, "post", ITEMS, body, 201, Content_Crs=f"<{offered.uri}>")["Location"].removeprefix("http://testserver/ogc")
        found = changing.json(path)["geometry"]["coordinates"][0]
        assert [pytest.approx(each, abs=2e-9) for each in corner] == found, offered.name
    send(changing, "post", ITEMS, body, 400, Content_Crs="<http://example.org/x>")
    send(changing, "post", ITEMS, body, 415, media="text/plain")


def test_another_sites_page_cannot_use_a_session(changing):
    user = get_user_model().objects.create_user("li.gong", role="staff")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    changing.client = strict
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 403, Origin="http://evil.example")
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 403, Sec_Fetch_Site="cross-site")
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 204, Origin="http://testserver", Sec_Fetch_Site="same-origin")


def test_an_edit_undoes_what_an_abandoned_publication_wrote(changing):
    allow()
    table = access.whole("buildings").spec.table
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (fid, since) VALUES (999, 2)")
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 204)
    assert changing.json(ITEMS)["numberMatched"] == COUNT
    changing.get(f"{ITEMS}/999", 404)


def test_an_edit_waits_for_a_publication_and_gives_up_in_the_end(changing, monkeypatch):
    allow()
    monkeypatch.setattr(editing, "_PATIENCE_S", 0.2)
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext('buildings'))", [versions._LOCK_CLASS])
        answer = send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 503)
        assert answer["Retry-After"]
        cursor.execute("SELECT pg_advisory_unlock(%s, hashtext('buildings'))", [versions._LOCK_CLASS])
    send(changing, "patch", f"{ITEMS}/1", {"properties": {"层数": 4}}, 204)


def test_an_edited_row_hashes_as_a_delivered_one():
    values = ["a", 3, 1.5, None, True]
    columns = [pa.array([each]) for each in values]
    assert next(iter(_hashes([b"\x01"], columns))) == "\\x" + content.digest(b"\x01", values).hex()


def test_the_service_takes_no_view_but_one_for_edits(changing):
    view = access.decide(access.Principal(0), "buildings", "query")
    with pytest.raises(NotAllowed):
        editing.edit("x", view, [Change("delete", 1)])


def test_a_desktop_program_edits_with_a_key_as_qgis_does(changing):
    """OPTIONS for what is allowed, POST with Content-Crs, the id from Location, PATCH or PUT, DELETE."""
    office = models.Department.objects.create(code="survey", name_zh="测绘院")
    key = models.ApiKey(name="qgis", department=office, role="staff")
    basic = base64.b64encode(f"any:{services.issue_key('tester', key)}".encode()).decode()
    changing.client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Basic {basic}"})
    assert "POST" in changing.client.options(f"/ogc{ITEMS}")["Allow"]
    uri = crs.offered("EPSG:4548").uri
    x, y = crs.transformer(4490, 4548).transform(116.7, 38.6)
    ring = [[y, x], [y, x + 10], [y + 10, x + 10], [y + 10, x], [y, x]]
    body = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}, "properties": {"名称": "界桩房", "层数": 1}}
    made = send(changing, "post", ITEMS, body, 201, Content_Crs=f"<{uri}>")
    path = f"{ITEMS}/{made['Location'].rsplit('/', 1)[1]}"
    found = changing.json(path, crs=uri)["geometry"]["coordinates"][0]
    assert {(round(a, 2), round(b, 2)) for a, b in found} == {(round(a, 2), round(b, 2)) for a, b in ring}
    assert {"PUT", "PATCH", "DELETE"} <= set(changing.client.options(f"/ogc{path}")["Allow"].split(", "))
    send(changing, "patch", path, {"properties": {"层数": 2}}, 204, media="application/merge-patch+json")
    send(changing, "put", path, {**body, "id": "26", "properties": {"名称": "界桩房"}}, 204, Content_Crs=f"<{uri}>")
    send(changing, "delete", path, expected=204)
    assert set(models.AuditEntry.objects.filter(action="edit").values_list("actor", flat=True)) == {f"key {key.pk}"}
