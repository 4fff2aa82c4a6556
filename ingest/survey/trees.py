"""Where trees stand: rows along canal, roads and tracks, orchards and woods, groves among houses."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from ingest.survey import plan, roads
from ingest.survey.canvas import PIXEL, SUN
from ingest.survey.curves import Floats, Frame
from ingest.survey.world import World


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees of one year: places in local metres, crown radius in metres, tone 0 to 1."""

    xy: Floats
    radius: Floats
    tone: Floats

    def within(self, left: float, bottom: float, right: float, top: float) -> npt.NDArray[np.intp]:
        """Return the indices of the trees in a box, from north to south."""
        x, y = self.xy.T
        found = np.flatnonzero((x > left) & (x < right) & (y > bottom) & (y < top))
        return found[np.argsort(-y[found], kind="stable")]


def trees(world: World, year: int) -> Trees:
    """Plant the trees as they stood in a survey year."""
    rng = world.rng(50)
    groups = [*_belts(world, rng), *_roadsides(rng), *_tracks(world, rng), *_plots(world, year)]
    xy = np.concatenate([places for places, *_ in groups])
    low = np.concatenate([np.full(len(places), low) for places, low, _ in groups])
    high = np.concatenate([np.full(len(places), high) for places, _, high in groups])
    radius = low + (high - low) * rng.random(len(xy))
    kept = _clear(world, year, xy, radius)
    return Trees(xy[kept], radius[kept], rng.random(len(xy))[kept])


type _Group = tuple[Floats, float, float]


def _row(line: shapely.Geometry, gap: float, rng: np.random.Generator, missing: float = 0.08) -> Floats:
    """Stand trees along a line, unevenly, some missing."""
    found = []
    for part in shapely.get_parts(line):
        at = np.arange(gap / 2, part.length, gap)
        at = at[rng.random(len(at)) > missing] + 0.0
        found.append(shapely.get_coordinates(shapely.line_interpolate_point(part, at + rng.uniform(-1, 1, len(at)))))
    places = np.concatenate(found) if found else np.empty((0, 2))
    return places + rng.normal(0, 0.5, places.shape)


def _offsets(line: shapely.LineString, distances: tuple[float, ...]) -> list[shapely.Geometry]:
    return [line.offset_curve(sign * distance, quad_segs=4) for distance in distances for sign in (1, -1)]


def _belts(world: World, rng: np.random.Generator) -> list[_Group]:
    lines = ((world.waters.canal, plan.CANAL_WIDTH / 2), (world.waters.spillway, plan.SPILLWAY_WIDTH / 2))
    found: list[_Group] = []
    for line, half in lines:
        for row in _offsets(line, (half + 7, half + 13.5, half + 25.5, half + 31, half + 36.5)):
            found += [(_row(row, 6.4, rng, 0.12), 2.1, 4.3)]
    return found


def _roadsides(rng: np.random.Generator) -> list[_Group]:
    found: list[_Group] = []
    for road, line in roads.centre_lines():
        distances = (road.paved / 2 + 3.4, road.paved / 2 + 7.2) if road.number == "G104" else (road.paved / 2 + 2.2,)
        for row in _offsets(line, distances):
            found += [(_row(row, 6.2, rng, 0.16), 1.6, 3.2)]
    return found


def _tracks(world: World, rng: np.random.Generator) -> list[_Group]:
    found: list[_Group] = []
    for parcel in world.parcels:
        if parcel.kind in {"track", "ditch", "trunk"} and rng.random() < (0.34 if parcel.kind == "track" else 0.25):
            edge = shapely.buffer(parcel.shape, 0.8).boundary
            found.append((_row(edge, 5.4, rng, 0.25), 1.2, 2.7))
    return found


