"""Imagery published anew and rolled back: pictures, tiles and values are byte for byte what they were."""

from dataclasses import replace

import pytest
from django.core.management import call_command
from django.test import Client

from layers import models, registry, services
from tests.faces.grids import land
from tiles.grids import grid


@pytest.fixture
def world(transactional_db, land_files, settings, monkeypatch, tmp_path):
    folder, files = land_files
    settings.GEOBASE = replace(settings.GEOBASE, store=folder / "store", cache=tmp_path / "tiles")
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    land.build([each for each in files if each.survey_date == land.OLD])
    yield [replace(each, slug="ortho") for each in files if each.survey_date == land.NEW]
    call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
    registry.reset()


def addresses():
    west, south, east, north = *land.lonlat(20, 280), *land.lonlat(380, 20)
    yield f"/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS=ortho&STYLES=&SRS=EPSG:4490&BBOX={west},{south},{east},{north}&WIDTH=300&HEIGHT=250&FORMAT=image/png"
    yield f"/ogc/collections/ortho/map?bbox={west},{south},{east},{north}&width=300&f=png"
    yield f"/ogc/collections/ortho/coverage?bbox={west},{south},{east},{north}&f=geotiff"
    yield f"/ogc/collections/ortho/position?coords=POINT({west} {south})&f=json"
    found = grid("WebMercatorQuad")
    for level in (15, 17, 18):
        column, row, *_ = found.span(found.matrices[level], (*land.lonlat(100, 100), *land.lonlat(100, 100)))
        yield f"/tiles/ortho/WebMercatorQuad/{level}/{column}/{row}.webp"
        yield f"/tiles/ortho/WebMercatorQuad/{level}/{column}/{row}.png"


def bodies():
    client = Client()
    found = {}
    for each in addresses():
        answer = client.get(each)
        assert answer.status_code == 200, (each, answer.content[:200])
        found[each] = answer.getvalue()
    return found


def test_pictures_tiles_and_values_of_imagery_are_those_of_before(world):
    before = bodies()
    assert bodies() == before
    (published,) = services.publish("tester", None, files=world)
    between = bodies()
    assert all(between[each] != body for each, body in before.items())
    services.rollback("tester", ["ortho"], {"ortho": published.version - 1})
    assert bodies() == before
    assert models.Layer.objects.get(slug="ortho").current == published.version + 1
