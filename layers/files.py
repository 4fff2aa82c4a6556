"""Which files a raster view's version consists of, topmost first, and which of them the caller may have whole.

A published version never changes, so its list is kept in memory, with a tree of the footprints (EPSG:4490).
"""

import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import connection

from layers.access import LayerView
from layers.errors import InvalidValue, NotAllowed
from layers.spec import Bounds
from layers.store import Store

_KEPT_VERSIONS = 64
type Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class RasterFile:
    """One COG of a version; `footprint` is where it has pixels (EPSG:4490), `srs` EPSG:n or WKT.

    `since` is the version that brought it, `stats` what ingest counted (a list `bands` of min, max, mean …).
    """

    id: int
    name: str
    sha256: str
    path: str
    srs: str
    survey_date: date | None
    dtype: str
    bands: int
    width: int
    height: int
    nodata: float | None
    pixel_size_m: float
    since: int
    stats: dict[str, Any]
    footprint: Any


class Version:
    """A version's files, topmost first: highest priority, then latest survey, then latest file (design §9)."""

    def __init__(self, files: Sequence[RasterFile]) -> None:
        self.files = tuple(files)
        self.tree = shapely.STRtree([each.footprint for each in files])
        self.dtype = np.result_type(*([each.dtype for each in files] or ["uint8"]))
        self.bands = tuple(range(1, max((each.bands for each in files), default=1) + 1))

    def meeting(self, shape: Any) -> list[RasterFile]:
        """Return the files whose footprint meets a shape in EPSG:4490, topmost first."""
        return [self.files[place] for place in sorted(self.tree.query(shape, predicate="intersects"))]


_versions: OrderedDict[Key, Version] = OrderedDict()
_lock = Lock()


def key(view: LayerView) -> Key:
    """Name a view's files without its narrowing; the time of publication tells one database from another."""
    published = view.spec.current.published if view.spec.current else None
    return view.spec.id, view.spec.slug, published, view.version


def meeting(view: LayerView, box: Bounds, until: date | None = None) -> list[RasterFile]:
    """Return the files whose footprint meets a lon/lat box, topmost first; `until` leaves later surveys out.

    Not narrowed: the pixels door masks what it reads of them.
    """
    west, south, east, north = box
    # A single place makes a box without an inside, which meets nothing: it gets 0.1 mm round about.
    found = _version(view).meeting(shapely.box(west - 1e-9, south - 1e-9, east + 1e-9, north + 1e-9))
    return [each for each in found if is_surveyed(each, until)]


def listed(view: LayerView) -> list[RasterFile]:
    """Return the files the caller may know of, topmost first: those that meet the caller's area."""
    given = area(view)
    version = _version(view)
    return list(version.files) if given is None else version.meeting(given)


def bands(view: LayerView) -> tuple[int, ...]:
    """Return the numbers of the bands that some file of the version has, from 1."""
    return _version(view).bands


def dtype(view: LayerView) -> "np.dtype[Any]":
    """Return the type that holds the values of every file of the version."""
    return _version(view).dtype


def is_surveyed(file: RasterFile, until: date | None) -> bool:
    """Tell whether a file was surveyed by a day; None = whenever."""
    return until is None or (file.survey_date is not None and file.survey_date <= until)


def is_whole(view: LayerView, file: RasterFile) -> bool:
    """Tell whether all of a file's pixels lie in the caller's area."""
    given = area(view)
    return given is None or bool(shapely.covers(given, file.footprint))


def original(view: LayerView, file: RasterFile) -> Path:
    """Return where a file lies that the caller may download; raises NotAllowed for one not wholly in the area."""
    if view.operation != "download" or not is_whole(view, file):
        raise NotAllowed
    return Store(settings.GEOBASE.store).path(file.path)


def area(view: LayerView) -> Any:
    """Return the area (EPSG:4490, prepared) whose pixels the caller may have, None = everywhere.

    Pixels carry no attributes: a grant with a filter gives none, so the area may be empty.
    """
    pieces = [piece.area for piece in view.pieces if piece.filter is None]
    if not view.pieces or any(each is None for each in pieces):
        return None
    return _joined(tuple(sorted(each for each in pieces if each is not None)))


@lru_cache(maxsize=256)
def _joined(areas: tuple[bytes, ...]) -> Any:
    whole = shapely.union_all([shapely.from_wkb(each) for each in areas])
    shapely.prepare(whole)
    return whole


def _version(view: LayerView) -> Version:
    if view.spec.kind not in ("imagery", "elevation"):
        raise InvalidValue(f"{view.spec.slug} 不是栅格图层 / has no pixels")
    wanted = key(view)
    with _lock:
        if found := _versions.get(wanted):
            _versions.move_to_end(wanted)
            return found
    made = Version(_read(view.spec.id, view.version))
    with _lock:
        _versions[wanted] = made
        while len(_versions) > _KEPT_VERSIONS:
            _versions.popitem(last=False)
    return made


def _read(layer: int, version: int) -> list[RasterFile]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, sha256, path, srs, survey_date, dtype, bands, width, height, nodata, pixel_size_m, since, "
            "stats, ST_AsBinary(footprint) FROM layers_rasterfile "
            "WHERE layer_id = %s AND since <= %s AND (until IS NULL OR until > %s) "
            "ORDER BY priority DESC, survey_date DESC NULLS LAST, id DESC",
            [layer, version, version],
        )
        return [_file(*row) for row in cursor.fetchall()]


def _file(*row: Any) -> RasterFile:
    # Django has psycopg2 give jsonb as text.
    values = (*row[:-2], json.loads(row[-2]), shapely.from_wkb(bytes(row[-1])))
    return RasterFile(*values)
