"""Which formats are taken, by which reader and by which of GDAL's drivers; and which are refused by name."""

from dataclasses import dataclass
from typing import Literal

type Kind = Literal["vector", "raster", "sidecar", "archive", "unknown"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that is taken.

    `drivers` are the only ones of GDAL's let near such a file. `reader` is "gdal", which streams, or names
    the module of `ingest.formats` that turns the file into tables (into a GeoTIFF, for rasters) first.
    `limit_mb` bounds what must be held in memory at once, 0 = streamed. `options` are GDAL's for opening.
    """

    name: str
    title: str
    kind: Kind
    suffixes: tuple[str, ...]
    drivers: tuple[str, ...] = ()
    reader: str = "gdal"
    limit_mb: int = 0
    options: tuple[tuple[str, str], ...] = ()


def _named(*formats: Format) -> dict[str, Format]:
    return {each.name: each for each in formats}


FORMATS = _named(
    Format("shp", "Shapefile", "vector", (".shp",), ("ESRI Shapefile",)),
    Format("dbf", "dBASE", "vector", (), ("ESRI Shapefile",)),
    Format("gdb", "File GDB", "vector", (), ("OpenFileGDB",)),
    Format("gpkg", "GeoPackage", "vector", (".gpkg",), ("GPKG",)),
    Format("geojson", "GeoJSON", "vector", (".geojson", ".json"), ("GeoJSON", "ESRIJSON", "TopoJSON")),
    Format("gml", "GML", "vector", (".gml",), ("GML",)),
    Format("kml", "KML", "vector", (".kml",), ("LIBKML",), limit_mb=300),
    Format("tab", "MapInfo TAB", "vector", (".tab",), ("MapInfo File",)),
    Format("mif", "MapInfo MIF", "vector", (".mif",), ("MapInfo File",)),
    Format("e00", "ArcInfo E00", "vector", (".e00",), ("AVCE00",), limit_mb=500),
    Format("fgb", "FlatGeobuf", "vector", (".fgb",), ("FlatGeobuf",)),
    Format("osm", "OpenStreetMap", "vector", (".osm", ".pbf"), ("OSM",)),
    Format("s57", "S-57", "vector", (".000",), ("S57",), limit_mb=200),
    Format("dxf", "DXF", "vector", (".dxf",), reader="dxf", limit_mb=200),
    Format("dwg", "DWG", "vector", (".dwg",), reader="dwg", limit_mb=100),
    Format("csv", "CSV", "vector", (".csv", ".tsv"), reader="delimited"),
    Format("xlsx", "XLSX", "vector", (".xlsx",), reader="xlsx", limit_mb=100),
    Format("vct", "VCT", "vector", (".vct",), reader="vct", limit_mb=2000),
    Format("mdb", "Access / Personal GDB", "vector", (".mdb", ".accdb"), reader="mdb"),
    Format("geotiff", "GeoTIFF", "raster", (".tif", ".tiff"), ("GTiff",)),
    Format("jpeg", "JPEG", "raster", (".jpg", ".jpeg"), ("JPEG",)),
    Format("png", "PNG", "raster", (".png",), ("PNG",)),
    Format("hfa", "Erdas IMG", "raster", (".img",), ("HFA",)),
    Format("jp2", "JPEG 2000", "raster", (".jp2", ".j2k"), ("JP2OpenJPEG",)),
    Format("envi", "ENVI", "raster", (), ("ENVI",)),
    Format("aaigrid", "ASCII grid", "raster", (".asc",), ("AAIGrid",)),
    Format("gsag", "Surfer ASCII grid", "raster", (".grd",), ("GSAG",)),
    Format("gsbg", "Surfer binary grid", "raster", (), ("GSBG",)),
    Format("gs7bg", "Surfer 7 grid", "raster", (), ("GS7BG",)),
    Format("nwt", "Vertical Mapper grid", "raster", (), ("NWT_GRD",), options=(("BAND_COUNT", "1"),)),
    Format("hgt", "SRTM HGT", "raster", (".hgt",), ("SRTMHGT",)),
    Format("dted", "DTED", "raster", (".dt0", ".dt1", ".dt2"), ("DTED",)),
    Format("usgsdem", "USGS DEM", "raster", (), ("USGSDEM",)),
    Format("nsdtf", "NSDTF-DEM", "raster", (".dem",), reader="nsdtf"),
)
"""By name; a suffix that several formats share is settled by the content (recognise)."""

ARCHIVES = {".zip", ".kmz", ".tar", ".tgz", ".gz"}
"""What `ingest.archive` opens; one that is still there when formats are asked was refused by it."""

SIDECARS = {
    # shapefile, MapInfo, world files, GDAL, styles, schemas, locks
    ".dbf", ".shx", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".idm", ".ind", ".fix", ".ain", ".aih", ".atx", ".ixs", ".mxs",
    ".id", ".map", ".dat", ".mid", ".wor", ".tfw", ".tifw", ".tfwx", ".jgw", ".jpgw", ".jpegw", ".pgw", ".pngw", ".wld", ".j2w", ".hdr",
    ".aux", ".ovr", ".rrd", ".ige", ".msk", ".rpb", ".rpc", ".xml", ".xsd", ".gfs", ".qml", ".sld", ".lyr", ".lyrx", ".mxd", ".qgz",
    ".qgs", ".lock", ".wal", ".toml", ".md", ".txt", ".ini", ".log", ".tbs", ".stx", ".clr", ".met",
}  # fmt: skip
"""Files that belong to others: kept with the original, not published."""

DOCUMENTS = {".doc", ".docx", ".pdf", ".wps", ".ppt", ".pptx", ".rtf", ".html", ".htm", ".mp4", ".avi"}
"""What people read: kept with the original, and said so."""

REFUSED = {
    ".hdf": "HDF4", ".h5": "HDF5", ".hdf5": "HDF5", ".he5": "HDF-EOS5", ".nc": "NetCDF", ".grb": "GRIB", ".grib": "GRIB", ".grb2": "GRIB",
    ".ecw": "ECW", ".sid": "MrSID", ".bil": "BIL", ".bip": "BIP", ".bsq": "BSQ", ".pix": "PCIDSK", ".vrt": "GDAL VRT", ".gif": "GIF",
    ".bmp": "BMP", ".webp": "WebP", ".ntf": "NITF", ".dgn": "DGN", ".udb": "SuperMap UDB", ".udbx": "SuperMap UDBX", ".udd": "SuperMap UDB",
    ".wp": "MapGIS", ".wl": "MapGIS", ".wt": "MapGIS", ".mpj": "MapGIS", ".gws": "GeoWay", ".sdb": "SuperMap SDB", ".las": "LAS",
    ".laz": "LAZ", ".osgb": "OSGB", ".3ds": "3DS", ".obj": "OBJ", ".fbx": "FBX", ".mbtiles": "MBTiles", ".sqlite": "SQLite",
    ".gpx": "GPX", ".rar": "RAR", ".7z": "7-Zip", ".xz": "xz", ".bz2": "bzip2", ".xls": "XLS", ".et": "WPS ET", ".ods": "ODS",
    ".kmz": "KMZ",
}  # fmt: skip
"""Formats that are known and not taken."""

ADVICE: dict[str, tuple[str, str]] = {
    "RAR": ("请改用 zip 或 tar", "send zip or tar"), "7-Zip": ("请改用 zip 或 tar", "send zip or tar"),
    "xz": ("请改用 zip 或 tar", "send zip or tar"), "bzip2": ("请改用 zip 或 tar", "send zip or tar"),
    "XLS": ("请另存为 XLSX 或 CSV", "save it as XLSX or CSV"), "WPS ET": ("请另存为 XLSX 或 CSV", "save it as XLSX or CSV"),
    "ODS": ("请另存为 XLSX 或 CSV", "save it as XLSX or CSV"), "GPX": ("请另存为 GeoJSON 或 Shapefile", "save it as GeoJSON or a shapefile"),
    "DGN": ("请另存为 DXF", "save it as DXF"), "MapGIS": ("请导出为 Shapefile 或 VCT", "export it as shapefiles or VCT"),
    "SuperMap UDB": ("请导出为 GeoPackage 或 Shapefile", "export it as GeoPackage or shapefiles"),
    "SuperMap UDBX": ("请导出为 GeoPackage 或 Shapefile", "export it as GeoPackage or shapefiles"),
    "SuperMap SDB": ("请导出为 GeoPackage 或 Shapefile", "export it as GeoPackage or shapefiles"),
    "CityGML": ("三维模型不作为地图数据接收", "three-dimensional models are no map layer"), "GDAL VRT": ("请提供它所引用的影像", "send the rasters it refers to"),
    "SQLite": ("请另存为 GeoPackage", "save it as GeoPackage"), "MBTiles": ("切片不是数据源，请提供原始影像", "tiles are no source; send the imagery"),
}  # fmt: skip
"""What to save a refused format as; the others: GeoTIFF for rasters."""
