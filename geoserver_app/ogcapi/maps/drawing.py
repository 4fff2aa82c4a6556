"""A map drawn and written: PNG, JPEG, WebP, or GeoTIFF with its place on earth."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import rasterio
from PIL import Image
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds

from geoserver_app.ogcapi.maps.background import Background, with_void
from geoserver_app.ogcapi.maps.frame import Frame
from layers import crs
from tiles import render
from tiles.compose import Format as Picture

MEDIA: Mapping[str, str] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "tiff": "image/tiff; application=geotiff"}
_MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Map:
    """A map asked for: what is drawn (bottom first), where, and on which ground."""

    layers: tuple[render.Drawn, ...]
    frame: Frame
    ground: Background


def draw(asked: Map, format: str) -> bytes:
    """Draw and write a map; raises what `render.draw` raises."""
    inside, frame = asked.ground.inside, asked.frame
    is_opaque = format == "jpeg"
    query = render.MapQuery(
        bounds=frame.bounds,
        srid=frame.offered.srid,
        width=frame.width,
        height=frame.height,
        layers=asked.layers,
        transparent=inside.is_clear and not is_opaque,
        background=inside.colour,
        format=cast("Picture", "png" if format == "tiff" else format),
        dpi=round(_MM_PER_INCH / frame.pixel_mm, 3),
    )
    if crs.is_degrees(query.srid) and frame.bounds[0] < 180 < frame.bounds[2]:
        return _written(_across(replace(query, format="png")), frame, format)
    if asked.ground.void == inside:
        picture = render.draw(query)
        return _tiff(Image.open(io.BytesIO(picture)), frame) if format == "tiff" else picture
    picture = render.draw(replace(query, transparent=True, format="png"))
    return _written(with_void(picture, frame, asked.ground), frame, format)


def _across(query: render.MapQuery) -> Image.Image:
    """Draw what lies on both sides of 180°, side by side."""
    west, south, east, north = query.bounds
    first = min(max(round(query.width * (180 - west) / (east - west)), 1), query.width - 1)
    whole = Image.new("RGBA", (query.width, query.height))
    for left, right, at, width in ((west, 180.0, 0, first), (-180.0, east - 360, first, query.width - first)):
        part = render.draw(replace(query, bounds=(left, south, right, north), width=width))
        whole.paste(Image.open(io.BytesIO(part)).convert("RGBA"), (at, 0))
    return whole


def _written(whole: Image.Image, frame: Frame, format: str) -> bytes:
    if format == "tiff":
        return _tiff(whole, frame)
    file = io.BytesIO()
    (whole.convert("RGB") if format == "jpeg" else whole).save(file, format.upper())
    return file.getvalue()


def _tiff(whole: Image.Image, frame: Frame) -> bytes:
    """Write a GeoTIFF (OGC 19-008r4) with alpha."""
    pixels = np.moveaxis(np.asarray(whole.convert("RGBA")), -1, 0)
    profile = {
        "driver": "GTiff", "width": frame.width, "height": frame.height, "count": 4, "dtype": "uint8", "photometric": "RGB",
        "crs": f"EPSG:{frame.offered.srid}", "transform": from_bounds(*frame.bounds, frame.width, frame.height),
        "compress": "deflate", "alpha": "unspecified",
    }  # fmt: skip
    with rasterio.Env(), MemoryFile() as memory:
        with memory.open(**profile) as file:
            file.write(pixels)
        return bytes(memory.read())
