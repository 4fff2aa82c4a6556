"""The rows of a table block by block of space, each row once with the polygons beside it.

A block has at most `MAX_VERTICES` where rows can be divided so, which bounds memory whatever the table's size.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import shapely
from django.db import connection
from psycopg2 import sql

from layers.pairing import first_row, named
from layers.simplify import Flags, Shapes
from layers.spec import Bounds

type Block = tuple[npt.NDArray[np.int64], Flags, Shapes]
"""Ascending fids, whether each row is the block's own or beside one, geometries."""
MAX_VERTICES = 300_000
_PARTS = 256


def read(table: str, wanted: sql.Composable) -> Iterator[Block]:
    """Yield the open rows of `table` that meet the condition `wanted`, block by block."""
    for box in _boxes(named(table), wanted):
        yield _read(named(table), wanted, box)


def _boxes(table: sql.Identifier, wanted: sql.Composable) -> Iterator[Bounds]:
    """Divide the wanted rows by their lower left corners into boxes of at most `MAX_VERTICES`, where that can be."""
    relation = {"t": table, "wanted": wanted}
    west, south, east, north = first_row(sql.SQL(
        "SELECT ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT ST_Extent(geom) AS e FROM {t} WHERE {wanted}) AS x"
    ).format(**relation))  # fmt: skip
    if west is None:
        return
    size = max(east - west, north - south, 1e-6) * 1.0001 / _PARTS
    weights = np.zeros((_PARTS, _PARTS), dtype=np.int64)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(
            "SELECT floor((ST_XMin(geom) - {w}) / {size})::int, floor((ST_YMin(geom) - {s}) / {size})::int, "
            "sum(ST_NPoints(geom)) FROM {t} WHERE {wanted} GROUP BY 1, 2"
        ).format(w=sql.Literal(west), s=sql.Literal(south), size=sql.Literal(size), **relation))  # fmt: skip
        for x, y, vertices in cursor.fetchall():
            weights[x, y] = vertices
    for x, y, side in _quarters(weights, 0, 0, _PARTS):
        yield west + x * size, south + y * size, west + (x + side) * size, south + (y + side) * size


def _quarters(weights: npt.NDArray[np.int64], x: int, y: int, side: int) -> Iterator[tuple[int, int, int]]:
    held = weights[x : x + side, y : y + side].sum()
    if not held:
        return
    if held <= MAX_VERTICES or side == 1:
        yield x, y, side
        return
    half = side // 2
    for across, up in ((0, 0), (half, 0), (0, half), (half, half)):
        yield from _quarters(weights, x + across, y + up, half)


def _read(table: sql.Identifier, wanted: sql.Composable, box: Bounds) -> Block:
    west, south, east, north = map(sql.Literal, box)
    statement = sql.SQL(
        "WITH own AS MATERIALIZED (SELECT fid, geom, ST_XMax(geom) - ST_XMin(geom) > {e} - {w} "
        "OR ST_YMax(geom) - ST_YMin(geom) > {n} - {s} AS is_wide FROM {t} WHERE {wanted} "
        "AND geom && ST_MakeEnvelope({w}, {s}, {e}, {n}, 4490) AND ST_XMin(geom) >= {w} AND ST_XMin(geom) < {e} "
        "AND ST_YMin(geom) >= {s} AND ST_YMin(geom) < {n}), "
        "beside AS (SELECT DISTINCT t.fid FROM own o JOIN {t} t ON t.geom && o.geom AND t.until IS NULL "
        "WHERE ST_Dimension(o.geom) = 2 AND ST_Dimension(t.geom) = 2 "
        "AND CASE WHEN o.is_wide THEN ST_Intersects(o.geom, t.geom) ELSE true END) "
        "SELECT t.fid, o.fid IS NOT NULL, ST_AsBinary(t.geom) FROM {t} t LEFT JOIN own o USING (fid) "
        "WHERE t.until IS NULL AND t.fid IN (SELECT fid FROM own UNION SELECT fid FROM beside) ORDER BY t.fid"
    ).format(t=table, wanted=wanted, w=west, s=south, e=east, n=north)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    fids = np.array([fid for fid, _, _ in found], dtype=np.int64)
    owned = np.array([is_own for _, is_own, _ in found], dtype=bool)
    return fids, owned, np.array(shapely.from_wkb([bytes(wkb) for *_, wkb in found]), dtype=object)
