"""OGC API - Processes: described, run at once and as jobs, each caller's own, wrong inputs named, outcomes right."""

import io
import json
import zipfile
from collections.abc import Iterator

import numpy as np
import pyogrio
import pytest
import rasterio
import shapely
from django.test import Client
from pyproj import Geod
from rasterio.transform import from_origin

from geoserver_app.processes import running
from ingest.pipeline import Options, run
from layers import models, services
from tests.faces.ogcapi.world import publish
from tests.faces.ogcapi.world import row as building

WEST, NORTH = 485_000, 4_231_000
HILL = {"type": "Polygon", "coordinates": [[[116.8305, 38.2085], [116.8380, 38.2085], [116.8380, 38.2110], [116.8305, 38.2110], [116.8305, 38.2085]]]}


@pytest.fixture
def post(changing, settings, tmp_path) -> Iterator[object]:
    client = Client()

    def send(process, inputs, expected=200, prefer="", **more):
        headers = {"Prefer": prefer} if prefer else {}
        body = json.dumps({"inputs": inputs, **more})
        answer = client.post(f"/ogc/processes/{process}/execution", body, content_type="application/json", headers=headers)
        assert answer.status_code == expected, answer.content[:600]
        return answer

    send.client = client
    return send


@pytest.fixture(autouse=True)
def _folders(folders):
    return folders


@pytest.fixture
def hill(changing, folders):
    """Take in a cone of 60 m, 1 m cells."""
    y, x = np.mgrid[0:400, 0:800]
    heights = np.clip(60 - np.hypot(x - 400, y - 200) / 4, 0, None).astype("float32")
    home = folders / "delivery"
    home.mkdir()
    profile = {"driver": "GTiff", "count": 1, "height": 400, "width": 800, "dtype": "float32", "crs": "EPSG:4548",
               "transform": from_origin(WEST, NORTH, 1, 1)}  # fmt: skip
    with rasterio.open(home / "dem.tif", "w", **profile) as file:
        file.write(heights, 1)
    models.Theme.objects.get_or_create(slug="terrain", defaults={"title_zh": "地形"})
    assert run(home, Options(as_layer="dem", level=0)).published
    top = rasterio.warp.transform("EPSG:4548", "EPSG:4490", [WEST + 400.5], [NORTH - 200.5])
    return top[0][0], top[1][0]


@pytest.mark.conformance(
    "ogcapi-processes-1/1.0/conf/core", "ogcapi-processes-1/1.0/conf/json", "ogcapi-processes-1/1.0/conf/ogc-process-description",
    "ogcapi-processes-1/1.0/conf/html", "ogcapi-processes-1/1.0/conf/oas30",
)  # fmt: skip
def test_processes_are_listed_described_and_defined(changing):
    listed = changing.json("/processes")["processes"]
    assert {"echo", "area-statistics", "buffer", "elevation-profile", "viewshed", "slope-aspect", "contour", "clip-and-ship", "version-diff"} == {
        each["id"] for each in listed
    }
    paths = changing.json("/api")["paths"]
    for each in listed:
        whole = changing.json(f"/processes/{each['id']}")
        assert whole["inputs"]
        assert whole["outputs"]
        assert f"/processes/{each['id']}/execution" in paths
        assert whole["title"] in changing.get(f"/processes/{each['id']}", f="html").content.decode()
    missing = json.loads(changing.get("/processes/nothing", 404).content)
    assert missing["type"].endswith("/no-such-process")


def test_echo_gives_back_raw_and_in_a_document(post):
    inputs = {
        "stringInput": "Value2", "doubleInput": 3.5, "arrayInput": [1, 2, 3], "textsInput": ["a", 2],
        "boundingBoxInput": {"bbox": [1, 2, 3, 4]}, "complexObjectInput": {"value": {"property1": "x", "property5": True}},
    }  # fmt: skip
    body = post("echo", inputs, response="document").json()
    assert body["stringOutput"] == "Value2"
    assert body["arrayOutput"] == [1, 2, 3]
    assert body["textsOutput"] == ["a", 2]
    assert body["boundingBoxOutput"]["value"]["bbox"] == [1, 2, 3, 4]
    raw = post("echo", inputs, outputs={"stringOutput": {}}, response="raw")
    assert raw.content == b"Value2"
    parts = post("echo", inputs, outputs={"stringOutput": {}, "doubleOutput": {}}, response="raw")
    assert parts["Content-Type"].startswith("multipart/related")
    assert b"Value2" in parts.content
    assert b"3.5" in parts.content


