"""OGC API - Tiles: tile sets of the dataset, chosen collections, tiles as of a day, limits and places that are none."""

import io

import mapbox_vector_tile
import numpy as np
import pytest
from PIL import Image

from layers import crs
from tests.faces.grids.land import WIDE, lonlat
from tiles import grids


def picture(answer):
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGBA"))


def place(grid, level, x, y):
    """Return the tile that holds a place of the land, and the pixel in it."""
    found = grids.grid(grid)
    matrix = found.matrices[level]
    lon, lat = lonlat(x, y)
    east, north = (lon, lat) if found.srid == 4490 else crs.transformer(4490, found.srid).transform(lon, lat)
    across, down = (east - matrix.west) / matrix.cell, (matrix.north - north) / matrix.cell
    column, row = int(across // 256), int(down // 256)
    return f"{grid}/{matrix.id}/{row}/{column}", (int(down % 256), int(across % 256))


@pytest.mark.parametrize("grid", ["WebMercatorQuad", "c", "w", "CGCS2000-GK39"])
@pytest.mark.conformance("ogcapi-tiles-1/1.0/conf/dataset-tilesets", "ogcapi-tiles-1/1.0/conf/collections-selection")
def test_tiles_of_the_dataset_hold_the_collections_chosen_in_the_right_place(api, grid):
    level = min(17, len(grids.grid(grid).matrices) - 1)
    address, pixel = place(grid, level, 301, 101)
    found = picture(api.get(f"/map/tiles/{address}", collections="dem,ortho"))
    assert [int(each) for each in found[pixel][:2]] == pytest.approx([301 % 200, 101], abs=8)
    below = picture(api.get(f"/map/tiles/{address}", collections="ortho,dem"))
    assert (below[pixel] != found[pixel]).any()
    assert found[pixel][3] == 255


def test_vector_tiles_of_several_layers_are_one_tile(api):
    address, _ = place("WebMercatorQuad", 12, 200, 150)
    tile = mapbox_vector_tile.decode(api.get(f"/tiles/{address}", collections="levels,warnings").content)
    assert set(tile) == {"levels", "warnings"}
    answer = api.get(f"/tiles/{address}", collections="levels")
    assert set(mapbox_vector_tile.decode(answer.content)) == {"levels"}
    api.get(f"/tiles/{address}", 304, headers={"If-None-Match": answer["ETag"]}, collections="levels")
    assert api.get(f"/tiles/{address}", collections="levels", datetime="2001-01-01").content == b""


@pytest.mark.conformance("ogcapi-tiles-1/1.0/conf/datetime")
def test_tiles_of_a_day_show_the_survey_that_held_then(api):
    address, pixel = place("WebMercatorQuad", 17, 50, 50)
    path = f"/collections/ortho/map/tiles/{address}"
    assert int(picture(api.get(path))[pixel][2]) == pytest.approx(220, abs=6)
    assert int(picture(api.get(path, datetime="2025-01-01"))[pixel][2]) == pytest.approx(50, abs=6)
    assert (picture(api.get(path, datetime="2001-01-01", f="png"))[..., 3] == 0).all()
    assert (picture(api.get(path, datetime="2001-01-01", bgcolor="red", f="png"))[0, 0] == (255, 0, 0, 255)).all()


def test_tile_sets_of_the_dataset_say_layers_limits_and_links(api):
    listed = api.json("/map/tiles", collections="dem,ortho")["tilesets"]
    assert len(listed) == len(grids.grids())
    body = api.json("/map/tiles/WebMercatorQuad", collections="dem,ortho")
    assert [each["id"] for each in body["layers"]] == ["dem", "ortho"]
    assert body["tileMatrixSetLimits"]
    template = next(each["href"] for each in body["links"] if each["rel"] == "item")
    assert "collections=dem,ortho" in template
    assert api.json("/tiles/c")["dataType"] == "vector"
    own = api.json("/collections/levels/tiles/WebMercatorQuad")["links"]
    tilejson = next(each["href"] for each in own if each["rel"] == "describedby")
    assert api.client.get(tilejson.removeprefix("http://testserver")).json()["tilejson"] == "3.0.0"
    rels = {each["rel"].rsplit("/", 1)[1] for each in api.json("/")["links"] if each["rel"].startswith("http")}
    assert {"tilesets-vector", "tilesets-map", "map"} <= rels


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["99/0/0", "-1/0/0", "8/256/0", "8/0/256", "\u0661/0/0", "8/1.0/0", "8/0x1/0"])
def test_a_tile_that_is_none_is_not_found(api, where):
    for path in ("/map/tiles", "/tiles"):
        api.get(f"{path}/WebMercatorQuad/{where}", 404, collections="levels")


def test_hidden_layers_and_places_are_absent_from_tiles(api):
    address, _ = place("WebMercatorQuad", 17, 300, 100)
    hidden = api.get(f"/map/tiles/{address}", 400, collections="dem-secret")
    assert hidden.content == api.get(f"/map/tiles/{address}", 400, collections="nope").content
    part, pixel = place("WebMercatorQuad", 17, WIDE * 0.9, 100)
    assert picture(api.get(f"/map/tiles/{part}", collections="ortho-part,dem-part"))[pixel][3] == 0
