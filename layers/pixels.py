"""The pixels door: values of imagery and elevation, mosaicked from the version's COGs.

Where files overlap, the topmost with a valid pixel counts: highest priority, then latest survey, then
latest file, as in the pictures (design §9). Only files of the store are opened, by the names the registry holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any, Literal

import numpy as np
import rasterio
import shapely
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray
from psycopg2 import sql
from rasterio.errors import RasterioError
from rasterio.windows import Window

from layers import crs, resampling
from layers.access import LayerView
from layers.errors import InvalidValue, RenderFailed, TooLarge
from layers.spec import Bounds
from layers.store import Store

_OPEN_FILES = 64
_MAX_VALUES = 64_000_000
_CACHE_BYTES = 48 << 20
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

    `bands` are numbers from 1, None = all that every file has.
    """

    bounds: Bounds
    srid: int
    width: int
    height: int
    bands: tuple[int, ...] | None = None
    resampling: Literal["nearest", "bilinear"] = "nearest"


@dataclass(frozen=True, slots=True)
class _File:
    """A file of a version, topmost first in lists."""

    name: str
    path: str
    srs: str
    survey_date: date | None
    dtype: str
    bands: int
    footprint: Any


def sample(view: LayerView, lonlats: Sequence[LonLat]) -> list[Sample | None]:
    """Return for each place (lon/lat, EPSG:4490) the topmost file's values; None where nothing lies.

    Outside the caller's area there is nothing. Raises RenderFailed when a file is missing or damaged.
    """
    _check(view)
    if not lonlats:
        return []
    places = np.asarray(lonlats, dtype=float)
    files = _files(view, (*places.min(axis=0), *places.max(axis=0)))
    allowed = _inside(view, places)
    return [
        _sample(files, float(lon), float(lat)) if is_allowed else None
        for (lon, lat), is_allowed in zip(places, allowed, strict=True)
    ]


def read(view: LayerView, picture: Picture) -> "np.ma.MaskedArray[Any, Any]":
    """Return the values of a picture's pixel centres as a masked array (bands, height, width).

    Read through the overview that fits. Masked: no file, no data, outside the caller's area. Raises
    TooLarge, InvalidValue (a band that is not there), UnknownCrs, DatumRefused, and RenderFailed when a
    file is missing or damaged.
    """
    _check(view)
    shape = picture.height, picture.width
    bands = picture.bands or tuple(range(1, (view.spec.raster.bands if view.spec.raster else 1) + 1))
    if min(shape) < 1 or len(bands) * shape[0] * shape[1] > _MAX_VALUES:
        raise TooLarge
    grid = resampling.Grid.over(picture.bounds, picture.srid, shape)
    files = _files(view, grid.extent)
    if files and any(not 1 <= band <= max(each.bands for each in files) for band in bands):
        raise InvalidValue("没有这个波段 / there is no such band", parameter="bands")
    kinds = [each.dtype for each in files] or ["uint8"]
    values = np.zeros((len(bands), *shape), dtype=np.result_type(*kinds))
    missing = np.ones(values.shape, dtype=bool)
    forbidden = ~_inside(view, grid.lonlats()).reshape(shape) if view.pieces else np.zeros(shape, dtype=bool)
    for file in files:
        if not (missing & ~forbidden).any():
            break
        _fill(file, grid, bands, picture.resampling, values, missing)
    return np.ma.MaskedArray(values, missing | forbidden)


def _check(view: LayerView) -> None:
    if view.spec.kind not in ("imagery", "elevation"):
        raise InvalidValue(f"{view.spec.slug} 不是栅格图层 / has no pixels")


def _sample(files: Iterable[_File], lon: float, lat: float) -> Sample | None:
    for file in files:
        if not shapely.intersects_xy(file.footprint, lon, lat):
            continue
        values = _values(file, lon, lat)
        if any(value is not None for value in values):
            return Sample(values, file.survey_date, file.name)
    return None


