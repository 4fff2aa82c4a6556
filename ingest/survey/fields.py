"""How the farmland is divided: tracks, ditches and strips of field between the roads and waters."""

import itertools

import numpy as np
import shapely

from ingest.survey import plan
from ingest.survey.curves import Floats, Frame, steps
from ingest.survey.patches import Patch

# What grows on a strip, with shares.
USES = (
    ("field", 0.865), ("dry-field", 0.03), ("orchard", 0.038), ("nursery", 0.012), ("forest", 0.032), ("grass", 0.015),
    ("graves", 0.008),
)  # fmt: skip
# A neighbour often grows the same trees: orchards and woods come in runs.
STICKY = 0.55


def patches(network: list[shapely.LineString], rng: np.random.Generator) -> list[Patch]:
    """Divide every zone between the network's lines; the zones cover the plan without a gap."""
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    lines = shapely.unary_union([frame.boundary, *[line.intersection(frame) for line in network]])
    zones = sorted(_polygons(lines), key=lambda zone: zone.bounds)
    return [patch for zone in zones for patch in _zone(zone, rng)]


def _polygons(lines: shapely.Geometry) -> list[shapely.Polygon]:
    found = shapely.get_parts(shapely.polygonize([lines]))
    return [face for face in found if isinstance(face, shapely.Polygon)]


def _turn(zone: shapely.Polygon, rng: np.random.Generator) -> float:
    """Return the strips' angle: along the zone's longest side, never far from the compass."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(zone))
    sides = np.diff(box, axis=0)
    dx, dy = sides[int(np.argmax(np.hypot(*sides.T)))]
    angle = float(np.degrees(np.arctan2(dy, dx))) % 90
    angle = angle - 90 if angle > 45 else angle
    return float(np.clip(angle, -16, 16)) + float(rng.uniform(-2, 2))


def _zone(zone: shapely.Polygon, rng: np.random.Generator) -> list[Patch]:
    angle = _turn(zone, rng)
    centre = zone.centroid
    frame = Frame((centre.x, centre.y), angle)
    u0, v0, u1, v1 = frame.extent(zone)
    columns = steps(u0 - float(rng.uniform(0, 200)), u1, 330, 560, rng)
    bands = steps(v0 - float(rng.uniform(0, 90)), v1, 95, 215, rng)
    cells, kinds = _cells(columns, bands, rng)
    shapes = shapely.intersection(frame.rectangles(cells), zone)
    whole = Patch("field", zone, angle=angle, rank=20)
    found = [whole]
    for shape, kind in zip(shapes, kinds, strict=True):
        if shape.area > 1:
            found.append(Patch(kind, shape, angle=angle))
    return found


def _cells(columns: Floats, bands: Floats, rng: np.random.Generator) -> tuple[Floats, list[str]]:
    boxes: list[tuple[float, float, float, float]] = []
    kinds: list[str] = []
    for number, (low, high) in enumerate(itertools.pairwise(bands)):
        edge = ("track", "ditch", "", "track", "")[number % 5]
        if edge:
            boxes.append((columns[0], low - 2.2, columns[-1], low + 2.2))
            kinds.append(edge)
        for left, right in itertools.pairwise(columns):
            strips = _strips((left, low, right, high), rng)
            boxes += strips
            kinds += _uses(len(strips), rng)
    for place, number in zip(columns[1:-1], range(len(columns)), strict=False):
        boxes.append((place - 2.4, bands[0], place + 2.4, bands[-1]))
        kinds.append("track" if number % 2 else "ditch")
    return np.array(boxes), kinds


def _strips(
    cell: tuple[float, float, float, float], rng: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    """Cut a cell across its bands, or now and then along them."""
    left, low, right, high = cell
    if rng.random() < 0.22 and high - low > 110:
        edges = np.append(steps(low, high - 22, 26, 60, rng)[:-1], high)
        middle = (left + right) / 2 + float(rng.uniform(-60, 60))
        return [
            (a, c, b, d)
            for c, d in itertools.pairwise(edges)
            for a, b in ((left, middle), (middle, right))
        ]
    narrow = float(rng.choice([18.0, 26.0, 38.0], p=[0.25, 0.45, 0.3]))
    edges = np.append(steps(left, right - narrow, narrow, narrow * 2.1, rng)[:-1], right)
    return [(a, low, b, high) for a, b in itertools.pairwise(edges)]


def _uses(count: int, rng: np.random.Generator) -> list[str]:
    share = np.array([weight for _, weight in USES])
    picks = rng.choice(len(USES), size=count, p=share / share.sum())
    found = [USES[int(pick)][0] for pick in picks]
    for index in range(1, count):
        if found[index - 1] in {"orchard", "forest", "nursery"} and rng.random() < STICKY:
            found[index] = found[index - 1]
    return found
