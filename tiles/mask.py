"""Which pixels of a picture lie inside the areas a caller may see."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio.features
import rasterio.transform
import shapely

from layers.access import LayerView
from layers.spec import Bounds

type Areas = tuple[bytes, ...]
type Alpha = npt.NDArray[np.uint8]

_STEP_DEG = 0.01
"""Edges are straight in EPSG:4490; so finely divided they are so in any plane to a few centimetres."""


def areas(view: LayerView) -> Areas | None:
    """Return the areas (WKB, EPSG:4490) a view's pictures are cut to, or None where they are whole.

    Pixels carry no attributes: a grant with a filter gives nothing of a raster, so `()` may come out,
    of which nothing is drawn. Rows are narrowed and cut by SQL already (layers/narrowing); here the
    strokes and labels that reach over the edge are cut.
    """
    if not view.pieces:
        return None
    pieces = view.pieces
    if view.spec.kind != "vector":
        pieces = tuple(each for each in pieces if each.filter is None)
    if any(each.area is None for each in pieces):
        return None
    return tuple(sorted({each.area for each in pieces if each.area is not None}))


def alpha(given: Areas, bounds: Bounds, srid: int, size: tuple[int, int]) -> Alpha | bool:
    """Return 255 inside and 0 outside, (rows, columns); True or False where it is all of one.

    A pixel is inside when its centre is. `bounds` are x first in EPSG:`srid`, `size` (width, height).
    """
    area = _area(given, srid)
    box = shapely.box(*bounds)
    if not shapely.intersects(area, box):
        return False
    if shapely.contains(area, box):
        return True
    width, height = size
    transform = rasterio.transform.from_bounds(*bounds, width, height)
    burnt: Alpha = rasterio.features.rasterize(
        [(area, 255)], out_shape=(height, width), transform=transform, fill=0, dtype="uint8"
    )
    return burnt


@lru_cache(maxsize=256)
def _area(given: Areas, srid: int) -> shapely.Geometry:
    whole = shapely.union_all([shapely.from_wkb(each) for each in given])
    if srid not in (4490, 4326):
        # CGCS2000 and WGS 84 are one for a picture: the difference is centimetres (china.md).
        source = 4490 if srid != 3857 else 4326
        change = pyproj.Transformer.from_crs(source, srid, always_xy=True)
        whole = shapely.segmentize(whole, _STEP_DEG)
        whole = shapely.transform(
            whole, lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1]))
        )
    shapely.prepare(whole)
    return whole
