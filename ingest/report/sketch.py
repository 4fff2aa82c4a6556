"""A small picture of where a report's findings lie: their shapes over the extent, for the PDF."""

from io import BytesIO
from typing import Any

import numpy as np
import shapely
from PIL import Image, ImageDraw

from ingest.findings import Severity
from ingest.report.model import CheckReport
from layers import crs
from layers.spec import Bounds

_COLOURS: dict[Severity, str] = {"blocking": "#b3261e", "warning": "#b97400", "info": "#0e5f7d"}
_MARGIN = 0.06


def draw(report: CheckReport, width: int = 1000, height: int = 620) -> bytes | None:
    """Draw the findings' places as a PNG, north up; None when none has a place."""
    bounds = report.bounds
    if bounds is None:
        return None
    to_pixels = _scaled(bounds, width, height)
    picture = Image.new("RGB", (width, height), "#f3f5f7")
    canvas = ImageDraw.Draw(picture)
    for each in reversed(report.ordered):
        colour = _COLOURS[each.severity]
        if each.bounds:
            _box(canvas, to_pixels(np.array(each.bounds).reshape(2, 2)), colour)
        for sample in each.samples:
            if sample.wkt:
                _shape(canvas, shapely.from_wkt(sample.wkt), to_pixels, colour)
    canvas.rectangle((0, 0, width - 1, height - 1), outline="#7f8b97")
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()


def _scaled(bounds: Bounds, width: int, height: int) -> Any:
    """Return the function from lon, lat to pixels that fits the bounds in, a metre as long to the north as to the east."""
    west, south, east, north = bounds
    across = crs.degree_m((south + north) / 2)[0] / crs.degree_m(0.0)[1]
    size = max((east - west) * across / width, (north - south) / height, 1e-7) * (1 + 2 * _MARGIN)
    middle = np.array([(west + east) / 2, (south + north) / 2])

    def to_pixels(xy: Any) -> Any:
        moved = (np.asarray(xy) - middle) * np.array([across, -1.0]) / size
        return moved + np.array([width / 2, height / 2])

    return to_pixels


def _box(canvas: ImageDraw.ImageDraw, corners: Any, colour: str) -> None:
    (left, bottom), (right, top) = corners.tolist()
    if right - left > 3 or bottom - top > 3:
        canvas.rectangle((left, top, right, bottom), outline=colour + "66")


def _shape(canvas: ImageDraw.ImageDraw, shape: Any, to_pixels: Any, colour: str) -> None:
    for part in shapely.get_parts(shape):
        lines = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for line in lines:
            pixels = [tuple(each) for each in to_pixels(shapely.get_coordinates(line)).tolist()]
            if len(pixels) > 1:
                canvas.line(pixels, fill=colour, width=2)
    x, y = to_pixels(shapely.get_coordinates(shapely.centroid(shape)))[0].tolist()
    canvas.ellipse((x - 4, y - 4, x + 4, y + 4), outline=colour, width=2)
