"""Which part of space and time a request asks for: bbox, subset and their CRSs, datetime (OGC 20-058 §13–14, OGC 20-024).

Maps, Coverages and EDR read them here alike. Bounds come out x = east first; the axis order of the CRS asked counts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from math import isfinite

from pyproj.exceptions import ProjError

from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.visible import CRS84
from layers import crs
from layers.errors import GeobaseError, InvalidFilter, UnknownCrs
from layers.filters.moments import instant
from layers.spec import Bounds

SPATIAL = ("bbox", "bbox-crs", "subset", "subset-crs")
EAST = frozenset({"lon", "long", "longitude", "e", "easting", "x"})
NORTH = frozenset({"lat", "latitude", "n", "northing", "y"})
_DEGREES = frozenset({"lon", "long", "longitude", "lat", "latitude"})
_METRES = frozenset({"e", "easting", "n", "northing"})
_TIME = frozenset({"time", "t", "date"})
_AXIS = re.compile(r"\s*([A-Za-z]\w{0,30})\(([^()]{1,120})\)\s*(?:,|$)", re.ASCII)
_BOUND = re.compile(r'"([^"]*)"|([^":]+)')
_PARTIAL_TIME = re.compile(r"\d{4}(-\d{2})?(-\d{2})?(T\d{2}(:\d{2})?Z?)?", re.ASCII)
type Interval = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of space: an interval for east and for north in a CRS's unit, None = unbounded."""

    offered: crs.Offered
    east: Interval = (None, None)
    north: Interval = (None, None)

    def bounds(self, offered: crs.Offered, whole: Bounds) -> Bounds:
        """Return it as bounds in a CRS; what is unbounded is taken from `whole`, given in EPSG:4490.

        Raises RequestFault where the CRS cannot place it on earth.
        """
        own = placed(whole, crs.STORAGE, self.offered.srid)
        west, south, east, north = own if None in (*self.east, *self.north) else (0.0, 0.0, 0.0, 0.0)
        found = (
            west if self.east[0] is None else self.east[0],
            south if self.north[0] is None else self.north[0],
            east if self.east[1] is None else self.east[1],
            north if self.north[1] is None else self.north[1],
        )
        return placed(found, self.offered.srid, offered.srid)


def placed(bounds: Bounds, source: int, target: int) -> Bounds:
    """Transform bounds between two SRIDs; raises RequestFault for a place that one of them does not have."""
    if source == target or (crs.is_degrees(source) and crs.is_degrees(target)):
        return bounds
    try:
        found = crs.bounds(bounds, source, target)
    except (ProjError, GeobaseError):
        found = (float("inf"),) * 4
    if not all(map(isfinite, found)) or found[0] >= found[2] or found[1] >= found[3]:
        raise invalid("bbox", "超出坐标系的范围", "outside the CRS")
    return found


def crs_of(call: Call, name: str, default: str = CRS84) -> crs.Offered:
    """Read a CRS by URI, URN or safe CURIE as in [EPSG:4490]; raises RequestFault for one that is not offered."""
    text = call.parameters.get(name, default)
    try:
        return crs.offered(text.strip("[]"))
    except UnknownCrs:
        raise invalid(name, "不提供此坐标系", "this CRS is not offered") from None


def space(call: Call) -> Part | None:
    """Read bbox or the spatial axes of subset, None when neither is given; raises RequestFault when both are."""
    axes = {name: value for name, value in subset(call).items() if name not in _TIME}
    if "bbox" in call.parameters:
        if axes:
            raise invalid("subset", "不能与 bbox 同用", "not together with bbox")
        return _of_bbox(call)
    return _of_axes(call, axes) if axes else None


def subset(call: Call) -> Mapping[str, str]:
    """Read subset=axis(low:high),… as axis in small letters → text between the brackets."""
    text, found = call.parameters.get("subset", ""), {}
    place = 0
    while place < len(text):
        match = _AXIS.match(text, place)
        if match is None:
            raise invalid("subset", "形如 Lat(38.1:38.3),Lon(116.7:116.9)", "written as Lat(38.1:38.3),Lon(116.7:116.9)")
        name = match[1].lower()
        if name not in EAST | NORTH | _TIME:
            raise RequestFault("InvalidAxisLabel", "没有这个坐标轴 / There is no such axis", parameter="subset")
        if name in found:
            raise invalid("subset", "一个坐标轴只能给一次", "each axis once")
        found[name] = match[2]
        place = match.end()
    return found


def numbers(call: Call, name: str, counts: tuple[int, ...]) -> list[float]:
    """Read a list of so many finite numbers."""
    try:
        found = [float(part) for part in call.parameters[name].split(",")]
    except ValueError:
        found = []
    if len(found) not in counts or not all(map(isfinite, found)):
        many = "/".join(map(str, counts))
        raise invalid(name, f"须为 {many} 个数", f"{many} numbers")
    return found