def _inside(view: LayerView, places: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which places (n, 2) the caller may have; a filter on attributes gives no pixels."""
    if not view.pieces:
        return np.ones(len(places), dtype=bool)
    found = np.zeros(len(places), dtype=bool)
    for piece in view.pieces:
        if piece.filter is None:
            found |= True if piece.area is None else shapely.intersects_xy(_area(piece.area), places)
    return found


@lru_cache(maxsize=256)
def _area(wkb: bytes) -> Any:
    area = shapely.from_wkb(wkb)
    shapely.prepare(area)
    return area


def _files(view: LayerView, box: Bounds) -> list[_File]:
    """Return the version's files whose footprint meets a box in EPSG:4490, topmost first."""
    statement = sql.SQL(
        "SELECT name, path, srs, survey_date, dtype, bands, ST_AsBinary(footprint) FROM layers_rasterfile "
        "WHERE layer_id = {layer} AND since <= {v} AND (until IS NULL OR until > {v}) "
        "AND ST_Intersects(footprint, ST_MakeEnvelope({west}, {south}, {east}, {north}, 4490)) "
        "ORDER BY priority DESC, survey_date DESC NULLS LAST, id DESC"
    )
    # A single place makes a box without an inside, which meets nothing: it gets 0.1 mm round about.
    west, south, east, north = (
        sql.Literal(float(each) + grown) for each, grown in zip(box, (-1e-9, -1e-9, 1e-9, 1e-9), strict=True)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.format(
            layer=sql.Literal(view.spec.id), v=sql.Literal(view.version), west=west, south=south, east=east, north=north
        ))  # fmt: skip
        return [
            _File(name, path, srs, surveyed, dtype, bands, shapely.from_wkb(bytes(wkb)))
            for name, path, srs, surveyed, dtype, bands, wkb in cursor.fetchall()
        ]


class _Opened:
    """A COG and its overviews, opened when first needed; GDAL's handles are not for two threads at once."""

    def __init__(self, path: str, srs: str) -> None:
        self.path = path
        self.lock = Lock()
        self.levels: dict[int, Any] = {}
        full = self.level(-1)
        self.transform, self.shape = full.transform, full.shape
        self.factors: tuple[int, ...] = tuple(full.overviews(1))
        self.to_storage = crs.to_storage(crs.read(srs), tuple(full.bounds)).transformer

    def level(self, number: int) -> Any:
        """Return the dataset of an overview, -1 = full resolution."""
        if number not in self.levels:
            chosen = {"OVERVIEW_LEVEL": number} if number >= 0 else {}
            with _env():
                self.levels[number] = rasterio.open(self.path, driver="GTiff", **chosen)
        return self.levels[number]

    def pixels(self, lonlats: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return fractional (column, row) of places at full resolution; off the projection: inf or nan."""
        x, y = lonlats[:, 0], lonlats[:, 1]
        if self.to_storage is not None:
            x, y = self.to_storage.transform(x, y, direction="INVERSE")
        else:
            # A file of degrees may run past ±180 or from 0 to 360.
            west = self.transform.c
            x = west + (x - west) % 360.0
        return np.column_stack(~self.transform @ (np.asarray(x), np.asarray(y)))

    def cut(self, number: int, bands: Sequence[int], window: Window) -> "np.ma.MaskedArray[Any, Any]":
        """Read a window of a level."""
        with self.lock, _env():
            found: np.ma.MaskedArray[Any, Any] = self.level(number).read(list(bands), window=window, masked=True)
            return found


def _values(file: _File, lon: float, lat: float) -> tuple[float | None, ...]:
    with _reading(file) as opened:
        [(column, row)] = opened.pixels(np.array([[lon, lat]]))
        height, width = opened.shape
        if not (0 <= column < width and 0 <= row < height):
            return (None,) * file.bands
        found = opened.cut(-1, range(1, file.bands + 1), Window(int(column), int(row), 1, 1))[:, 0, 0]
    return tuple(None if each is np.ma.masked or not np.isfinite(each) else float(each) for each in found)


def _fill(
    file: _File,
    grid: resampling.Grid,
    bands: Sequence[int],
    how: str,
    values: NDArray[Any],
    missing: NDArray[np.bool_],
) -> None:
    """Put a file's pixels where `values` has none yet."""
    own = [place for place, band in enumerate(bands) if band <= file.bands]
    with _reading(file) as opened:
        pixels = grid.project(opened.pixels)
        plan = resampling.plan(pixels, opened.shape, opened.factors)
        if plan is None:
            return
        source = opened.cut(plan.level, [bands[place] for place in own], Window(*plan.window))
    for place, band in zip(own, source, strict=True):
        found, is_found = resampling.gather(band, plan, how)
        taken = missing[place] & is_found
        values[place][taken] = found[taken]
        missing[place] &= ~is_found


@contextmanager
def _reading(file: _File) -> Iterator[_Opened]:
    """Give a file opened; what GDAL cannot read becomes RenderFailed, and the file is forgotten."""
    try:
        yield _open(str(Store(settings.GEOBASE.store).path(file.path)), file.srs)
    except RasterioError:
        _open.cache_clear()
        raise RenderFailed(f"影像文件缺失或损坏：{file.name} / a raster file is missing or damaged") from None


@lru_cache(maxsize=_OPEN_FILES)
def _open(path: str, srs: str) -> _Opened:
    return _Opened(path, srs)


def _env() -> Any:
    """No side files are looked for, and the block cache stays small in every web process."""
    return rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_CACHEMAX=_CACHE_BYTES)
