"""Rules of a delivery as a whole: what it must say of itself, and whether all its sheets are there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import shapely
from django.conf import settings

from ingest.findings import Finding, Sample
from ingest.manifest import Manifest
from ingest.rules.policy import Policy, Setting
from ingest.rules.registry import rule
from ingest.rules.rows import finding
from ingest.rules.staged import Found
from layers import crs, sheets
from layers.sheets import InvalidSheet

_BASIS = ("GB/T 39608-2020、CH/T 1007-2001", "GB/T 39608-2020, CH/T 1007-2001")
_SHEETS = ("GB/T 13989-2012、GB/T 24356 完整性", "GB/T 13989-2012, GB/T 24356")
_NUMBER = re.compile(r"(?<![A-Z0-9])[A-V]\d{2}[B-K]\d{6,8}(?!\d)", re.IGNORECASE)
_KILOMETRES = re.compile(r"(?<![\d.-])\d{3,4}(?:\.\d{1,2})?-\d{2,5}(?:\.\d{1,2})?(?![\d-])")
_MOST = 10_000
"""More sheets than that are no delivery's: the declared area or scale is wrong."""


class _Place(NamedTuple):
    """A sheet by name and ground (EPSG:4490)."""

    name: str
    shape: Any


@dataclass(frozen=True, slots=True)
class Delivered:
    """A delivery as a whole: what it says of itself, the names of its files, its area (WKB, EPSG:4490)."""

    told: Manifest
    files: tuple[str, ...]
    area: bytes | None = None


def check(delivered: Delivered) -> list[Finding]:
    """Run the rules of a delivery; they belong to no layer, so no layer's policy changes them."""
    return [
        finding(setting, count=found.count, samples=found.samples, bounds=found.bounds, values=found.values)
        for setting in Policy(frozenset({"delivery"}), {}).settings("delivery")
        for found in setting.rule.check(delivered, setting)
    ]


@rule("metadata-date", "delivery", ("缺少测量日期", "No survey date"),
      ("delivery.toml 未说明测量日期 survey_date，无法按内容时间查询", "delivery.toml tells no survey_date: no query by time of content"),
      kinds="delivery", basis=_BASIS)  # fmt: skip
def date(delivered: Delivered, setting: Setting) -> Iterable[Found]:
    """Find deliveries that do not say when the survey was."""
    return [] if delivered.told.survey_date else [Found(1)]


@rule("metadata-contractor", "delivery", ("缺少汇交单位", "No contractor"),
      ("delivery.toml 未说明汇交单位 contractor", "delivery.toml tells no contractor"), kinds="delivery", severity="info", basis=_BASIS)  # fmt: skip
def contractor(delivered: Delivered, setting: Setting) -> Iterable[Found]:
    """Find deliveries that do not say whose they are."""
    return [] if delivered.told.contractor else [Found(1)]


@rule("metadata-scale", "delivery", ("缺少比例尺", "No scale"),
      ("delivery.toml 未说明比例尺 scale", "delivery.toml tells no scale"), kinds="delivery", severity="info", basis=_BASIS)  # fmt: skip
def scale(delivered: Delivered, setting: Setting) -> Iterable[Found]:
    """Find deliveries that do not say for which scale they were made."""
    return [] if delivered.told.scale else [Found(1)]


@rule("sheet-missing", "delivery", ("缺图幅", "Sheets missing"),
      ("缺 {count} 幅：{values}", "{count} sheets are missing: {values}"), kinds="delivery", basis=_SHEETS)  # fmt: skip
def sheet_missing(delivered: Delivered, setting: Setting) -> Iterable[Found]:
    """Compare the sheet numbers in file names with those the delivery declares, or with the block they make.

    Wanted are the declared sheets; else all that meet the declared area; else those between the first and
    the last delivered one of both their row and their column. Kilometre sheets, whose names need the scale,
    are compared with their block only.
    """
    there = {each.number: each for each in _numbers(delivered.files)}
    lacking = [_Place(each.number, shapely.box(*each.bounds)) for each in _wanted(delivered, list(there.values())) if each.number not in there]
    lacking += _kilometre_gaps(delivered.files, delivered.told.scale or 0)
    if not lacking:
        return []
    west, south, east, north = (float(each) for each in shapely.total_bounds([each.shape for each in lacking]))
    samples = [Sample(value=each.name, wkt=each.shape.wkt) for each in lacking[:20]]
    more = "…" if len(lacking) > 5 else ""
    return [Found(len(lacking), samples, (west, south, east, north), values="、".join(each.name for each in lacking[:5]) + more)]


