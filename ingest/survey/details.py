"""What lies on the ground besides parcels: lanes and markings, rails, field ridges, banks, pitches, cars."""

from dataclasses import dataclass

import numpy as np
import shapely

from ingest.survey import roads
from ingest.survey.canvas import Canvas, Colour
from ingest.survey.curves import Floats, Frame
from ingest.survey.world import World

_ASPHALT: Colour = (112, 112, 113)
_CONCRETE: Colour = (160, 157, 149)
_CARS: tuple[Colour, ...] = ((214, 214, 212), (58, 60, 64), (150, 152, 154), (150, 60, 52), (70, 88, 126), (196, 190, 172))


@dataclass(frozen=True, slots=True)
class Mark:
    """A shape in one colour; a line where width > 0, else a filled polygon; `over` lifts it out of shadow."""

    shape: shapely.Geometry
    colour: Colour
    width: float = 0.0
    over: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """Marks in the order they are painted, found by their place."""

    marks: list[Mark]
    tree: shapely.STRtree

    def draw(self, canvas: Canvas, window: shapely.Geometry) -> None:
        """Paint the marks of a window."""
        for index in sorted(self.tree.query(window).tolist()):
            mark = self.marks[index]
            if mark.width:
                for part in shapely.get_parts(mark.shape):
                    canvas.line(shapely.get_coordinates(part), mark.width, mark.colour)
            else:
                canvas.shape(mark.shape, mark.colour, lifts=mark.over)


def details(world: World, year: int, kinds: list[str]) -> Details:
    """Return all marks of a year."""
    rng = world.rng(70 + year)
    marks = [*_ridges(world, kinds, rng), *_banks(world, kinds), *_yards(world, kinds, rng)]
    marks += [*_roads(), *_railway(), *_cars(world, kinds, rng)]
    return Details(marks, shapely.STRtree(np.array([mark.shape for mark in marks], dtype=object)))


def _ridges(world: World, kinds: list[str], rng: np.random.Generator) -> list[Mark]:
    """Return the low ridges between fields, paler or greener than the crop."""
    found = []
    tones: tuple[Colour, ...] = ((132, 122, 92), (112, 112, 76), (92, 96, 62))
    for parcel, kind in zip(world.parcels, kinds, strict=True):
        if kind in {"field", "dry-field", "orchard", "nursery"}:
            tone = tones[int(rng.choice(3, p=[0.4, 0.4, 0.2]))]
            found.append(Mark(parcel.shape.exterior, tone, 0.6))
    return found


def _banks(world: World, kinds: list[str]) -> list[Mark]:
    """Return darker middles of waters, pale edges of the canal, beaten middles of tracks."""
    found = []
    for _, river in world.waters.surfaces:
        found.append(Mark(shapely.boundary(river), (126, 124, 98), 2.0))
        tones: tuple[tuple[float, Colour], ...] = ((3, (68, 97, 107)), (9, (61, 91, 104)))
        found += [Mark(shapely.buffer(river, -by), colour) for by, colour in tones]
    for parcel, kind in zip(world.parcels, kinds, strict=True):
        shape = parcel.shape
        if kind == "pond":
            found.append(Mark(shape.exterior, (120, 114, 86), 1.6))
            found += [Mark(shape.buffer(-by), colour) for by, colour in ((3, (70, 90, 82)), (9, (64, 86, 80)))]
        elif kind in {"trunk", "ditch"}:
            inner = shape.buffer(-2.6 if kind == "trunk" else -1.4)
            if kind == "trunk":
                found.append(Mark(shape.exterior, (150, 146, 132), 0.9))
            found.append(Mark(inner, (70, 90, 88)))
    return found


def _yards(world: World, kinds: list[str], rng: np.random.Generator) -> list[Mark]:
    """Return walls of house rows, sports grounds of schools, heaps on building sites, paths of parks."""
    found: list[Mark] = []
    for parcel, kind in zip(world.parcels, kinds, strict=True):
        if kind in {"houses", "old-town", "factory", "flats", "school", "offices", "warehouse"}:
            found.append(Mark(parcel.shape.exterior, (166, 158, 142), 0.5))
        centre = parcel.shape.centroid
        if kind == "school" and parcel.shape.area > 4000:
            found += _pitch(parcel.shape, parcel.angle)
        elif kind == "site":
            xy = rng.normal(0, 22, (14, 2)) + np.array([centre.x, centre.y])
            for (x, y), radius in zip(xy, rng.uniform(2, 7, 14), strict=True):
                heap = shapely.Point(x, y).buffer(radius, quad_segs=3)
                if parcel.shape.contains(heap):
                    found.append(Mark(heap, ((186, 166, 132), (150, 132, 104), (176, 172, 164))[int(radius) % 3]))
        elif kind == "park" and parcel.shape.area > 2500:
            found.append(Mark(parcel.shape.buffer(-12).exterior if parcel.shape.buffer(-12).geom_type == "Polygon"
                              else parcel.shape.exterior, (176, 168, 150), 2.2))  # fmt: skip
            found.append(Mark(centre.buffer(9, quad_segs=6), (182, 174, 156)))
    return found


