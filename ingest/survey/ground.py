"""What colour and texture the ground of a parcel has in a year's imagery."""

from dataclasses import dataclass

import numpy as np

from ingest.survey.curves import Floats
from ingest.survey.patches import FARMED
from ingest.survey.world import World

type Rgb = tuple[int, int, int]

# Crops in May, with the share of each in either year: wheat in leaf, wheat turning, bare, tilled, mulched, greens.
_CROPS: tuple[tuple[Rgb, float, float, float], ...] = (
    ((92, 106, 62), 0.20, 0.22, 3.4), ((82, 100, 56), 0.13, 0.16, 3.0), ((104, 114, 70), 0.14, 0.15, 3.6),
    ((122, 120, 76), 0.11, 0.12, 3.2), ((136, 128, 84), 0.09, 0.07, 3.8), ((140, 121, 90), 0.11, 0.08, 4.4),
    ((124, 107, 80), 0.10, 0.08, 4.0), ((104, 91, 68), 0.05, 0.04, 5.0), ((150, 145, 126), 0.03, 0.03, 6.0),
    ((70, 92, 52), 0.04, 0.05, 4.2),
)  # fmt: skip
# Other kinds: colour, grain of single pixels, mottling over metres.
_PLAIN: dict[str, tuple[Rgb, float, float]] = {
    "canal": ((66, 92, 100), 0.8, 2.0), "pond": ((74, 92, 84), 0.8, 2.5), "trunk": ((80, 98, 92), 1.2, 3.0),
    "sluice": ((158, 152, 140), 3.0, 4.0), "railway": ((112, 103, 94), 5.0, 4.0), "highway": ((108, 110, 80), 4.0, 6.0),
    "levee-road": ((160, 148, 122), 3.0, 4.0), "belt": ((88, 100, 62), 5.0, 8.0), "houses": ((146, 134, 114), 5.0, 7.0),
    "old-town": ((144, 136, 122), 5.0, 6.0), "flats": ((128, 130, 114), 4.0, 6.0), "site": ((170, 152, 122), 5.0, 12.0),
    "shops": ((142, 138, 130), 4.0, 5.0), "offices": ((132, 134, 116), 4.0, 6.0), "school": ((150, 142, 124), 3.5, 5.0),
    "park": ((90, 110, 66), 4.5, 10.0), "utility": ((138, 132, 114), 4.0, 6.0), "factory": ((156, 151, 142), 3.5, 6.0),
    "warehouse": ((150, 147, 140), 3.5, 6.0), "vacant": ((140, 128, 98), 5.0, 12.0), "grove": ((98, 100, 68), 5.0, 8.0),
    "street": ((150, 144, 131), 3.0, 4.0), "greenhouse": ((140, 125, 99), 4.0, 6.0), "track": ((158, 145, 118), 4.0, 5.0),
    "ditch": ((90, 98, 70), 4.0, 6.0), "orchard": ((124, 118, 84), 4.0, 6.0), "nursery": ((112, 106, 74), 4.0, 5.0),
    "forest": ((82, 90, 56), 4.0, 6.0), "grass": ((112, 114, 76), 5.0, 10.0), "graves": ((108, 108, 74), 5.0, 9.0),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """Per parcel: colour, wave numbers of its rows (cycles per metre), their strength, grain, mottling."""

    rgb: Floats
    wave: Floats
    rows: Floats
    grain: Floats
    mottle: Floats


def ground(world: World, year: int, kinds: list[str]) -> Ground:
    """Return the look of every parcel; kinds gives what it is in that year."""
    rng = world.rng(60 + year)
    count = len(world.parcels)
    share = np.array([crop[1 if year < 2026 else 2] for crop in _CROPS])
    crop = rng.choice(len(_CROPS), size=count, p=share / share.sum())
    tint = rng.normal(0, 1, (count, 3)) * np.array([2.0, 2.0, 2.0]) + rng.normal(0, 5.0, (count, 1))
    turn = rng.random(count)
    spacing = rng.uniform(2.4, 4.6, count)
    found = Ground(*(np.zeros((count, width)) for width in (3, 2)), *(np.zeros(count) for _ in range(3)))
    for index, kind in enumerate(kinds):
        parcel = world.parcels[index]
        if kind == "street" and not parcel.name.endswith("村道"):
            colour = (132, 130, 126)
        is_field = kind in {"field", "dry-field"}
        colour, grain, mottle = _PLAIN.get(kind, ((0, 0, 0), 3.6, 6.0))
        if is_field:
            colour, _, _, strength = _CROPS[crop[index]]
            found.rows[index] = strength
        if kind in FARMED or kind in {"grass", "forest", "houses"}:
            colour = tuple(colour + tint[index])
        # Rows run along the longer side of the strip; now and then across.
        angle = parcel.angle + (0.0 if turn[index] < 0.2 or _is_flat(world, index, parcel.angle) else 90.0)
        normal = np.radians(angle + 90)
        found.wave[index] = np.array([np.cos(normal), np.sin(normal)]) / spacing[index]
        found.rgb[index], found.grain[index], found.mottle[index] = colour, grain, mottle
    return found


def _is_flat(world: World, index: int, angle: float) -> bool:
    """Tell whether a strip is longer along its frame's first axis."""
    ring = world.parcels[index].shape.exterior
    x, y = np.asarray(ring.xy)
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return bool(np.ptp(x * c + y * s) > np.ptp(-x * s + y * c))
