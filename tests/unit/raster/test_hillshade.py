"""The relief's shade: as gdaldem computes it, without a seam between sheets."""

import subprocess

import numpy as np
import pytest
import rasterio

from ingest.raster import hillshade


@pytest.fixture
def hills():
    y, x = np.mgrid[0:700, 0:1400]
    return (200 + 80 * np.sin(x / 40) * np.cos(y / 55) + x * 0.05).astype("float32")


def _shade(made, path, name="shade.tif"):
    target = made.folder / name
    hillshade.write(str(path), str(target))
    return rasterio.open(target).read(1)


@pytest.mark.parametrize(("crs", "origin", "size", "scale"), [("EPSG:4548", (485_000, 4_231_000), 5.0, None), ("EPSG:4490", (116.8, 0.01), 0.00005, "111195")])
def test_it_is_what_gdaldem_makes(made, hills, crs, origin, size, scale):
    path = made.tif(hills, crs=crs, origin=origin, size=size)
    theirs = made.folder / "gdaldem.tif"
    subprocess.run(["/usr/bin/gdaldem", "hillshade", "-q", *(["-s", scale] if scale else []), str(path), str(theirs)], check=True)
    wanted = rasterio.open(theirs).read(1)[1:-1, 1:-1].astype(int)
    found = _shade(made, path)[1:-1, 1:-1].astype(int)
    assert np.abs(found - wanted).max() <= 1


def test_neighbouring_sheets_join_without_a_seam(made, hills):
    whole = _shade(made, made.tif(hills, "w.tif", size=5.0), "ws.tif").astype(int)
    west = _shade(made, made.tif(hills[:, :700], "l.tif", size=5.0), "ls.tif").astype(int)
    east = _shade(made, made.tif(hills[:, 700:], "r.tif", size=5.0, origin=(488_500, 4_231_000)), "rs.tif").astype(int)
    assert np.abs(np.hstack((west, east)) - whole).max() <= 7


def test_a_hole_stays_a_hole_and_darkens_nothing_beside_it(made, hills):
    holed = hills.copy()
    holed[300:310, 300:310] = -9999
    whole = _shade(made, made.tif(hills, "w.tif", size=5.0), "ws.tif").astype(int)
    found = _shade(made, made.tif(holed, "h.tif", size=5.0, nodata=-9999), "hs.tif").astype(int)
    assert (found[300:310, 300:310] == 0).all()
    assert np.abs(np.where(found > 0, found - whole, 0)).max() <= 7


def test_level_ground_is_evenly_lit(made):
    found = _shade(made, made.tif(np.full((20, 20), 8.0, dtype="float32")))
    assert set(np.unique(found)) == {181}
