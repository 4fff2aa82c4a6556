"""OGC API - Coverages: the values are the cells' own, cut, scaled, chosen, placed; nothing outside the caller's area."""

import io
import json
from contextlib import contextmanager

import jsonschema
import numpy as np
import pytest
from django.conf import settings
from PIL import Image
from rasterio.io import MemoryFile

from layers import crs
from tests.faces.grids.land import DEM_CELL, HIGH, NORTH, WEST, WIDE, height, lonlat

DEM = "/collections/dem/coverage"
GK = {"subset-crs": "[EPSG:4548]"}


@contextmanager
def opened(answer):
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    with MemoryFile(content) as memory, memory.open() as file:
        yield file


def subset(x0, y0, x1, y1):
    return f"E({WEST + x0}:{WEST + x1}),N({NORTH - y1}:{NORTH - y0})"


@pytest.mark.conformance("ogcapi-coverages-1/1.0/conf/core", "ogcapi-coverages-1/1.0/conf/geotiff")
def test_the_whole_coverage_is_the_file_on_its_own_grid(api):
    answer = api.get(DEM)
    assert answer["Content-Type"] == "image/tiff; application=geotiff"
    assert answer["Content-Crs"] == "<http://www.opengis.net/def/crs/EPSG/0/4548>"
    assert answer["Content-Bbox"] == f"{NORTH - HIGH},{WEST},{NORTH},{WEST + WIDE}"
    assert answer["Content-Datetime"] == "2024-05-12"
    with opened(answer) as file:
        assert (file.width, file.height, file.crs.to_epsg()) == (WIDE // DEM_CELL, HIGH // DEM_CELL, 4548)
        assert (file.nodata, file.dtypes, file.descriptions) == (-9999.0, ("float32",), ("elevation",))
        values = file.read(1)
    rows, columns = np.mgrid[0 : HIGH // DEM_CELL, 0 : WIDE // DEM_CELL]
    assert np.abs(values - (10 + (columns + 0.5) * 0.02 + (rows + 0.5) * 0.04)).max() < 1e-4
    links = [each for each in api.json("/collections/dem")["links"] if each["rel"].endswith("/1.0/coverage")]
    assert {"image/tiff; application=geotiff", "application/vnd.cov+json"} <= {each["type"] for each in links}
    api.get("/collections/dem/coverage", 304, headers={"If-None-Match": answer["ETag"]})


@pytest.mark.conformance("ogcapi-coverages-1/1.0/conf/subsetting")
def test_a_part_has_every_cell_that_it_meets(api):
    with opened(api.get(DEM, subset=subset(101, 51, 119, 59), **GK)) as file:
        assert tuple(file.bounds) == (WEST + 100, NORTH - 60, WEST + 120, NORTH - 50)
        assert file.read(1)[0, 0] == pytest.approx(height(101, 51), abs=1e-4)
    box = f"{NORTH - 59},{WEST + 101},{NORTH - 51},{WEST + 119}"
    with opened(api.get(DEM, bbox=box, **{"bbox-crs": "[EPSG:4548]"})) as file:
        assert file.shape == (5, 10)
    with opened(api.get(DEM, subset=f"E({WEST + 101}),N({NORTH - 51})", **GK)) as file:
        assert file.shape == (1, 1)
        assert file.read(1)[0, 0] == pytest.approx(height(101, 51), abs=1e-4)
    assert api.get("/collections/ortho/coverage", 204, datetime="2001-01-01").content == b""
    with opened(api.get("/collections/ortho/coverage", datetime="../2025-01-01", properties="band3")) as file:
        assert np.abs(file.read(1).astype(int) - 50).max() < 60
        assert np.median(file.read(1)) == pytest.approx(50, abs=3)


@pytest.mark.conformance("ogcapi-coverages-1/1.0/conf/scaling")
@pytest.mark.parametrize(("asked", "shape"), [
    ({"scale-factor": "2"}, (75, 100)), ({"scale-axes": "E(2),N(3)"}, (50, 100)), ({"scale-size": "Lon(40),Lat(30)"}, (30, 40)),
    ({"scaleSize": "E(40),N(30)"}, (30, 40)), ({"width": "20"}, (15, 20)), ({"height": "15"}, (15, 20)), ({"width": "7", "height": "9"}, (9, 7)),
])  # fmt: skip
def test_scaling_sets_the_size_and_keeps_the_place(api, asked, shape):
    with opened(api.get(DEM, **asked)) as file:
        assert file.shape == shape
        assert tuple(file.bounds) == pytest.approx((WEST, NORTH - HIGH, WEST + WIDE, NORTH))
        x, y = file.xy(shape[0] // 2, shape[1] // 2)
        found = file.read(1)[shape[0] // 2, shape[1] // 2]
    assert found == pytest.approx(height(x - WEST, NORTH - y), abs=0.2)


@pytest.mark.conformance("ogcapi-coverages-1/1.0/conf/fieldselection")
def test_bands_come_in_the_order_asked(api):
    with opened(api.get("/collections/ortho/coverage", properties="band2,band1", **GK, subset=subset(10, 20, 30, 25))) as file:
        assert file.descriptions == ("band2", "band1")
        green, red = file.read()
    assert (int(green[0, 0]), int(red[0, 0])) == pytest.approx((20, 10), abs=4)
    with opened(api.get("/collections/ortho/coverage", **{"range-subset": "3"})) as file:
        assert file.count == 1
    schema = api.json("/collections/ortho/coverage/schema")["properties"]
    assert [each["x-ogc-propertySeq"] for each in schema.values()] == [1, 2, 3]
    assert api.json(f"{DEM}/schema")["properties"]["elevation"]["x-ogc-unit"] == "m"


@pytest.mark.conformance("ogcapi-coverages-1/1.0/conf/crs")
@pytest.mark.parametrize("name", ["EPSG:4490", "EPSG:4527", "EPSG:4326", "EPSG:3857", "CRS:84"])
def test_in_every_crs_a_place_has_the_value_of_its_cell(api, name):
    offered = crs.offered(name)
    with opened(api.get(DEM, crs=offered.uri)) as file:
        assert file.crs.to_epsg() == offered.srid
        values, transform = file.read(1), file.transform
    for x, y in ((50, 50), (333, 71), (201, 250)):
        lon, lat = lonlat(x, y)
        place = (lon, lat) if crs.is_degrees(offered.srid) else crs.transformer(4490, offered.srid).transform(lon, lat)
        column, row = ~transform @ place
        assert values[int(row), int(column)] == pytest.approx(height(x, y), abs=0.06)


@pytest.mark.conformance("ogcapi-coverages-1/1.0/conf/covjson")
def test_coveragejson_says_axes_units_and_values(api):
    answer = api.get(DEM, f="json", subset=subset(100, 50, 106, 54), **GK)
    assert answer["Content-Type"] == "application/vnd.cov+json"
    body = json.loads(answer.content)
    assert body["domain"]["domainType"] == "Grid"
    assert body["domain"]["axes"]["x"] == {"start": WEST + 101, "stop": WEST + 105, "num": 3}
    assert body["domain"]["axes"]["y"] == {"start": NORTH - 51, "stop": NORTH - 53, "num": 2}
    assert body["domain"]["referencing"][0]["coordinates"] == ["y", "x"]
    assert body["parameters"]["elevation"]["unit"]["symbol"]["value"] == "m"
    assert body["ranges"]["elevation"]["values"] == pytest.approx([height(x, y) for y in (51, 53) for x in (101, 103, 105)])
    api.get("/collections/ortho/coverage", 413, f="json", **{"scale-size": "Lon(2000),Lat(2000)"})


def test_a_png_is_to_look_at_and_a_cog_has_overviews(api):
    shown = np.asarray(Image.open(io.BytesIO(api.get("/collections/ortho/coverage", f="png").content)))
    assert shown.shape == (HIGH, WIDE, 4)
    assert shown[20, 10].tolist()[:2] == pytest.approx([10, 20], abs=4)
    with opened(api.get("/collections/ortho/coverage", f="cog", **{"scale-size": "Lon(1200),Lat(900)"})) as file:
        assert file.overviews(1)
        assert file.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"


def test_a_large_coverage_is_read_in_strips_and_is_the_same(api, monkeypatch):
    from geoserver_app.ogcapi.coverages import writing  # noqa: PLC0415

    asked = {"scale-size": "Lon(1200),Lat(900)"}
    with opened(api.get(DEM, **asked)) as file:
        whole = file.read(1)
    monkeypatch.setattr(writing, "_STRIP_VALUES", 1)
    monkeypatch.setattr(writing, "_IN_MEMORY_VALUES", 1)
    with opened(api.get(DEM, **asked)) as file:
        assert (file.read(1) == whole).all()
    assert list((settings.GEOBASE.var / "tmp").glob("*.tif")) == []


def test_outside_the_callers_area_nothing_is_and_the_grid_ends_there(api):
    with opened(api.get("/collections/dem-part/coverage")) as file:
        assert file.bounds.right == pytest.approx(WEST + WIDE / 2, abs=DEM_CELL)
    with opened(api.get("/collections/dem-part/coverage", **GK, subset=subset(100, 0, 400, 100), width="150", height="50")) as file:
        values = file.read(1)
    assert (values[:, :50] > 0).all()
    assert (values[:, 51:] == -9999).all()
    with opened(api.get("/collections/ortho-part/coverage", **GK, subset=subset(100, 0, 400, 100), width="300", height="100")) as file:
        assert (file.dataset_mask()[:, :100] == 255).all()
        assert (file.dataset_mask()[:, 101:] == 0).all()
        assert (file.read()[:, :, 101:] == 0).all()
    api.get("/collections/dem-part/coverage", 404, subset=subset(300, 0, 400, 100), **GK)
    hidden, absent = api.get("/collections/dem-secret/coverage", 404), api.get("/collections/nope/coverage", 404)
    assert hidden.content == absent.content


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "wrong"), [
    (404, {"subset": "Lat(10:11)"}), (400, {"subset": "Pressure(1:2)"}), (413, {"scaleSize": "Lon(1000000),Lat(1000000)"}), (406, {"f": "vrt"}),
    (400, {"properties": "99"}), (400, {"range-subset": "1)--"}), (400, {"properties": "band1"}), (400, {"interpolation": "junk"}),
    (400, {"scale-factor": "0"}), (400, {"scale-factor": "nan"}), (400, {"scale-factor": "2", "scale-size": "Lon(1),Lat(1)"}),
    (400, {"scale-axes": "Z(2)"}), (400, {"width": "1.5"}), (400, {"bbox": "1,2,3"}), (400, {"crs": "EPSG:1"}), (400, {"datetime": "2020-13-40/.."}),
    (400, {"subset": "Lat(1:2)", "bbox": "1,2,3,4"}), (400, {"nope": "1"}),
])  # fmt: skip
def test_bad_questions_get_a_problem(api, status, wrong):
    answer = api.get(DEM, status, **wrong)
    assert answer["Content-Type"] == "application/problem+json"


def test_documents_fit_the_definition(api):
    definition = api.json("/api")
    for path in ("schema", "rangetype", "domainset"):
        body = api.json(f"{DEM}/{path}")
        content = definition["paths"][f"{DEM}/{path}"]["get"]["responses"]["200"]["content"]
        schema = next(iter(content.values()))["schema"]
        jsonschema.Draft4Validator({**schema, "components": definition["components"]}).validate(body)
    grid = api.json(f"{DEM}/domainset")["generalGrid"]
    assert [each["axisLabel"] for each in grid["axis"]] == ["Lon", "Lat"]


def test_the_page_of_a_raster_leads_to_map_values_and_files(api):
    page = api.get("/collections/dem", f="html").content.decode()
    for address in ("/ogc/collections/dem/map?f=png", "/ogc/collections/dem/coverage?f=geotiff", "/stac/collections/dem"):
        assert address in page
        assert api.client.get(address).status_code == 200
