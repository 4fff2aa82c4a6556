"""The caged process that opens untrusted rasters (see ingest/child for the cage).

    python -m ingest.raster.child examine PATH                     → JSON
    python -m ingest.raster.child convert PATH SRS COG [SHADE]     → JSON

Only the GTiff driver is let near the file, whatever it is called.
"""

import json
import math
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ingest.child import cage

MAX_PIXELS = 40_000_000_000
"""More than that is a sparse file made to fill disks: a city at 0.05 m is delivered in sheets."""
_OVERVIEW_PX = 512
_JPEG_QUALITY = "90"


def examine(path: str) -> dict[str, Any]:
    """Describe a raster without reading its pixels."""
    import rasterio  # noqa: PLC0415 - GDAL is loaded only after the limits are set
    from rasterio.enums import ColorInterp  # noqa: PLC0415

    with rasterio.open(path, driver="GTiff") as source:
        return {
            "width": source.width, "height": source.height, "bands": source.count, "dtype": source.dtypes[0],
            "crs": source.crs.to_wkt() if source.crs else "", "nodata": _finite(source.nodata),
            "has_transform": not source.transform.is_identity, "has_gcps": bool(source.gcps[0]),
            "is_rotated": bool(source.transform.b or source.transform.d), "bounds": list(source.bounds),
            "pixel": abs(source.transform.a), "palette": source.colorinterp[0] == ColorInterp.palette,
            "alpha": ColorInterp.alpha in source.colorinterp,
        }  # fmt: skip


def convert(path: str, srs: str, cog: str, shade: str = "") -> dict[str, Any]:
    """Write the COG (and the hillshade COG of an elevation), return footprint and statistics."""
    import rasterio  # noqa: PLC0415
    from rasterio.shutil import copy  # noqa: PLC0415

    if srs:
        # The working copy is ours: the CRS found by the detective is written into it.
        with rasterio.open(path, "r+", driver="GTiff") as source:
            source.crs = rasterio.crs.CRS.from_user_input(srs)
    with rasterio.open(path, driver="GTiff") as source:
        options = _options(source)
        copy(source, cog, driver="COG", **options)
    with rasterio.open(cog) as made:
        result = {"footprint": _footprint(made), "stats": _statistics(made)}
    if shade:
        _hillshade(cog, shade)
    return result


def _options(source: Any) -> dict[str, str]:
    from rasterio.enums import ColorInterp, MaskFlags  # noqa: PLC0415

    common = {"BLOCKSIZE": "512", "NUM_THREADS": "ALL_CPUS", "BIGTIFF": "IF_SAFER"}
    is_plain = all(flags in ([MaskFlags.all_valid], [MaskFlags.per_dataset]) for flags in source.mask_flag_enums)
    if source.count == 3 and set(source.dtypes) == {"uint8"} and is_plain and ColorInterp.palette not in source.colorinterp:
        return {**common, "COMPRESS": "JPEG", "QUALITY": _JPEG_QUALITY, "OVERVIEW_RESAMPLING": "AVERAGE"}
    is_class = source.colorinterp[0] == ColorInterp.palette
    resampling = "MODE" if is_class else "AVERAGE"
    return {**common, "COMPRESS": "DEFLATE", "PREDICTOR": "YES", "OVERVIEW_RESAMPLING": resampling}


def _footprint(source: Any) -> list[list[tuple[float, float]]]:
    """Return the outer rings of the valid pixels, in the raster's own CRS, seen at an overview."""
    from rasterio import features  # noqa: PLC0415
    from rasterio.transform import from_bounds  # noqa: PLC0415

    scale = max(1.0, max(source.width, source.height) / _OVERVIEW_PX)
    shape = max(1, round(source.height / scale)), max(1, round(source.width / scale))
    mask = source.dataset_mask(out_shape=shape) > 0
    transform = from_bounds(*source.bounds, shape[1], shape[0])
    if mask.all():
        west, south, east, north = source.bounds
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return [[_between(a, b, step / 16) for a, b in pairwise(corners) for step in range(16)]]
    found = features.shapes(mask.astype("uint8"), mask=mask, transform=transform)
    return [shape["coordinates"][0] for shape, _ in found]


