"""Which formats are taken, by which reader and by which of GDAL's drivers; and which are refused by name."""

from dataclasses import dataclass
from typing import Literal

type Kind = Literal["vector", "raster", "sidecar", "archive", "unknown"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is taken.

    `drivers` are the only ones of GDAL's let near such a file. `reader` is "gdal", which streams, or names
    the module of `ingest.formats` that turns the file into tables. `limit_mb` bounds what must be held in memory
    at once, 0 = streamed.
    """

    name: str
    title: str
    kind: Kind
    suffixes: tuple[str, ...]
    drivers: tuple[str, ...] = ()
    reader: str = "gdal"
    limit_mb: int = 0


def _named(*formats: Format) -> dict[str, Format]:
    return {each.name: each for each in formats}


FORMATS = _named(
    Format("shp", "Shapefile", "vector", (".shp",), ("ESRI Shapefile",)),
    Format("dbf", "dBASE", "vector", (), ("ESRI Shapefile",)),
    Format("gdb", "File GDB", "vector", (), ("OpenFileGDB",)),
    Format("gpkg", "GeoPackage", "vector", (".gpkg",), ("GPKG",)),
    Format("geojson", "GeoJSON", "vector", (".geojson", ".json"), ("GeoJSON",), limit_mb=2000),
    Format("geotiff", "GeoTIFF", "raster", (".tif", ".tiff"), ("GTiff",)),
)
"""By name; a suffix that several formats share is settled by the content (recognise)."""

SIDECARS = {
    ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".xml", ".toml", ".tfw", ".jgw", ".aux", ".ovr",
    ".msk", ".txt", ".md", ".xsd", ".gfs", ".qml", ".lock",
}  # fmt: skip
"""Files that belong to others, or say something to people: kept with the original, not published."""

REFUSED = {
    ".kml": "KML", ".kmz": "KMZ", ".gml": "GML", ".dxf": "DXF", ".dwg": "DWG",
    ".e00": "E00", ".tab": "MapInfo TAB", ".mif": "MapInfo MIF", ".fgb": "FlatGeobuf", ".csv": "CSV", ".xlsx": "XLSX",
    ".mdb": "Personal GDB", ".vct": "VCT", ".img": "Erdas IMG", ".jp2": "JPEG 2000", ".asc": "ASCII grid",
    ".grd": "Surfer grid", ".hgt": "HGT", ".dt0": "DTED", ".dt1": "DTED", ".dt2": "DTED", ".hdf": "HDF", ".dem": "DEM",
    ".osm": "OSM", ".pbf": "OSM PBF", ".000": "S-57", ".tar": "tar", ".gz": "gzip", ".nc": "NetCDF",
}  # fmt: skip
"""Formats that are known and not taken."""
