"""A batch's geometries on their way from the file's WKB to storage coordinates; what is mended is noted.

Only what loses nothing is mended here: rings are closed and turned, repeated points dropped, curves
drawn as chords, heights left out. Everything else stays as delivered and is judged by `ingest.rules`.
"""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from django.contrib.gis.gdal import OGRGeometry
from numpy.typing import NDArray
from shapely.errors import ShapelyError

from ingest.georeference import Georeference

type Mask = NDArray[np.bool_]

DECIMALS = 9
"""0.1 mm in degrees: coordinates are rounded to it, so that the same survey hashes the same (design §9)."""
_CURVES = range(8, 13)
"""Type numbers of CircularString … MultiSurface in ISO WKB (ISO 13249-3 §5.1.67)."""


@dataclass(slots=True)
class Placed:
    """Geometries in EPSG:4490 (lon lat), None where there is none; `noticed` masks rows by rule id."""

    geometries: NDArray[np.object_]
    noticed: dict[str, Mask] = field(default_factory=dict)


def place(column: pa.Array, where: Georeference) -> Placed:
    """Read a batch's WKB and put it in place; what cannot be read or transformed becomes None."""
    wkb = column.to_numpy(zero_copy_only=False)
    shapes, noticed = _parsed(wkb)
    noticed["geometry-missing"] = np.asarray(column.is_null())
    noticed["geometry-empty"] = shapely.is_empty(shapes)
    noticed["geometry-z"], noticed["geometry-m"] = shapely.has_z(shapes), shapely.has_m(shapes)

    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    coordinates = np.round(where.path.transform(coordinates[:, ::-1] if where.is_swapped else coordinates), DECIMALS)
    shapes = shapely.set_coordinates(shapes, coordinates)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    shapes[broken] = None
    noticed["geometry-infinite"] = broken
    shapes, noticed["geometry-repeated-points"] = _without_repeats(shapes, coordinates, owner)
    return Placed(shapely.orient_polygons(shapes, exterior_cw=False), noticed)


def nothing(count: int) -> Placed:
    """Return the geometries of a table that has none."""
    return Placed(np.full(count, None, dtype=object))


def _parsed(wkb: Any) -> tuple[NDArray[np.object_], dict[str, Mask]]:
    given = np.array([each is not None for each in wkb], dtype=bool)
    curved = np.zeros(len(wkb), dtype=bool)
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        except (ShapelyError, NotImplementedError):
            wkb, curved = _linear(wkb)
            shapes = shapely.from_wkb(wkb, on_invalid="ignore")
        unread = given & shapely.is_missing(shapes)
        if unread.any():
            shapes[unread] = shapely.from_wkb(wkb[unread], on_invalid="fix")
    failed = given & shapely.is_missing(shapes)
    return shapes, {"geometry-curve": curved, "geometry-unclosed": unread & ~failed, "geometry-unreadable": failed}


def _linear(wkb: Any) -> tuple[NDArray[np.object_], Mask]:
    """Replace curves by chords: shapely knows none."""
    result, curved = np.array(wkb, dtype=object), np.zeros(len(wkb), dtype=bool)
    for row, each in enumerate(wkb):
        if each is not None and _is_curved(bytes(each)):
            geometry = OGRGeometry(memoryview(bytes(each)))
            result[row], curved[row] = bytes(geometry.get_linear_geometry().wkb), True
    return result, curved


def _is_curved(wkb: bytes) -> bool:
    kind = int.from_bytes(wkb[1:5], "little" if wkb[0] else "big") & 0x0FFF_FFFF
    # A collection may hold curves: it is asked, and comes back as it was when it has none.
    return kind % 1000 in _CURVES or kind % 1000 == 7


def _without_repeats(
    shapes: NDArray[np.object_], coordinates: NDArray[np.float64], owner: NDArray[np.int64]
) -> tuple[NDArray[np.object_], Mask]:
    same = (owner[1:] == owner[:-1]) & (coordinates[1:] == coordinates[:-1]).all(axis=1)
    rows = np.unique(owner[1:][same])
    rows = rows[(shapely.get_dimensions(shapes[rows]) > 0) & ~shapely.is_missing(shapes[rows])]
    before = shapely.get_num_coordinates(shapes[rows])
    mended = shapely.remove_repeated_points(shapes[rows], 0.0)
    changed = rows[shapely.get_num_coordinates(mended) < before]
    shapes[rows] = mended
    mask = np.zeros(len(shapes), dtype=bool)
    mask[changed] = True
    return shapes, mask
