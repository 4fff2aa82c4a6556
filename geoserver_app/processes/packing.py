"""How layers are written for a download: vectors by GDAL through GeoPackage, rasters as tiled GeoTIFF.

Workers run this, web processes do not: it loads GDAL's vector drivers.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import rasterio
from rasterio.features import geometry_mask
from rasterio.transform import from_origin
from rasterio.windows import Window

from geoserver_app.processes.inputs import to_plane
from geoserver_app.processes.process import InvalidInput
from layers import crs, extraction, files, native, pixels
from layers.access import LayerView
from layers.pixels import Picture
from layers.spec import Bounds, FieldSpec

_KINDS = {"Point": "Point", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
_TYPES = {"integer": "int64", "number": "float64", "boolean": "object", "date": "datetime64[D]", "datetime": "datetime64[ms]"}
_BLOCK_PX = 2048
VECTORS = {
    "gpkg": ("GPKG", ".gpkg", ()), "shp": ("ESRI Shapefile", ".shp", ("-lco", "ENCODING=UTF-8")), "geojson": ("GeoJSON", ".geojson", ()),
    "fgb": ("FlatGeobuf", ".fgb", ()), "csv": ("CSV", ".csv", ("-lco", "GEOMETRY=AS_WKT", "-lco", "WRITE_BOM=YES")), "dxf": ("DXF", ".dxf", ()),
}  # fmt: skip
"""Format → GDAL's driver, suffix, options of ogr2ogr."""


def vector(view: LayerView, area: bytes | None, srid: int, format_: str, folder: Path, report: Callable[[int], None]) -> int:
    """Write a vector view into a folder; return how many rows; `report` hears rows done."""
    source = folder / f"{view.spec.slug}.gpkg"
    written = 0
    for rows in extraction.batches(view, area, srid):
        _append(source, view, rows, srid)
        written += len(rows)
        report(written)
    if written and format_ != "gpkg":
        _converted(source, folder, view.spec.slug, format_)
    return written


def _append(path: Path, view: LayerView, rows: list[tuple[Any, ...]], srid: int) -> None:
    columns = list(zip(*rows, strict=True))
    geometry = np.array([bytes(each) if each is not None else None for each in columns[1]], dtype=object)
    names = ["fid_src", *(field.name for field in view.fields)]
    data = [np.array(columns[0], dtype="int64")]
    masks: list[Any] = [None]
    for field, values in zip(view.fields, columns[2:], strict=True):
        array, mask = _column(field, values)
        data.append(array)
        masks.append(mask)
    pyogrio.raw.write(
        str(path), geometry, data, names, field_mask=masks, driver="GPKG", layer=view.spec.slug, crs=f"EPSG:{srid}",
        geometry_type=_KINDS.get(view.spec.geometry, "Unknown"), append=path.exists(), promote_to_multi=False,
    )  # fmt: skip


def _column(field: FieldSpec, values: tuple[Any, ...]) -> tuple[Any, Any]:
    """Make GDAL's array of a field's values, with a mask of the missing where its type has no empty value."""
    missing = np.array([value is None for value in values])
    if field.type in ("date", "datetime"):
        plain = [value.replace(tzinfo=None) if field.type == "datetime" and value is not None else value for value in values]
        return np.array([np.datetime64(value) if value is not None else np.datetime64("NaT") for value in plain]).astype(_TYPES[field.type]), None
    if field.type in ("integer", "number"):
        return np.array([0 if value is None else value for value in values], dtype=_TYPES[field.type]), missing
    if field.type == "boolean":
        return np.array([bool(value) for value in values], dtype="bool"), missing
    return np.array(values, dtype=object), None


def _converted(source: Path, folder: Path, slug: str, format_: str) -> None:
    driver, suffix, options = VECTORS[format_]
    made = folder / f"{slug}{suffix}"
    asked = ["ogr2ogr", "-f", driver, *options, *(("-dim", "2") if format_ == "dxf" else ()), str(made), str(source), slug]
    if format_ == "geojson":
        asked[1:1] = ["-lco", "RFC7946=NO"]
    done = subprocess.run(asked, capture_output=True, timeout=3600, check=False)  # noqa: S603 - names of ours only
    source.unlink()
    if done.returncode:
        raise InvalidInput(f"{slug} 不能写成 {format_} / cannot be written as {format_}", parameter="inputs.format")


