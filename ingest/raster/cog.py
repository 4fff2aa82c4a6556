"""How is a raster written as a COG? Delivered CRS and pixels; only plain 8-bit RGB is JPEG.

The same input gives the same bytes, since the store names a COG by its hash: GDAL writes no time
stamps, and its threads hand their blocks on in order. Compressions are those that Debian's GDAL 3.6,
which draws them, can read.
"""

from typing import Any

import numpy as np
import rasterio
from rasterio.crs import CRS
from rasterio.enums import ColorInterp, MaskFlags
from rasterio.shutil import copy
from rasterio.windows import Window

BLOCK = 512
_JPEG_QUALITY = "90"
_CLASSES = 48
"""An 8-bit band with fewer values than this is taken for classes, which must not be averaged."""


def amend(path: str, srs: str, nodata: str) -> None:
    """Write what examination found into a working copy: the CRS and no-data value it lacks."""
    with rasterio.open(path, driver="GTiff") as source:
        is_loose = not nodata and source.nodata is None and source.dtypes[0].startswith("float") and _has_nan(source)
    if not (srs or nodata or is_loose):
        return
    with rasterio.open(path, "r+", driver="GTiff") as source:
        if srs:
            source.crs = CRS.from_user_input(srs)
        if nodata or is_loose:
            source.nodata = float(nodata or "nan")


def write(path: str, cog: str) -> None:
    """Write the COG of a GeoTIFF at `cog`; raises RasterioError when its pixels cannot be read."""
    with rasterio.open(path, driver="GTiff") as source:
        copy(source, cog, driver="COG", **_options(source))


def _options(source: Any) -> dict[str, str]:
    common = {"BLOCKSIZE": str(BLOCK), "NUM_THREADS": "ALL_CPUS", "BIGTIFF": "IF_SAFER"}
    if _is_photograph(source):
        return {**common, "COMPRESS": "JPEG", "QUALITY": _JPEG_QUALITY, "OVERVIEW_RESAMPLING": "AVERAGE"}
    has_classes = source.colorinterp[0] == ColorInterp.palette or _has_few_values(source)
    resampling, predictor = ("MODE", "NO") if has_classes else ("AVERAGE", "YES")
    return {**common, "COMPRESS": "DEFLATE", "PREDICTOR": predictor, "OVERVIEW_RESAMPLING": resampling}


def _is_photograph(source: Any) -> bool:
    """Whether JPEG loses nothing that matters: three 8-bit bands whose gaps, if any, are in a mask."""
    flags = source.mask_flag_enums
    has_own_mask = all(each in ([MaskFlags.all_valid], [MaskFlags.per_dataset]) for each in flags)
    colors = {ColorInterp.red, ColorInterp.green, ColorInterp.blue}
    return source.count == 3 and set(source.dtypes) == {"uint8"} and has_own_mask and set(source.colorinterp) == colors


def _has_few_values(source: Any) -> bool:
    if source.count != 1 or source.dtypes[0] != "uint8":
        return False
    return len(np.unique(source.read(1, window=_middle(source)))) < _CLASSES


def _has_nan(source: Any) -> bool:
    """Look at every block of the first band: one hole is enough to need a no-data value."""
    return any(bool(np.isnan(source.read(1, window=window)).any()) for _, window in source.block_windows(1))


def _middle(source: Any) -> Window:
    size = 2048
    width, height = min(size, source.width), min(size, source.height)
    return Window((source.width - width) // 2, (source.height - height) // 2, width, height)
