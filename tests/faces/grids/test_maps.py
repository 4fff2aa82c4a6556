"""OGC API - Maps: the ground asked is the ground shown, in every CRS, size, format, background and time."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from rasterio.io import MemoryFile

from layers import crs
from tests.faces.grids.land import HIGH, NORTH, WEST, WIDE, lonlat

BOX = f"{WEST},{NORTH - HIGH},{WEST + WIDE},{NORTH}"
GK = {"crs": "[EPSG:4548]", "bbox-crs": "[EPSG:4548]"}


def swapped(box: str) -> str:
    """EPSG:4548 has north first."""
    west, south, east, north = box.split(",")
    return f"{south},{west},{north},{east}"


def picture(answer) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))


def gk(api, box=BOX, path="/collections/ortho/map", **more):
    return api.get(path, **GK, bbox=swapped(box), **more)


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/core", "ogcapi-maps-1/1.0/conf/collection-map", "ogcapi-maps-1/1.0/conf/png", "ogcapi-maps-1/1.0/conf/jpeg")
def test_a_map_says_where_it_lies_and_when_it_was_surveyed(api):
    answer = api.get("/collections/ortho/map")
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Crs"] == "<http://www.opengis.net/def/crs/EPSG/0/4548>"
    south, west, north, east = map(float, answer["Content-Bbox"].split(","))
    assert west <= WEST < WEST + WIDE <= east
    assert south <= NORTH - HIGH < NORTH <= north
    assert answer["Content-Datetime"] == "2026-05-18"
    assert api.json("/collections/ortho")["storageCrs"] == "http://www.opengis.net/def/crs/EPSG/0/4548"
    assert picture(answer).shape[1] == 1024
    assert api.get("/collections/ortho/map", headers={"Accept": "image/jpeg"})["Content-Type"] == "image/jpeg"
    api.get("/collections/ortho/map", 304, headers={"If-None-Match": answer["ETag"]})
    assert api.get("/collections/ortho/map", f="webp")["Content-Type"] == "image/webp"
    api.get("/collections/ortho/map", 406, f="gif")


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/scaling", "ogcapi-maps-1/1.0/conf/crs", "ogcapi-maps-1/1.0/conf/spatial-subsetting")
@pytest.mark.parametrize("name", ["EPSG:4490", "EPSG:4548", "EPSG:4527", "EPSG:4326", "EPSG:3857", "CRS:84"])
def test_the_same_place_shows_the_same_colour_in_every_crs(api, name):
    offered = crs.offered(name)
    lon, lat = lonlat(300.5, 100.5)
    x, y = (lon, lat) if crs.is_degrees(offered.srid) else crs.transformer(4490, offered.srid).transform(lon, lat)
    half = 1e-4 if crs.is_degrees(offered.srid) else 10
    box = (x - half, y - half, x + half, y + half)
    axes = (box[1], box[0], box[3], box[2]) if offered.is_swapped else box
    answer = api.get("/collections/ortho/map", **{
        "crs": offered.uri, "bbox-crs": offered.uri, "bbox": ",".join(map(repr, axes)), "width": "101", "height": "101"})  # fmt: skip
    assert [float(each) for each in answer["Content-Bbox"].split(",")] == pytest.approx(axes, rel=1e-10)
    red, green, *_ = (int(each) for each in picture(answer)[50, 50])
    assert (red, green) == pytest.approx((300 % 200, 100), abs=3)


def test_bbox_subset_and_center_name_the_same_ground(api):
    box = f"{WEST + 100},{NORTH - 200},{WEST + 200},{NORTH - 100}"
    wanted = gk(api, box, width="100", height="100")
    subset = f"E({WEST + 100}:{WEST + 200}),N({NORTH - 200}:{NORTH - 100})"
    same = {"crs": "[EPSG:4548]", "subset-crs": "[EPSG:4548]", "width": "100", "height": "100"}
    assert api.get("/collections/ortho/map", **same, subset=subset).content == wanted.content
    apart = f"/collections/ortho/map?subset=E({WEST + 100}:{WEST + 200})&subset=N({NORTH - 200}:{NORTH - 100})"
    assert api.client.get(f"/ogc{apart}&subset-crs=[EPSG:4548]&crs=[EPSG:4548]&width=100&height=100").content == wanted.content
    scale = repr(1 / 0.00028)
    middle = {"center": f"{NORTH - 150},{WEST + 150}", "center-crs": "[EPSG:4548]", "scale-denominator": scale}
    centred = api.get("/collections/ortho/map", **middle, crs="[EPSG:4548]", width="100", height="100")
    assert (picture(centred) == picture(wanted)).all()
    for wrong in ({"bbox": "1,2,3,4", "center": "1,2"}, {"bbox": "1,2,3,4", "subset": "Lat(1:2)"}, {"subset": "Lat(1:2)", "center": "1,2"}):
        api.get("/collections/ortho/map", 400, **wrong)


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/display-resolution")
def test_what_is_not_said_follows_from_the_ground(api):
    assert picture(gk(api, width="200")).shape[:2] == (150, 200)
    assert picture(gk(api, height="75")).shape[:2] == (75, 100)
    scale = {"scale-denominator": repr(4 / 0.00028)}
    assert picture(gk(api, **scale)).shape[:2] == (75, 100)
    assert picture(gk(api, **scale, **{"mm-per-pixel": "0.14"})).shape[:2] == (150, 200)
    degrees = picture(api.get("/collections/ortho/map", crs="[EPSG:4490]", width="200"))
    assert degrees.shape[0] == pytest.approx(150, abs=4)
    api.get("/collections/ortho/map", 400, **scale, bbox="116.8,38,117,38.2", width="100")


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/background")
def test_the_ground_is_clear_coloured_or_void(api):
    beside = f"{WEST - 400},{NORTH - HIGH},{WEST},{NORTH}"
    assert (picture(gk(api, beside, width="40"))[..., 3] == 0).all()
    assert (picture(gk(api, beside, width="40", bgcolor="0x102030"))[0, 0] == (16, 32, 48, 255)).all()
    assert (picture(gk(api, beside, width="40", bgcolor="Teal"))[0, 0] == (0, 128, 128, 255)).all()
    assert (picture(gk(api, beside, width="40", bgcolor="teal", transparent="true"))[..., 3] == 0).all()
    assert (picture(gk(api, beside, width="40", transparent="false"))[0, 0] == 255).all()
    north = {"bbox": "116,80,118,100", "crs": "[OGC:CRS84]", "width": "20", "height": "100"}
    found = picture(api.get("/collections/ortho/map", **north, **{"void-color": "red", "void-transparent": "false"}))
    assert (found[0, 0] == (255, 0, 0, 255)).all()
    assert found[99, 0, 3] == 0


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/tiff")
def test_a_geotiff_lies_where_it_was_asked(api):
    answer = gk(api, width=str(WIDE), height=str(HIGH), f="tiff")
    assert answer["Content-Type"].startswith("image/tiff")
    with MemoryFile(answer.content) as memory, memory.open() as file:
        assert file.crs.to_epsg() == 4548
        assert tuple(file.bounds) == (WEST, NORTH - HIGH, WEST + WIDE, NORTH)
        red, green, _, alpha = file.read()
    assert alpha.min() == 255
    assert abs(int(red[100, 50]) - 50) <= 3
    assert abs(int(green[100, 50]) - 100) <= 3


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/datetime")
def test_a_map_of_a_day_shows_the_survey_that_held_then(api):
    def blue(**when):
        return int(picture(gk(api, width="40", **when))[15, 5, 2])

    assert blue() == pytest.approx(220, abs=4)
    for when in ({"datetime": "2025-01-01T00:00:00Z"}, {"datetime": "../2025-01-01"}, {"subset": 'time("2025-01-01")'}, {"datetime": "2025"}):
        assert blue(**when) == pytest.approx(50, abs=4)
    gk(api, expected=204, datetime="2001-01-01")
    for wrong in ("2020-13-40/..", "yesterday", "2026-01-01/2025-01-01"):
        gk(api, expected=400, datetime=wrong)


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/dataset-map", "ogcapi-maps-1/1.0/conf/collections-selection", "ogcapi-maps-1/1.0/conf/styled-map")
def test_a_map_of_several_layers_lays_the_last_on_top(api):
    both = {**GK, "bbox": swapped(BOX), "width": "40"}
    top = picture(api.get("/map", collections="dem,ortho", **both))
    assert (top == picture(gk(api, width="40"))).all()
    base = api.json("/")["links"][0]["href"].partition("?")[0].rstrip("/")
    assert (picture(api.get("/map", collections=f"dem,{base}/collections/ortho", **both)) == top).all()
    assert not (picture(api.get("/map", collections="ortho,dem", **both)) == top).all()
    api.get("/map", 400, collections="dem-secret")
    api.get("/map", 400, collections="nope")
    styled = gk(api, path="/collections/ortho/styles/default/map", width="40")
    assert (picture(styled) == top).all()
    gk(api, path="/collections/ortho/styles/nope/map", expected=404)


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [
    {"width": "0"}, {"width": "-1"}, {"width": "1e3"}, {"width": "١"}, {"bbox": "1,2,3"}, {"bbox": "nan,1,2,3"}, {"bbox": "3,3,1,1"},
    {"bbox": "1,1,1,1"}, {"crs": "http://www.opengis.net/def/crs/EPSG/0/999999"}, {"crs": "+proj=pipeline"}, {"bgcolor": "<script>"},
    {"bgcolor": "0x12"}, {"transparent": "maybe"}, {"mm-per-pixel": "0"}, {"mm-per-pixel": "nan"}, {"scale-denominator": "-5"},
    {"subset": "Pressure(1:2)"}, {"subset": "Lat(1:2"}, {"subset": "E(1:2)"}, {"subset": "Lat(2:1)"}, {"subset": "Lat(1:2),lat(1:2)"}, {"center": "1"},
    {"nosuch": "1"}, {"width": "9999999999"},
])  # fmt: skip
def test_what_cannot_be_drawn_is_a_problem_that_names_the_parameter(api, wrong):
    answer = api.get("/collections/ortho/map", 400, **wrong)
    assert answer["Content-Type"] == "application/problem+json"
    assert json.loads(answer.content)["parameter"] in {*wrong, "bbox"}


def test_a_picture_too_large_is_refused(api):
    assert json.loads(api.get("/collections/ortho/map", 413, width="100000").content)["status"] == 413


def test_outside_the_callers_area_the_map_is_empty_and_a_hidden_layer_is_absent(api):
    found = picture(gk(api, path="/collections/ortho-part/map", width=str(WIDE), height=str(HIGH)))
    assert (found[:, : WIDE // 2 - 1, 3] == 255).all()
    assert (found[:, WIDE // 2 + 1 :, 3] == 0).all()
    hidden = api.get("/collections/ortho-secret/map", 404)
    absent = api.get("/collections/nope/map", 404)
    assert hidden.content == absent.content


@pytest.mark.conformance("ogcapi-maps-1/1.0/conf/oas30", "ogcapi-maps-1/1.0/conf/tilesets")
def test_links_and_definition_name_the_maps(api):
    links = api.json("/collections/ortho")["links"]
    maps = [each for each in links if each["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/map"]
    assert {each["type"] for each in maps} >= {"image/png", "image/jpeg"}
    assert api.get(maps[0]["href"].removeprefix("http://testserver/ogc"))["Content-Type"] == "image/png"
    assert any(each["rel"] == "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map" for each in links)
    operation = api.json("/api")["paths"]["/collections/ortho/map"]["get"]
    names = {each["$ref"].rsplit("/", 1)[1] for each in operation["parameters"] if "$ref" in each}
    assert {"bbox", "subset", "center", "width", "scale-denominator", "bgcolor", "datetime", "crs"} <= names


def test_the_same_point_is_the_same_through_wms_maps_and_coverage(api):
    box = f"{WEST + 100},{NORTH - 200},{WEST + 200},{NORTH - 100}"
    query = f"SERVICE=WMS&VERSION=1.3.0&REQUEST=GetMap&LAYERS=ortho&STYLES=&CRS=EPSG:4548&BBOX={swapped(box)}&WIDTH=100&HEIGHT=100&FORMAT=image/png&TRANSPARENT=TRUE"
    wms = picture(api.client.get(f"/wms?{query}"))
    maps = picture(gk(api, box, width="100", height="100"))
    assert (wms == maps).all()
    values = api.get("/collections/ortho/coverage", f="png", bbox=swapped(box), **{"bbox-crs": "[EPSG:4548]"})
    assert np.abs(picture(values).astype(int) - maps.astype(int)).max() <= 2


def test_a_map_over_the_date_line_shows_both_sides(api):
    asked = {"subset": "Lon(170:120),Lat(36:40)", "crs": "[OGC:CRS84]", "width": "310", "height": "4"}
    answer = api.get("/collections/ortho/map", **asked)
    found = picture(answer)
    assert found.shape == (4, 310, 4)
    beyond = api.get("/collections/ortho/map", bbox="-180,36,120,40", crs="[OGC:CRS84]", width="300", height="4")
    assert (found[:, 10:] == picture(beyond)).all()
    assert (found[:, :10, 3] == 0).all()
