"""GeoTIFFs written for a test, and what becomes of them as COGs."""

from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from ingest.raster import cog


class Made:
    """Writes rasters into the test's folder and converts them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def tif(self, data, name="a.tif", crs="EPSG:4548", origin=(485_000, 4_231_000), size=1.0, mask=None, **more):
        data = np.asarray(data)
        data = data[None] if data.ndim == 2 else data
        path = self.folder / name
        profile = {"driver": "GTiff", "count": len(data), "height": data.shape[1], "width": data.shape[2], "dtype": data.dtype, "crs": crs}
        profile.setdefault("transform", from_origin(*origin, size, size))
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), rasterio.open(path, "w", **profile | more) as file:
            file.write(data)
            if mask is not None:
                file.write_mask(mask)
        return path

    def cog(self, path: Path, name="out.tif") -> Path:
        target = self.folder / name
        cog.write(str(path), str(target))
        return target


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@pytest.fixture
def noise():
    return np.random.default_rng(4490)
