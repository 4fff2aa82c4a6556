"""Which grid of values is asked: its CRS, bounds, size, bands and day (OGC 19-087 §8–12)."""

import re
from dataclasses import dataclass
from math import isfinite
from typing import Literal

from django.conf import settings

from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.fields import Field, chosen, of_raster
from geoserver_app.ogcapi.placing import storage_crs, unit_m
from geoserver_app.ogcapi.subsetting import EAST, NORTH, crs_of, placed, space, until
from layers import crs, native
from layers.access import LayerView
from layers.errors import TooLarge
from layers.pixels import Picture
from layers.spec import Bounds

PARAMETERS = (
    "bbox", "bbox-crs", "subset", "subset-crs", "crs", "datetime", "properties", "range-subset", "scale-factor", "scale-axes",
    "scale-size", "scaleSize", "width", "height", "interpolation",
)  # fmt: skip
MAX_SIDE = 65_535
_SIZED = re.compile(r"\s*([A-Za-z]\w{0,30})\(([0-9.eE+]{1,20})\)\s*(?:,|$)", re.ASCII)
type Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A coverage asked for: the pixels to read, the CRS of the answer, and the fields in the order asked."""

    picture: Picture
    offered: crs.Offered
    fields: tuple[Field, ...]


def wanted(call: Call, view: LayerView) -> Wanted:
    """Read what is asked; raises RequestFault, TooLarge, and NotFound where the caller has no pixel."""
    own = native.grid(view)
    offered = crs_of(call, "crs", storage_crs(view).uri)
    fields = chosen(call.parameters.get("properties", call.parameters.get("range-subset")), of_raster(view), "properties")
    cell = _cell(own, offered)
    bounds = _bounds(call, own, offered, cell)
    size = _size(call, bounds, cell)
    _check(len(fields), size)
    return Wanted(
        Picture(
            bounds=bounds,
            srid=offered.srid,
            width=size[0],
            height=size[1],
            bands=tuple(field.band for field in fields),
            resampling=_resampling(call),
            until=until(call),
        ),
        offered,
        fields,
    )


def _bounds(call: Call, own: native.Grid, offered: crs.Offered, cell: Pair) -> Bounds:
    """Return whole cells that meet the part asked; no cut to the extent where the answer's size is asked too."""
    whole = placed(own.bounds, own.srid, offered.srid)
    part = space(call)
    if part is None:
        return whole
    asked = part.bounds(offered, placed(own.bounds, own.srid, crs.STORAGE))
    west, south, east, north = asked
    if _is_sized(call) and west < east and south < north:
        return asked
    west, south, east, north = max(west, whole[0]), max(south, whole[1]), min(east, whole[2]), min(north, whole[3])
    if west > east or south > north:
        raise RequestFault("InvalidSubsetting", "在数据范围之外 / Outside the coverage", parameter="bbox" if "bbox" in call.parameters else "subset", status=404)
    if offered.srid == own.srid:
        return own.snapped((west, south, east, north))
    return west, south, max(east, west + cell[0]), max(north, south + cell[1])


def _cell(own: native.Grid, offered: crs.Offered) -> Pair:
    """Return the native cell in the answer's CRS, of the same size on the ground in the middle of the grid."""
    if offered.srid == own.srid or (crs.is_degrees(offered.srid) and crs.is_degrees(own.srid)):
        return own.cell
    here, there = unit_m(own.bounds, own.srid), unit_m(placed(own.bounds, own.srid, offered.srid), offered.srid)
    return own.cell[0] * here[0] / there[0], own.cell[1] * here[1] / there[1]


def _is_sized(call: Call) -> bool:
    return any(name in call.parameters for name in ("scale-size", "scaleSize")) or {"width", "height"} <= call.parameters.keys()


def _size(call: Call, bounds: Bounds, cell: Pair) -> tuple[int, int]:
    """Return columns and rows: at the native resolution, divided by factors, or as many as asked."""
    if sum(each in call.parameters for each in ("scale-factor", "scale-axes", "scale-size", "scaleSize")) > 1:
        raise invalid("scale-factor", "缩放参数只能给一种", "one way of scaling at a time")
    across, down = (bounds[2] - bounds[0]) / cell[0], (bounds[3] - bounds[1]) / cell[1]
    factors = _factors(call)
    width, height = _asked(call)
    if width and not height:
        return width, max(1, round(width * down / across))
    if height and not width:
        return max(1, round(height * across / down)), height
    if width and height:
        return width, height
    return max(1, round(across / factors[0])), max(1, round(down / factors[1]))


def _asked(call: Call) -> tuple[int, int]:
    name = "scale-size" if "scale-size" in call.parameters else "scaleSize"
    if name in call.parameters:
        east, north = _by_axis(call, name, 0.0)
        return _whole(name, east), _whole(name, north)
    width, height = (_number(call, each) if each in call.parameters else 0.0 for each in ("width", "height"))
    return _whole("width", width), _whole("height", height)


def _factors(call: Call) -> Pair:
    if "scale-factor" in call.parameters:
        factor = _number(call, "scale-factor")
        return factor, factor
    return _by_axis(call, "scale-axes", 1.0) if "scale-axes" in call.parameters else (1.0, 1.0)


def _by_axis(call: Call, name: str, default: float) -> Pair:
    """Read axis(number),… as (east, north)."""
    text, place, found = call.parameters[name], 0, [default, default]
    while place < len(text):
        match = _SIZED.match(text, place)
        axis = match[1].lower() if match else ""
        if match is None or axis not in EAST | NORTH:
            raise RequestFault("InvalidAxisLabel", "形如 Lon(400),Lat(300) / written as Lon(400),Lat(300)", parameter=name)
        found[axis in NORTH] = _positive(name, match[2])
        place = match.end()
    return found[0], found[1]


def _number(call: Call, name: str) -> float:
    return _positive(name, call.parameters[name])


def _positive(name: str, text: str) -> float:
    try:
        found = float(text) if text.isascii() else 0.0
    except ValueError:
        found = 0.0
    if not (isfinite(found) and 1e-3 <= found <= 1e9):
        raise invalid(name, "须为正数", "a positive number")
    return found


def _whole(name: str, value: float) -> int:
    if value != int(value):
        raise invalid(name, "须为正整数", "a whole number from 1")
    return int(value)


def _check(fields: int, size: tuple[int, int]) -> None:
    most = settings.GEOBASE.coverage_megavalues
    if max(size) > MAX_SIDE or fields * size[0] * size[1] > most * 1_000_000:
        raise TooLarge(
            f"{size[0]} × {size[1]} × {fields} 个值超过上限 {most} 百万；请缩小范围或用 scale-factor 缩放 / "
            f"more than {most} million values: ask for less ground, or scale it by scale-factor"
        )


def _resampling(call: Call) -> Literal["nearest", "bilinear"]:
    found = call.parameters.get("interpolation", "nearest").lower()
    if found == "nearest":
        return "nearest"
    if found == "bilinear":
        return "bilinear"
    raise invalid("interpolation", "可选 nearest、bilinear", "nearest or bilinear")
