"""Footprints: around the valid pixels, and in the right place over date line, pole and earth's rim."""

import numpy as np
import rasterio
import shapely
from pyproj import CRS

from ingest.raster import footprint, ground
from layers import crs


def _of(path) -> shapely.MultiPolygon:
    with rasterio.open(path) as file:
        source = crs.read(file.crs.to_wkt())
        return ground.multipolygon(footprint.rings(file), crs.to_storage(source))


def test_a_full_sheet_is_its_outline(made):
    shape = _of(made.tif(np.ones((1, 100, 200), dtype="uint8"), crs="EPSG:4490", origin=(116.8, 38.3), size=0.001))
    assert shape.symmetric_difference(shapely.box(116.8, 38.2, 117.0, 38.3)).area < 1e-9


def test_the_outline_holds_every_valid_pixel_and_little_more(made):
    data = np.zeros((1, 3000, 3000), dtype="uint8")
    data[0, 1000:2000, 500:700] = 9
    data[0, 2900:2910, 2900:2910] = 9
    shape = _of(made.tif(data, crs="EPSG:4490", origin=(100, 40), size=0.001, nodata=0))
    wanted = shapely.box(100.5, 38.0, 100.7, 39.0) | shapely.box(102.9, 37.09, 102.91, 37.1)
    assert shape.covers(wanted)
    assert wanted.buffer(0.013, join_style="mitre").covers(shape)


def test_a_raster_without_a_valid_pixel_has_none(made):
    assert footprint.rings(rasterio.open(made.tif(np.zeros((1, 50, 50), dtype="uint8"), nodata=0))) == []
    nothing = np.full((1, 50, 50), np.nan, dtype="float32")
    assert footprint.rings(rasterio.open(made.tif(nothing, "b.tif"))) == []


def test_specks_without_number_do_not_make_a_footprint_without_end(made, noise):
    data = (noise.random((1, 1000, 1000)) < 0.02).astype("uint8")
    shape = _of(made.tif(data, nodata=0))
    assert shapely.get_num_coordinates(shape) < 5000


def test_over_the_date_line_it_is_cut_in_two(made):
    shape = _of(made.tif(np.ones((1, 100, 100), dtype="uint8"), crs="EPSG:32660", origin=(600_000, 5_600_000), size=2000))
    assert shape.bounds[0] == -180
    assert shape.bounds[2] == 180
    assert len(shape.geoms) == 2
    assert all(each.bounds[2] - each.bounds[0] < 5 for each in shape.geoms)


def test_degrees_from_0_to_360_come_back(made):
    shape = _of(made.tif(np.ones((1, 10, 36), dtype="uint8"), crs="EPSG:4326", origin=(0, 50), size=10))
    assert shape.equals(shapely.box(-180, -50, 180, 50))


def test_round_a_pole_it_reaches_the_pole(made):
    shape = _of(made.tif(np.ones((1, 40, 40), dtype="uint8"), crs="EPSG:3031", origin=(-400_000, 400_000), size=20_000))
    assert shape.is_valid
    assert shape.covers(shapely.box(-180, -89.9, 180, -87))
    assert shape.bounds[3] < -84


def test_what_is_off_the_earth_is_left_out(made):
    geos = CRS.from_proj4("+proj=geos +h=35785863 +lon_0=105 +ellps=WGS84 +units=m").to_wkt()
    shape = _of(made.tif(np.ones((1, 110, 110), dtype="uint8"), crs=geos, origin=(-5_500_000, 5_500_000), size=100_000))
    assert shapely.intersects_xy(shape, 105, 0)
    assert shapely.intersects_xy(shape, 150, 40)
    assert not shapely.intersects_xy(shape, -75, 0)
