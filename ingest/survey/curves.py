"""Which curve runs through the plan's points: smooth lines, round blobs, rotated grids of cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
import numpy.typing as npt
import shapely

type Floats = npt.NDArray[np.float64]
type Geometries = npt.NDArray[np.object_]


def smooth(points: Sequence[tuple[float, float]], spacing: float = 14.0) -> shapely.LineString:
    """Draw a Catmull-Rom curve through the points, a vertex about every `spacing` metres."""
    given = np.asarray(points, dtype=float)
    padded = np.vstack([2 * given[0] - given[1], given, 2 * given[-1] - given[-2]])
    runs = [
        _span(padded[i : i + 4], max(2, round(float(np.hypot(*(given[i + 1] - given[i]))) / spacing)))
        for i in range(len(given) - 1)
    ]
    return shapely.LineString(np.round(np.vstack([*runs, given[-1:]]), 3))


def _span(four: Floats, steps: int) -> Floats:
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    a, b, c, d = four
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - 3 * c + d - a) * t**3
    return np.asarray(0.5 * curve)


def blob(
    centre: tuple[float, float],
    axes: tuple[float, float],
    angle: float,
    rng: np.random.Generator,
    rough: float = 0.12,
) -> shapely.Polygon:
    """Draw a round shape whose radius varies smoothly by `rough`."""
    turns = np.linspace(0, 2 * np.pi, 29)[:-1]
    radius = np.ones_like(turns)
    for wave in range(2, 6):
        radius += rough / wave * 1.6 * np.sin(wave * turns + rng.uniform(0, 6.28)) * rng.uniform(0.5, 1.0)
    uv = np.column_stack([axes[0] * radius * np.cos(turns), axes[1] * radius * np.sin(turns)])
    return shapely.Polygon(np.round(Frame(centre, angle).place(uv), 3))


@dataclass(frozen=True, slots=True)
class Frame:
    """A local grid turned by `angle` degrees (anticlockwise) about `origin`."""

    origin: tuple[float, float]
    angle: float

    def place(self, uv: Floats) -> Floats:
        """Bring coordinates of this frame to the plan's."""
        c, s = cos(radians(self.angle)), sin(radians(self.angle))
        return np.asarray(uv @ np.array([[c, s], [-s, c]]) + np.asarray(self.origin))

    def extent(self, shape: shapely.Geometry) -> tuple[float, float, float, float]:
        """Return the box of a shape in this frame: min u, min v, max u, max v."""
        c, s = cos(radians(self.angle)), sin(radians(self.angle))
        uv = (shapely.get_coordinates(shape) - np.asarray(self.origin)) @ np.array([[c, -s], [s, c]])
        return (*uv.min(axis=0), *uv.max(axis=0))

    def rectangles(self, boxes: Floats) -> Geometries:
        """Make polygons of boxes (n × 4: min u, min v, max u, max v)."""
        if len(boxes) == 0:
            return np.empty(0, dtype=object)
        u0, v0, u1, v1 = boxes.T
        rings = np.stack(
            [np.stack(pair, axis=1) for pair in ((u0, v0), (u1, v0), (u1, v1), (u0, v1), (u0, v0))], axis=1
        )
        placed = np.round(self.place(rings.reshape(-1, 2)), 3).reshape(-1, 5, 2)
        return np.asarray(shapely.polygons(placed))


def steps(start: float, stop: float, low: float, high: float, rng: np.random.Generator) -> Floats:
    """Return edges from start to stop with random gaps between low and high; the last gap may be less."""
    edges = [start]
    while edges[-1] < stop:
        edges.append(edges[-1] + float(rng.uniform(low, high)))
    return np.asarray(edges)
