"""Arcs given by three points, drawn as chords: a cut every 2° of the circle, so a chord leaves it by 0.15 mm a metre of radius."""

import math

_STEP_RAD = math.radians(2)
type Line = list[tuple[float, float]]


def arcs(points: Line) -> Line:
    """Return the line along arcs given by three points each, the end of one the start of the next.

    >>> [round(x, 2) for x, _ in arcs([(-1, 0), (0, 1), (1, 0)])[::45]]
    [-1, 0.0, 1]
    """
    line: Line = points[:1]
    for first, middle, last in zip(points[0::2], points[1::2], points[2::2], strict=False):
        line += arc(first, middle, last)[1:]
    return line


def arc(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> Line:
    """Return points along the arc through three points; first = last means a whole circle, `middle` opposite."""
    if first == last:
        centre = ((first[0] + middle[0]) / 2, (first[1] + middle[1]) / 2)
        start, sweep = math.atan2(first[1] - centre[1], first[0] - centre[0]), 2 * math.pi
    else:
        found = centre_of(first, middle, last)
        if found is None:
            return [first, middle, last]
        centre = found
        start, through, end = (math.atan2(y - centre[1], x - centre[0]) for x, y in (first, middle, last))
        sweep = (end - start) % (2 * math.pi)
        if (through - start) % (2 * math.pi) > sweep:
            sweep -= 2 * math.pi
    radius = math.hypot(first[0] - centre[0], first[1] - centre[1])
    steps = max(2, math.ceil(abs(sweep) / _STEP_RAD - 1e-9))
    turns = [start + sweep * step / steps for step in range(1, steps)]
    return [first, *((centre[0] + radius * math.cos(t), centre[1] + radius * math.sin(t)) for t in turns), last]


def centre_of(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> tuple[float, float] | None:
    """Return the centre of the circle through three points, None when they lie on a line."""
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    double = 2 * (bx * cy - by * cx)
    if abs(double) < 1e-12 * (bx * bx + by * by + cx * cx + cy * cy):
        return None
    b2, c2 = bx * bx + by * by, cx * cx + cy * cy
    return a[0] + (cy * b2 - by * c2) / double, a[1] + (bx * c2 - cx * b2) / double
