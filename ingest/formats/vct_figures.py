"""The figures of a VCT file: points, lines, areas and texts, direct or made of others (GB/T 17798-2007 §5.6; 1999 §5)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from ingest.formats.arcs import arcs, centre_of
from ingest.formats.vct_lines import Lines

_ARC, _CIRCLE_BY_THREE, _CIRCLE = 12, 12, 13
_INDIRECT = 100
_BY_LINES = 21
_UNITS = {"K": 1000.0, "S": 1 / 3600}
_MOST = 20_000_000


class Parser:
    """Reads one figure after another; coordinates leave it as east, north with the head's offset added."""

    def __init__(self, lines: Lines, head: Mapping[str, str], separator: str, is_2007: bool, known: dict[str, Any]) -> None:
        self.lines = lines
        self.separator = separator
        self.is_2007 = is_2007
        self.topology = head.get("topo", "").strip()
        self.is_north_first = head.get("xaxisdirection", "E").strip().upper().startswith(("N", "S"))
        self.scale = _UNITS.get(head.get("xyunit", head.get("unit", "M")).strip().upper(), 1.0)
        self.offset = np.array([float(each) for each in [*head.get("offset", "0,0").split(","), "0"][:2]])
        self.known = known

    def point(self, _identity: str) -> bytes:
        """Read a point or a group of points; of a directed one the first point."""
        kind = int(self.lines.next())
        count = 2 if kind == 3 else 1
        if self.separator not in self.lines.peek():
            count = self._count()
        points = self._points(count)
        return bytes(shapely.to_wkb(shapely.MultiPoint(points) if kind == 4 and count > 1 else shapely.Point(points[0])))

    def line(self, identity: str) -> bytes | None:
        """Read a line, direct or made of others; areas find it by its identity."""
        kind = int(self.lines.next())
        if kind == _INDIRECT:
            points = self._joined(self._references())
        elif self.is_2007:
            points = np.concatenate([self._segment() for _ in range(self._count())])
        else:
            points = self._points(self._count())
        self.known[identity] = points
        return bytes(shapely.to_wkb(shapely.LineString(points))) if len(points) > 1 else None

    def polygon(self, _identity: str) -> bytes:
        """Read an area: rings of points, or of the lines that bound it."""
        if not self.is_2007:
            self._points(1)  # the label's place
            count = self._count()
            rings = [self._points(count)] if self._is_direct() else self._rings(self._ids(count))
            return _area(rings)
        kind = int(self.lines.next())
        self._points(1)
        if kind != _INDIRECT:
            return _area([self._ring() for _ in range(self._count())])
        made_of = int(self.lines.next())
        if made_of != _BY_LINES:
            raise ValueError("areas made of areas")
        return _area(self._rings(self._references()))

    def annotation(self) -> tuple[str, float, Any]:
        """Read a text: its words, angle and place."""
        if self.is_2007:
            kind = int(self.lines.next())
            text = self.lines.next()
            count = 1 if kind == 1 and self.separator in self.lines.peek() else self._count()
        else:
            for _ in range(5):  # font, colour, shape, size, spacing
                self.lines.next()
            text = self.lines.next()
            count = self._count()
        words = self.lines.peek().split(self.separator)
        place = self._points(count)[0]
        return text, float(words[2]) if len(words) > 2 and words[2].strip() else 0.0, shapely.Point(place)

    def end(self, section: str) -> None:
        """Take what ends a figure: a 0 (2007), or the topology of a line (1999)."""
        if not self.is_2007 and self.topology == "2" and section == "line":
            for _ in range(4):
                self.lines.next()
        if self.lines.peek() == "0":
            self.lines.next()
        elif self.is_2007:
            raise ValueError("a figure does not end")

    def _segment(self) -> NDArray[np.float64]:
        kind = int(self.lines.next())
        points = self._points(self._count())
        return np.array(arcs([(float(x), float(y)) for x, y in points])) if kind == _ARC else points

    def _ring(self) -> NDArray[np.float64]:
        kind = int(self.lines.next())
        if kind == _CIRCLE:
            centre = self._points(1)[0]
            radius = float(self.lines.next()) * self.scale
            return np.array(shapely.Point(centre).buffer(radius, quad_segs=45).exterior.coords)
        points = self._points(self._count())
        if kind == _CIRCLE_BY_THREE:
            first, middle, last = ((float(x), float(y)) for x, y in points[:3])
            return np.array(arcs([first, middle, last]) + arcs([last, _opposite(first, middle, last), first])[1:])
        return points

    def _is_direct(self) -> bool:
        """Tell an old area's points from the identities of its lines: they have a decimal point, or topology is 0."""
        ahead = self.lines.peek()
        return "." in ahead or (self.topology == "0" and self.separator in ahead)

    def _references(self) -> list[str]:
        return self._ids(self._count())

    def _ids(self, count: int) -> list[str]:
        found: list[str] = []
        while len(found) < count:
            found += [each.strip() for each in self.lines.next().split(self.separator) if each.strip()]
        return found

    def _rings(self, ids: list[str]) -> list[NDArray[np.float64]]:
        """Join lines into rings; a 0 parts one ring from the next."""
        parts: list[list[str]] = [[]]
        for each in ids:
            if each == "0":
                parts.append([])
            else:
                parts[-1].append(each)
        return [self._joined(part) for part in parts if part]

    def _joined(self, ids: list[str]) -> NDArray[np.float64]:
        """Join lines end to end; a negative identity runs backwards; raises ValueError for one that is not there."""
        pieces: list[NDArray[np.float64]] = []
        for each in ids:
            points = self.known.get(each.lstrip("-+"))
            if points is None:
                raise ValueError(f"no line {each}")
            points = points[::-1] if each.startswith("-") else points
            pieces.append(points[1:] if pieces and np.array_equal(pieces[-1][-1], points[0]) else points)
        return np.concatenate(pieces)

    def _count(self) -> int:
        count = int(self.lines.next())
        if not 0 < count <= _MOST:
            raise ValueError("a count that makes no sense")
        return count

    def _points(self, count: int) -> NDArray[np.float64]:
        rows = [self.lines.next().split(self.separator)[:2] for _ in range(count)]
        points: NDArray[np.float64] = np.array(rows, dtype=np.float64) * self.scale + self.offset
        return np.ascontiguousarray(points[:, ::-1]) if self.is_north_first else points


def _area(rings: list[NDArray[np.float64]]) -> bytes:
    """Build an area from its rings, outer and inner as they lie; a ring that does not close is closed."""
    if len(rings) == 1:
        return bytes(shapely.to_wkb(shapely.Polygon(rings[0])))
    closed = [ring if np.array_equal(ring[0], ring[-1]) else np.vstack((ring, ring[:1])) for ring in rings]
    built = shapely.build_area(shapely.MultiLineString(closed))
    area = shapely.Polygon(closed[0], closed[1:]) if built.is_empty else built
    return bytes(shapely.to_wkb(area))


def _opposite(first: tuple[float, float], middle: tuple[float, float], last: tuple[float, float]) -> tuple[float, float]:
    """Return a point of the circle through three on the arc from the last back to the first."""
    middle_of = centre_of(first, middle, last)
    if middle_of is None:
        raise ValueError("three points on a line")
    return 2 * middle_of[0] - middle[0], 2 * middle_of[1] - middle[1]
