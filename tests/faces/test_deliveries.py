"""The deliveries' REST: uploads in pieces, what is told meanwhile, publication by two persons, and who may do it."""

import hashlib
import json

import pytest
from django.test import Client

from ingest import pipeline
from layers import credentials, models, services
from tests.integration.jobs.conftest import _world  # noqa: F401 - the same ready registry
from tests.integration.jobs.world import parcels, seen

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/deliveries/api"
ROWS = {"1": "0101", "2": "0102", "3": "0103"}


@pytest.fixture
def secret(transactional_db):
    credentials._keys.cache_clear()  # kept by revision, and every test's begins at 1
    department = models.Department.objects.create(code="d", name_zh="测绘院")
    return services.issue_key("tester", models.ApiKey(name="k", department=department, role="staff"))


@pytest.fixture
def api(secret):
    return Client(headers={"X-API-Key": secret})


def post(client, path, body=None):
    return client.post(f"{HOME}/{path}", json.dumps(body or {}), content_type="application/json")


def put(client, path, data, **headers):
    return client.put(path, data, content_type="application/octet-stream", headers=headers)


def work():
    for each in models.Delivery.objects.exclude(goal=""):
        pipeline.advance(each.pk)


def uploaded(client, path, **more):
    data = path.read_bytes()
    told = post(client, "uploads", {"name": path.name, "files": [{"path": path.name, "size": len(data), **more}]}).json()
    assert put(client, told["files"][0]["href"], data).status_code == 200
    return post(client, f"uploads/{told['id']}/finish")


def test_an_upload_is_resumed_where_it_broke_off_and_becomes_a_published_delivery(api, tmp_path):
    path = parcels(tmp_path / "parcels.geojson", ROWS)
    data = path.read_bytes()
    answer = post(api, "uploads", {"name": "地块", "files": [{"path": "成果/parcels.geojson", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}]})
    assert answer.status_code == 201
    href = answer.json()["files"][0]["href"]
    assert put(api, href, data[:100]).json() == {"offset": 100, "size": len(data)}
    assert post(api, f"uploads/{answer.json()['id']}/finish").status_code == 409
    wrong = put(api, href, data[50:], **{"Content-Range": f"bytes 50-{len(data) - 1}/{len(data)}"})
    assert (wrong.status_code, wrong["Upload-Offset"], wrong["Content-Type"]) == (409, "100", "application/problem+json")
    assert api.get(answer["Location"]).json()["files"][0]["offset"] == 100
    assert put(api, href, data[100:], **{"Content-Range": f"bytes 100-{len(data) - 1}/{len(data)}"}).status_code == 200
    done = post(api, f"uploads/{answer.json()['id']}/finish")
    assert (done.status_code, done.json()["state"]) == (201, "finished")
    sha = done.json()["delivery"]
    assert sha == hashlib.sha256(data).hexdigest()
    work()
    home = f"{HOME}/deliveries/{sha}"
    told = api.get(home).json()
    assert (told["status"], told["parts"][0]["target"], told["preview"]["parcels"]["added"]) == ("staged", "parcels", 3)
    assert [each["state"] for each in told["steps"].values()] == ["done"] * 4
    assert api.get(f"{home}/findings").json()["total"] == sum(told["counts"].values())
    assert post(api, f"deliveries/{sha}/publish").status_code == 409
    put(api, f"{home}/mapping", json.dumps({"mapping": {told["parts"][0]["key"]: "cun"}}))
    work()
    changes = api.get(f"{home}/changes?layer=cun").json()
    assert [each["properties"]["change"] for each in changes["features"]] == ["added"] * 3
    assert post(api, f"deliveries/{sha}/publish").status_code == 202
    work()
    assert api.get(home).json()["status"] == "published"
    models.Grant.objects.create(subject="everyone", layer=models.Layer.objects.get(slug="cun"), operations=["query"])
    services.audit.bump(rules=1)
    assert seen("cun") == ROWS
    assert post(api, f"deliveries/{sha[:10]}/rollback").status_code == 202
    work()
    assert (api.get(home).json()["status"], seen("cun")) == ("withdrawn", {})


