"""Rules of a coverage: polygons that neither overlap nor leave a gap, nor disagree about their common edge.

Looked at block by block (`ingest.rules.staged.blocks`): GEOS marks the edges that are not shared, and only the
polygons they belong to are compared with each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg2 import sql

from ingest.findings import Sample
from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.rows import short_wkt
from ingest.rules.staged import Found, Staged, blocks, envelope, gathered, select
from layers import crs
from layers.spec import Bounds

_BASIS = ("TD/T 1057-2020 面层拓扑、GB/T 24356", "TD/T 1057-2020, GB/T 24356")


@dataclass(frozen=True, slots=True)
class _Block:
    """The polygons that meet a block; `bounds` half open, so that each place belongs to one block.

    `edges` are the parts of each polygon's outline that do not fit its neighbours', empty = none.
    """

    bounds: Bounds
    fids: NDArray[np.int64]
    keys: list[tuple[int, int | None]]
    shapes: NDArray[np.object_]
    edges: NDArray[np.object_]

    def owns(self, shape: Any) -> bool:
        """Whether a place is this block's: its lower left corner lies in it."""
        x, y = shapely.bounds(shape)[:2]
        west, south, east, north = self.bounds
        return bool(west <= x < east and south <= y < north)

    def suspects(self) -> "_Block":
        """Return the block with the polygons alone whose edges do not fit."""
        rows = np.flatnonzero(~shapely.is_empty(self.edges))
        return _Block(self.bounds, self.fids[rows], [self.keys[row] for row in rows], self.shapes[rows], self.edges[rows])


@dataclass(frozen=True, slots=True)
class _Coverage:
    """What one pass over the blocks gives: the suspects of each, and the union of all polygons."""

    suspects: list[_Block]
    union: Any


@rule("topology-overlap", "staged", ("面重叠", "Overlap"),
      ("{count} 处面重叠（大于 {limit} {unit}）", "{count} overlaps (above {limit} {unit})"),
      kinds="coverage", wants="polygon", limit=0.1, unit="m²", basis=_BASIS)  # fmt: skip
