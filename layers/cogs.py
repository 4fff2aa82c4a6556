"""The store's COGs, opened once for each process: which pixel lies at a place, and what a window of one holds.

Only files of the store are opened, by the names the registry holds.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import rasterio
from django.conf import settings
from numpy.typing import NDArray
from rasterio.enums import MaskFlags
from rasterio.errors import RasterioError
from rasterio.windows import Window

from layers import crs
from layers.errors import RenderFailed
from layers.files import RasterFile
from layers.store import Store

_OPEN_FILES = 64
_CACHE_BYTES = 48 * 2**20


class Cog:
    """A COG and its overviews, opened when first needed; GDAL's handles are not for two threads at once."""

    def __init__(self, path: str, srs: str) -> None:
        self.path = path
        self.lock = Lock()
        self.levels: dict[int, Any] = {}
        full = self.level(-1)
        self.transform, self.shape = full.transform, full.shape
        self.bounds = tuple(full.bounds)
        self.factors: tuple[int, ...] = tuple(full.overviews(1))
        self.srid = _srid(srs)
        self.is_upright = self.transform.b == self.transform.d == 0
        self.to_storage = crs.to_storage(crs.read(srs), self.bounds).transformer
        self.void = _void(full)

    def level(self, number: int) -> Any:
        """Return the dataset of an overview, -1 = full resolution."""
        if number not in self.levels:
            chosen = {"OVERVIEW_LEVEL": number} if number >= 0 else {}
            with environment():
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
        level = self.level(number)
        with self.lock:
            if self.void is None:
                masked: np.ma.MaskedArray[Any, Any] = level.read(list(bands), window=window, masked=True)
                return masked
            data = level.read(list(bands), window=window)
        # GDAL would read every block once more to say which pixels are "no data".
        return np.ma.MaskedArray(data, data == self.void if self.void.size else False)


@contextmanager
def reading(file: RasterFile) -> Iterator[Cog]:
    """Give a file opened; what GDAL cannot read becomes RenderFailed, and the files are opened anew."""
    try:
        yield _open(str(Store(settings.GEOBASE.store).path(file.path)), file.srs)
    except RasterioError:
        forget()
        raise RenderFailed(f"影像文件缺失或损坏：{file.name} / a raster file is missing or damaged") from None


def forget() -> None:
    """Close every file: one was found damaged."""
    _open.cache_clear()


@lru_cache(maxsize=_OPEN_FILES)
def _open(path: str, srs: str) -> Cog:
    return Cog(path, srs)


def _void(full: Any) -> NDArray[Any] | None:
    """Return the one value that says "no data" (none: an empty array), or None where a mask or several values say it."""
    kinds = {tuple(flags) for flags in full.mask_flag_enums}
    values = set(full.nodatavals)
    if kinds == {(MaskFlags.all_valid,)}:
        return np.array([], dtype=full.dtypes[0])
    if kinds != {(MaskFlags.nodata,)} or len(values) != 1 or len(set(full.dtypes)) != 1:
        return None
    return np.asarray(values.pop(), dtype=full.dtypes[0])


def _srid(srs: str) -> int | None:
    _, is_code, number = srs.partition("EPSG:")
    return int(number) if is_code and number.isdigit() else None


def environment() -> Any:
    """No side files are looked for, and the block cache stays small in every web process."""
    return rasterio.Env(GDAL_DISABLE_READDIR_ON_OPEN="EMPTY_DIR", GDAL_CACHEMAX=_CACHE_BYTES)
