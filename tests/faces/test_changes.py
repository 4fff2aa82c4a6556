"""The change feed and the differences of versions, as anybody's program reads them."""

import json

import numpy as np
import pyogrio
import pytest
import rasterio
from lxml import etree
from rasterio.transform import from_origin

from ingest import pipeline
from layers import models, services
from tests.integration.jobs.conftest import _world  # noqa: F401 - the same ready registry
from tests.integration.jobs.world import of, parcels, published, square, take

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = {"1": "0101", "2": "0102", "3": "0103"}
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def three(transactional_db):
    """Make three versions: three parcels; one changed, one removed, one added; one changed back."""
    published(FIRST)
    published({"1": "0101", "2": "0909", "4": "0104"})
    published({"1": "0101", "2": "0102", "4": "0104"})


def test_the_feed_pages_from_the_newest_version_with_counts_and_where_it_changed(three, client):
    page = client.get("/changes/parcels?limit=2").json()
    told = [(each["id"], each["properties"]["added"], each["properties"]["changed"], each["properties"]["removed"]) for each in page["features"]]
    assert told == [(3, 0, 1, 0), (2, 1, 1, 1)]
    ring = page["features"][0]["geometry"]["coordinates"][0]
    assert [pytest.approx(each, abs=1e-4) for each in (ring[0][0], ring[0][1])] == list(square(2).bounds[:2])
    rest = client.get(next(each["href"] for each in page["links"] if each["rel"] == "next")).json()
    assert [each["id"] for each in rest["features"]] == [1]
    assert [each["id"] for each in client.get("/changes/parcels?since=2").json()["features"]] == [3]


def test_the_feed_is_atom_for_feed_readers(three, client):
    answer = client.get("/changes/parcels/atom?limit=2")
    root = etree.fromstring(answer.content)
    assert answer["Content-Type"] == "application/atom+xml"
    assert [each.findtext(f"{ATOM}summary").endswith(("+0 ~1 -0", "+1 ~1 -1")) for each in root.iter(f"{ATOM}entry")] == [True, True]
    assert all(root.find(f"{ATOM}{name}") is not None for name in ("id", "title", "updated", "author"))
    assert {each.get("rel") for each in root.findall(f"{ATOM}link")} == {"self", "next"}


def test_an_entry_leads_to_its_changed_features_page_by_page(three, client):
    entry = client.get("/changes/parcels?limit=1&before=3").json()["features"][0]
    found, path = [], entry["links"][0]["href"] + "&limit=2"
    while path:
        page = client.get(path).json()
        found += page["features"]
        path = next((each["href"] for each in page["links"] if each["rel"] == "next"), None)
    assert sorted((each["properties"]["BSM"], each["properties"]["change"]) for each in found) == [
        ("2", "changed"), ("3", "removed"), ("4", "added")]  # fmt: skip


def test_any_two_versions_are_compared_as_report_and_geopackage(three, client, tmp_path):
    told = client.get("/changes/parcels/report?from=1&to=3").json()
    assert (told["added"], told["changed"], told["removed"]) == (1, 0, 1)
    assert {each["code"] for each in told["areas"]} == {"0103", "0104"}
    path = tmp_path / "d.gpkg"
    path.write_bytes(client.get("/changes/parcels/package?from=1&to=2").content)
    meta, _, geometry, columns = pyogrio.raw.read(path)
    assert sorted(columns[list(meta["fields"]).index("change")]) == ["added", "changed", "removed"]
    assert len(geometry) == 3


def test_who_is_narrowed_to_an_area_sees_only_its_changes_and_no_counts(three, client):
    layer = models.Layer.objects.get(slug="parcels")
    for each in models.Grant.objects.filter(subject="everyone"):
        services.delete("tester", each)
    area = f"SRID=4490;MULTIPOLYGON((({', '.join(f'{x} {y}' for x, y in square(4).buffer(-0.0001).exterior.coords)})))"
    services.save("tester", models.Grant(subject="everyone", layer=layer, operations=["query"], area=area))
    page = client.get("/changes/parcels").json()
    assert "added" not in page["features"][0]["properties"]
    assert page["features"][0]["geometry"] is None
    found = client.get("/changes/parcels/features?from=1&to=2").json()["features"]
    assert [(each["properties"]["BSM"], each["properties"]["change"]) for each in found] == [("4", "added")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("nothing", 404), ("parcels/features?from=1&to=9", 404), ("parcels?limit=0", 400), ("parcels?before=-1", 400),
        ("parcels/features?from=x", 400), ("parcels/features?limit=99999999", 400),
    ],
)  # fmt: skip
def test_what_is_wrong_is_a_problem_that_names_its_parameter(three, client, path, status):
    answer = client.get(f"/changes/{path}")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert status == 404 or json.loads(answer.content)["parameter"] in path


def test_a_withdrawn_version_is_in_no_feed(three, client, tmp_path):
    delivery = of(take(parcels(tmp_path / "d" / "parcels.geojson", {"9": "0999"})))
    models.Delivery.objects.filter(pk=delivery.pk).update(goal="hidden")
    pipeline.advance(delivery.pk)
    page = client.get("/changes/parcels").json()["features"]
    assert [each["id"] for each in page] == [5, 3, 2, 1]
    assert client.get(page[0]["links"][0]["href"]).json()["features"] == []


def test_a_feature_and_a_pixel_lead_back_to_file_row_and_survey(client, tmp_path):
    folder = parcels(tmp_path / "a" / "parcels.geojson", FIRST).parent
    data = np.full((1, 16, 16), 9, dtype="uint8")
    with rasterio.open(folder / "o.tif", "w", driver="GTiff", width=16, height=16, count=1, dtype="uint8", crs="EPSG:4490",
                       transform=from_origin(116.8, 38.3, 1e-4, 1e-4)) as file:  # fmt: skip
        file.write(data)
    (folder / "delivery.toml").write_text('contractor = "测绘院"\nsurvey_date = 2026-05-01')
    report = take(folder)
    told = client.get("/changes/parcels/lineage?feature=2").json()
    wanted = {"file": "parcels.geojson", "row": 2, "contractor": "测绘院", "survey_date": "2026-05-01", "sha256": report.delivery, "version": 1}
    assert {name: told[name] for name in wanted} == wanted
    pixel = client.get("/changes/ortho/lineage?at=116.8008,38.2992").json()
    assert (pixel["file"], pixel["sha256"], len(pixel["source_sha256"])) == ("o.tif", report.delivery, 64)
    assert client.get("/changes/parcels/lineage?feature=99").status_code == 404
    assert client.get("/changes/ortho/lineage?at=1,1").status_code == 404
    assert client.get("/changes/ortho/lineage?at=x").json()["parameter"] == "at"
