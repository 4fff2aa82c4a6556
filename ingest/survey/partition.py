"""How overlapping patches become parcels: one gap-free coverage, each place belonging to the winner."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.ops import voronoi_diagram

from ingest.survey import plan
from ingest.survey.curves import Geometries
from ingest.survey.patches import KINDS, OPEN_LAND, Patch

GRID = 0.01
SLIVER_AREA = 260.0
SLIVER_WIDTH = 5.0


@dataclass(frozen=True, slots=True)
class Parcel:
    """A piece of land no other overlaps; `village` indexes plan.VILLAGES, -1 outside the town."""

    shape: shapely.Polygon
    kind: str
    before: str
    name: str
    angle: float
    village: int


def parcels(patches: list[Patch]) -> list[Parcel]:
    """Resolve all overlaps, cut corridors at the villages' limits and merge slivers away."""
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    shapes = np.array([shapely.intersection(patch.shape, frame) for patch in patches], dtype=object)
    corridors = shapely.unary_union(
        [s for s, p in zip(shapes, patches, strict=True) if KINDS[p.kind].corridor]
    )
    limits = _limits()
    lines = [*shapely.boundary(shapes), shapely.intersection(limits, corridors)]
    noded = shapely.union_all(np.array(lines, dtype=object), grid_size=GRID)
    faces = shapely.get_parts(shapely.polygonize([noded]))
    points = shapely.point_on_surface(faces)
    winners = _winners(shapes, patches, points)
    village = villages_of(points)
    groups: dict[tuple[int, int], list[int]] = {}
    for face, winner in enumerate(winners):
        if winner >= 0:
            corridor = KINDS[patches[winner].kind].corridor
            groups.setdefault((int(winner), int(village[face]) if corridor else -2), []).append(face)
    pieces, owners = [], []
    for (winner, _), members in sorted(groups.items()):
        merged = shapely.coverage_union_all(faces[members]) if len(members) > 1 else faces[members[0]]
        for part in shapely.get_parts(merged):
            pieces.append(part)
            owners.append(winner)
    shapes, owner = _without_slivers(np.array(pieces, dtype=object), np.array(owners), patches)
    village = villages_of(shapely.point_on_surface(shapes))
    return [
        _parcel(shape, patches[o], int(v)) for shape, o, v in zip(shapes, owner, village, strict=True)
    ]


def _parcel(shape: shapely.Polygon, patch: Patch, village: int) -> Parcel:
    before = patch.before or patch.kind
    return Parcel(shapely.normalize(shape), patch.kind, before, patch.name, patch.angle, village)


def _winners(shapes: Geometries, patches: list[Patch], points: Geometries) -> np.ndarray:
    """Return for each point the patch of the lowest rank around it, -1 for none."""
    order = np.array([patch.order for patch in patches])
    tree = shapely.STRtree(shapes)
    asked, found = tree.query(points, predicate="within")
    ranked = np.lexsort((found, order[found], asked))
    first, place = np.unique(asked[ranked], return_index=True)
    winners = np.full(len(points), -1)
    winners[first] = found[ranked][place]
    return winners


def _limits() -> shapely.Geometry:
    """Return the lines between the villages and round the town."""
    centres = shapely.MultiPoint([(village.x, village.y) for village in plan.VILLAGES])
    cells = voronoi_diagram(centres, envelope=shapely.box(0, 0, plan.WIDTH, plan.HEIGHT))
    return shapely.unary_union([*(cell.boundary for cell in cells.geoms), shapely.Polygon(plan.TOWN_LIMIT).boundary])


def villages_of(points: Geometries) -> np.ndarray:
    """Return the index of the nearest village for points in the town, -1 outside it."""
    places = shapely.get_coordinates(points)
    centres = np.array([(village.x, village.y) for village in plan.VILLAGES])
    nearest = np.argmin(((places[:, None, :] - centres[None]) ** 2).sum(axis=2), axis=1)
    inside = shapely.contains_xy(shapely.Polygon(plan.TOWN_LIMIT), places)
    return np.where(inside, nearest, -1)


def _without_slivers(
    shapes: Geometries, owners: np.ndarray, patches: list[Patch]
) -> tuple[Geometries, np.ndarray]:
    """Give each sliver to the neighbour it shares the longest border with, open land first."""
    for _ in range(3):
        area, length = shapely.area(shapes), shapely.length(shapes)
        is_open = np.array([patches[owner].kind in OPEN_LAND for owner in owners])
        thin = (area < np.where(is_open, SLIVER_AREA, 25.0)) | (is_open & (2 * area / length < SLIVER_WIDTH))
        target = _targets(shapes, np.flatnonzero(thin), thin, is_open)
        if not target:
            break
        members: dict[int, list[int]] = {}
        for index in range(len(shapes)):
            members.setdefault(target.get(index, index), []).append(index)
        heirs = sorted(members)
        merged = [
            shapely.coverage_union_all(shapes[members[heir]]) if len(members[heir]) > 1 else shapes[heir]
            for heir in heirs
        ]
        owners = np.array([owners[heir] for heir in heirs])
        counts = [shapely.get_num_geometries(shape) for shape in merged]
        shapes, owners = shapely.get_parts(np.array(merged, dtype=object)), np.repeat(owners, counts)
    return shapes, owners


def _targets(
    shapes: Geometries, slivers: np.ndarray, thin: np.ndarray, is_open: np.ndarray
) -> dict[int, int]:
    asked, found = shapely.STRtree(shapes).query(shapes[slivers], predicate="intersects")
    keep = ~thin[found]
    asked, found = slivers[asked[keep]], found[keep]
    shared = shapely.length(shapely.intersection(shapely.boundary(shapes[asked]), shapely.boundary(shapes[found])))
    score = np.where(is_open[found], shared * 4, shared)
    best: dict[int, tuple[float, int]] = {}
    for sliver, other, points in zip(asked.tolist(), found.tolist(), score.tolist(), strict=True):
        if points > 0 and points > best.get(sliver, (0.0, -1))[0]:
            best[sliver] = (points, other)
    return {sliver: other for sliver, (_, other) in best.items()}