# Kind of parcel: metres between trees, crown radius from and to, share missing.
_PLANTED = {
    "forest": (4.2, 1.9, 3.2, 0.08), "orchard": (4.6, 1.2, 1.9, 0.05), "nursery": (3.0, 0.6, 1.1, 0.05),
    "grove": (5.0, 2.0, 3.8, 0.25), "park": (9.0, 1.8, 4.0, 0.45), "graves": (9.0, 1.2, 2.4, 0.4),
    "flats": (12.0, 1.4, 2.8, 0.5), "houses": (11.0, 1.3, 3.0, 0.55), "old-town": (12.0, 1.3, 3.0, 0.6),
    "school": (14.0, 1.5, 3.0, 0.85), "offices": (10.0, 1.5, 3.2, 0.5), "factory": (26.0, 1.4, 2.4, 0.6),
    "grass": (22.0, 1.2, 2.8, 0.7), "street": (15.0, 1.3, 2.7, 0.3), "utility": (10.0, 1.4, 2.8, 0.5),
    "vacant": (14.0, 1.0, 2.4, 0.6),
}  # fmt: skip
_ORDERLY = frozenset({"forest", "orchard", "nursery"})


def _plots(world: World, year: int) -> list[_Group]:
    """Plant parcels each from a source of its own, so that an unchanged one looks the same in both years."""
    found: list[_Group] = []
    for index, parcel in enumerate(world.parcels):
        planted = _PLANTED.get(world.kind(index, year))
        if planted is None:
            continue
        gap, low, high, missing = planted
        rng = np.random.default_rng([world.seed, 52, index])
        centre = parcel.shape.centroid
        frame = Frame((centre.x, centre.y), parcel.angle)
        u0, v0, u1, v1 = frame.extent(parcel.shape)
        u, v = np.meshgrid(np.arange(u0 + gap / 2, u1, gap), np.arange(v0 + gap / 2, v1, gap))
        uv = np.column_stack([u.ravel(), v.ravel()])
        spread = 0.06 if world.kind(index, year) in _ORDERLY else 0.4
        places = frame.place(uv + rng.uniform(-spread, spread, uv.shape) * gap)[rng.random(len(uv)) > missing]
        inside = shapely.contains_xy(shapely.buffer(parcel.shape, -high * 0.6), places)
        found.append((places[inside], low, high))
    return found


def _clear(world: World, year: int, xy: Floats, radius: Floats) -> npt.NDArray[np.bool_]:
    """Keep trees off water, roofs, paving and fields' rails."""
    paving = [shapely.buffer(line, road.paved / 2 + 0.8) for road, line in roads.centre_lines()]
    paving.append(shapely.buffer(roads.railway(), 8))
    roofs = [b.shape for b in world.buildings if year >= 2026 or not b.is_recent]
    wet = [p.shape for i, p in enumerate(world.parcels) if world.kind(i, year) in {"canal", "pond", "trunk", "sluice"}]
    taken = np.array([*paving, *roofs, *wet], dtype=object)
    kept = np.ones(len(xy), dtype=bool)
    kept[shapely.STRtree(np.asarray(shapely.points(xy))).query(taken, predicate="contains")[1]] = False
    return kept


type Sprite = npt.NDArray[np.uint8]


def sprites(seed: int) -> list[list[Sprite]]:
    """Return crowns with their shadows as RGBA pictures by radius (half metres) and tone, lit from the south-east."""
    rng = np.random.default_rng([seed, 51])
    return [[_sprite(size / 2, tone / 7, rng) for tone in range(8)] for size in range(1, 11)]


def _sprite(radius: float, tone: float, rng: np.random.Generator) -> Sprite:
    pixels = radius / PIXEL
    half = int(np.ceil(pixels * 2.0)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(float)
    turn = np.arctan2(y, x)
    edge = pixels * (1 + 0.14 * np.sin(3 * turn + rng.uniform(0, 6)) + 0.1 * np.sin(5 * turn + rng.uniform(0, 6)))
    crown = np.clip(edge - np.hypot(x, y) + 0.5, 0, 1) * 0.94
    far = SUN * pixels * 1.5
    shadow = np.clip(pixels * 0.95 - np.hypot(x - far[0], y + far[1]) + 0.5, 0, 1) * 0.5
    light = 0.82 + 0.26 * (x + y) / (pixels + 1) + rng.normal(0, 0.10, x.shape)
    colour = np.array([62, 82, 48]) + tone * np.array([28, 25, 15]) + rng.normal(0, 3, 3)
    leaves = np.clip(colour[None, None] * light[..., None], 12, 220)
    alpha = crown + shadow * (1 - crown)
    share = (crown / np.maximum(alpha, 1e-6))[..., None]
    rgb = leaves * share + np.array([30, 34, 36]) * (1 - share)
    return np.dstack([rgb, alpha * 255]).astype(np.uint8)
