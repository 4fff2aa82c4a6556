"""The pixels door: values of imagery and elevation, mosaicked from the version's COGs.

Where files overlap, the topmost with a valid pixel counts: highest priority, then latest survey, then
latest file, as in the pictures (design §9). Only files of the store are opened, by the names the registry holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio.windows import Window

from layers import cogs, files, resampling
from layers.access import LayerView
from layers.errors import InvalidValue, TooLarge
from layers.files import RasterFile
from layers.spec import Bounds

_MAX_VALUES = 64_000_000
_WINDOW_PX = 4096
_PX_A_PLACE = 64
type LonLat = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Sample:
    """What one place of a raster layer holds: a value per band (None = no data), date and file."""

    values: tuple[float | None, ...]
    date: date | None
    file: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Which pixels are asked for: `bounds` x first in EPSG:`srid`, `width` × `height`, north (y) up.

    `bands` are numbers from 1, None = all that every file has; `until` leaves later surveys out.
    """

    bounds: Bounds
    srid: int
    width: int
    height: int
    bands: tuple[int, ...] | None = None
    resampling: Literal["nearest", "bilinear"] = "nearest"
    until: date | None = None


def sample(view: LayerView, lonlats: Sequence[LonLat], *, until: date | None = None) -> list[Sample | None]:
    """Return for each place (lon/lat, EPSG:4490) the topmost file's values; None where nothing lies.

    Outside the caller's area there is nothing; `until` leaves later surveys out. Raises RenderFailed when a
    file is missing or damaged.
    """
    if not lonlats:
        return []
    places = np.asarray(lonlats, dtype=float)
    found: list[Sample | None] = [None] * len(places)
    wanted = _inside(view, places)
    west, south, east, north = *places.min(axis=0), *places.max(axis=0)
    for file in files.meeting(view, (west, south, east, north), until):
        here = np.flatnonzero(wanted & shapely.intersects_xy(file.footprint, places))
        for place, values in zip(here, _values(file, places[here]), strict=True):
            if any(value is not None for value in values):
                found[place] = Sample(values, file.survey_date, file.name)
                wanted[place] = False
        if not wanted.any():
            break
    return found


def read(view: LayerView, picture: Picture) -> "np.ma.MaskedArray[Any, Any]":
    """Return the values of a picture's pixel centres as a masked array (bands, height, width).

    Read through the overview that fits. Masked: no file, no data, outside the caller's area. The type is the same
    for every picture of a version. Raises TooLarge, InvalidValue (a band that is not there), UnknownCrs, DatumRefused,
    and RenderFailed when a file is missing or damaged.
    """
    shape = picture.height, picture.width
    bands = picture.bands or files.bands(view)
    if min(shape) < 1 or len(bands) * shape[0] * shape[1] > _MAX_VALUES:
        raise TooLarge
    if not set(bands) <= set(files.bands(view)):
        raise InvalidValue("没有这个波段 / there is no such band", parameter="bands")
    grid = resampling.Grid.over(picture.bounds, picture.srid, shape)
    values = np.zeros((len(bands), *shape), dtype=files.dtype(view))
    missing = np.ones(values.shape, dtype=bool)
    forbidden = ~_inside(view, grid.lonlats()).reshape(shape) if view.pieces else np.zeros(shape, dtype=bool)
    for file in files.meeting(view, grid.extent, picture.until):
        if not (missing & ~forbidden).any():
            break
        _fill(file, grid, bands, picture.resampling, values, missing)
    return np.ma.MaskedArray(values, missing | forbidden)


def _inside(view: LayerView, places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which places (n, 2) the caller may have."""
    area = files.area(view)
    if area is None:
        return np.ones(len(places), dtype=bool)
    return np.asarray(shapely.intersects_xy(area, places))


def _values(file: RasterFile, places: NDArray[np.float64]) -> list[tuple[float | None, ...]]:
    """Return a file's values at places (n, 2), nearest pixel: read as one window where they lie close together."""
    if not len(places):
        return []
    bands = range(1, file.bands + 1)
    with cogs.reading(file) as cog:
        spots = cog.pixels(places)
        height, width = cog.shape
        inside = (spots[:, 0] >= 0) & (spots[:, 0] < width) & (spots[:, 1] >= 0) & (spots[:, 1] < height)
        columns, rows = (np.where(inside, spots[:, axis], -1).astype(int) for axis in (0, 1))
        found = np.ma.masked_all((len(places), file.bands), dtype=float)
        for group in _windows(columns, rows, np.flatnonzero(inside)):
            left, top = columns[group].min(), rows[group].min()
            window = Window(left, top, columns[group].max() - left + 1, rows[group].max() - top + 1)
            found[group] = cog.cut(-1, bands, window)[:, rows[group] - top, columns[group] - left].T
    missing = np.ma.getmaskarray(found) | ~np.isfinite(found.data)
    return [
        tuple(None if is_missing else value for value, is_missing in zip(*pair, strict=True))
        for pair in zip(found.data.tolist(), missing.tolist(), strict=True)
    ]


def _windows(columns: NDArray[np.int64], rows: NDArray[np.int64], inside: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Group places so that each group's window is small: halved, in their order, until it is."""
    groups, found = [inside] if len(inside) else [], []
    while groups:
        group = groups.pop()
        area = (int(np.ptp(columns[group])) + 1) * (int(np.ptp(rows[group])) + 1)
        if area <= max(_WINDOW_PX, _PX_A_PLACE * len(group)):
            found.append(group)
        else:
            groups += [group[: len(group) // 2], group[len(group) // 2 :]]
    return found


def _fill(
    file: RasterFile,
    grid: resampling.Grid,
    bands: Sequence[int],
    how: str,
    values: NDArray[Any],
    missing: NDArray[np.bool_],
) -> None:
    """Put a file's pixels where `values` has none yet."""
    own = [place for place, band in enumerate(bands) if band <= file.bands]
    if not own:
        return
    with cogs.reading(file) as cog:
        plan = _planned(cog, grid, how)
        if plan is None:
            return
        source = cog.cut(plan.level, [bands[place] for place in own], Window(*plan.window))
    for place, band in zip(own, source, strict=True):
        found, is_found = plan.gather(band, how)
        taken = missing[place] & is_found
        if taken.all():
            values[place] = found
        else:
            values[place][taken] = found[taken]
        missing[place] &= ~is_found


def _planned(cog: cogs.Cog, grid: resampling.Grid, how: str) -> resampling.Plan | resampling.Straight | None:
    if cog.is_upright and cog.srid == grid.srid:
        # The same axes: columns and rows are looked up apart, without a transformation of every pixel.
        x, y = grid.lines()
        straight = resampling.straight((x - cog.transform.c) / cog.transform.a, (y - cog.transform.f) / cog.transform.e, cog.shape, cog.factors)
        if straight is None or how == "nearest" or straight.is_centred:
            return straight
    return resampling.plan(grid.project(cog.pixels), cog.shape, cog.factors)
