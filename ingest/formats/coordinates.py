"""Where in a plain table are the coordinates? By the names of its columns, in the row that names them; then the rows become features."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import pyarrow as pa
import shapely

from ingest.findings import refuse
from ingest.formats.tables import DATETIME, INTEGER, NUMBER, TEXT, Converted

type Rows = Callable[[], Iterator[Sequence[Any]]]

_EAST = ("经度", "东经", "lon", "lng", "long", "longitude", "横坐标", "东坐标", "east", "easting", "x", "x坐标", "坐标x", "coordx", "pointx", "e", "jd")
_NORTH = ("纬度", "北纬", "lat", "latitude", "纵坐标", "北坐标", "north", "northing", "y", "y坐标", "坐标y", "coordy", "pointy", "n", "wd")
_WKT = ("wkt", "wktgeom", "geometry", "geom", "thegeom", "shape", "图形", "几何", "空间坐标")
_HEADER_ROWS = 12
_ONLY_TEXT = [False, False, False, True]
_MAX_COLUMNS = 1000
_DMS = re.compile(r"\s*[EN东北]?\s*(-?\d{1,3})\s*[°度:\s]\s*(\d{1,2})\s*[′'分:\s]\s*(\d{1,2}(?:\.\d+)?)\s*[″\"秒]?\s*[EN]?\s*")
_GEOMETRY = re.compile(r"(?i)\s*(?:SRID=(\d+);)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON|GEOMETRYCOLLECTION)\b")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in a table: its header's row, the names, and the columns of coordinates (-1 = none)."""

    header: int
    names: tuple[str, ...]
    east: int = -1
    north: int = -1
    wkt: int = -1

    @property
    def is_spatial(self) -> bool:
        """Whether rows have a place."""
        return self.wkt >= 0 or (self.east >= 0 and self.north >= 0)


def find(rows: Sequence[Sequence[Any]]) -> Columns:
    """Find the header among a table's first rows: the one that names coordinates, else the first with two names.

    >>> find([["监测站表"], ["名称", "经度", "纬度"], ["一站", 116.8, 38.3]])
    Columns(header=1, names=('名称', '经度', '纬度'), east=1, north=2, wkt=-1)
    """
    for place, row in enumerate(rows):
        names = tuple("" if each is None else str(each).strip().lstrip("\ufeff") for each in row)
        plain = [re.sub(r"\(.*?\)|（.*?）|\[.*?\]|[\s_\-/:：.]", "", name.lower()) or name for name in names]
        found = Columns(place, names, _first(plain, _EAST), _first(plain, _NORTH), _first(plain, _WKT))
        if found.is_spatial:
            return found
    place = next((place for place, row in enumerate(rows) if sum(each not in (None, "") for each in row) > 1), 0)
    names = tuple("" if each is None else str(each).strip().lstrip("\ufeff") for each in rows[place]) if rows else ()
    return Columns(place, names)


@dataclass(frozen=True, slots=True)
class Layer:
    """A table to be written: its columns, its rows given anew at each call, how geometry is read, its declared CRS."""

    name: str
    columns: Columns
    rows: Rows
    read: Callable[[Any], Any]
    crs: str = ""


def convert(converted: Converted, name: str, rows: Rows) -> None:
    """Turn a table into a layer: columns typed by all their values, coordinates or WKT into geometry.

    `rows` gives the table's rows anew each time it is called: one pass for the types, one to write.
    """
    found = find(list(islice(rows(), _HEADER_ROWS)))
    columns = Columns(found.header, found.names[:_MAX_COLUMNS], found.east, found.north, found.wkt)
    write(converted, Layer(name, columns, rows, _wkt))


def write(converted: Converted, layer: Layer) -> None:
    """Write a table whose columns are known."""
    columns, rows = layer.columns, layer.rows
    kinds, srid, ragged = _kinds(rows, columns)
    kept = [place for place in range(len(columns.names)) if place != columns.wkt]
    fields = [(columns.names[place], kinds[place]) for place in kept]
    crs = layer.crs or (f"EPSG:{srid}" if srid else "")
    table = converted.table(layer.name, fields, crs, is_spatial=columns.is_spatial)
    missing = count = 0
    for row in _data(rows, columns):
        count += 1
        shape = _shape(row, layer)
        missing += shape is None
        table.add([None if row[place] == "" else row[place] for place in kept], shape)
    _report(converted, columns, (count, missing, ragged))


