"""A WMS request's parameters read into values: names without case, axis order by version."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from django.conf import settings

from geoserver_app.http_errors import RequestFault
from layers import crs
from layers.errors import UnknownCrs
from layers.spec import Bounds

type Version = Literal["1.1.1", "1.3.0"]
type Format = Literal["png", "png8", "jpeg", "webp"]

FORMATS: Mapping[str, Format] = {
    "image/png": "png", "image/png; mode=8bit": "png8", "image/png8": "png8",
    "image/jpeg": "jpeg", "image/jpg": "jpeg", "image/webp": "webp",
}  # fmt: skip
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_COLOUR = re.compile(r"0x([0-9a-f]{6})", re.ASCII | re.IGNORECASE)


class Parameters:
    """The query's parameters by upper-case name; of a repeated one the first counts."""

    def __init__(self, query: Mapping[str, str]) -> None:
        self.values: dict[str, str] = {}
        for name, value in query.items():
            self.values.setdefault(name.upper(), value)

    def text(self, name: str, default: str | None = None) -> str:
        """Return a parameter, its default, or raise when it is required and missing."""
        value = self.values.get(name, "")
        if value or default is not None:
            return value or str(default)
        raise RequestFault("MissingParameterValue", f"缺少参数 {name} / {name} is missing", parameter=name)

    def words(self, name: str) -> list[str]:
        """Return a comma-separated parameter; empty members are kept, they mean "default"."""
        value = self.values.get(name, "")
        return value.split(",") if value else []

    def whole(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Return a whole number between `low` and `high`."""
        value = self.text(name, None if default is None else str(default))
        if not _WHOLE.fullmatch(value) or not low <= int(value) <= high:
            raise RequestFault(
                "InvalidParameterValue", f"{name} 须为 {low}–{high} 的整数 / {name} is a whole number {low}–{high}",
                parameter=name,
            )  # fmt: skip
        return int(value)

    @property
    def version(self) -> Version:
        """The negotiated version: 1.1.1 up to that, 1.3.0 for everything else (WMS 1.3.0 §6.2.4)."""
        asked = self.values.get("VERSION") or self.values.get("WMTVER", "")
        return "1.1.1" if asked in ("1.1.1", "1.1.0", "1.0.0") else "1.3.0"


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture asked for: bounds x first in EPSG:`srid`, size in pixels."""

    bounds: Bounds
    srid: int
    width: int
    height: int


def frame(parameters: Parameters) -> Frame:
    """Read CRS/SRS, BBOX, WIDTH and HEIGHT."""
    limit = settings.GEOBASE.max_pixels
    name = "CRS" if parameters.version == "1.3.0" else "SRS"
    try:
        offered = crs.offered(parameters.text(name))
    except UnknownCrs:
        raise RequestFault(
            "InvalidCRS" if name == "CRS" else "InvalidSRS", f"不提供此坐标系 / {name} is not offered", parameter=name
        ) from None
    bounds = _bounds(parameters.text("BBOX"))
    # EPSG's own axis order counts from 1.3.0 on; 1.1.1 is always x first (WMS 1.3.0 §6.7.2).
    if name == "CRS" and offered.is_swapped:
        bounds = (bounds[1], bounds[0], bounds[3], bounds[2])
    width, height = parameters.whole("WIDTH", 1, limit), parameters.whole("HEIGHT", 1, limit)
    return Frame(bounds, offered.srid, width, height)


def _bounds(text: str) -> Bounds:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 4 or not all(map(isfinite, numbers)):
        raise RequestFault("InvalidParameterValue", "BBOX 须为四个数 / BBOX takes four numbers", parameter="BBOX")
    minx, miny, maxx, maxy = numbers
    if minx >= maxx or miny >= maxy:
        raise RequestFault(
            "InvalidParameterValue", "BBOX 最小值须小于最大值 / BBOX minimum must be below maximum", parameter="BBOX"
        )
    return minx, miny, maxx, maxy


def picture_format(parameters: Parameters, default: str | None = None) -> Format:
    """Read FORMAT."""
    value = parameters.text("FORMAT", default).strip().lower()
    if value not in FORMATS:
        raise RequestFault(
            "InvalidFormat", f"格式可选 {', '.join(FORMATS)} / FORMAT is one of these", parameter="FORMAT"
        )
    return FORMATS[value]


def background(parameters: Parameters) -> tuple[int, int, int]:
    """Read BGCOLOR (0xRRGGBB), white by default."""
    match = _COLOUR.fullmatch(parameters.text("BGCOLOR", "0xFFFFFF"))
    if not match:
        raise RequestFault("InvalidParameterValue", "BGCOLOR 形如 0xRRGGBB / BGCOLOR is 0xRRGGBB", parameter="BGCOLOR")
    red, green, blue = bytes.fromhex(match[1])
    return red, green, blue