@pytest.mark.parametrize(
    ("inputs", "parameter"),
    [
        ({"stringInput": "nope"}, "inputs.stringInput"), ({"nothing": 1}, "inputs.nothing"), ({"arrayInput": [1, "x"]}, "inputs.arrayInput[1]"),
        ({"boundingBoxInput": {"bbox": [1, 2, 3]}}, "inputs.boundingBoxInput"), ({"geometryInput": {"href": "http://127.0.0.1/x"}}, "inputs.geometryInput"),
        ([], "inputs"), ({"doubleInput": 99}, "inputs.doubleInput"), ({"pause": 1e9}, "inputs.pause"),
    ],
)  # fmt: skip
def test_the_wrong_input_is_named(post, inputs, parameter):
    assert post("echo", inputs, 400).json()["parameter"].startswith(parameter)


def test_bodies_that_are_no_requests_are_refused(post):
    send = post.client.post
    for body, kind, status in ((b"{", "application/json", 400), (b"[]", "application/json", 400), (b"[" * 100_000, "application/json", 400),
                               (b"<x/>", "text/xml", 415), (b"x" * 5_000_000, "application/json", 413)):  # fmt: skip
        assert send("/ogc/processes/echo/execution", body, content_type=kind).status_code == status
    assert post.client.get("/ogc/processes/echo/execution").status_code == 405
    assert post("echo", {}, 400, outputs={"nothing": {}}).json()["parameter"] == "outputs.nothing"


@pytest.mark.conformance("ogcapi-processes-1/1.0/conf/job-list", "ogcapi-processes-1/1.0/conf/dismiss")
def test_jobs_are_their_owners_alone_and_can_be_called_off(post, changing):
    person = models.User.objects.create_user("planner", role="planner")
    post.client.force_login(person)
    answer = post("echo", {"stringInput": "Value1"}, 201, prefer="respond-async")
    job = answer.json()
    assert answer["Location"].endswith(f"/ogc/jobs/{job['jobID']}")
    assert job["status"] == "accepted"
    path = f"/ogc/jobs/{job['jobID']}"
    early = post.client.get(f"{path}/results")
    assert early.status_code == 404
    assert early.json()["type"].endswith("/result-not-ready")
    running.run_job.func(job["jobID"])
    assert post.client.get(path, headers={"Accept": "application/json"}).json()["status"] == "successful"
    assert post.client.get(f"{path}/results").json() == {"stringOutput": "Value1", "doubleOutput": 5}
    assert [each["jobID"] for each in post.client.get("/ogc/jobs?f=json").json()["jobs"]] == [job["jobID"]]
    assert Client().get(path).status_code == 404
    assert Client().get("/ogc/jobs?f=json").json()["jobs"] == []
    waiting = post("echo", {"pause": 20}, 201, prefer="respond-async").json()["jobID"]
    assert post.client.delete(f"/ogc/jobs/{waiting}").json()["status"] == "dismissed"
    running.run_job.func(waiting)
    assert post.client.get(f"/ogc/jobs/{waiting}?f=json").json()["status"] == "dismissed"


def test_a_failed_job_says_why_and_a_right_lost_meanwhile_is_lost(post):
    person = models.User.objects.create_user("planner", role="steward")
    post.client.force_login(person)
    job = post("area-statistics", {"collection": "secret"}, 201, prefer="respond-async").json()["jobID"]
    person.role = "consumer"
    services.save("tester", person)
    running.run_job.func(job)
    told = post.client.get(f"/ogc/jobs/{job}?f=json").json()
    assert told["status"] == "failed"
    assert "没有此图层" in told["message"]
    assert post.client.get(f"/ogc/jobs/{job}/results").status_code == 400


