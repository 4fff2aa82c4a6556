"""What small map stands beside a collection or a page of items: our own WMS picture and drawn outlines."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, pi, radians, tan
from typing import Any
from urllib.parse import urlencode

from geoserver_app.ogcapi.call import Call
from layers.spec import Bounds

_RADIUS_M = 6378137.0
_LEAST_SPAN_M = 400.0
_MARGIN = 0.08
_MOST_POINTS = 4000


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture in EPSG:3857: bounds in metres, size in pixels."""

    bounds: Bounds
    width: int
    height: int

    def pixel(self, lon: float, lat: float) -> str:
        """Return "x,y" of a place in degrees."""
        x, y = _mercator(lon, lat)
        across = (x - self.bounds[0]) / (self.bounds[2] - self.bounds[0]) * self.width
        down = (self.bounds[3] - y) / (self.bounds[3] - self.bounds[1]) * self.height
        return f"{across:.1f},{down:.1f}"


def frame(box: Bounds, width: int, height: int) -> Frame:
    """Fit a lon/lat box into a picture of this size, with a margin and at least some hundred metres wide."""
    west, south = _mercator(box[0], box[1])
    east, north = _mercator(box[2], box[3])
    pixel = max((east - west) / width, (north - south) / height, _LEAST_SPAN_M / width) * (1 + _MARGIN)
    x, y = (west + east) / 2, (south + north) / 2
    half_x, half_y = pixel * width / 2, pixel * height / 2
    return Frame((x - half_x, y - half_y, x + half_x, y + half_y), width, height)


def picture(call: Call, slug: str, box: Bounds | None, width: int, height: int) -> str:
    """Return the address of a picture of a layer round a lon/lat box, "" where there is no box."""
    return address(call, slug, frame(box, width, height)) if box else ""


def address(call: Call, slug: str, found: Frame) -> str:
    """Return the address of our WMS picture of a layer within a frame."""
    query = {
        "SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetMap", "LAYERS": slug, "STYLES": "", "CRS": "EPSG:3857",
        "BBOX": ",".join(f"{each:.2f}" for each in found.bounds), "WIDTH": str(found.width),
        "HEIGHT": str(found.height), "FORMAT": "image/png",
    }  # fmt: skip
    if key := call.parameters.get("key"):
        query["key"] = key
    return f"{call.base.removesuffix('/ogc')}/wms?{urlencode(query, safe=',:/')}"


def outlines(found: Frame, shapes: Iterable[Any]) -> list[dict[str, str]]:
    """Return SVG parts of GeoJSON geometries (lon/lat): {"d": path} or {"x", "y"} of a point."""
    drawn: list[dict[str, str]] = []
    left = _MOST_POINTS
    for shape in shapes:
        for line, is_closed in _lines(shape):
            left -= len(line)
            if left < 0:
                return drawn
            if len(line) == 1:
                across, down = found.pixel(line[0][0], line[0][1]).split(",")
                drawn.append({"x": across, "y": down})
            else:
                points = " ".join(found.pixel(point[0], point[1]) for point in line)
                drawn.append({"d": f"M{points}{'Z' if is_closed else ''}"})
    return drawn


def bounds_of(shapes: Iterable[Any]) -> Bounds | None:
    """Return the lon/lat box round GeoJSON geometries, None when there are none."""
    points = [point for shape in shapes for line, _ in _lines(shape) for point in line]
    if not points:
        return None
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return min(xs), min(ys), max(xs), max(ys)


def _lines(shape: Any) -> list[tuple[list[Any], bool]]:  # noqa: PLR0911 - one return a type of geometry
    """List a geometry's lines and rings as positions, with whether each closes."""
    if not shape:
        return []
    if shape["type"] == "GeometryCollection":
        return [line for part in shape["geometries"] for line in _lines(part)]
    parts = shape["coordinates"]
    match shape["type"]:
        case "Point":
            found, is_closed = ([parts] if parts else []), False
            return [(found, is_closed)] if found else []
        case "MultiPoint":
            return [([part], False) for part in parts]
        case "LineString":
            return [(parts, False)]
        case "MultiLineString":
            return [(part, False) for part in parts]
        case "Polygon":
            return [(ring, True) for ring in parts]
    return [(ring, True) for polygon in parts for ring in polygon]


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    held = min(max(lat, -85.0), 85.0)
    return radians(lon) * _RADIUS_M, log(tan(pi / 4 + radians(held) / 2)) * _RADIUS_M
