"""Where people live and work: villages, the town's streets and blocks, the industrial park, greenhouses."""

import itertools

import numpy as np
import shapely

from ingest.survey import plan
from ingest.survey.curves import Frame, Geometries, blob, steps
from ingest.survey.patches import Patch

PLOT_DEPTH = 17.0
LANE = 5.0
# Kinds of the town's blocks with their shares.
TOWN_KINDS = (
    ("old-town", 0.42), ("flats", 0.22), ("shops", 0.14), ("school", 0.05), ("offices", 0.05), ("park", 0.05),
    ("warehouse", 0.04), ("utility", 0.03),
)  # fmt: skip
VILLAGE_KINDS = (
    ("houses", 0.90), ("vacant", 0.025), ("grove", 0.035), ("offices", 0.01), ("school", 0.01), ("utility", 0.02),
)  # fmt: skip


def patches(rng: np.random.Generator) -> list[Patch]:
    """Return the patches of every settlement."""
    found: list[Patch] = []
    for village in plan.VILLAGES:
        if village.radius:
            found += _village(village, rng)
    found += _quarter(plan.TOWN_SEAT, "捷地镇区", -8.5, (92, 150), rng)
    found += _industry(rng)
    found += _new_quarter(rng)
    for area in plan.GREENHOUSES:
        found += _greenhouses(area, rng)
    return found


def _draw(kinds: tuple[tuple[str, float], ...], rng: np.random.Generator) -> str:
    share = np.array([weight for _, weight in kinds])
    return kinds[int(rng.choice(len(kinds), p=share / share.sum()))][0]


def _clip(boxes: Geometries, area: shapely.Geometry, least: float) -> list[shapely.Polygon]:
    """Clip boxes to an area and keep the pieces of at least `least` m²."""
    parts = shapely.get_parts(shapely.intersection(boxes, area))
    return [part for part in parts if part.geom_type == "Polygon" and part.area >= least]


def _village(village: plan.Village, rng: np.random.Generator) -> list[Patch]:
    """Lay out lanes two plots apart and cross streets 60 to 110 m apart inside a round outline."""
    outline = blob((village.x, village.y), (village.radius, village.radius * 0.82), village.angle, rng)
    frame = Frame((village.x, village.y), village.angle)
    u0, v0, u1, v1 = frame.extent(outline)
    boxes = []
    for low in np.arange(v0 + 2, v1, 2 * PLOT_DEPTH + LANE):
        columns = steps(u0 - float(rng.uniform(0, 40)), u1, 60, 110, rng)
        boxes += [(a + 3, low, b - 3, low + 2 * PLOT_DEPTH) for a, b in itertools.pairwise(columns)]
    found = [Patch("street", outline, f"{village.name}村道", village.angle)]
    blocks = _clip(frame.rectangles(np.array(boxes)), outline.buffer(-2), 350)
    return found + [Patch(_draw(VILLAGE_KINDS, rng), block, village.name, village.angle) for block in blocks]


def _blocks(
    area: shapely.Polygon, frame: Frame, sizes: tuple[float, float], street: float, rng: np.random.Generator
) -> list[shapely.Polygon]:
    u0, v0, u1, v1 = frame.extent(area)
    rows = steps(v0 - 30, v1, *sizes, rng)
    columns = steps(u0 - 30, u1, sizes[0] * 1.2, sizes[1] * 1.35, rng)
    half = street / 2
    boxes = [
        (a + half, c + half, b - half, d - half)
        for c, d in itertools.pairwise(rows)
        for a, b in itertools.pairwise(columns)
    ]
    return _clip(frame.rectangles(np.array(boxes)), area, 900)


def _quarter(
    points: plan.Points, name: str, angle: float, sizes: tuple[float, float], rng: np.random.Generator
) -> list[Patch]:
    area = shapely.Polygon(points)
    frame = Frame(points[0], angle)
    found = [Patch("street", area, f"{name}街道", angle)]
    for block in _blocks(area.buffer(-4), frame, sizes, 13, rng):
        kind = _draw(TOWN_KINDS, rng) if block.area > 3500 else "old-town"
        found.append(Patch(kind, block, name, angle))
    return found


def _industry(rng: np.random.Generator) -> list[Patch]:
    """Lay out the park; the two south-eastern blocks were fields at the first survey."""
    area = shapely.Polygon(plan.INDUSTRY)
    found = [Patch("street", area, "捷地工业园道路", -3)]
    for block in _blocks(area.buffer(-5), Frame(plan.INDUSTRY[0], -2), (150, 210), 15, rng):
        kind = "warehouse" if rng.random() < 0.2 else "factory"
        x, y = block.centroid.x, block.centroid.y
        recent = x > 4290 and y < 1560
        found.append(Patch(kind, block, "捷地工业园", -2, before="field" if recent else ""))
    return found


def _new_quarter(rng: np.random.Generator) -> list[Patch]:
    """Lay out 伊润新城; its southern half was a building site or fields at the first survey."""
    area = shapely.Polygon(plan.NEW_QUARTER)
    found = [Patch("street", area, "伊润新城道路", -6)]
    for index, block in enumerate(_blocks(area.buffer(-4), Frame((2400, 1700), -6), (110, 150), 16, rng)):
        kind = ("flats", "flats", "flats", "park", "flats", "shops", "flats", "school")[index % 8]
        before = "site" if block.centroid.y < 1990 else ""
        if block.centroid.y < 1860:
            before = "field"
        found.append(Patch(kind, block, "伊润新城", -6, before=before))
    return found


def _greenhouses(points: plan.Points, rng: np.random.Generator) -> list[Patch]:
    area = shapely.Polygon(points)
    return [
        Patch("track", area, "设施农业园生产路", rank=11),
        *(
            Patch("greenhouse", block, "设施农业园", 0, rank=10)
            for block in _blocks(area.buffer(-3), Frame(points[0], 0.0), (85, 120), 7, rng)
        ),
    ]