def test_areas_are_summed_by_code_within_an_area(post):
    whole = post("area-statistics", {"collection": "buildings", "property": "层数"}).json()["statistics"]["value"]
    assert sum(each["count"] for each in whole["rows"]) == 25
    square = shapely.box(116.5, 38.0, 116.51, 38.01)
    expected = abs(Geod(ellps="GRS80").geometry_area_perimeter(square)[0])
    half = {"type": "Polygon", "coordinates": [[[116.5, 38.0], [116.505, 38.0], [116.505, 38.01], [116.5, 38.01], [116.5, 38.0]]]}
    (found,) = post("area-statistics", {"collection": "buildings", "property": "层数", "area": half}).json()["statistics"]["value"]["rows"]
    assert found["code"] == "0"
    assert found["ellipsoidalArea"] == pytest.approx(expected / 2, rel=1e-5)
    assert found["mu"] == pytest.approx(expected / 2 * 15 / 10_000, rel=1e-4)
    assert post("area-statistics", {"collection": "secret"}, 404).json() == post("area-statistics", {"collection": "nothing"}, 404).json()
    assert post("area-statistics", {"collection": "buildings", "property": "no"}, 400).json()["parameter"] == "inputs.property"


def test_a_buffer_is_as_wide_as_asked(post):
    made = post("buffer", {"geometry": {"type": "Point", "coordinates": [116.83, 38.2]}, "distance": 100}, outputs={"buffer": {}}).json()
    area, _ = Geod(ellps="GRS80").geometry_area_perimeter(shapely.from_geojson(json.dumps(made["geometry"])))
    assert abs(area) == pytest.approx(np.pi * 100**2, rel=0.003)
    assert post("buffer", {"geometry": {"type": "Point", "coordinates": [485_000, 4_231_000]}, "distance": 1}, 400)


def test_terrain_is_measured_on_a_known_hill(post, hill):
    lon, lat = hill
    line = {"type": "LineString", "coordinates": [[lon - 0.001, lat], [lon, lat], [lon + 0.001, lat]]}
    profile = post("elevation-profile", {"line": line, "samples": 50}).json()["profile"]["value"]
    assert profile["max"] == pytest.approx(60, abs=0.5)
    assert profile["length"] == pytest.approx(Geod(ellps="GRS80").inv(lon - 0.001, lat, lon + 0.001, lat)[2], rel=1e-4)
    assert profile["ascent"] == pytest.approx(profile["descent"], abs=1.0)
    near = shapely.Point(lon, lat).buffer(0.0008)
    area = json.loads(shapely.to_geojson(near))
    slope = post("slope-aspect", {"area": area, "cell": 2}, outputs={"statistics": {}}).json()
    assert slope["mean"] == pytest.approx(np.degrees(np.arctan(0.25)), abs=0.5)
    contours = post("contour", {"area": area, "interval": 10}, outputs={"contours": {}}).json()
    assert {each["properties"]["ELEV"] for each in contours["features"]} <= {40.0, 50.0, 60.0}
    fifty = [shapely.from_geojson(json.dumps(each["geometry"])) for each in contours["features"] if each["properties"]["ELEV"] == 50]
    reach = max(Geod(ellps="GRS80").inv(lon, lat, *place)[2] for each in fifty for place in shapely.get_coordinates(each))
    assert reach == pytest.approx(40, abs=1.5)
    seen = post("viewshed", {"observer": {"type": "Point", "coordinates": [lon, lat]}, "radius": 150, "cell": 2}, outputs={"viewshed": {}}).json()
    assert seen["properties"]["share"] > 0.95  # from the top of a cone all of it is seen


