"""Readers while versions are published and rolled back: each answer, and each chain of pages, is of one version."""

import json
import threading
import time

import mapbox_vector_tile
import pytest
from django.db import connections
from django.test import Client

from ingest import pipeline
from layers import models, registry
from tests.integration.jobs.world import parcels, take

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 8
ROWS = [str(n) for n in range(1, 25)]


class Reader(threading.Thread):
    """Pages items and reads vector tiles till told to stop."""

    def __init__(self, stop, pages):
        super().__init__()
        self.stop, self.is_paging = stop, pages
        self.mixed, self.faults, self.answers, self.shown = [], [], 0, set()

    def run(self):
        client = Client()
        try:
            while not self.stop.is_set():
                self.page(client) if self.is_paging else self.tile(client)
        except Exception as fault:
            self.faults.append(repr(fault))
        finally:
            connections.close_all()

    def get(self, client, path):
        answer = client.get(path)
        self.answers += 1
        if answer.status_code != 200:
            self.faults.append((path, answer.status_code, answer.content[:200]))
        return answer.content

    def page(self, client):
        path, found = "/ogc/collections/parcels/items?f=json&limit=7", []
        while path:
            page = json.loads(self.get(client, path))
            found += [each["properties"]["DLBM"] for each in page["features"]]
            path = next((each["href"].removeprefix("http://testserver") for each in page["links"] if each["rel"] == "next"), None)
        self.look(found)

    def tile(self, client):
        body = self.get(client, "/tiles/parcels/WebMercatorQuad/14/13508/6308.pbf")
        layers = mapbox_vector_tile.decode(body) if body else {}
        self.look([each["properties"]["DLBM"] for layer in layers.values() for each in layer["features"]], whole=False)

    def look(self, found, *, whole=True):
        self.shown |= set(found)
        if len(set(found)) > 1 or (whole and len(found) != len(ROWS)):
            self.mixed.append(found)


def test_eight_readers_see_no_mix_and_no_error_while_versions_are_published_and_rolled_back(tmp_path, monkeypatch, settings):
    monkeypatch.setattr(registry, "POLL_S", 0.05)
    take(parcels(tmp_path / "0" / "parcels.geojson", dict.fromkeys(ROWS, "0")))
    models.Grant.objects.get_or_create(subject="everyone", layer=models.Layer.objects.get(), operations=["discover", "view", "query"])
    models.Revision.objects.update(rules=99)
    registry.reset()
    stop = threading.Event()
    readers = [Reader(stop, pages=n % 2 == 0) for n in range(READERS)]
    for each in readers:
        each.start()
    began = time.monotonic()
    for number in range(1, 5):
        report = take(parcels(tmp_path / f"{number}" / "parcels.geojson", dict.fromkeys(ROWS, str(number))))
        assert report.published[0].changed == len(ROWS)
        if number % 2:
            models.Delivery.objects.filter(sha256=report.delivery).update(goal="withdrawn")
            pipeline.advance(models.Delivery.objects.get(sha256=report.delivery).pk)
        if time.monotonic() - began > 40:
            break
    stop.set()
    for each in readers:
        each.join(30)
    assert [each.faults for each in readers if each.faults] == []
    assert [each.mixed for each in readers if each.mixed] == []
    assert sum(each.answers for each in readers) > 50
    assert all(len(set().union(*(each.shown for each in kind))) > 1 for kind in (readers[::2], readers[1::2])), [each.shown for each in readers]
