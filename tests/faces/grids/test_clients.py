"""Foreign clients read maps, coverages, EDR and STAC without special settings: OWSLib, pystac-client, GDAL."""

import dataclasses
import subprocess

import numpy as np
import pystac_client
import pytest
from django.conf import settings
from owslib.ogcapi.coverages import Coverages
from owslib.ogcapi.edr import EnvironmentalDataRetrieval
from owslib.ogcapi.maps import Maps
from PIL import Image
from rasterio.io import MemoryFile

from layers import registry
from tests.faces.grids import land
from tests.faces.grids.land import HIGH, NORTH, WEST, WIDE, height, lonlat


@pytest.fixture
def address(transactional_db, live_server, land_files, monkeypatch):
    folder, files = land_files
    was = settings.GEOBASE
    settings.GEOBASE = dataclasses.replace(was, store=folder / "store", cache=folder / "tiles")
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    land.build(files)
    yield live_server.url
    settings.GEOBASE = was


def run(folder, *command, **environment):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, env={"PATH": "/usr/bin:/bin", "GDAL_HTTP_TIMEOUT": "60", **environment})
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_owslib_and_pystac_client_read_what_is_offered(address):
    maps = Maps(f"{address}/ogc/")
    assert "ortho" in maps.maps()
    box = [*lonlat(0, HIGH), *lonlat(WIDE, 0)]
    picture = Image.open(maps.map("ortho", bbox=box, width=80, height=60, transparent=False))
    assert picture.size == (80, 60)
    coverages = Coverages(f"{address}/ogc/")
    assert {"dem", "ortho"} <= set(coverages.coverages())
    (west, south), (east, north) = lonlat(100, 200), lonlat(200, 100)
    found = coverages.coverage("dem", subset={"Lon": (west, east), "Lat": (south, north)}, scale_size={"Lon": 50, "Lat": 50})
    with MemoryFile(found.read()) as memory, memory.open() as file:
        assert file.shape == (50, 50)
    edr = EnvironmentalDataRetrieval(f"{address}/ogc/")
    assert {"dem", "levels"} <= set(edr.data())
    point = "POINT({!r} {!r})".format(*lonlat(133, 71))
    body = edr.query_data("dem", "position", coords=point, parameter_names=["elevation"])
    assert body["ranges"]["elevation"]["values"] == pytest.approx([height(133, 71)], abs=1e-4)
    client = pystac_client.Client.open(f"{address}/stac")
    assert {each.id for each in client.get_collections()} == {"dem", "dem-part", "ortho", "ortho-part"}
    hits = client.search(collections=["ortho"], datetime="2026-01-01/2026-12-31", bbox=box, max_items=10)
    assert hits.matched() == 1
    assert [each.datetime.year for each in hits.items()] == [2026]
    assert len(list(client.search(limit=1).items())) == 6
    assert len(list(client.search(filter="gsd > 1.5", filter_lang="cql2-text", sortby="-datetime").items())) == 2
    # A kept connection would keep a thread of the server, and its session of the database.
    client._stac_io.session.close()


def test_gdal_reads_maps_coverages_and_stac_items_in_the_right_place(address, tmp_path):
    run(tmp_path, "gdal_translate", "-q", "-oo", "API=COVERAGE", f"OGCAPI:{address}/ogc/collections/dem", str(tmp_path / "dem.tif"), GDAL_CACHEMAX="64")
    check_heights(tmp_path / "dem.tif")
    run(tmp_path, "gdal_translate", "-q", "-outsize", "200", "0", "-oo", "API=MAP", f"OGCAPI:{address}/ogc/collections/ortho", str(tmp_path / "ortho.tif"))
    run(tmp_path, "gdal_translate", "-q", f'STACIT:"{address}/stac/search?collections=dem":asset=data', str(tmp_path / "sheet.tif"))
    check_heights(tmp_path / "sheet.tif")


def check_heights(path):
    import rasterio  # noqa: PLC0415

    with rasterio.open(path) as file:
        places = [(50.0, 50.0), (333.0, 71.0), (201.0, 250.0)]
        is_degrees = file.crs.is_geographic
        points = [lonlat(x, y) if is_degrees else (WEST + x, NORTH - y) for x, y in places]
        found = [values[0] for values in file.sample(points)]
    assert np.abs(np.array(found) - [height(x, y) for x, y in places]).max() < 0.06
