"""What a building looks like from above: roof colour, ridge, parapet, skylights, its shadow."""

import numpy as np

from ingest.survey.buildings import Building
from ingest.survey.canvas import Canvas, Colour
from ingest.survey.curves import Floats

_TILES: tuple[Colour, ...] = ((152, 92, 74), (140, 96, 82), (126, 84, 70), (162, 106, 84))
_GREY: tuple[Colour, ...] = ((122, 120, 118), (108, 108, 110), (134, 130, 124))
_CEMENT: tuple[Colour, ...] = ((168, 163, 152), (178, 173, 164), (156, 150, 140), (186, 182, 172))
_STEEL: tuple[Colour, ...] = ((88, 122, 160), (74, 110, 152), (96, 132, 166), (168, 172, 174), (150, 84, 74), (188, 188, 184))


def draw(canvas: Canvas, building: Building, number: int) -> None:
    """Paint one building; `number` fixes its looks whatever the sheet."""
    luck = (number * 2654435761 % 2**32) / 2**32
    ring = np.asarray(building.shape.exterior.coords)
    _PAINTERS.get(building.use, _flat)(canvas, building, ring, luck)


def _pick(colours: tuple[Colour, ...], luck: float) -> Colour:
    return colours[int(luck * 997) % len(colours)]


def _tone(colour: Colour, factor: float) -> Colour:
    r, g, b = (min(255, int(value * factor)) for value in colour)
    return r, g, b


def _gable(canvas: Canvas, building: Building, ring: Floats, colour: Colour) -> None:
    """Two slopes along the longer side, the southern or eastern one in the sun."""
    a, b, c, d = ring[:4]
    if np.hypot(*(b - a)) < np.hypot(*(c - b)):
        a, b, c, d = b, c, d, a
    left, right = (a + d) / 2, (b + c) / 2
    canvas.fill(ring, colour, casts=building.height + 1.2)
    canvas.fill(np.array([a, b, right, left]), _tone(colour, 1.12))
    canvas.fill(np.array([left, right, c, d]), _tone(colour, 0.80))
    canvas.line(np.array([left, right]), 0.3, _tone(colour, 1.3))


def _house(canvas: Canvas, building: Building, ring: Floats, luck: float) -> None:
    if luck < 0.44:
        _gable(canvas, building, ring, _pick(_TILES, luck))
    elif luck < 0.62:
        _gable(canvas, building, ring, _pick(_GREY, luck))
    elif luck < 0.70:
        _gable(canvas, building, ring, _pick(_STEEL, luck))
    else:
        _flat(canvas, building, ring, luck)


def _flat(canvas: Canvas, building: Building, ring: Floats, luck: float) -> None:
    """A flat roof inside a parapet: lit on the inner north-west, dark on the inner south-east."""
    colour = _pick(_CEMENT, luck)
    canvas.fill(ring, _tone(colour, 1.12), casts=building.height)
    inner = _shrunk(ring, 0.45)
    canvas.fill(inner, colour)
    canvas.line(inner[:3], 0.35, _tone(colour, 0.74))


def _block(canvas: Canvas, building: Building, ring: Floats, luck: float) -> None:
    """A slab of flats: parapet, stair heads every 15 m, now and then solar panels."""
    _flat(canvas, building, ring, luck)
    a, b, c, d = ring[:4]
    length = float(np.hypot(*(b - a)))
    for at in np.arange(8, length - 5, 15):
        share = at / length
        base, top = a + (b - a) * share, d + (c - d) * share
        step = (b - a) / length * 3.4
        box = np.array([base + (top - base) * 0.56, base + (top - base) * 0.56 + step,
                        base + (top - base) * 0.9 + step, base + (top - base) * 0.9, base + (top - base) * 0.56])  # fmt: skip
        canvas.fill(box, (196, 190, 178))
        if luck > 0.35:
            low = base + (top - base) * 0.16 - step
            panel = np.array([low, low + step * 2.4, low + step * 2.4 + (top - base) * 0.2, low + (top - base) * 0.2])
            canvas.fill(panel, (74, 84, 104))


def _shed(canvas: Canvas, building: Building, ring: Floats, luck: float) -> None:
    """A large hall of coloured steel: ridge and lighter skylight strips."""
    colour = _pick(_STEEL, luck)
    _gable(canvas, building, ring, colour)
    a, b, c, d = ring[:4]
    length = float(np.hypot(*(b - a)))
    for at in np.arange(6, length - 3, 12):
        share = at / length
        canvas.line(np.array([a + (b - a) * share, d + (c - d) * share]), 0.9, _tone(colour, 1.2))


def _greenhouse(canvas: Canvas, building: Building, ring: Floats, luck: float) -> None:
    """A sunken greenhouse: earth wall on the north, arched film with ribs to the south."""
    a, b, c, d = ring[:4]
    film: Colour = ((190, 197, 194), (176, 187, 180), (204, 208, 204), (150, 166, 146))[int(luck * 4)]
    canvas.fill(ring, (132, 116, 92), casts=building.height)
    low, high = a + (d - a) * 0.78, b + (c - b) * 0.78
    canvas.fill(np.array([a, b, high, low]), film)
    canvas.fill(np.array([a + (d - a) * 0.42, b + (c - b) * 0.42, high, low]), _tone(film, 1.10))
    length = float(np.hypot(*(b - a)))
    for at in np.arange(3, length, 4):
        share = at / length
        canvas.line(np.array([a + (b - a) * share, low + (high - low) * share]), 0.25, _tone(film, 0.88))


def _shrunk(ring: Floats, by: float) -> Floats:
    centre = ring[:-1].mean(axis=0)
    away = ring - centre
    reach = np.abs(away).max(axis=0).clip(min=by * 2)
    return np.asarray(centre + away * (1 - by / reach.min()))


_PAINTERS = {"house": _house, "wing": _flat, "flats": _block, "shed": _shed, "greenhouse": _greenhouse}
