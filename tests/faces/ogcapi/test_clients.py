"""Foreign clients read /ogc/ without special settings: OWSLib and GDAL's OAPIF driver."""

import shutil
import subprocess

import pytest
from owslib.ogcapi.features import Features

from tests.faces.ogcapi.world import COUNT


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


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="ogr2ogr is not installed")
def test_gdal_reads_every_feature_page_by_page_in_the_right_place(address, tmp_path):
    copy = tmp_path / "copy.csv"
    command = ["ogr2ogr", "-f", "CSV", str(copy), f"OAPIF:{address}/collections/buildings", "-oo", "PAGE_SIZE=4", "-lco", "GEOMETRY=AS_WKT"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = copy.read_text().splitlines()
    assert len(lines) == COUNT + 1
    assert "POLYGON ((116.8 38.0" in copy.read_text()
    assert "楼<24>&" in copy.read_text()