def _report(converted: Converted, columns: Columns, counts: tuple[int, int, int]) -> None:
    count, missing, ragged = counts
    if columns.wkt >= 0:
        said = columns.names[columns.wkt]
    elif columns.is_spatial:
        said = f"{columns.names[columns.east]}、{columns.names[columns.north]}"
    else:
        converted.say("table-unplaced", "warning", "没有坐标列（经度/纬度、X/Y 或 WKT），只作为属性表接收",
                      "there are no columns of coordinates (lon/lat, x/y or WKT); taken as a table without places")  # fmt: skip
        return
    converted.say("table-coordinates", "info", f"坐标取自列：{said}", f"coordinates are taken from the columns {said}")
    if missing and missing == count:
        raise refuse("table-no-place", f"{said} 列没有一行可用的坐标", f"no row has usable coordinates in {said}")
    if missing:
        converted.say("table-no-place", "warning", f"{missing} 行没有可用的坐标", f"{missing} rows have no usable coordinates")
    if ragged:
        converted.say("table-ragged", "warning", f"{ragged} 行的列数与表头不符", f"{ragged} rows have more or fewer columns than the header")


def _data(rows: Rows, columns: Columns) -> Iterator[list[Any]]:
    width = len(columns.names)
    for row in islice(rows(), columns.header + 1, None):
        if any(each not in (None, "") for each in row):
            yield [*row, *([None] * (width - len(row)))][:width]


def _kinds(rows: Rows, columns: Columns) -> tuple[list[pa.DataType], int, int]:
    """Return each column's type, the SRID that WKT values name (0 = none), and how many rows are too long or short."""
    width = len(columns.names)
    could = [[True, True, True, False] for _ in columns.names]  # integer, number, moment, any value at all
    srid = ragged = 0
    for row in islice(rows(), columns.header + 1, None):
        if not any(each not in (None, "") for each in row):
            continue
        ragged += len(row) != width
        for place, value in enumerate(row[:width]):
            if value not in (None, "") and could[place] != _ONLY_TEXT:
                could[place] = _narrowed(could[place], value)
        if not srid and 0 <= columns.wkt < len(row) and (match := _GEOMETRY.match(str(row[columns.wkt] or ""))):
            srid = int(match[1] or 0)
    return [_kind(*each) for each in could], srid, ragged


def _narrowed(could: list[bool], value: Any) -> list[bool]:
    is_moment = isinstance(value, date | datetime)
    text = str(value).strip()
    is_number = not is_moment and not isinstance(value, bool) and bool(re.fullmatch(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?", text))
    is_integer = is_number and bool(re.fullmatch(r"-?\d+", text))
    return [could[0] and is_integer, could[1] and is_number, could[2] and is_moment, True]


def _kind(integer: bool, number: bool, moment: bool, any_at_all: bool) -> pa.DataType:
    if not any_at_all:
        return TEXT
    return INTEGER if integer else NUMBER if number else DATETIME if moment else TEXT


def _shape(row: Sequence[Any], layer: Layer) -> Any:
    columns = layer.columns
    if columns.wkt >= 0:
        return layer.read(row[columns.wkt])
    if not columns.is_spatial:
        return None
    east, north = degrees(row[columns.east]), degrees(row[columns.north])
    return None if east is None or north is None else shapely.Point(east, north)


def _wkt(value: Any) -> Any:
    text = str(value or "")
    return shapely.from_wkt(text.partition(";")[2] if text.upper().startswith("SRID=") else text or None, on_invalid="ignore")


def degrees(value: Any) -> float | None:
    """Return a coordinate as a number; degrees, minutes and seconds are added up; None for anything else.

    >>> degrees("116°49′48″"), degrees("4240811.5"), degrees("暂无")
    (116.83, 4240811.5, None)
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value or "").strip()
    try:
        return float(text)
    except ValueError:
        pass
    match = _DMS.fullmatch(text)
    if match is None:
        return None
    whole, minutes, seconds = float(match[1]), float(match[2]), float(match[3])
    return whole + (minutes / 60 + seconds / 3600) * (-1 if text.lstrip("EN东北 ").startswith("-") else 1)


def _first(names: Sequence[str], wanted: Sequence[str]) -> int:
    return next((names.index(each) for each in wanted if each in names), -1)
