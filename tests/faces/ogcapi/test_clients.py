"""Foreign clients read /ogc/ without special settings: OWSLib and GDAL's OAPIF driver."""

import json
import subprocess
import sys

import pyogrio
import pyogrio.raw
import pytest
import shapely
from owslib.ogcapi.features import Features

from layers import crs
from tests.faces.ogcapi.world import COUNT, ITEMS, row


@pytest.fixture
def address(changing, live_server) -> str:
    return f"{live_server.url}/ogc"


def test_owslib_reads_collections_items_and_filters(address):
    client = Features(f"{address}/")
    assert client.feature_collections() == ["buildings"]
    assert client.api()["openapi"].startswith("3.0")
    assert "名称" in client.collection_queryables("buildings")["properties"]
    page = client.collection_items("buildings", limit=4, bbox=[116.4, 37.9, 116.55, 38.45])
    assert page["numberReturned"] == 4
    assert len(client.collection_items("buildings", filter="层数 = 3", limit=50)["features"]) == 4
    assert client.collection_item("buildings", "4")["properties"]["名称"] == "楼<3>&"


def test_gdal_reads_every_feature_page_by_page_in_the_right_place(address, tmp_path):
    copy = tmp_path / "copy.csv"
    command = ["ogr2ogr", "-f", "CSV", str(copy), f"OAPIF:{address}/collections/buildings", "-oo", "PAGE_SIZE=4", "-lco", "GEOMETRY=AS_WKT"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = copy.read_text().splitlines()
    assert len(lines) == COUNT + 1
    assert "POLYGON ((116.8 38.0" in copy.read_text()
    assert "楼<24>&" in copy.read_text()


# GDAL of a wheel, in a process of its own: it would hold the lock that the server's thread needs.
READ = """
import json, sys, pyogrio.raw, shapely
found = {}
for name in sys.argv[2:]:
    meta, _, shapes, values = pyogrio.raw.read(sys.argv[1], CRS=name, PAGE_SIZE="7")
    names = dict(zip(meta["fields"], values))["名称"]
    found[name] = [[title, *shapely.get_coordinates(shape)[0]] for title, shape in zip(names, shapely.from_wkb(shapes))]
print(json.dumps(found))
"""


def test_a_current_gdal_reads_names_and_places_in_every_crs(address):
    names = [each.name for each in crs.OFFERED if each.name != "CRS:84"]
    command = [sys.executable, "-c", READ, f"OAPIF:{address}/collections/buildings", *names]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    assert done.returncode == 0, done.stderr
    for name, rows in json.loads(done.stdout).items():
        srid = crs.offered(name).srid
        assert [each[0] for each in rows] == [row(number)[0] for number in range(COUNT)]
        for number, (_, x, y) in enumerate(rows):
            lon, lat = row(number)[5:]
            there = (lon, lat) if crs.is_degrees(srid) else crs.transformer(4490, srid).transform(lon, lat)
            # GDAL keeps a north-first CRS's axes as served and says so in its axis mapping, which pyogrio does not show.
            assert ((y, x) if crs.offered(name).is_swapped and x != pytest.approx(there[0]) else (x, y)) == pytest.approx(there, abs=1e-3), name


def test_gdals_json_fg_driver_reads_type_crs_and_place(api, tmp_path):
    for name in ("CRS:84", "EPSG:4490", "EPSG:4548", "EPSG:3857"):
        offered = crs.offered(name)
        copy = tmp_path / "copy.json"
        copy.write_bytes(api.get(ITEMS, f="jsonfg", limit="100", crs=offered.uri).content)
        meta, _, shapes, values = pyogrio.raw.read(f"JSONFG:{copy}")
        assert list(pyogrio.list_layers(f"JSONFG:{copy}")[:, 0]) == ["buildings"]
        assert crs.code(crs.read(meta["crs"])) == (4326 if name == "CRS:84" else offered.srid)
        titles = dict(zip(meta["fields"], values, strict=True))["名称"]
        assert list(titles) == [row(number)[0] for number in range(COUNT)]
        for number, shape in enumerate(shapely.from_wkb(shapes)):
            lon, lat = row(number)[5:]
            x, y = (lon, lat) if crs.is_degrees(offered.srid) else crs.transformer(4490, offered.srid).transform(lon, lat)
            first, second = shapely.get_coordinates(shape)[0]
            assert (first, second) == pytest.approx((x, y), abs=1e-3) or (second, first) == pytest.approx((x, y), abs=1e-3), name
