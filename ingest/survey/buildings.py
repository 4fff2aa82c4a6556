"""Which buildings stand on a parcel: rows of courtyard houses, slabs of flats, sheds, greenhouses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from ingest.survey.curves import Frame
from ingest.survey.partition import Parcel
from ingest.survey.settlements import PLOT_DEPTH

# Metres from floor to floor, by use; sheds and greenhouses are single storeys of their own height.
STOREY = {"house": 3.4, "wing": 2.9, "flats": 2.9, "shop": 3.8, "office": 3.6, "school": 3.7, "shed": 8.5,
          "greenhouse": 3.2, "utility": 4.0, "sluice": 9.0}  # fmt: skip

type Box = tuple[float, float, float, float, str, int]


@dataclass(frozen=True, slots=True)
class Building:
    """A building: footprint, use, storeys, its roof's angle, the parcel it stands on, from which survey on."""

    shape: shapely.Polygon
    use: str
    floors: int
    angle: float
    parcel: int
    is_recent: bool = False

    @property
    def height(self) -> float:
        """Height of the eaves over ground in metres."""
        return self.floors * STOREY[self.use]


def buildings(parcels: list[Parcel], rng: np.random.Generator) -> list[Building]:
    """Place the buildings of every parcel; none crosses its parcel's edge."""
    found: list[Building] = []
    for index, parcel in enumerate(parcels):
        layout = _LAYOUTS.get(parcel.kind)
        if layout is None:
            continue
        centre = parcel.shape.centroid
        frame = Frame((centre.x, centre.y), parcel.angle)
        boxes = list(layout(frame.extent(parcel.shape), rng))
        shapes = frame.rectangles(np.array([box[:4] for box in boxes]).reshape(-1, 4))
        fits = shapely.contains_properly(parcel.shape, shapes)
        recent = parcel.before != parcel.kind
        found += [
            Building(shape, box[4], box[5], parcel.angle, index, recent)
            for shape, box, fit in zip(shapes, boxes, fits, strict=True)
            if fit
        ]
    return found


