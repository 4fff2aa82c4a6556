"""Where does a raster hold valid pixels? Polygons around them, traced on an overview.

They never lie inside the valid pixels' outline (a file is looked for by its footprint), and at most
three overview pixels, a 300th of the raster's width, outside it.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from rasterio import features

_SIDE_PX = 1024
_TRACED_POINTS = 3000
_EDGE_PARTS = 32
type Ring = list[tuple[float, float]]


def rings(source: Any) -> list[list[Ring]]:
    """Return polygons as lists of rings (outer first) in the raster's own CRS; [] = no valid pixel."""
    valid = _valid(source)
    if not valid.any():
        return []
    height, width = valid.shape
    whole = shapely.box(0, 0, width, height)
    traced = whole if valid.all() else shapely.intersection(_trace(valid), whole)
    # Straight edges of a projected raster are curves on the ground.
    dense = shapely.segmentize(traced, max(width, height) / _EDGE_PARTS)
    across, down = source.width / width, source.height / height
    return [
        [[source.transform @ (x * across, y * down) for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(dense)
        if part.geom_type == "Polygon"
    ]


def _valid(source: Any) -> NDArray[np.bool_]:
    """Return the mask at ≤ 1024² pixels, valid where any of the 2 × 2 pixels read for it is."""
    scale = max(1.0, max(source.width, source.height) / (2 * _SIDE_PX))
    rows, columns = max(1, round(source.height / scale)), max(1, round(source.width / scale))
    mask = source.dataset_mask(out_shape=(rows, columns)) > 0
    if source.dtypes[0].startswith("float"):
        mask &= np.isfinite(source.read(1, out_shape=(rows, columns)))
    if scale <= 1.0 and max(rows, columns) <= _SIDE_PX:
        return np.asarray(mask)
    mask = np.pad(mask, ((0, rows % 2), (0, columns % 2)))
    return np.asarray(mask.reshape(mask.shape[0] // 2, 2, mask.shape[1] // 2, 2).any(axis=(1, 3)))


def _trace(valid: NDArray[np.bool_]) -> Any:
    """Return the outline of a mask in its pixels, simplified outwards; specks are grown together."""
    for grown in (1, 4, 16, 64, 256):
        mask = _grow(valid, grown)
        shapes = [shapely.geometry.shape(found) for found, _ in features.shapes(mask.astype("uint8"), mask=mask)]
        # A mask grown by so many pixels, its outline moved by fewer, still holds every valid one.
        simple = shapely.simplify([_without_pinholes(each, 8 * grown) for each in shapes], 0.9 * grown)
        if shapely.get_num_coordinates(simple).sum() <= _TRACED_POINTS:
            break
    return shapely.make_valid(shapely.union_all(simple))


def _without_pinholes(polygon: Any, width: int) -> Any:
    holes = [hole for hole in polygon.interiors if shapely.Polygon(hole).area >= width**2]
    return shapely.Polygon(polygon.exterior, holes)


def _grow(mask: NDArray[np.bool_], pixels: int) -> NDArray[np.bool_]:
    """Dilate by a square of `pixels` on each side."""
    for axis in (0, 1):
        padded = np.pad(mask, [(pixels, pixels) if each == axis else (0, 0) for each in (0, 1)])
        total = np.cumsum(padded.astype(np.int32), axis=axis)
        total = np.insert(total, 0, 0, axis=axis)
        size = mask.shape[axis]
        after = np.take(total, range(2 * pixels + 1, 2 * pixels + 1 + size), axis=axis)
        mask = after > np.take(total, range(size), axis=axis)
    return mask
