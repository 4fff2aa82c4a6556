"""Delivered pixels in a COG: what is kept exactly, what may be JPEG, the same bytes again."""

import hashlib
import subprocess

import numpy as np
import pytest
import rasterio

from ingest.raster import cog


def test_the_same_raster_becomes_the_same_bytes(made, noise):
    path = made.tif(noise.integers(0, 255, (3, 1300, 1100), dtype="uint8"), photometric="RGB")
    digests = {hashlib.sha256(made.cog(path, f"{n}.tif").read_bytes()).hexdigest() for n in range(3)}
    assert len(digests) == 1


def test_plain_colour_is_jpeg_in_blocks_with_overviews_and_keeps_its_mask(made, noise):
    mask = np.zeros((1400, 1400), dtype="uint8")
    mask[:, :700] = 255
    path = made.tif(noise.integers(1, 255, (3, 1400, 1400), dtype="uint8"), photometric="RGB", mask=mask)
    with rasterio.open(made.cog(path)) as found:
        assert found.profile["compress"] == "jpeg"
        assert found.profile["photometric"] == "ycbcr"
        assert found.block_shapes[0] == (512, 512)
        assert found.overviews(1) == [2, 4]
        assert (found.dataset_mask() == mask).all()


@pytest.mark.parametrize(
    ("dtype", "bands", "more"),
    [
        ("uint8", 4, {"photometric": "RGB", "alpha": "YES"}),
        ("uint8", 4, {}),
        ("uint16", 3, {}),
        ("uint16", 4, {}),
        ("uint8", 3, {"photometric": "RGB", "nodata": 0}),
        ("uint8", 1, {}),
        ("float32", 1, {"nodata": -9999}),
        ("float64", 1, {}),
        ("int16", 1, {"nodata": -32768}),
    ],
)
def test_everything_else_is_kept_bit_by_bit(made, noise, dtype, bands, more):
    data = (noise.random((bands, 700, 600)) * 250).astype(dtype)
    with rasterio.open(made.cog(made.tif(data, **more))) as found:
        assert (found.read() == data).all()
        assert found.crs.to_epsg() == 4548
        assert found.nodata == more.get("nodata")


def test_a_palette_is_kept_and_its_overviews_hold_no_new_classes(made, noise):
    data = noise.choice([1, 40, 90], (1, 1300, 1300)).astype("uint8")
    path = made.tif(data)
    with rasterio.open(path, "r+") as file:
        file.write_colormap(1, {1: (255, 0, 0, 255), 40: (0, 255, 0, 255), 90: (0, 0, 255, 255)})
    with rasterio.open(made.cog(path)) as found:
        assert found.colormap(1)[40] == (0, 255, 0, 255)
        assert set(np.unique(found.read(1, out_shape=(325, 325)))) <= {1, 40, 90}


def test_heights_that_are_not_numbers_are_no_data(made):
    data = np.full((1, 600, 600), 12.5, dtype="float32")
    data[0, 10, 10] = np.nan
    path = made.tif(data)
    cog.amend(str(path), "", "")
    with rasterio.open(made.cog(path)) as found:
        assert np.isnan(found.nodata)
        assert (found.dataset_mask() == 0).sum() == 1


def test_a_missing_crs_is_written_into_the_cog(made):
    path = made.tif(np.ones((1, 20, 20), dtype="uint8"), crs=None)
    cog.amend(str(path), "EPSG:4527", "")
    with rasterio.open(made.cog(path)) as found:
        assert found.crs.to_epsg() == 4527


def test_the_systems_gdal_that_draws_can_read_every_compression(made, noise):
    float_ = made.cog(made.tif(noise.random((1, 700, 700), dtype="float32"), "f.tif"), "fc.tif")
    deep = made.cog(made.tif(noise.integers(0, 9999, (4, 700, 700), dtype="uint16"), "d.tif"), "dc.tif")
    color = made.cog(made.tif(noise.integers(0, 255, (3, 700, 700), dtype="uint8"), "c.tif", photometric="RGB"), "cc.tif")
    for path in (float_, deep, color):
        said = subprocess.run(["/usr/bin/gdalinfo", "-checksum", str(path)], capture_output=True, text=True, check=True)
        assert "Checksum=" in said.stdout
        assert "ERROR" not in said.stderr