def _rows(extent: tuple[float, float, float, float], rng: np.random.Generator, tall: float) -> Iterator[Box]:
    """Rows of south-facing courtyard houses, one row a plot deep; `tall` is the share of two storeys."""
    u0, v0, u1, v1 = extent
    for row in range(max(1, int((v1 - v0 + 1) // PLOT_DEPTH))):
        low = v0 + row * PLOT_DEPTH
        u = u0 + 0.6
        while u + 10 < u1:
            width = float(rng.uniform(11.5, 15.5))
            right = min(u + width, u1 - 0.5)
            if rng.random() > 0.06:
                yield from _house(u, low, right, low + PLOT_DEPTH, rng, tall)
            u = right + 0.7


def _house(
    left: float, low: float, right: float, high: float, rng: np.random.Generator, tall: float
) -> Iterator[Box]:
    depth = float(rng.uniform(6.2, 8.0))
    floors = 2 if rng.random() < tall else 1
    yield left, high - 0.5 - depth, right, high - 0.5, "house", floors
    if rng.random() < 0.62:
        length = float(rng.uniform(4.5, 7.6))
        top = high - 0.7 - depth
        side = (left, left + 3.2) if rng.random() < 0.5 else (right - 3.2, right)
        yield side[0], top - length, side[1], top, "wing", 1
    if rng.random() < 0.3:
        middle = float(rng.uniform(left, right - 4.5))
        yield middle, low + 0.6, middle + 4.5, low + 3.4, "wing", 1


def _village_rows(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    return _rows(extent, rng, 0.06)


def _town_rows(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    return _rows(extent, rng, 0.22)


def _flats(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    """Slabs 44 to 62 m long, 31 m apart, six or eleven storeys the block over."""
    u0, v0, u1, v1 = extent
    floors = int(rng.choice([5, 6, 6, 11]))
    gap = 27.0 if floors < 7 else 36.0
    for low in np.arange(v0 + 6, v1 - 16, gap):
        u = u0 + 5
        while u + 30 < u1:
            length = min(float(rng.uniform(42, 60)), u1 - 4 - u)
            if length > 26:
                yield u, low, u + length, low + 12.5, "flats", floors
            u += length + float(rng.uniform(9, 14))


def _shops(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    """Shop houses along the block's edges and a market shed behind them."""
    u0, v0, u1, v1 = extent
    for low in (v0 + 1.5, v1 - 13.5):
        u = u0 + 2
        while u + 14 < u1:
            length = float(rng.uniform(14, 34))
            yield u, low, min(u + length, u1 - 2), low + 12, "shop", int(rng.integers(2, 5))
            u += length + 1.0
    if v1 - v0 > 70 and u1 - u0 > 70:
        yield u0 + 16, v0 + 26, u1 - 16, v0 + 26 + min(26, v1 - v0 - 56), "shed", 1


def _school(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    """Teaching slabs on the northern half; the southern half is the sports ground."""
    u0, v0, u1, v1 = extent
    middle = v0 + (v1 - v0) * 0.52
    for low in np.arange(middle, v1 - 14, 25):
        yield u0 + 8, low, min(u0 + 66, u1 - 8), low + 11, "school", int(rng.integers(3, 5))
    if u1 - u0 > 90:
        yield u0 + 72, middle, u1 - 6, middle + 14, "school", 2


def _offices(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    u0, v0, u1, v1 = extent
    width = (u1 - u0) * 0.7
    left = u0 + (u1 - u0 - width) / 2
    yield left, v1 - 26, left + width, v1 - 12, "office", int(rng.integers(3, 7))
    yield left, v0 + 10, left + 11, v1 - 32, "office", 2
    yield left + width - 11, v0 + 10, left + width, v1 - 32, "office", 2


def _sheds(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    """Two to four large halls and an office at the street."""
    u0, v0, u1, v1 = extent
    rows = max(1, int((v1 - v0 - 26) // 44))
    depth = (v1 - v0 - 26) / rows
    for row in range(rows):
        low = v0 + 7 + row * depth
        split = u0 + 7 + (u1 - u0 - 14) * float(rng.uniform(0.4, 0.75))
        yield u0 + 7, low, split - 4, low + depth - 9, "shed", 1
        if u1 - 7 - split > 16:
            yield split + 4, low, u1 - 7, low + depth - 9 - float(rng.uniform(0, 8)), "shed", 1
    yield u0 + 10, v1 - 15, u0 + 10 + min(46, (u1 - u0) * 0.5), v1 - 4, "office", 3


def _greenhouses(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    u0, v0, u1, v1 = extent
    for low in np.arange(v0 + 1.5, v1 - 9, 12.4):
        if rng.random() > 0.05:
            yield u0 + 2, low, u1 - 2, low + 8.6, "greenhouse", 1


def _utility(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    u0, v0, u1, v1 = extent
    yield u0 + 4, (v0 + v1) / 2 - 4, u0 + 4 + min(24, (u1 - u0) * 0.5), (v0 + v1) / 2 + 4, "utility", 1


def _gate(extent: tuple[float, float, float, float], rng: np.random.Generator) -> Iterator[Box]:
    u0, v0, _, v1 = extent
    middle = (v0 + v1) / 2
    yield u0 + 14, middle - 26, u0 + 22, middle + 26, "sluice", 1
    yield u0 + 26, v1 - 12, u0 + 34, v1 - 4, "wing", 1


_LAYOUTS: dict[str, Callable[[tuple[float, float, float, float], np.random.Generator], Iterator[Box]]] = {
    "houses": _village_rows,
    "old-town": _town_rows,
    "flats": _flats,
    "shops": _shops,
    "school": _school,
    "offices": _offices,
    "factory": _sheds,
    "warehouse": _sheds,
    "greenhouse": _greenhouses,
    "utility": _utility,
    "sluice": _gate,
}
