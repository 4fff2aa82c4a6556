"""The process that measures staged COGs for `ingest.rules`: what their pixels hold, and how two of them meet.

    python -m ingest.raster.measure < {"folder": …, "kind": …, "files": [path …], "pairs": [[path, path] …]}

Writes {"files": [measures …], "seams": [seam | null …]} as JSON. Caged as the readers are; pixels are read
strip by strip, so that memory does not grow with the sheet. Outlines and places are in the sheet's own CRS.
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.cage import cage

_CPU_S = 3600
_ROWS = 512
_SIDE_PX = 1024
_SHAPES = 20
_PLACES = 20
_SEAM_POINTS = 300


def imagery(source: Any) -> dict[str, Any]:
    """Measure an image: how much is black up to its edges, empty, and whether it shows anything at all."""
    valid, bands = _overview(source)
    # The values of a lossy image wander a little round black.
    black = valid & (bands.max(axis=0) <= (2 if source.dtypes[0] == "uint8" else 0))
    shown = bands[:, valid]
    is_blank = bool(shown.size) and float(shown.max()) - float(shown.min()) <= 2
    collar, area = _touching_edge(source, black)
    return {"valid": float(valid.mean()), "black": area, "collar": collar, "blank": is_blank,
            "has_nodata": source.nodata is not None or _is_masked(source)}  # fmt: skip


def elevation(source: Any) -> dict[str, Any]:
    """Measure heights: holes inside, heights far off their neighbours', percentiles."""
    valid, bands = _overview(source)
    heights = bands[0][valid & np.isfinite(bands[0])]
    holes, area = _inside(source, ~valid)
    count, places = _spikes(source)
    levels = np.percentile(heights, (0, 1, 50, 99, 100)).tolist() if len(heights) else None
    return {"valid": float(valid.mean()), "holes": holes, "void": area, "spikes": count, "places": places, "levels": levels,
            "blank": bool(levels and levels[0] == levels[4])}  # fmt: skip