def test_an_area_is_shipped_with_metadata_licence_and_lineage(post, tmp_path):
    area = {"type": "Polygon", "coordinates": [[[116.495, 37.995], [116.72, 37.995], [116.72, 38.115], [116.495, 38.115], [116.495, 37.995]]]}
    for format_, crs in (("gpkg", "EPSG:4548"), ("shp", "EPSG:4490"), ("csv", "EPSG:4490"), ("geojson", "EPSG:4490"), ("dxf", "EPSG:4548")):
        asked = {"collections": ["buildings"], "area": area, "format": format_, "crs": crs}
        job = post("clip-and-ship", asked, 201).json()["jobID"]
        running.run_job.func(job)
        told = post.client.get(f"/ogc/jobs/{job}?f=json").json()
        assert told["status"] == "successful", told
        answer = post.client.get(f"/ogc/jobs/{job}/results/package")
        archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
        assert "来自" in archive.read("README.txt").decode("utf-8-sig") or "第 1 版" in archive.read("README.txt").decode("utf-8-sig")
        assert b"gmd:MD_Metadata" in archive.read("buildings.xml")
        if format_ == "gpkg":
            (tmp_path / "buildings.gpkg").write_bytes(archive.read("buildings.gpkg"))
            data = pyogrio.read_info(tmp_path / "buildings.gpkg")
            assert (data["features"], data["crs"]) == (6, "EPSG:4548")
            assert "名称" in list(data["fields"])
        if format_ == "geojson":
            shipped = json.loads(archive.read("buildings.geojson"))["features"]
            assert {each["properties"]["名称"] for each in shipped} == {building(n)[0] for n in (0, 1, 2, 5, 6, 7)}


def test_rasters_are_shipped_cut_and_in_their_own_grid(post, hill, tmp_path):
    lon, lat = hill
    area = json.loads(shapely.to_geojson(shapely.Point(lon, lat).buffer(0.0005)))
    job = post("clip-and-ship", {"collections": ["dem"], "area": area, "crs": "EPSG:4548"}, 201).json()["jobID"]
    running.run_job.func(job)
    answer = post.client.get(f"/ogc/jobs/{job}/results/package")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    (tmp_path / "dem.tif").write_bytes(archive.read("dem.tif"))
    with rasterio.open(tmp_path / "dem.tif") as file:
        values = file.read(1, masked=True)
        assert file.res == (1.0, 1.0)
        assert values.max() == pytest.approx(60, abs=0.5)
        assert values.mask[0, 0]


def test_sheets_counties_and_limits_bound_a_shipment(post, settings):
    assert post("clip-and-ship", {"collections": ["secret"]}, 201)
    job = post("clip-and-ship", {"collections": ["buildings"], "sheet": "J50"}, 201).json()["jobID"]
    running.run_job.func(job)
    assert post.client.get(f"/ogc/jobs/{job}?f=json").json()["status"] == "successful"
    for inputs in ({"sheet": "Q99"}, {"county": "没有"}, {"sheet": "J50", "area": HILL}):
        job = post("clip-and-ship", {"collections": ["buildings"], **inputs}, 201).json()["jobID"]
        running.run_job.func(job)
        assert post.client.get(f"/ogc/jobs/{job}?f=json").json()["status"] == "failed"


def test_versions_are_compared(post):
    rows = [building(number) for number in range(25)]
    publish("buildings", [*rows[1:], ("新楼", 3, 9.0, rows[0][3], True, 117.2, 38.4)])
    body = post("version-diff", {"collection": "buildings"}).json()
    summary = body["summary"]["value"]
    assert (summary["added"], summary["changed"], summary["removed"]) == (1, 0, 1)
    assert len(body["changes"]["value"]["features"]) == 2
    assert post("version-diff", {"collection": "buildings", "from": 9}, 400).json()["parameter"] == "inputs.from"


def test_outcomes_are_kept_for_the_days_the_settings_say(post):
    job = post("clip-and-ship", {"collections": ["buildings"]}, 201).json()["jobID"]
    running.run_job.func(job)
    assert running.folder_of(job).is_dir()
    models.ProcessJob.objects.update(finished="2020-01-01T00:00:00Z")
    running.run_job.func(post("echo", {}, 201, prefer="respond-async").json()["jobID"])
    assert not running.folder_of(job).exists()
    assert post.client.get(f"/ogc/jobs/{job}").status_code == 404