def _of_bbox(call: Call) -> Part:
    offered = crs_of(call, "bbox-crs")
    found = numbers(call, "bbox", (4, 6))
    half = len(found) // 2
    (west, south), (east, north) = found[:2], found[half : half + 2]
    if offered.is_swapped:
        west, south, east, north = south, west, north, east
    return Part(offered, _eastward("bbox", (west, east), offered), _ascending("bbox", (south, north)))


def _of_axes(call: Call, axes: Mapping[str, str]) -> Part:
    offered = crs_of(call, "subset-crs")
    others = _METRES if crs.is_degrees(offered.srid) else _DEGREES
    if axes.keys() & others or len(axes) > 2:
        raise RequestFault("InvalidAxisLabel", "坐标轴与 subset-crs 不符 / Not an axis of subset-crs", parameter="subset")
    east = [_interval(text) for name, text in axes.items() if name in EAST]
    north = [_interval(text) for name, text in axes.items() if name in NORTH]
    if len(east) > 1 or len(north) > 1:
        raise invalid("subset", "一个坐标轴只能给一次", "each axis once")
    return Part(
        offered,
        _eastward("subset", east[0], offered) if east else (None, None),
        _ascending("subset", north[0]) if north else (None, None),
    )


def _interval(text: str) -> Interval:
    low, colon, high = text.partition(":")
    first = _coordinate(low)
    return first, _coordinate(high) if colon else first


def _coordinate(text: str) -> float | None:
    if text.strip() == "*":
        return None
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found):
        raise RequestFault("InvalidSubsetting", "须为数或 * / A number or *", parameter="subset")
    return found


def _eastward(name: str, found: Interval, offered: crs.Offered) -> Interval:
    """Read an interval that in degrees may cross 180°: its end then lies beyond."""
    low, high = found
    if low is not None and high is not None and low > high and crs.is_degrees(offered.srid) and low <= 180 and high >= -180:
        return low, high + 360
    return _ascending(name, found)


def _ascending(name: str, found: Interval) -> Interval:
    if found[0] is not None and found[1] is not None and found[0] > found[1]:
        raise invalid(name, "最小值大于最大值", "minimum above maximum")
    return found


def until(call: Call) -> date | None:
    """Read datetime, or subset=time(…), as the last survey day that counts; None = whatever is latest.

    A survey holds from its day until a later one replaces it, so an instant or the end of an interval says all.
    """
    axes = [value for name, value in subset(call).items() if name in _TIME]
    if "datetime" in call.parameters:
        if axes:
            raise invalid("subset", "不能与 datetime 同用", "not together with datetime")
        return _last(call.parameters["datetime"], "datetime")
    if not axes:
        return None
    bounds = [quoted or plain.strip() for quoted, plain in _BOUND.findall(axes[0])]
    if len(bounds) not in (1, 2):
        raise RequestFault("InvalidSubsetting", '形如 time("2026-05-18") / written as time("2026-05-18")', parameter="subset")
    return _last("/".join(".." if each == "*" else each for each in bounds), "subset")


def interval(call: Call) -> tuple[datetime | None, datetime | None]:
    """Read datetime as its first and last moment, None = unbounded."""
    return moments(call.parameters["datetime"], "datetime") if "datetime" in call.parameters else (None, None)


def moments(text: str, name: str) -> tuple[datetime | None, datetime | None]:
    """Read an instant, a day, a part of one or an interval (RFC 3339); raises RequestFault naming the parameter."""
    start, slash, end = text.partition("/")
    first = _moment(start, name, is_open=bool(slash), ends=False)
    last = _moment(end, name, is_open=True, ends=True) if slash else _moment(start, name, is_open=start == "..", ends=True)
    if first is not None and last is not None and first > last:
        raise invalid(name, "起点晚于终点", "it ends before it begins")
    return first, last


def _last(text: str, name: str) -> date | None:
    last = moments(text, name)[1]
    return None if last is None else last.date()


def _moment(text: str, name: str, *, is_open: bool, ends: bool) -> datetime | None:
    if is_open and text in ("", ".."):
        return None
    if _PARTIAL_TIME.fullmatch(text):
        text = _completed(text, ends=ends)
    try:
        found = instant(text)
    except InvalidFilter:
        raise invalid(name, "时间格式有误", "not a time (RFC 3339)") from None
    if isinstance(found, datetime):
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.combine(found, time.max if ends else time.min, UTC)


def _completed(text: str, *, ends: bool) -> str:
    """Complete yyyy, yyyy-mm, yyyy-mm-ddThhZ and yyyy-mm-ddThh:mmZ (OGC 20-058 §14)."""
    if "T" in text:
        day, _, clock = text.removesuffix("Z").partition("T")
        return f"{day}T{clock}{':00' * (3 - len(clock.split(':')))}Z"
    year, *rest = text.split("-")
    month = rest[0] if rest else "12" if ends else "01"
    if len(rest) == 2:
        return text
    last = {"02": "28", "04": "30", "06": "30", "09": "30", "11": "30"}.get(month, "31")
    return f"{year}-{month}-{last if ends else '01'}"