def _pitch(shape: shapely.Polygon, angle: float) -> list[Mark]:
    """Return a running track and its field on the southern half of a school's ground."""
    frame = Frame((shape.centroid.x, shape.centroid.y), angle)
    u0, v0, u1, v1 = frame.extent(shape)
    half = min((u1 - u0) / 2 - 6, (v1 - v0) * 0.24 - 3, 34)
    if half < 12:
        return []
    length = min((u1 - u0) / 2 - half - 6, 46)
    axis = frame.place(np.array([[(u0 + u1) / 2 - length, v0 + half + 6], [(u0 + u1) / 2 + length, v0 + half + 6]]))
    line = shapely.LineString(axis)
    return [
        Mark(line.buffer(half), (158, 92, 74)),
        Mark(line.buffer(half * 0.70), (96, 128, 74)),
        Mark(line.buffer(half * 0.85).exterior, (196, 150, 134), 0.25),
        Mark(line.buffer(1.0, cap_style="flat"), (110, 140, 86)),
    ]


def _roads() -> list[Mark]:
    """Return pavings, narrow roads first, with shoulders, bridges' parapets and painted lines."""
    found: list[Mark] = []
    for road, line in sorted(roads.centre_lines(), key=lambda each: each[0].paved):
        main = road.number == "G104"
        found.append(Mark(line, (150, 144, 126), road.paved + 2.4))
        found.append(Mark(line, _ASPHALT if road.paved > 8 else _CONCRETE, road.paved))
        if main:
            found += [Mark(line.offset_curve(at), (206, 206, 200), 0.3) for at in (-10.2, 10.2)]
            found += [Mark(_dashes(line.offset_curve(at), 6, 9), (200, 200, 196), 0.3) for at in (-5.6, 5.6)]
            found.append(Mark(line, (92, 104, 70), 1.6))
        elif road.paved > 8:
            found.append(Mark(_dashes(line, 4, 6), (210, 190, 120), 0.25))
    return found


def _dashes(line: shapely.LineString | shapely.MultiLineString, on: float, off: float) -> shapely.Geometry:
    at = np.arange(0, line.length - on, on + off)
    starts, ends = shapely.line_interpolate_point(line, at), shapely.line_interpolate_point(line, at + on)
    pairs = np.stack([shapely.get_coordinates(starts), shapely.get_coordinates(ends)], axis=1)
    return shapely.MultiLineString(list(pairs))


def _railway() -> list[Mark]:
    """Return ballast, sleepers' shade and the four rails of the double track."""
    line = roads.railway()
    found = [Mark(line, (134, 124, 112), 12.5), Mark(line, (118, 108, 100), 10.5)]
    for at in (-2.3, 2.3):
        found.append(Mark(line.offset_curve(at), (98, 90, 84), 2.5))
        found += [Mark(line.offset_curve(at + side), (168, 164, 160), 0.25) for side in (-0.75, 0.75)]
    return found


def _cars(world: World, kinds: list[str], rng: np.random.Generator) -> list[Mark]:
    """Return vehicles on the highway and rows of parked cars in the town's yards."""
    found = []
    highway = next(line for road, line in roads.centre_lines() if road.number == "G104")
    for lane in (-8.0, -3.4, 3.4, 8.0):
        track = highway.offset_curve(lane)
        for at in np.arange(10, track.length - 20, 10):
            if rng.random() < 0.10:
                long = 11.5 if rng.random() < 0.3 else 4.6
                ends = shapely.get_coordinates(shapely.line_interpolate_point(track, [at, at + long]))
                found.append(_car(ends, 2.3 if long > 5 else 1.9, rng))
    for parcel, kind in zip(world.parcels, kinds, strict=True):
        if kind in {"flats", "shops", "offices", "factory"}:
            found += _parked(parcel.shape, parcel.angle, rng)
    return found


def _parked(shape: shapely.Polygon, angle: float, rng: np.random.Generator) -> list[Mark]:
    frame = Frame((shape.centroid.x, shape.centroid.y), angle)
    u0, v0, u1, _ = frame.extent(shape)
    found = []
    for u in np.arange(u0 + 8, u1 - 8, 2.7):
        if rng.random() < 0.42:
            ends = frame.place(np.array([[u, v0 + 0.6], [u, v0 + 5.0]]))
            if shape.contains(shapely.LineString(ends)):
                found.append(_car(ends, 1.8, rng))
    return found


def _car(ends: Floats, width: float, rng: np.random.Generator) -> Mark:
    return Mark(shapely.LineString(ends).buffer(width / 2, cap_style="flat"), _CARS[int(rng.integers(len(_CARS)))])
