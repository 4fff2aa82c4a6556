"""Which source pixel belongs to each pixel of a picture, at which overview, and what is its value?

Pure arithmetic: no files, no GDAL. Pixel coordinates are (column, row) from the top left corner, the
first pixel's centre at (0.5, 0.5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers import crs
from layers.spec import Bounds

_STEP_PX = 16
_TOLERANCE_PX = 0.1
_MAX_WINDOW_PX = 16_000_000
type Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """A picture's pixels: bounds (x first) in EPSG:`srid`, shape (height, width), `extent` in EPSG:4490."""

    bounds: Bounds
    srid: int
    shape: tuple[int, int]
    extent: Bounds

    @classmethod
    def over(cls, bounds: Bounds, srid: int, shape: tuple[int, int]) -> "Grid":
        """Make the grid and find its extent; raises UnknownCrs, DatumRefused."""
        west, south, east, north = crs.bounds(bounds, srid, crs.STORAGE)
        if west > east:  # over the date line: both sides are looked through
            west, east = -180.0, 180.0
        return cls(bounds, srid, shape, (west, south, east, north))

    def lines(self) -> tuple[Points, Points]:
        """Return the x of the columns' centres and the y of the rows', in the grid's CRS."""
        west, south, east, north = self.bounds
        height, width = self.shape
        x = west + (east - west) * np.arange(0.5, width) / width
        y = north - (north - south) * np.arange(0.5, height) / height
        return x, y

    def lonlats(self) -> Points:
        """Return the centres of all pixels, row by row, as (n, 2) lon/lat."""
        return self._at(np.arange(0.5, self.shape[1]), np.arange(0.5, self.shape[0]))

    def project(self, place: Callable[[Points], Points]) -> Points:
        """Return place(centre) of every pixel as (height, width, 2).

        Transformed at every 16th pixel and interpolated in between, where that errs by < 0.1 pixel.
        """
        height, width = self.shape
        columns, rows = _knots(width), _knots(height)
        if len(columns) * len(rows) * 4 > width * height:
            return place(self.lonlats()).reshape(height, width, 2)
        coarse = place(self._at(columns, rows)).reshape(len(rows), len(columns), 2)
        middles = _middles(columns), _middles(rows)
        exact = place(self._at(*middles)).reshape(len(middles[1]), len(middles[0]), 2)
        guessed = (coarse[1:, 1:] + coarse[1:, :-1] + coarse[:-1, 1:] + coarse[:-1, :-1]) / 4
        error = np.abs(exact - guessed)
        if not np.isfinite(error).all() or error.max() > _TOLERANCE_PX * _zoom(coarse):
            return place(self.lonlats()).reshape(height, width, 2)
        return _interpolated(coarse, columns, rows, self.shape)

    def _at(self, columns: Points, rows: Points) -> Points:
        west, south, east, north = self.bounds
        x = west + (east - west) * columns / self.shape[1]
        y = north - (north - south) * rows / self.shape[0]
        xs, ys = (each.ravel() for each in np.meshgrid(x, y))
        if self.srid != crs.STORAGE:
            xs, ys = crs.transformer(self.srid, crs.STORAGE).transform(xs, ys)
        return np.column_stack((xs, ys))