def test_the_same_bytes_uploaded_again_are_the_same_delivery(api, tmp_path):
    path = parcels(tmp_path / "parcels.geojson", ROWS)
    first = uploaded(api, path).json()["delivery"]
    work()
    assert uploaded(api, path).json()["delivery"] == first
    assert api.get(f"{HOME}/deliveries").json()["deliveries"][0]["status"] == "staged"


def test_bytes_damaged_on_the_way_are_asked_for_again(api, tmp_path):
    path = parcels(tmp_path / "parcels.geojson", ROWS)
    answer = uploaded(api, path, sha256="0" * 64)
    assert (answer.status_code, answer.json()["title"]) == (409, "ChecksumMismatch")
    upload = models.Upload.objects.get()
    assert api.get(f"{HOME}/uploads/{upload.pk}").json()["received"] == 0


@pytest.mark.parametrize(
    "files",
    [
        [], [{"path": "../a", "size": 1}], [{"path": "a", "size": -1}], [{"path": "a", "size": 1}, {"path": "A", "size": 1}],
        [{"path": "a", "size": 1, "sha256": "x"}], ["a"], [{"path": "a\n", "size": 1}],
    ],
)  # fmt: skip
def test_a_list_of_files_that_is_wrong_is_refused_by_name(api, files):
    answer = post(api, "uploads", {"files": files})
    assert (answer.status_code, answer["Content-Type"], answer.json()["parameter"][:5]) == (400, "application/problem+json", "files")


def test_more_than_the_quota_is_refused(api, settings):
    size = settings.GEOBASE.upload_megabytes << 20
    assert post(api, "uploads", {"files": [{"path": "a", "size": size + 1}]}).status_code == 413
    upload = post(api, "uploads", {"files": [{"path": "a", "size": 3}]}).json()
    assert put(api, upload["files"][0]["href"], b"abcd").status_code == 413


def test_for_others_than_staff_there_are_no_deliveries_and_a_cookie_needs_the_token(client, api, tmp_path):
    assert client.get(f"{HOME}/deliveries").status_code == 404
    models.User.objects.create_user("consumer", password="x", role="consumer")  # noqa: S106
    client.login(username="consumer", password="x")  # noqa: S106
    assert client.get(f"{HOME}/deliveries").status_code == 404
    models.User.objects.create_user("staff", password="x", role="staff")  # noqa: S106
    person = Client(enforce_csrf_checks=True)
    person.login(username="staff", password="x")  # noqa: S106
    assert person.get(f"{HOME}/deliveries").status_code == 200
    assert post(person, "uploads", {"files": [{"path": "a", "size": 1}]}).status_code == 403
    upload = post(api, "uploads", {"files": [{"path": "a", "size": 1}]}).json()
    assert person.get(upload["links"]["self"]).status_code == 404


def test_who_asked_for_a_publication_cannot_be_the_second_person(api, tmp_path):
    pipeline.run(parcels(tmp_path / "parcels.geojson", ROWS), pipeline.Options(level=0))
    models.Layer.objects.update(needs_approval=True)
    sha = uploaded(api, parcels(tmp_path / "b" / "parcels.geojson", {**ROWS, "1": "0909"})).json()["delivery"]
    work()
    put(api, f"{HOME}/deliveries/{sha}/mapping", "{}")
    post(api, f"deliveries/{sha}/publish")
    work()
    assert api.get(f"{HOME}/deliveries/{sha}").json()["status"] == "approval"
    assert post(api, f"deliveries/{sha}/approve").status_code == 403
    models.User.objects.create_user("second", password="x", role="steward")  # noqa: S106
    second = Client()
    second.login(username="second", password="x")  # noqa: S106
    assert post(second, f"deliveries/{sha}/approve").status_code == 202
    work()
    assert seen()["1"] == "0909"
    entries = models.AuditEntry.objects.values_list("action", "actor")
    assert ("approve", "second") in entries


@pytest.mark.parametrize("path", ["deliveries/zz", "deliveries/00000000", "uploads/x", "uploads/00000000-0000-0000-0000-000000000000"])
def test_what_is_not_there_is_a_404_problem(api, path):
    answer = api.get(f"{HOME}/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
