"""A coverage written: GeoTIFF, cloud-optimised GeoTIFF, CoverageJSON, or PNG to look at.

Pixels are read and written in strips, so memory does not grow with the answer.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import IO, Any

import numpy as np
import rasterio
import rasterio.shutil
from django.conf import settings
from PIL import Image
from rasterio.io import MemoryFile
from rasterio.transform import from_bounds

from geoserver_app.ogcapi import coveragejson
from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.coverages.grids import Wanted
from layers import files, pixels
from layers.access import LayerView
from layers.errors import TooLarge
from layers.pixels import Picture

GEOTIFF = "image/tiff; application=geotiff"
MEDIA: Mapping[str, str] = {
    "geotiff": GEOTIFF,
    "cog": "image/tiff; application=geotiff; profile=cloud-optimized",
    "json": coveragejson.MEDIA,
    "png": "image/png",
}
_STRIP_VALUES = 4_000_000
_IN_MEMORY_VALUES = 4_000_000
_JSON_VALUES = 1_000_000


def geotiff(view: LayerView, wanted: Wanted) -> bytes | IO[bytes]:
    """Write a GeoTIFF (OGC 19-008r4): of small ones the bytes, else an open temporary file."""
    size = wanted.picture.width * wanted.picture.height * len(wanted.fields)
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        if size <= _IN_MEMORY_VALUES:
            with MemoryFile() as memory:
                with memory.open(**_profile(view, wanted)) as file:
                    _fill(file, view, wanted)
                return bytes(memory.read())
        with _temporary() as path:
            with rasterio.open(path, "w", **_profile(view, wanted)) as file:
                _fill(file, view, wanted)
            return path.open("rb")


def cog(view: LayerView, wanted: Wanted) -> IO[bytes]:
    """Write a cloud-optimised GeoTIFF with overviews, as an open temporary file."""
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True), _temporary() as path, _temporary() as made:
        with rasterio.open(path, "w", **_profile(view, wanted)) as file:
            _fill(file, view, wanted)
        rasterio.shutil.copy(path, made, driver="COG", compress="DEFLATE", predictor="YES", bigtiff="IF_SAFER")
        return made.open("rb")


def covjson(call: Call, view: LayerView, wanted: Wanted) -> bytes:
    """Write CoverageJSON; raises TooLarge above a million values."""
    picture = wanted.picture
    if picture.width * picture.height * len(wanted.fields) > _JSON_VALUES:
        raise TooLarge("CoverageJSON 最多 100 万个值，请用 GeoTIFF / at most a million values as CoverageJSON, take GeoTIFF")
    values = pixels.read(view, picture)
    domain = {
        "type": "Domain",
        "domainType": "Grid",
        "axes": coveragejson.axes(picture.bounds, (picture.height, picture.width)),
        "referencing": coveragejson.referencing(wanted.offered),
    }
    ranges = {field.name: coveragejson.array(band, ("y", "x")) for field, band in zip(wanted.fields, values, strict=True)}
    body = coveragejson.coverage(domain, wanted.fields, ranges, call.language)
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def png(view: LayerView, wanted: Wanted) -> bytes:
    """Write a PNG to look at: three bands of bytes as colours, else the first band from its least to its greatest value."""
    picture = wanted.picture
    if max(picture.width, picture.height) > settings.GEOBASE.max_pixels:
        raise TooLarge(f"PNG 宽高不超过 {settings.GEOBASE.max_pixels} / at most {settings.GEOBASE.max_pixels} pixels a side", parameter="width")
    values = pixels.read(view, picture)
    alpha = np.where(np.ma.getmaskarray(values).all(axis=0), 0, 255).astype("uint8")
    if values.dtype == np.uint8 and len(values) >= 3:
        bands = [np.ma.getdata(each) for each in values[:3]]
    else:
        bands = [_stretched(values[0])] * 3
    file = BytesIO()
    Image.fromarray(np.dstack([*bands, alpha])).save(file, "PNG", compress_level=3)
    return file.getvalue()


def _stretched(band: "np.ma.MaskedArray[Any, Any]") -> Any:
    if band.dtype == np.uint8:
        return np.ma.getdata(band)
    found = np.ma.masked_invalid(band.astype("float64"))
    low, high = (float(found.min()), float(found.max())) if found.count() else (0.0, 1.0)
    return ((found.filled(low) - low) / (high - low or 1.0) * 255).astype("uint8")


def _profile(view: LayerView, wanted: Wanted) -> dict[str, Any]:
    picture, dtype = wanted.picture, files.dtype(view)
    is_large = picture.width > 256 and picture.height > 256
    tiled = {"tiled": True, "blockxsize": 256, "blockysize": 256} if is_large else {}
    nodata = _nodata(view)
    return {
        "driver": "GTiff", "width": picture.width, "height": picture.height, "count": len(wanted.fields), "dtype": dtype,
        "crs": f"EPSG:{picture.srid}", "transform": from_bounds(*picture.bounds, picture.width, picture.height),
        "compress": "deflate", "zlevel": 1, "interleave": "band", "bigtiff": "if_safer", **tiled,
        **({"nodata": nodata} if nodata is not None else {}),
        **({"photometric": "RGB"} if dtype == np.uint8 and len(wanted.fields) == 3 else {}),
    }  # fmt: skip


def _nodata(view: LayerView) -> float | None:
    """Return the value that says "nothing here", None where a mask says it."""
    declared = view.spec.raster.nodata if view.spec.raster else None
    return declared if declared is not None and files.dtype(view).kind != "u" else None


def _fill(file: Any, view: LayerView, wanted: Wanted) -> None:
    """Write values strip by strip; what the caller may not have, or nobody has, is no data."""
    for band, field in enumerate(wanted.fields, 1):
        file.set_band_description(band, field.name)
    nodata = _nodata(view)
    for top, strip in _strips(wanted.picture, len(wanted.fields)):
        values = pixels.read(view, strip)
        window = ((top, top + strip.height), (0, strip.width))
        file.write(values.filled(0 if nodata is None else nodata), window=window)
        if nodata is None:
            seen = ~np.ma.getmaskarray(values).all(axis=0)
            file.write_mask(seen, window=window)


def _strips(picture: Picture, bands: int) -> Iterator[tuple[int, Picture]]:
    """Cut a picture into strips of whole tiles: (first row, strip)."""
    rows = max(256, _STRIP_VALUES // (picture.width * bands) // 256 * 256)
    west, south, east, north = picture.bounds
    cell = (north - south) / picture.height
    for number in range(ceil(picture.height / rows)):
        top = number * rows
        height = min(rows, picture.height - top)
        bounds = (west, north - (top + height) * cell, east, north - top * cell)
        yield top, replace(picture, bounds=bounds, height=height)


@contextmanager
def _temporary() -> Iterator[Path]:
    """Give a path for a file that is gone when it is closed: whoever opened it meanwhile still reads it."""
    folder = settings.GEOBASE.var / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".tif") as file:
        yield Path(file.name)
