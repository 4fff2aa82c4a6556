"""What files are called says something: a sheet's number, and with it the scale; a year. Does the sheet agree with the place?

Sheets are those of GB/T 13989 (J50G041046) and the kilometre sheets of 1:500 to 1:2000 (4240.25-485.50), which are believed
only when the place bears them out: 2023-05 would be one too.
"""

import re
from dataclasses import dataclass

from ingest.findings import Finding
from layers import crs, sheets
from layers.spec import Bounds

_NUMBER = re.compile(r"(?<![A-Za-z0-9])([A-Va-v]\d{2}[B-Kb-k]\d{6,8})(?!\d)")
_KILOMETRE = re.compile(r"(?<![\d.])(\d{2,4}(?:\.\d{1,2})?-\d{2,5}(?:\.\d{1,2})?)(?![\d.])")
_YEAR = re.compile(r"(?<!\d)((?:19[5-9]|20[0-4])\d)(?!\d)")
_SLACK = 0.15
"""Of a sheet's side: sheets are delivered with some overlap."""


@dataclass(frozen=True, slots=True)
class SheetName:
    """A sheet's number with its scale's denominator and its bounds in degrees (EPSG:4490)."""

    number: str
    scale: int
    bounds: Bounds


def sheet_in(name: str) -> SheetName | None:
    """Find a number of GB/T 13989 in a file's or layer's name.

    >>> sheet_in("沧州_J50G041046_DLG").scale
    10000
    """
    for match in _NUMBER.finditer(name):
        try:
            found = sheets.sheet(match[1].upper())
        except sheets.InvalidSheet:
            continue
        return SheetName(found.number, found.scale, found.bounds)
    return None


def year_in(name: str) -> int | None:
    """Find the year in a name: the last one, if there are several."""
    years = _YEAR.findall(_NUMBER.sub("", name))
    return int(years[-1]) if years else None


def without_sheet(name: str) -> str:
    """Return a name without its sheet number and year: that of the layer which its sheets make up.

    >>> without_sheet("J50G041046_HYDA"), without_sheet("DLTB_2023")
    ('HYDA', 'DLTB')
    """
    return re.sub(r"^[_\-\s]+|[_\-\s]+$", "", _YEAR.sub("", _NUMBER.sub("", name))) or name


def said_of(name: str, box: Bounds, file: str) -> list[Finding]:
    """Say which sheet a file is, by its name and by its place (degrees, EPSG:4490), and whether they agree."""
    named = sheet_in(name) or _kilometre(name, box)
    if named is None:
        placed = _by_place(box)
        if placed is None:
            return []
        return [Finding("sheet-by-place", "info", f"范围与图幅 {placed.number}（1:{placed.scale:,}）一致", f"the extent is that of sheet {placed.number}", file)]
    if _is_within(box, named.bounds):
        return [Finding("sheet-number", "info", f"图幅 {named.number}（1:{named.scale:,}），名称与范围一致",
                        f"sheet {named.number} (1:{named.scale:,}): name and extent agree", file)]  # fmt: skip
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    try:
        here = sheets.sheet_at(lon, lat, named.scale).number
    except sheets.InvalidSheet:
        here = "?"
    return [Finding("sheet-disagrees", "warning", f"名称中的图幅号 {named.number} 与坐标范围不符，按范围应在 {here}",
                    f"the sheet number {named.number} of the name disagrees with the extent, which lies in {here}", file)]  # fmt: skip


def _kilometre(name: str, box: Bounds) -> SheetName | None:
    """Find a kilometre name whose sheet is where the data are; scales are tried from the largest."""
    for match in _KILOMETRE.finditer(name):
        for scale in sorted(sheets.KILOMETRE_SCALES):
            try:
                found = sheets.kilometre_sheet(match[1], scale)
                bounds = crs.bounds(found.bounds, crs.gauss_kruger(box[0]) or 4548, crs.STORAGE)
            except (sheets.InvalidSheet, ValueError):
                continue
            if _is_within(box, bounds):
                return SheetName(found.name, scale, bounds)
    return None


def _by_place(box: Bounds) -> SheetName | None:
    """Find the sheet of GB/T 13989 that an extent fills to a hundredth of its side."""
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for scale in sheets.SCALES:
        try:
            found = sheets.sheet_at(lon, lat, scale)
        except sheets.InvalidSheet:
            continue
        side = found.bounds[2] - found.bounds[0], found.bounds[3] - found.bounds[1]
        if all(abs(box[place] - found.bounds[place]) < 0.01 * side[place % 2] for place in range(4)):
            return SheetName(found.number, found.scale, found.bounds)
    return None


def _is_within(box: Bounds, sheet: Bounds) -> bool:
    """Whether data lie in a sheet, overlap allowed, and are more than a corner of it."""
    wide, high = (sheet[2] - sheet[0]) * _SLACK, (sheet[3] - sheet[1]) * _SLACK
    inside = box[0] >= sheet[0] - wide and box[1] >= sheet[1] - high and box[2] <= sheet[2] + wide and box[3] <= sheet[3] + high
    return inside