def _knots(size: int) -> Points:
    return np.linspace(0.5, size - 0.5, max(2, -(-size // _STEP_PX) + 1))


def _middles(knots: Points) -> Points:
    return np.asarray((knots[1:] + knots[:-1]) / 2, dtype=np.float64)


def _zoom(coarse: Points) -> float:
    """Return how many source pixels make a pixel of the picture, at least 1: the error that shows."""
    across = np.abs(np.diff(coarse, axis=1)).max() if coarse.shape[1] > 1 else 0.0
    return max(1.0, float(across) / _STEP_PX)


def _interpolated(coarse: Points, columns: Points, rows: Points, shape: tuple[int, int]) -> Points:
    across = (np.arange(shape[1]) + 0.5 - columns[0]) / (columns[1] - columns[0])
    down = (np.arange(shape[0]) + 0.5 - rows[0]) / (rows[1] - rows[0])
    left = np.clip(across.astype(int), 0, len(columns) - 2)
    top = np.clip(down.astype(int), 0, len(rows) - 2)
    s, t = (across - left)[None, :, None], (down - top)[:, None, None]
    wide = coarse[:, left] * (1 - s) + coarse[:, left + 1] * s
    return np.asarray(wide[top] * (1 - t) + wide[top + 1] * t)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to read: overview `level` (-1 = full), `window` (column, row, width, height) at that level,
    and for each pixel of the picture its place in that window (nan = outside the file)."""

    level: int
    window: tuple[int, int, int, int]
    places: Points

    def gather(self, band: Any, how: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Take a band's (masked) values: (values, whether there is one), picture-shaped."""
        return gather(band, self, how)


@dataclass(frozen=True, slots=True)
class Straight:
    """A plan where picture and file have the same axes: each column's and row's place in the window, -1 = outside.

    `is_centred` tells that every pixel of the picture has the centre of one of the file's, so that there is
    nothing to interpolate.
    """

    level: int
    window: tuple[int, int, int, int]
    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    is_centred: bool

    def gather(self, band: Any, how: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Take a band's (masked) values, the nearest: (values, whether there is one), picture-shaped."""
        data, valid = np.ma.getdata(band), ~np.ma.getmaskarray(band)
        if data.dtype.kind == "f":
            valid &= np.isfinite(data)
        if self.is_centred and (len(self.rows), len(self.columns)) == band.shape and self.columns[0] == self.rows[0] == 0:
            return data, valid
        chosen = np.ix_(np.maximum(self.rows, 0), np.maximum(self.columns, 0))
        return data[chosen], valid[chosen] & (self.rows >= 0)[:, None] & (self.columns >= 0)


def plan(pixels: Points, shape: tuple[int, int], factors: Sequence[int]) -> Plan | None:
    """Choose overview and window for full-resolution places (height, width, 2); None = nothing meets."""
    height, width = shape
    with np.errstate(invalid="ignore"):
        inside = (pixels[..., 0] >= 0) & (pixels[..., 0] < width) & (pixels[..., 1] >= 0) & (pixels[..., 1] < height)
    if not inside.any():
        return None
    low, high = pixels[inside].min(axis=0), pixels[inside].max(axis=0)
    level, factor = _level(_density(pixels, inside), factors, high - low)
    sizes, scale = _overview(shape, factor)
    first = np.maximum(np.floor(low * scale).astype(int) - 1, 0)
    last = np.minimum(np.floor(high * scale).astype(int) + 2, sizes)
    places = np.where(inside[..., None], pixels * scale - first, np.nan)
    window = int(first[0]), int(first[1]), int(last[0] - first[0]), int(last[1] - first[1])
    return Plan(level, window, places)


def straight(columns: Points, rows: Points, shape: tuple[int, int], factors: Sequence[int]) -> Straight | None:
    """Choose overview and window for full-resolution columns and rows; None = nothing meets."""
    height, width = shape
    across, down = (columns >= 0) & (columns < width), (rows >= 0) & (rows < height)
    if not (across.any() and down.any()):
        return None
    steps = [float(np.abs(line[-1] - line[0])) / (len(line) - 1) for line in (columns, rows) if len(line) > 1]
    low = np.array([columns[across].min(), rows[down].min()])
    high = np.array([columns[across].max(), rows[down].max()])
    level, factor = _level(min(steps, default=1.0), factors, high - low)
    _, scale = _overview(shape, factor)
    places = columns * scale[0], rows * scale[1]
    found = [np.where(met, np.floor(place), -1).astype(int) for place, met in zip(places, (across, down), strict=True)]
    first = [int(each[each >= 0].min()) for each in found]
    size = [int(each.max()) - start + 1 for each, start in zip(found, first, strict=True)]
    across_window, down_window = (np.where(each >= 0, each - start, -1) for each, start in zip(found, first, strict=True))
    is_centred = factor == 1 and all(_is_centred(each) for each in places)
    return Straight(level, (first[0], first[1], size[0], size[1]), across_window, down_window, is_centred)


def _is_centred(line: Points) -> bool:
    """Tell whether places are consecutive centres of pixels, within a hundredth."""
    steps = np.diff(line)
    return bool(np.abs(line[0] % 1 - 0.5) < 0.01 and (not len(steps) or np.abs(steps - 1).max() * len(line) < 0.01))


def _overview(shape: tuple[int, int], factor: int) -> tuple[tuple[int, int], Points]:
    """Return an overview's (width, height), and its size to the file's: rounded up, its pixels are a little narrower."""
    height, width = shape
    sizes = -(-width // factor), -(-height // factor)
    return sizes, np.array([sizes[0] / width, sizes[1] / height])


def _level(wanted: float, factors: Sequence[int], size: Points) -> tuple[int, int]:
    """Choose the overview for so many source pixels to one of the picture: -1 and 1 = full resolution."""
    level, factor = -1, 1
    for number, each in enumerate(factors):
        is_too_big = size[0] * size[1] / factor**2 > _MAX_WINDOW_PX
        if each <= wanted * 1.01 or is_too_big:
            level, factor = number, each
    return level, factor


def _density(pixels: Points, inside: NDArray[np.bool_]) -> float:
    """Return how many source pixels lie between neighbouring pixels of the picture (the median)."""
    found = []
    for axis in (0, 1):
        steps = np.hypot(*np.moveaxis(np.diff(pixels, axis=axis), -1, 0))
        both = np.logical_and(*(np.delete(inside, place, axis=axis) for place in (0, -1)))
        if both.any():
            found.append(float(np.median(steps[both])))
    return min(found) if found else 1.0


def gather(band: Any, chosen: Plan, how: str) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Take a band's (masked) values at the plan's places: (values, whether there is one), picture-shaped.

    Bilinear weighs the valid ones among four neighbours; the nearest must be valid.
    """
    inside = ~np.isnan(chosen.places[..., 0])
    column, row = (np.where(inside, chosen.places[..., axis], 0.0) for axis in (0, 1))
    height, width = band.shape
    valid = ~np.ma.getmaskarray(band)
    data = np.ma.getdata(band)
    if data.dtype.kind == "f":
        valid &= np.isfinite(data)
    near = np.clip(row.astype(int), 0, height - 1), np.clip(column.astype(int), 0, width - 1)
    found = inside & valid[near]
    if how == "nearest":
        return data[near], found
    total, weight = np.zeros(column.shape), np.zeros(column.shape)
    left, top = np.floor(column - 0.5), np.floor(row - 0.5)
    for right, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
        at = np.clip((top + below).astype(int), 0, height - 1), np.clip((left + right).astype(int), 0, width - 1)
        part = (1 - np.abs(column - 0.5 - left - right)) * (1 - np.abs(row - 0.5 - top - below)) * valid[at]
        total += part * np.where(valid[at], data[at], 0)
        weight += part
    mixed = total / np.where(weight > 0, weight, 1)
    if data.dtype.kind in "iu":
        mixed = np.rint(mixed)
    return mixed.astype(data.dtype), found