def _between(a: tuple[float, float], b: tuple[float, float], share: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _statistics(source: Any) -> dict[str, Any]:
    """Return per band the range and the 2nd and 98th percentile of an overview."""
    scale = max(1.0, max(source.width, source.height) / 1024)
    shape = source.count, max(1, round(source.height / scale)), max(1, round(source.width / scale))
    data = source.read(out_shape=shape, masked=True)
    bands: list[dict[str, float] | None] = []
    for band in data:
        values = band.compressed()
        values = values[np.isfinite(values)]
        if not len(values):
            bands.append(None)
            continue
        low, high = np.percentile(values, (2, 98))
        bands.append({"min": float(values.min()), "max": float(values.max()), "p2": float(low), "p98": float(high)})
    return {"bands": bands}


def _hillshade(cog: str, shade: str) -> None:
    """Write an 8-bit hillshade (azimuth 315°, altitude 45°, Horn 1981) in strips of 512 rows."""
    import rasterio  # noqa: PLC0415
    from rasterio.shutil import copy  # noqa: PLC0415
    from rasterio.windows import Window  # noqa: PLC0415

    plain = shade + ".strip.tif"
    with rasterio.open(cog) as source:
        profile = {"driver": "GTiff", "width": source.width, "height": source.height, "count": 1, "dtype": "uint8",
                   "crs": source.crs, "transform": source.transform, "nodata": 0, "tiled": True, "bigtiff": "IF_SAFER"}  # fmt: skip
        middle = (source.bounds.bottom + source.bounds.top) / 2
        degree = 111_320.0 if source.crs and source.crs.is_geographic else 1.0
        dx = abs(source.transform.a) * degree * (math.cos(math.radians(middle)) if degree > 1 else 1.0)
        dy = abs(source.transform.e) * degree
        with rasterio.open(plain, "w", **profile) as target:
            for top in range(0, source.height, 512):
                rows = min(512, source.height - top)
                first, last = max(0, top - 1), min(source.height, top + rows + 1)
                heights = source.read(1, window=Window(0, first, source.width, last - first), masked=True).astype("float32")
                lit = _lit(heights.filled(np.nan), dx, dy)
                target.write(lit[top - first : top - first + rows], 1, window=Window(0, top, source.width, rows))
    with rasterio.open(plain) as source:
        copy(source, shade, driver="COG", BLOCKSIZE="512", COMPRESS="DEFLATE", OVERVIEW_RESAMPLING="AVERAGE")
    Path(plain).unlink()


def _lit(heights: Any, dx: float, dy: float) -> Any:
    padded = np.pad(heights, 1, mode="edge")
    a, b, c = padded[:-2, :-2], padded[:-2, 1:-1], padded[:-2, 2:]
    d, f = padded[1:-1, :-2], padded[1:-1, 2:]
    g, h, i = padded[2:, :-2], padded[2:, 1:-1], padded[2:, 2:]
    east = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * dx)
    south = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * dy)
    # The sun in the north-west at 45°: its direction is (-1/2, 1/2, √½) east, north, up.
    light = (0.5 * east + 0.5 * south + math.sqrt(0.5)) / np.sqrt(1 + east**2 + south**2)
    shaded = np.clip(np.nan_to_num(light, nan=-1.0) * 254 + 1, 0, 255)
    return np.where(np.isnan(heights), 0, np.maximum(shaded, 1)).astype("uint8")


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def main(arguments: list[str]) -> None:
    """Run one command."""
    cage()
    command, *rest = arguments
    result = examine(*rest) if command == "examine" else convert(*rest)
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