def raster(view: LayerView, area: Any, srid: int | None, path: Path, most_values: int) -> int:
    """Write a raster view within an area (EPSG:4490 shape, None = all) as GeoTIFF; return its number of values."""
    grid = native.grid(view)
    target = srid or grid.srid
    bounds = _within(grid.bounds if area is None else crs.bounds(area.bounds, crs.STORAGE, grid.srid), grid.bounds)
    if bounds is None:
        return 0
    cell = grid.cell[0]
    if target != grid.srid:
        bounds = crs.bounds(bounds, grid.srid, target)
        cell = _cell(grid, bounds, target)
    width, height = max(1, round((bounds[2] - bounds[0]) / cell)), max(1, round((bounds[3] - bounds[1]) / cell))
    bands, dtype = files.bands(view), files.dtype(view)
    if width * height * len(bands) > most_values:
        raise InvalidInput(f"{view.spec.slug}: {width} × {height} 像素超过上限，请缩小范围 / too many pixels, choose a smaller area",
                           parameter="inputs.area")  # fmt: skip
    nodata = view.spec.raster.nodata if view.spec.raster and view.spec.raster.nodata is not None else (0 if dtype.kind in "ui" else -9999)
    profile = {"driver": "GTiff", "count": len(bands), "dtype": dtype, "width": width, "height": height, "crs": f"EPSG:{target}",
               "transform": from_origin(bounds[0], bounds[3], cell, cell), "nodata": nodata, "compress": "deflate", "predictor": 2,
               "tiled": True, "blockxsize": 512, "blockysize": 512, "BIGTIFF": "IF_SAFER"}  # fmt: skip
    if dtype.kind == "f":
        profile["predictor"] = 3
    with rasterio.open(path, "w", **profile) as file:
        for window in _windows(width, height):
            corner = bounds[0] + window.col_off * cell, bounds[3] - (window.row_off + window.height) * cell
            part = (corner[0], corner[1], corner[0] + window.width * cell, corner[1] + window.height * cell)
            found = pixels.read(view, Picture(part, target, window.width, window.height))
            if area is not None:
                found = _cut(found, area, part, target)
            file.write(found.filled(nodata), window=window)
    return width * height * len(bands)


def _within(asked: Bounds, whole: Bounds) -> Bounds | None:
    west, south = max(asked[0], whole[0]), max(asked[1], whole[1])
    east, north = min(asked[2], whole[2]), min(asked[3], whole[3])
    return (west, south, east, north) if west < east and south < north else None


def _cell(grid: native.Grid, bounds: Bounds, target: int) -> float:
    """Return the cell in the target's unit that keeps the source's detail."""
    back = crs.bounds(bounds, target, grid.srid)
    return (bounds[2] - bounds[0]) / max(1.0, (back[2] - back[0]) / grid.cell[0])


def _windows(width: int, height: int) -> list[Window]:
    return [
        Window(column, row, min(_BLOCK_PX, width - column), min(_BLOCK_PX, height - row))
        for row in range(0, height, _BLOCK_PX)
        for column in range(0, width, _BLOCK_PX)
    ]


def _cut(found: Any, area: Any, bounds: Bounds, srid: int) -> Any:
    """Mask the pixels whose centres lie outside the area."""
    height, width = found.shape[1:]
    transform = from_origin(bounds[0], bounds[3], (bounds[2] - bounds[0]) / width, (bounds[3] - bounds[1]) / height)
    shape = area if srid == crs.STORAGE else to_plane(area, srid)
    outside = geometry_mask([shape], (height, width), transform)
    return np.ma.MaskedArray(found.data, np.ma.getmaskarray(found) | outside)
