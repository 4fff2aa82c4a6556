"""What the demo town consists of: parcels, buildings and lines, grown from the plan by one seed."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from ingest.survey import fields, plan, roads, settlements, water
from ingest.survey.buildings import Building, buildings
from ingest.survey.curves import Geometries
from ingest.survey.partition import Parcel, parcels

YEARS = (2024, 2026)
SURVEY_DATES = {2024: "2024-05-12", 2026: "2026-05-18"}


@dataclass(frozen=True)
class World:
    """The made-up town in local metres (see plan.ORIGIN)."""

    seed: int
    waters: water.Waters
    parcels: list[Parcel]
    buildings: list[Building]

    def rng(self, part: int) -> np.random.Generator:
        """Return the random source of one part, so that parts do not disturb each other."""
        return np.random.default_rng([self.seed, part])

    @cached_property
    def shapes(self) -> Geometries:
        """The parcels' polygons."""
        return np.array([parcel.shape for parcel in self.parcels], dtype=object)

    @cached_property
    def in_town(self) -> list[int]:
        """Indices of the parcels that lie in the town."""
        return [index for index, parcel in enumerate(self.parcels) if parcel.village >= 0]

    @cached_property
    def town(self) -> shapely.Geometry:
        """The town's area: the union of its parcels."""
        return shapely.coverage_union_all(self.shapes[self.in_town])

    def kind(self, index: int, year: int) -> str:
        """Return a parcel's kind in a survey year."""
        parcel = self.parcels[index]
        return parcel.kind if year >= YEARS[1] else parcel.before

    def select(self, *kinds: str) -> Geometries:
        """Return the polygons of some kinds as they stand now."""
        return self.shapes[[p.kind in kinds for p in self.parcels]]


def build(seed: int) -> World:
    """Grow the world; the same seed gives the same world."""

    def rng(part: int) -> np.random.Generator:
        return np.random.default_rng([seed, part])

    lines = water.waters()
    network = [lines.canal, lines.spillway, roads.railway(), *(line for _, line in roads.centre_lines())]
    network += [line for _, _, line in lines.trunks]
    patches = [*water.patches(lines, rng(1)), *roads.patches(), *settlements.patches(rng(2))]
    patches += fields.patches(network, rng(3))
    land = parcels(patches)
    return World(seed, lines, land, buildings(land, rng(4)))


def to_grid(shapes: Geometries) -> Geometries:
    """Move local shapes to EPSG:4548 (millimetres kept)."""
    moved = shapely.transform(shapes, lambda xy: np.round(xy + np.asarray(plan.ORIGIN), 3))
    return np.asarray(moved, dtype=object)