def overlap(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find pairs of polygons that share more area than the limit, also with what stays published."""
    return gathered(staged, _overlaps(staged, setting.limit))


@rule("topology-edge", "staged", ("公共边不一致", "Edges differ"),
      ("{count} 个面与相邻面的公共边节点不一致", "{count} polygons do not share the vertices of a common edge"),
      kinds="coverage", wants="polygon", severity="info", basis=_BASIS)  # fmt: skip
def edges(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find edges that touch a neighbour's without having its vertices, though nothing overlaps."""
    seen: dict[int, tuple[Sample, Any]] = {}
    for block in _examined(staged).suspects:
        for fid, (file, number), edge in zip(block.fids.tolist(), block.keys, block.edges, strict=True):
            if fid > 0:
                seen.setdefault(fid, (staged.sample(number, fid, file, wkt=short_wkt(edge)), edge))
    return gathered(staged, seen.values())


@rule("topology-gap", "staged", ("面间空隙", "Gap"),
      ("{count} 处空隙（大于 {limit} {unit}）", "{count} gaps (above {limit} {unit})"),
      kinds="coverage", wants="polygon", limit=0.1, unit="m²", basis=_BASIS)  # fmt: skip
def gap(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find holes in the union of all polygons, with what stays published beside them."""
    holes = _holes(union_of(staged))
    found = [each for each in holes if _area_m2(each) > setting.limit]
    sizes = ((Sample(value=f"{_area_m2(each):.2f} m²", wkt=short_wkt(each)), each) for each in found)
    return gathered(staged, sizes)


def union_of(staged: Staged) -> Any:
    """Return the union of a layer's polygons with those that stay published beside them."""
    return _examined(staged).union


def _overlaps(staged: Staged, limit_m2: float) -> Iterator[tuple[Sample, Any]]:
    for block in _examined(staged).suspects:
        shapes = _valid(block.shapes)
        left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        pairs = (left < right) & ((block.fids[left] > 0) | (block.fids[right] > 0))
        left, right = left[pairs], right[pairs]
        shared = shapely.intersection(shapes[left], shapes[right])
        for place in np.flatnonzero(shapely.area(shared) > 0):
            if _area_m2(shared[place]) > limit_m2 and block.owns(shared[place]):
                yield _pair(staged, block, (int(left[place]), int(right[place])), shared[place]), shared[place]


def _pair(staged: Staged, block: _Block, pair: tuple[int, int], shared: Any) -> Sample:
    """Make the sample of two polygons that overlap: the staged one, told beside which."""
    one, other = sorted(pair, key=lambda row: block.fids[row] < 0)
    (file, number), beside = block.keys[one], int(block.fids[other])
    told = f"第 {block.keys[other][1]} 行" if beside > 0 else f"已发布要素 {-beside}"
    value = f"{told}，{_area_m2(shared):.2f} m²"
    return staged.sample(number, int(block.fids[one]), file, value=value, wkt=short_wkt(shared))


def _examined(staged: Staged) -> _Coverage:
    """Look at all blocks once; what was found is kept for the other rules of a coverage."""
    if "coverage" not in staged.memo:
        suspects, joined = [], []
        for block in _blocks(staged):
            suspects.append(block.suspects())
            own = np.array([block.owns(each) for each in block.shapes])
            if own.any():
                joined.append(_joined(block.shapes[own], is_clean=bool(shapely.is_empty(block.edges[own]).all())))
        staged.memo["coverage"] = _Coverage(suspects, shapely.union_all(joined))
    found: _Coverage = staged.memo["coverage"]
    return found


def _blocks(staged: Staged) -> Iterator[_Block]:
    for bounds in blocks(staged):
        rows = select(sql.SQL(
            "SELECT fid, src_file, src_row, ST_AsBinary(geom) FROM {} AS a WHERE geom && {} AND ST_Dimension(geom) = 2"
        ).format(staged.around, envelope(bounds)))  # fmt: skip
        if rows:
            shapes = shapely.from_wkb([bytes(row[3]) for row in rows])
            fids = np.array([row[0] for row in rows])
            yield _Block(bounds, fids, [(row[1], row[2]) for row in rows], shapes, _unfit_edges(shapes))


def _unfit_edges(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the edges that are not shared as they should be; all of a polygon's that is invalid itself."""
    edges = shapely.coverage_invalid_edges(shapes)
    edges[shapely.is_missing(edges)] = shapely.LineString()
    invalid = ~shapely.is_valid(shapes)
    edges[invalid] = shapely.boundary(shapes[invalid])
    return np.asarray(edges)


def _joined(shapes: NDArray[np.object_], *, is_clean: bool) -> Any:
    """Join polygons: those of a clean coverage by dropping their common edges, which is far quicker."""
    return shapely.coverage_union_all(shapes) if is_clean else shapely.union_all(_valid(shapes))


def _valid(shapes: NDArray[np.object_]) -> Any:
    """Return valid areas: by structure, so that no line is left that GEOS could not overlay with them."""
    return shapely.make_valid(shapes, method="structure", keep_collapsed=False)


def _holes(area: Any) -> list[Any]:
    polygons = [each for each in shapely.get_parts(area) if each.geom_type == "Polygon"]
    holes = [shapely.Polygon(ring) for each in polygons for ring in each.interiors]
    # An island inside a hole is no part of the gap.
    return [shapely.difference(each, area) for each in holes]


def _area_m2(shape: Any) -> float:
    if shapely.is_empty(shape):
        return 0.0
    east, north = _metres(round(float(shapely.bounds(shape)[1]), 3))
    return float(shapely.area(shape)) * east * north


@lru_cache(maxsize=4096)
def _metres(latitude: float) -> tuple[float, float]:
    return crs.degree_m(latitude)
