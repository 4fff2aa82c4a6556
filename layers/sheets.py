"""Which map sheet covers a place, and what a sheet's number covers.

Two systems: the national division by longitude and latitude (GB/T 13989-2012, 1:1,000,000 to 1:500) and the
kilometre sheets of city surveys (1:5000 to 1:500, named by their south-west corner). All arithmetic is exact.
Edges are half open: a sheet owns its southern and western edge.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import floor

type Number = int | float | str | Fraction

# scale denominator: (letter, sheets along one side of a 1:1,000,000 sheet, digits of row and column)
_SCALES: dict[int, tuple[str, int, int]] = {
    1_000_000: ("A", 1, 0),
    500_000: ("B", 2, 3),
    250_000: ("C", 4, 3),
    100_000: ("D", 12, 3),
    50_000: ("E", 24, 3),
    25_000: ("F", 48, 3),
    10_000: ("G", 96, 3),
    5_000: ("H", 192, 3),
    2_000: ("I", 576, 3),
    1_000: ("J", 1152, 4),
    500: ("K", 2304, 4),
}
_LETTERS = {letter: scale for scale, (letter, _, _) in _SCALES.items()}
_NUMBER = re.compile(r"([A-V])(\d{2})(?:([B-K])(\d{3,4})(\d{3,4}))?")
# scale denominator: (side in km, decimals in the name)
_KILOMETRE: dict[int, tuple[Fraction, int]] = {
    5000: (Fraction(2), 0),
    2000: (Fraction(1), 1),
    1000: (Fraction(1, 2), 1),
    500: (Fraction(1, 4), 2),
}
_KILOMETRE_NAME = re.compile(r"(\d{1,4}(?:\.\d{1,2})?)-(\d{1,5}(?:\.\d{1,2})?)")
SCALES = tuple(_SCALES)
KILOMETRE_SCALES = tuple(_KILOMETRE)


class InvalidSheet(ValueError):
    """Not a sheet number, or a place or scale the division does not cover / 图幅号、位置或比例尺无效."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of GB/T 13989: bounds in degrees, west south east north, exact."""

    number: str
    scale: int
    west: Fraction
    south: Fraction
    east: Fraction
    north: Fraction

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees as floats."""
        return float(self.west), float(self.south), float(self.east), float(self.north)


@dataclass(frozen=True, slots=True)
class KilometreSheet:
    """One kilometre sheet: bounds in metres of the city's plane grid, east before north."""

    name: str
    scale: int
    east: Fraction
    north: Fraction
    side: Fraction

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Min east, min north, max east, max north in metres."""
        return (
            float(self.east),
            float(self.north),
            float(self.east + self.side),
            float(self.north + self.side),
        )


def sheet_at(lon: Number, lat: Number, scale: int) -> Sheet:
    """Return the sheet of scale 1:`scale` at a place in degrees (EPSG:4490); raises InvalidSheet."""
    x, y = _exact(lon), _exact(lat)
    if not (-180 <= x < 180 and 0 <= y < 88):
        raise InvalidSheet(f"不在分幅范围内 / outside the division: {lon}, {lat}")
    _, side, _ = _scale(scale)
    row, column = floor(y * side / 4), floor((x + 180) * side / 6)
    return _sheet(scale, row, column)


def sheet(number: str) -> Sheet:
    """Return what a sheet number such as J50E011012 covers; raises InvalidSheet."""
    match = _NUMBER.fullmatch(number.strip().upper())
    if match is None:
        raise InvalidSheet(f"不是图幅号 / not a sheet number: {number}")
    band, zone, letter, row_digits, column_digits = match.groups()
    scale = _LETTERS[letter or "A"]
    _, side, digits = _scale(scale)
    row, column = int(row_digits or 1), int(column_digits or 1)
    wrong_digits = letter and (len(row_digits), len(column_digits)) != (digits, digits)
    if wrong_digits or not (1 <= row <= side and 1 <= column <= side and 1 <= int(zone) <= 60):
        raise InvalidSheet(f"图幅号的行列超出范围 / row or column out of range: {number}")
    south_band, west_zone = (ord(band) - ord("A")) * side, (int(zone) - 1) * side
    return _sheet(scale, south_band + side - row, west_zone + column - 1)


def sheets_in(
    west: Number, south: Number, east: Number, north: Number, scale: int
) -> Iterator[Sheet]:
    """Yield the sheets meeting a box in degrees, from the north-west, row by row; lazily."""
    first, last = sheet_at(west, south, scale), sheet_at(east, north, scale)
    _, side, _ = _scale(scale)
    rows = range(floor(last.south * side / 4), floor(first.south * side / 4) - 1, -1)
    columns = range(floor((first.west + 180) * side / 6), floor((last.west + 180) * side / 6) + 1)
    return (_sheet(scale, row, column) for row, column in product(rows, columns))


def kilometre_sheet_at(east: Number, north: Number, scale: int) -> KilometreSheet:
    """Return the kilometre sheet at a plane place in metres (east before north); raises InvalidSheet."""
    side, _ = _kilometre(scale)
    metres = side * 1000
    x, y = _exact(east), _exact(north)
    return _kilometre_sheet(floor(x / metres) * metres, floor(y / metres) * metres, scale)


def kilometre_sheet(name: str, scale: int) -> KilometreSheet:
    """Return what a kilometre name X(north)-Y(east), such as 4231.0-488.0, covers; raises InvalidSheet."""
    match = _KILOMETRE_NAME.fullmatch(name.strip())
    if match is None:
        raise InvalidSheet(f"不是公里图幅号 / not a kilometre sheet name: {name}")
    north, east = (Fraction(part) * 1000 for part in match.groups())
    side, _ = _kilometre(scale)
    if north % (side * 1000) or east % (side * 1000):
        raise InvalidSheet(f"不在 1:{scale} 的公里格网上 / off the 1:{scale} grid: {name}")
    return _kilometre_sheet(east, north, scale)


def _sheet(scale: int, row: int, column: int) -> Sheet:
    """Make a sheet from its row north of the equator and its column east of 180° W, both from 0."""
    letter, side, digits = _scale(scale)
    band, inner_row = divmod(row, side)
    zone, inner_column = divmod(column, side)
    number = f"{chr(ord('A') + band)}{zone + 1:02d}"
    if digits:
        number += f"{letter}{side - inner_row:0{digits}d}{inner_column + 1:0{digits}d}"
    west, south = Fraction(6 * column, side) - 180, Fraction(4 * row, side)
    return Sheet(number, scale, west, south, west + Fraction(6, side), south + Fraction(4, side))


def _kilometre_sheet(east: Fraction, north: Fraction, scale: int) -> KilometreSheet:
    side, decimals = _kilometre(scale)
    name = f"{float(north / 1000):.{decimals}f}-{float(east / 1000):.{decimals}f}"
    return KilometreSheet(name, scale, east, north, side * 1000)


def _scale(scale: int) -> tuple[str, int, int]:
    if scale not in _SCALES:
        raise InvalidSheet(f"没有 1:{scale} 的国家分幅 / no national sheets at 1:{scale}")
    return _SCALES[scale]


def _kilometre(scale: int) -> tuple[Fraction, int]:
    if scale not in _KILOMETRE:
        raise InvalidSheet(f"没有 1:{scale} 的公里分幅 / no kilometre sheets at 1:{scale}")
    return _KILOMETRE[scale]


def _exact(value: Number) -> Fraction:
    """Take a float by its shortest decimal, so that 116.83 means 116.83."""
    try:
        return Fraction(repr(value) if isinstance(value, float) else value)
    except (ValueError, OverflowError, ZeroDivisionError) as fault:
        raise InvalidSheet(f"不是数 / not a number: {value!r}") from fault
