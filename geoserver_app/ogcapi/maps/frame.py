"""Which ground a map shows, and how many pixels it has (OGC 20-058 §11–13, §16).

A box with width and height says all. What is missing follows from the ground's own proportions: pixels are square on the
ground, `mm-per-pixel` (0.28) of a display each, at the scale asked or the one that fits.
"""

from dataclasses import dataclass
from math import isfinite

from django.conf import settings

from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.placing import unit_m
from geoserver_app.ogcapi.subsetting import Part, crs_of, numbers, space
from layers import crs
from layers.errors import TooLarge
from layers.spec import Bounds

PARAMETERS = (
    "bbox", "bbox-crs", "subset", "subset-crs", "center", "center-crs", "crs", "width", "height", "scale-denominator", "mm-per-pixel",
)  # fmt: skip
DEFAULT_PX = 1024
PIXEL_MM = 0.28
_LEAST_SPAN_M = 100.0


@dataclass(frozen=True, slots=True)
class Frame:
    """`bounds` x first in the CRS's unit, size in pixels, the display's pixel in millimetres."""

    bounds: Bounds
    offered: crs.Offered
    width: int
    height: int
    pixel_mm: float


def frame(call: Call, whole: Bounds, storage: str) -> Frame:
    """Read the frame of a map; `whole` is the extent (EPSG:4490) and `storage` the URI of the CRS where none is asked."""
    offered = crs_of(call, "crs", storage)
    pixel_mm = _positive(call, "mm-per-pixel", PIXEL_MM, 0.01, 10.0)
    width, height = _pixels(call, "width"), _pixels(call, "height")
    scale = _positive(call, "scale-denominator", 0.0, 1.0, 1e10) if "scale-denominator" in call.parameters else None
    part = space(call)
    if part is not None and "center" in call.parameters:
        raise invalid("center", "不能与 bbox、subset 同用", "not together with bbox or subset")
    if part is not None and scale is not None and (width or height):
        raise invalid("scale-denominator", "给定范围时不能与 width、height 同用", "not together with width or height where a box is given")
    ground = _ground(_wide(whole)) if part is None else part
    bounds = ground.bounds(offered, whole)
    if part is None and ("center" in call.parameters or scale is not None):
        bounds = _around(call, offered, bounds, _Viewport(width, height, pixel_mm, scale))
    if not (bounds[0] < bounds[2] and bounds[1] < bounds[3]):
        raise invalid("bbox" if "bbox" in call.parameters else "subset", "范围为空", "the box is empty")
    return Frame(bounds, offered, *_size(bounds, offered.srid, _Viewport(width, height, pixel_mm, scale)), pixel_mm)


@dataclass(frozen=True, slots=True)
class _Viewport:
    width: int | None
    height: int | None
    pixel_mm: float
    scale: float | None

    def cell_m(self) -> float | None:
        """Return the metres on the ground of a pixel where a scale is asked (OGC 20-058 /req/scaling/scale-denominator)."""
        return None if self.scale is None else self.pixel_mm / 1000 * self.scale


def _size(bounds: Bounds, srid: int, view: _Viewport) -> tuple[int, int]:
    """Return width and height in pixels: what is not given keeps pixels square on the ground."""
    across, down = unit_m(bounds, srid)
    wide_m, high_m = (bounds[2] - bounds[0]) * across, (bounds[3] - bounds[1]) * down
    width, height, cell = view.width, view.height, view.cell_m()
    if cell and not (width and height):
        width, height = width or round(wide_m / cell), height or round(high_m / cell)
    if not width and not height:
        width, height = (DEFAULT_PX, None) if wide_m >= high_m else (None, DEFAULT_PX)
    found = width or round((height or 1) * wide_m / high_m), height or round((width or 1) * high_m / wide_m)
    most = settings.GEOBASE.max_pixels
    if max(found) > most:
        raise TooLarge(f"图像宽高不超过 {most} 像素 / at most {most} pixels a side", parameter="width")
    return max(found[0], 1), max(found[1], 1)


def _around(call: Call, offered: crs.Offered, whole: Bounds, view: _Viewport) -> Bounds:
    """Return the bounds round a centre: so many pixels at a scale, or at the scale that shows the whole in them."""
    x, y = _center(call, offered, whole)
    across, down = unit_m((x, y, x, y), offered.srid)
    span_m = (whole[2] - whole[0]) * across, (whole[3] - whole[1]) * down
    cell = view.cell_m() or max(span_m[0] / (view.width or DEFAULT_PX), span_m[1] / (view.height or DEFAULT_PX))
    width_m = (view.width * cell) if view.width else span_m[0]
    height_m = (view.height * cell) if view.height else span_m[1]
    return x - width_m / across / 2, y - height_m / down / 2, x + width_m / across / 2, y + height_m / down / 2


def _center(call: Call, offered: crs.Offered, whole: Bounds) -> tuple[float, float]:
    if "center" not in call.parameters:
        return (whole[0] + whole[2]) / 2, (whole[1] + whole[3]) / 2
    given = crs_of(call, "center-crs")
    x, y = numbers(call, "center", (2,))
    if given.is_swapped:
        x, y = y, x
    if given.srid == offered.srid or (crs.is_degrees(given.srid) and crs.is_degrees(offered.srid)):
        return x, y
    x, y = crs.transformer(given.srid, offered.srid).transform(x, y)
    if not (isfinite(x) and isfinite(y)):
        raise invalid("center", "超出坐标系的范围", "outside the CRS")
    return x, y


def _ground(whole: Bounds) -> Part:
    west, south, east, north = whole
    return Part(crs.offered("EPSG:4490"), (west, east), (south, north))


def _wide(whole: Bounds) -> Bounds:
    """Give the extent of a single point or line some ground round about."""
    west, south, east, north = whole
    across, down = crs.degree_m(min(max((south + north) / 2, -89.0), 89.0))
    x = max(0.0, _LEAST_SPAN_M / across - (east - west)) / 2
    y = max(0.0, _LEAST_SPAN_M / down - (north - south)) / 2
    return west - x, south - y, east + x, north + y


def _pixels(call: Call, name: str) -> int | None:
    text = call.parameters.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise invalid(name, "须为正整数", "a whole number from 1")
    return int(text)


def _positive(call: Call, name: str, default: float, low: float, high: float) -> float:
    try:
        found = float(call.parameters.get(name, default))
    except ValueError:
        found = -1.0
    if name in call.parameters and not low <= found <= high:
        raise invalid(name, f"须为 {low:g}–{high:g} 的数", f"a number {low:g}–{high:g}")
    return found
