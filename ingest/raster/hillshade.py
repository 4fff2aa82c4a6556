"""What does the relief look like? An 8-bit shade of an elevation, sun in the north-west at 45°.

Horn's gradient (1981), as gdaldem. At the rim of a sheet and beside holes the missing neighbours are
continued in a straight line, so that the light does not change there and sheets join without a seam.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.shutil import copy
from rasterio.windows import Window

from layers import crs

_ROWS = 512
_FEET = {"ft": 0.3048, "foot": 0.3048, "feet": 0.3048, "us survey foot": 0.304800609601}
type Heights = NDArray[np.float32]


def write(cog: str, shade: str) -> None:
    """Write the shade of `cog` as a COG at `shade`: 1…255, 0 = no data; the same grid, strip by strip."""
    plain = shade + ".strip.tif"
    try:
        with rasterio.open(cog, driver="GTiff") as source:
            _strips(source, plain)
        with rasterio.open(plain, driver="GTiff") as source:
            options = {"BLOCKSIZE": "512", "NUM_THREADS": "ALL_CPUS", "BIGTIFF": "IF_SAFER"}
            copy(source, shade, driver="COG", COMPRESS="DEFLATE", PREDICTOR="YES", OVERVIEW_RESAMPLING="AVERAGE", **options)
    finally:
        Path(plain).unlink(missing_ok=True)


def _strips(source: Any, plain: str) -> None:
    profile = {
        "driver": "GTiff", "width": source.width, "height": source.height, "count": 1, "dtype": "uint8",
        "crs": source.crs, "transform": source.transform, "nodata": 0, "tiled": True, "blockxsize": 512,
        "blockysize": 512, "bigtiff": "IF_SAFER", "compress": "deflate", "zlevel": 1,
    }  # fmt: skip
    unit = _FEET.get((source.units[0] or "").strip().lower(), 1.0)
    with rasterio.open(plain, "w", **profile) as target:
        for top in range(0, source.height, _ROWS):
            rows = min(_ROWS, source.height - top)
            first, last = max(0, top - 1), min(source.height, top + rows + 1)
            window = Window(0, first, source.width, last - first)
            heights = source.read(1, window=window, masked=True).astype("float32").filled(np.nan) * np.float32(unit)
            shades = lit(heights, *_steps(source, top, rows, first - top, last - first))
            target.write(shades[top - first : top - first + rows], 1, window=Window(0, top, source.width, rows))


def _steps(source: Any, top: int, rows: int, shift: int, count: int) -> tuple[Any, Any]:
    """Return metres per pixel: to the east along a row, to the south down a column (signed)."""
    to_east, to_south = source.transform.a, -source.transform.e
    if not source.crs.is_geographic:
        factor = source.crs.linear_units_factor[1]
        return to_east * factor, to_south * factor
    middles = top + shift + np.arange(count) + 0.5
    latitudes = np.clip(source.transform.f + middles * source.transform.e, -89.9, 89.9)
    metres = np.array([crs.degree_m(float(latitude)) for latitude in latitudes], dtype="float32")
    return to_east * metres[:, :1], to_south * metres[:, 1:]


def _continued(heights: Heights) -> Heights:
    """Add a column on both sides, in a straight line from the two beside it."""
    if heights.shape[1] < 2:
        return np.pad(heights, ((0, 0), (1, 1)), mode="edge")
    left, right = 2 * heights[:, :1] - heights[:, 1:2], 2 * heights[:, -1:] - heights[:, -2:-1]
    return np.hstack((left, heights, right))


def lit(heights: Heights, dx: Any, dy: Any) -> NDArray[np.uint8]:
    """Shade heights (NaN = none) whose pixels are `dx` metres wide to the east and `dy` high to the south."""
    padded, centre = _continued(_continued(heights).T).T, heights

    def side(row: int, column: int) -> Heights:
        """The neighbour, else the straight continuation from the one across, else the pixel itself."""
        near = padded[1 + row : padded.shape[0] - 1 + row, 1 + column : padded.shape[1] - 1 + column]
        if not np.isnan(near).any():
            return near
        across = padded[1 - row : padded.shape[0] - 1 - row, 1 - column : padded.shape[1] - 1 - column]
        made = np.where(np.isnan(near), 2 * centre - across, near)
        return np.where(np.isnan(made), centre, made)

    a, b, c, d = side(-1, -1), side(-1, 0), side(-1, 1), side(0, -1)
    f, g, h, i = side(0, 1), side(1, -1), side(1, 0), side(1, 1)
    east = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * dx)
    south = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * dy)
    # The direction of the sun is (-1/2, 1/2, √½) to the east, to the north and up.
    light = (0.5 * east + 0.5 * south + math.sqrt(0.5)) / np.sqrt(1 + east**2 + south**2)
    shades = 1 + 254 * np.clip(light, 0, 1)
    return np.where(np.isnan(shades), 0, shades + 0.5).astype("uint8")
