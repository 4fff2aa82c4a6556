"""The pixels door: values of imagery and elevation, mosaicked from the version's COGs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any

import rasterio
import shapely
from django.conf import settings
from django.db import connection
from psycopg2 import sql
from rasterio.errors import RasterioError

from layers import crs
from layers.access import LayerView
from layers.errors import InvalidValue, RenderFailed
from layers.store import Store

_OPEN_FILES = 64


@dataclass(frozen=True, slots=True)
class Sample:
    """What one place of a raster layer holds: a value per band (None = no data), date and file."""

    values: tuple[float | None, ...]
    date: date | None
    file: str


def sample(view: LayerView, lonlats: Sequence[tuple[float, float]]) -> list[Sample | None]:
    """Return for each place (lon/lat, EPSG:4490) the topmost file's values; None where nothing lies.

    Topmost is the latest survey of the highest priority. Raises RenderFailed when a file is damaged.
    """
    if view.spec.kind not in ("imagery", "elevation"):
        raise InvalidValue(f"{view.spec.slug} has no pixels")
    return [_sample(view, *place) for place in lonlats]


def _sample(view: LayerView, lon: float, lat: float) -> Sample | None:
    if not _is_inside(view, lon, lat):
        return None
    for name, path, srs, surveyed in _files(view, lon, lat):
        values = _values(path, srs, lon, lat)
        if any(value is not None for value in values):
            return Sample(values, surveyed, name)
    return None


def _is_inside(view: LayerView, lon: float, lat: float) -> bool:
    """Whether the caller may have this place; a filter on attributes gives no pixels."""
    if not view.pieces:
        return True
    usable = [piece for piece in view.pieces if piece.filter is None]
    return any(piece.area is None or shapely.intersects_xy(_area(piece.area), lon, lat) for piece in usable)


@lru_cache(maxsize=256)
def _area(wkb: bytes) -> Any:
    area = shapely.from_wkb(wkb)
    shapely.prepare(area)
    return area


def _files(view: LayerView, lon: float, lat: float) -> list[tuple[str, str, str, date | None]]:
    statement = sql.SQL(
        "SELECT name, path, srs, survey_date FROM layers_rasterfile WHERE layer_id = {layer} "
        "AND since <= {v} AND (until IS NULL OR until > {v}) "
        "AND ST_Intersects(footprint, ST_SetSRID(ST_MakePoint({x}, {y}), 4490)) "
        "ORDER BY priority DESC, survey_date DESC NULLS LAST, id DESC"
    ).format(
        layer=sql.Literal(view.spec.id), v=sql.Literal(view.version), x=sql.Literal(lon), y=sql.Literal(lat)
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _values(path: str, srs: str, lon: float, lat: float) -> tuple[float | None, ...]:
    try:
        dataset, lock = _open(str(Store(settings.GEOBASE.store).path(path)))
        x, y = _place(srs, lon, lat)
        # GDAL's handles are not for two threads at once.
        with lock:
            pixel = next(dataset.sample([(x, y)], masked=True))
    except RasterioError:
        raise RenderFailed from None
    return tuple(None if masked else float(value) for value, masked in zip(pixel.data, _mask(pixel), strict=True))


def _mask(pixel: Any) -> list[bool]:
    mask = pixel.mask
    return [bool(each) for each in mask] if getattr(mask, "shape", ()) else [bool(mask)] * len(pixel)


@lru_cache(maxsize=256)
def _path(srs: str) -> Any:
    return crs.to_storage(crs.read(srs)).transformer


def _place(srs: str, lon: float, lat: float) -> tuple[float, float]:
    transformer = _path(srs)
    if transformer is None:
        return lon, lat
    x, y = transformer.transform(lon, lat, direction="INVERSE")
    return float(x), float(y)


@lru_cache(maxsize=_OPEN_FILES)
def _open(path: str) -> tuple[Any, Lock]:
    return rasterio.open(path, driver="GTiff"), Lock()