def seam(first: Any, second: Any) -> dict[str, Any] | None:
    """Compare two sheets of one CRS where they overlap, or else along the edge they share; None = they do not meet."""
    if first.crs != second.crs:
        return None
    pairs = _common(first, second)
    if pairs is None:
        return None
    one, other = _values(first, pairs[0]), _values(second, pairs[1])
    both = np.isfinite(one) & np.isfinite(other)
    if both.sum() < 5:
        return None
    one, other, places = one[both], other[both], pairs[0][both]
    step = np.median(other - one)
    ratio = float(np.median(other[one != 0] / one[one != 0])) if (one != 0).sum() > 4 else 1.0
    middle = places[len(places) // 2]
    return {"step": float(step), "ratio": ratio, "level": float(np.median(np.abs(one))), "place": middle.tolist()}


def _overview(source: Any) -> tuple[NDArray[np.bool_], NDArray[Any]]:
    """Read mask and bands (alpha left out) at ≤ 1024² pixels, nearest: values are real ones."""
    from rasterio.enums import ColorInterp  # noqa: PLC0415 - GDAL is loaded only after the limits are set

    scale = max(1.0, max(source.width, source.height) / _SIDE_PX)
    shape = max(1, round(source.height / scale)), max(1, round(source.width / scale))
    numbers = [each for each, meaning in enumerate(source.colorinterp, 1) if meaning != ColorInterp.alpha]
    bands = np.stack([source.read(each, out_shape=shape) for each in numbers])
    valid = source.dataset_mask(out_shape=shape) > 0
    if source.dtypes[0].startswith("float"):
        valid &= np.isfinite(bands[0])
    return valid, bands


def _is_masked(source: Any) -> bool:
    from rasterio.enums import MaskFlags  # noqa: PLC0415

    return any(MaskFlags.per_dataset in each or MaskFlags.alpha in each for each in source.mask_flag_enums)


def _touching_edge(source: Any, mask: NDArray[np.bool_]) -> tuple[list[Any], float]:
    return _regions(source, mask, at_edge=True)


def _inside(source: Any, mask: NDArray[np.bool_]) -> tuple[list[Any], float]:
    return _regions(source, mask, at_edge=False)


def _regions(source: Any, mask: NDArray[np.bool_], *, at_edge: bool) -> tuple[list[Any], float]:
    """Outline the regions of an overview's mask that touch the sheet's edge, or that do not; with their share of it."""
    import shapely  # noqa: PLC0415
    from rasterio import features  # noqa: PLC0415

    height, width = mask.shape
    found: list[Any] = [shapely.geometry.shape(each) for each, _ in features.shapes(mask.astype("uint8"), mask=mask)]
    rim = shapely.box(0, 0, width, height).exterior
    wanted = [each for each in found if rim.intersects(each) == at_edge]
    across, down = source.width / width, source.height / height
    outlines = [
        [list(source.transform @ (x * across, y * down)) for x, y in each.simplify(0.7).exterior.coords]
        for each in sorted(wanted, key=lambda each: -each.area)[:_SHAPES]
    ]
    return outlines, float(sum(each.area for each in wanted) / (height * width))


def _spikes(source: Any) -> tuple[int, list[list[float]]]:
    """Count heights that stand off all eight neighbours by far more than those differ among themselves."""
    from rasterio.windows import Window  # noqa: PLC0415

    count = 0
    places: list[list[float]] = []
    for top in range(0, source.height, _ROWS):
        first, last = max(0, top - 1), min(source.height, top + _ROWS + 1)
        window = Window(0, first, source.width, last - first)
        heights = source.read(1, window=window, masked=True).astype("float32").filled(np.nan)
        rows, columns = np.nonzero(_stands_off(heights))
        count += len(rows)
        for row, column in zip(rows[: _PLACES - len(places)], columns, strict=False):
            x, y = source.transform @ (int(column) + 1.5, first + int(row) + 1.5)
            places.append([x, y, float(heights[row + 1, column + 1])])
    return count, places


def _stands_off(heights: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Mask the inner cells of a grid that are spikes: off the neighbours' mean by 10 m and four times their range."""
    rows, columns = heights.shape
    if rows < 3 or columns < 3:
        return np.zeros((max(0, rows - 2), max(0, columns - 2)), dtype=bool)
    low = np.full((rows - 2, columns - 2), np.inf, dtype="float32")
    high, total = -low, np.zeros_like(low)
    for down in range(3):
        for across in range(3):
            if (down, across) != (1, 1):
                beside = heights[down : rows - 2 + down, across : columns - 2 + across]
                np.minimum(low, beside, out=low)
                np.maximum(high, beside, out=high)
                total += beside
    off = np.abs(heights[1:-1, 1:-1] - total / 8)
    return np.asarray((off > 10) & (off > 4 * (high - low)))


def _common(first: Any, second: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return places to compare, in each of both sheets: the same ones where they overlap, else across the edge."""
    a, b = first.bounds, second.bounds
    pixel = max(abs(first.transform.a), abs(second.transform.a))
    west, east = max(a.left, b.left), min(a.right, b.right)
    south, north = max(a.bottom, b.bottom), min(a.top, b.top)
    wide, high = east - west, north - south
    if wide > 2 * pixel and high > 2 * pixel:
        side = int(_SEAM_POINTS**0.5)
        xs, ys = np.meshgrid(np.linspace(west + pixel, east - pixel, side), np.linspace(south + pixel, north - pixel, side))
        places = np.column_stack((xs.ravel(), ys.ravel()))
        return places, places
    if high > 2 * pixel and abs(wide) <= 1.5 * pixel:
        ys = np.linspace(south + pixel, north - pixel, _SEAM_POINTS)
        side = 1 if a.left < b.left else -1
        x = (east + west) / 2
        return _beside(np.full_like(ys, x), ys, (side * pixel, 0.0))
    if wide > 2 * pixel and abs(high) <= 1.5 * pixel:
        xs = np.linspace(west + pixel, east - pixel, _SEAM_POINTS)
        side = 1 if a.bottom < b.bottom else -1
        return _beside(xs, np.full_like(xs, (south + north) / 2), (0.0, side * pixel))
    return None


def _beside(xs: Any, ys: Any, step: tuple[float, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    line = np.column_stack((xs, ys))
    return line - np.array(step), line + np.array(step)


def _values(source: Any, places: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.array([each[0] for each in source.sample(places, 1, masked=True)], dtype=object)
    return np.array([np.nan if each is np.ma.masked else float(each) for each in found])


def measured(asked: dict[str, Any]) -> dict[str, list[Any]]:
    """Measure the files and pairs that are asked for."""
    import rasterio  # noqa: PLC0415

    measure = elevation if asked["kind"] == "elevation" else imagery
    result: dict[str, list[Any]] = {"files": [], "seams": []}
    for path in asked["files"]:
        with rasterio.open(path, driver="GTiff") as source:
            result["files"].append(measure(source))
    for one, other in asked["pairs"]:
        with rasterio.open(one, driver="GTiff") as first, rasterio.open(other, driver="GTiff") as second:
            result["seams"].append(seam(first, second))
    return result


def main() -> None:
    """Measure what standard input names."""
    asked = json.load(sys.stdin)
    cage([Path(asked["folder"])], _CPU_S)
    sys.stdout.write(json.dumps(measured(asked)))


if __name__ == "__main__":
    main()