def _kilometre_gaps(files: Iterable[str], scale: int) -> list[_Place]:
    """Return the kilometre sheets (1:5000 to 1:500) that lack inside the block that those of the file names make."""
    there = {(each.east, each.north): each for each in _kilometres(files, scale)}
    if not there:
        return []
    side = next(iter(there.values())).side
    inside = _Inside(there)
    lacking = (place for place in _grid({x for x, _ in there}, {y for _, y in there}, side) if place not in there and inside.holds(place))
    gaps = (sheets.kilometre_sheet_at(*place, scale) for place in lacking)
    return [_Place(each.name, _on_earth(each.bounds)) for each in gaps]


class _Inside:
    """Which places lie between the first and the last of both their row and their column?"""

    def __init__(self, places: Iterable[tuple[Fraction, Fraction]]) -> None:
        self._rows: dict[Fraction, list[Fraction]] = {}
        self._columns: dict[Fraction, list[Fraction]] = {}
        for x, y in sorted(places):
            self._rows.setdefault(y, []).append(x)
            self._columns.setdefault(x, []).append(y)

    def holds(self, place: tuple[Fraction, Fraction]) -> bool:
        """Whether a place lies so."""
        x, y = place
        row, column = self._rows.get(y), self._columns.get(x)
        return bool(row and column and row[0] < x < row[-1] and column[0] < y < column[-1])


def _grid(easts: set[Fraction], norths: set[Fraction], side: Fraction) -> Iterable[tuple[Fraction, Fraction]]:
    columns, rows = int((max(easts) - min(easts)) / side) + 1, int((max(norths) - min(norths)) / side) + 1
    if columns * rows > _MOST:
        return ()
    return ((min(easts) + side * x, min(norths) + side * y) for y in range(rows) for x in range(columns))


def _kilometres(files: Iterable[str], scale: int) -> Iterable[sheets.KilometreSheet]:
    for name in files:
        for text in _KILOMETRES.findall(name):
            try:
                yield sheets.kilometre_sheet(text, scale)
            except InvalidSheet:
                continue


def _on_earth(bounds: tuple[float, float, float, float]) -> Any:
    """Return a box of the city's plane grid as a polygon in EPSG:4490."""
    code = settings.GEOBASE.gauss_crs
    return shapely.transform(shapely.box(*bounds), crs.to_storage(crs.read(f"EPSG:{code}")).transform)


def _numbers(files: Iterable[str]) -> Iterable[sheets.Sheet]:
    for name in files:
        for text in _NUMBER.findall(name):
            try:
                yield sheets.sheet(text)
            except InvalidSheet:
                continue


def _wanted(delivered: Delivered, there: Sequence[sheets.Sheet]) -> list[sheets.Sheet]:
    if not there:
        return []
    told = delivered.told.area
    if told and told.sheets:
        return list(_numbers(told.sheets))
    usual = there[0].scale
    same = [each for each in there if each.scale == usual]
    if delivered.area is not None:
        area = shapely.from_wkb(delivered.area)
        return [each for each in _in(area.bounds, same[0]) if shapely.intersection(shapely.box(*each.bounds), area).area > 1e-12]
    west, south = min(each.west for each in same), min(each.south for each in same)
    east, north = max(each.east for each in same), max(each.north for each in same)
    block = _in((float(west), float(south), float(east), float(north)), same[0])
    inside = _Inside((each.west, each.south) for each in same)
    return [each for each in block if inside.holds((each.west, each.south))]


def _in(bounds: tuple[float, float, float, float], like: sheets.Sheet) -> list[sheets.Sheet]:
    """Return the sheets of a box of the scale of `like`; none when there would be too many."""
    wide, high = float(like.east - like.west), float(like.north - like.south)
    west, south, east, north = bounds
    if (east - west) / wide * (north - south) / high > _MOST:
        return []
    return list(sheets.sheets_in(west, south, east, north, like.scale))
