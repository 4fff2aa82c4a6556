"""The command line of deliveries: list, show, publish, roll back, compare, watch; JSON for programs."""

import io
import json
import time

import pyogrio
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ingest import pipeline, presence
from ingest.watching import Watched
from layers import models
from tests.integration.jobs.world import of, parcels, received, seen, take

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = {"1": "0101", "2": "0102", "3": "0103"}


def told(*arguments, **options) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def test_a_staged_delivery_is_listed_shown_published_and_rolled_back(tmp_path):
    report = take(parcels(tmp_path / "parcels.geojson", ROWS), publish=False)
    sha = report.delivery
    assert [each["status"] for each in json.loads(told("deliveries", json=True))] == ["staged"]
    assert "parcels: +3 ~0 -0" in told("deliveries", sha[:8])
    assert json.loads(told("publish", sha[:8], json=True))["status"] == "published"
    assert seen() == ROWS
    assert json.loads(told("rollback", sha, json=True))["status"] == "withdrawn"
    assert seen() == {}
    with pytest.raises(CommandError):
        told("publish", "nothing-there")


def test_versions_are_compared_as_counts_areas_geojson_and_geopackage(tmp_path):
    take(parcels(tmp_path / "parcels.geojson", ROWS))
    take(parcels(tmp_path / "b" / "parcels.geojson", {"1": "0101", "2": "0909", "4": "0104"}))
    files = {"geojson": tmp_path / "d.geojson", "gpkg": tmp_path / "d.gpkg"}
    found = json.loads(told("diff", "parcels", "1", "2", json=True, **files))
    assert (found["added"], found["changed"], found["removed"]) == (1, 1, 1)
    assert {each["code"] for each in found["areas"]} == {"0102", "0103", "0104", "0909"}
    assert len(json.loads(files["geojson"].read_text())["features"]) == 3
    assert sorted(pyogrio.raw.read(files["gpkg"])[3][1]) == ["added", "changed", "removed"]


def test_what_is_put_into_a_watched_folder_is_taken_once_when_it_has_stopped_growing(tmp_path):
    folder = tmp_path / "disk"
    parcels(folder / "a" / "parcels.geojson", ROWS)
    watched = Watched(folder, quiet_s=5)
    assert list(watched.look(0)) == []
    (folder / "a" / "delivery.toml").write_text('title = "村界"')
    assert list(watched.look(6)) == []
    assert ["received" in each for each in watched.look(12)] == [True]
    assert list(watched.look(30)) == []
    assert watched.is_done
    assert list(Watched(folder, quiet_s=0).look(time.monotonic())) == []
    assert presence.take_up() == 1
    pipeline.advance(models.Delivery.objects.get().pk)
    assert models.Delivery.objects.get().status == "staged"


def test_a_share_that_cannot_be_read_is_told_once_and_looked_at_again(tmp_path):
    watched = Watched(tmp_path / "share", quiet_s=0)
    assert ["文件读写失败" in each for each in watched.look(0)] == [True]
    assert list(watched.look(1)) == []
    parcels(tmp_path / "share" / "parcels.geojson", ROWS)
    assert list(watched.look(2)) == []
    assert ["received" in each for each in watched.look(3)] == [True]


def test_a_command_says_no_by_its_exit_code(tmp_path):
    first = of(take(parcels(tmp_path / "parcels.geojson", ROWS)))
    take(parcels(tmp_path / "b" / "parcels.geojson", {**ROWS, "1": "0909"}))
    with pytest.raises(SystemExit):
        told("rollback", first.sha256, stderr=io.StringIO())
    waiting = received(parcels(tmp_path / "c" / "parcels.geojson", {"9": "1"}), goal="")
    with pytest.raises(CommandError):
        told("publish", waiting.sha256)
