"""Where on the ground do a raster's polygons lie? From its own CRS to EPSG:4490, over date line and pole."""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import affinity

from layers import crs

_CELLS = 48


def multipolygon(polygons: list[list[list[list[float]]]], path: crs.Path) -> shapely.MultiPolygon:
    """Transform polygons (lists of rings, outer first) and cut them at ±180°; empty when all of it fails."""
    placed = [piece for each in polygons for piece in _placed(each, path)]
    joined = shapely.union_all([shapely.make_valid(each) for each in placed]) if placed else shapely.Polygon()
    parts = [each for each in shapely.get_parts(joined) if each.geom_type == "Polygon" and each.area > 0]
    return shapely.MultiPolygon(parts)


def _placed(rings: list[list[list[float]]], path: crs.Path) -> list[shapely.Polygon]:
    transformed = [path.transform(np.array(ring, dtype=float)) for ring in rings]
    if all(np.isfinite(ring).all() for ring in transformed):
        return _cut(_polygon(transformed))
    return _cells(shapely.Polygon(rings[0], rings[1:]), path)


def _cells(source: shapely.Polygon, path: crs.Path) -> list[shapely.Polygon]:
    """Build an area from the cells of a grid that can be transformed: part of it is off the earth."""
    west, south, east, north = source.bounds
    xs, ys = np.linspace(west, east, _CELLS + 1), np.linspace(south, north, _CELLS + 1)
    found = []
    for left, right in pairwise(xs):
        for low, high in pairwise(ys):
            corners = np.array([[left, low], [right, low], [right, high], [left, high], [left, low]])
            if not shapely.intersects(source, shapely.Polygon(corners)):
                continue
            placed = path.transform(corners)
            good = placed[np.isfinite(placed).all(axis=1)]
            if len(good) >= 4:
                found += _cut(_polygon([good]))
    return found


def _polygon(rings: list[NDArray[np.float64]]) -> shapely.Polygon:
    """Make longitudes run on over the date line; a ring round a pole is closed along it."""
    outer, *holes = rings
    lon = np.unwrap(outer[:, 0], period=360)
    lat = outer[:, 1]
    if abs(lon[-1] - lon[0]) > 180:
        pole = 90.0 if lat.mean() > 0 else -90.0
        lon = np.concatenate((lon, lon[[-1, 0, 0]]))
        lat = np.concatenate((lat, [pole, pole, lat[0]]))
    inner = []
    for hole in holes:
        along = np.unwrap(hole[:, 0], period=360)
        along += 360 * np.round((lon.mean() - along.mean()) / 360)
        inner.append(np.column_stack((along, hole[:, 1])))
    return shapely.Polygon(np.column_stack((lon, lat)), inner)


def _cut(polygon: shapely.Polygon) -> list[shapely.Polygon]:
    """Bring a polygon that crosses ±180° back into -180…180, in pieces."""
    west, south, east, north = polygon.bounds
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return [polygon]
    valid = shapely.make_valid(polygon)
    pieces = []
    for turn in (-1, 0, 1, 2):
        part = shapely.intersection(valid, shapely.box(360 * turn - 180, -90, 360 * turn + 180, 90))
        moved = affinity.translate(part, -360.0 * turn)
        pieces += [each for each in shapely.get_parts(moved) if each.geom_type == "Polygon" and each.area > 0]
    return pieces
