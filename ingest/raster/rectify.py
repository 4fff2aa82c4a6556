"""How does a raster that only has ground control points get a position? By a thin plate spline through them."""

from typing import Any

import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, Resampling
from rasterio.vrt import WarpedVRT

_MEMORY_MB = 256


def rectify(source: Any, path: str) -> str:
    """Warp to north-up pixels in the control points' CRS; bilinear; no data where nothing lay. Returns `path`."""
    gcps, crs = source.gcps
    crs = CRS.from_user_input(crs)
    options = {"SRC_METHOD": "GCP_TPS"} if len(gcps) >= 4 else {}
    has_gaps = source.nodata is not None or ColorInterp.alpha in source.colorinterp
    extra = {} if has_gaps else {"nodata": 0}
    with WarpedVRT(
        source, src_crs=crs, crs=crs, resampling=Resampling.bilinear, warp_mem_limit=_MEMORY_MB, **extra, **options
    ) as warped:
        profile = {
            "driver": "GTiff", "width": warped.width, "height": warped.height, "count": warped.count,
            "dtype": warped.dtypes[0], "crs": crs, "transform": warped.transform, "nodata": warped.nodata,
            "tiled": True, "blockxsize": 512, "blockysize": 512, "bigtiff": "IF_SAFER",
        }  # fmt: skip
        with rasterio.open(path, "w", **profile) as target:
            for _, window in target.block_windows(1):
                target.write(warped.read(window=window), window=window)
            target.colorinterp = warped.colorinterp
    return path
