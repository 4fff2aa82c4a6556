"""Where the water runs: canal, spillway, pools, trunk ditches, and the levees along them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from ingest.survey import plan
from ingest.survey.curves import blob, smooth
from ingest.survey.patches import Patch

BELT = 40.0
LEVEE_ROAD_AT = 19.0


@dataclass(frozen=True, slots=True)
class Waters:
    """The water lines of the plan."""

    canal: shapely.LineString
    spillway: shapely.LineString
    trunks: tuple[tuple[str, float, shapely.LineString], ...]

    @property
    def surfaces(self) -> tuple[tuple[str, shapely.Geometry], ...]:
        """The two rivers' surfaces, named, apart from each other."""
        canal = _surface(self.canal, plan.CANAL_WIDTH)
        spillway = _surface(self.spillway, plan.SPILLWAY_WIDTH)
        return ("南运河", canal), ("捷地减河", shapely.difference(spillway, canal))


def waters() -> Waters:
    """Draw the water lines."""
    trunks = tuple((name, width, smooth(points)) for name, width, points in plan.TRUNK_DITCHES)
    return Waters(smooth(plan.CANAL, 12), smooth(plan.SPILLWAY, 12), trunks)


def _surface(line: shapely.LineString, width: float) -> shapely.Geometry:
    """Widen a centre line unevenly, as banks do."""
    places = shapely.get_coordinates(line)
    along = np.arange(len(places))
    half = width / 2 * (1 + 0.07 * np.sin(along / 5.3) + 0.05 * np.sin(along / 2.1 + 1))
    beads = shapely.buffer(shapely.points(places), half, quad_segs=6)
    links = [shapely.convex_hull(shapely.union(a, b)) for a, b in pairwise(beads)]
    return shapely.simplify(shapely.unary_union(links), 0.4)


def patches(lines: Waters, rng: np.random.Generator) -> list[Patch]:
    """Return water, pools, levee belts and levee roads."""
    found = [Patch("canal", shape, name) for name, shape in lines.surfaces]
    for line, width, name in (
        (lines.canal, plan.CANAL_WIDTH, "大运河"),
        (lines.spillway, plan.SPILLWAY_WIDTH, "减河"),
    ):
        belt = shapely.simplify(line.buffer(width / 2 + BELT, quad_segs=6), 0.5)
        crest = shapely.simplify(line.buffer(width / 2 + LEVEE_ROAD_AT, quad_segs=6), 0.5).boundary
        found.append(Patch("belt", belt, f"{name}防护林"))
        found.append(Patch("levee-road", crest.buffer(2.2, cap_style="flat"), f"{name}堤顶路"))
    for name, width, line in lines.trunks:
        found.append(Patch("trunk", shapely.simplify(line.buffer(width / 2), 0.3), name))
    found += [_pool(index, rng) for index in range(len(plan.PONDS))]
    x, y = plan.SLUICE
    found.append(Patch("sluice", shapely.box(x - 16, y - 34, x + 22, y + 34), "捷地分洪闸"))
    return found


def _pool(index: int, rng: np.random.Generator) -> Patch:
    x, y, a, b, angle = plan.PONDS[index]
    shape = blob((x, y), (a, b), angle, rng, 0.16)
    if index == plan.FILLED_POND:
        return Patch("vacant", shape, "已填坑塘", before="pond", rank=5)
    return Patch("pond", shape, "坑塘")
