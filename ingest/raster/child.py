"""The caged process that opens untrusted rasters (see ingest/child for the cage).

    python -m ingest.raster.child examine FORMAT PATH                            → JSON
    python -m ingest.raster.child convert FORMAT PATH SRS NODATA COG [SHADE]     → JSON

Only the format's own driver is let near the file, whatever it is called. GDAL is loaded only after the
limits are set, so the modules that import it are imported here, inside the functions.
"""

import json
import logging
import math
import sys
from pathlib import Path
from typing import Any

from ingest.cage import cage
from ingest.findings import Refused
from ingest.formats import FORMATS, Format

_CPU_S = 6 * 3600
"""A sheet of 60,000² pixels takes a quarter of an hour of one core."""
_VOIDS = (-9999.0, -99999.0, -999999.0, -32767.0, -32768.0, -3.4028234663852886e38)
"""Values that surveyors' programs write where they know no height, often without declaring it."""


def examine(found: Format, path: str) -> dict[str, Any]:
    """Describe a raster without reading its pixels, save a sample of what may be heights."""
    if found.reader == "nsdtf":
        from ingest.formats import nsdtf  # noqa: PLC0415

        return nsdtf.examine(Path(path))
    import rasterio  # noqa: PLC0415
    from rasterio.enums import ColorInterp  # noqa: PLC0415

    with rasterio.open(path, driver=found.drivers[0], **dict(found.options)) as source:
        gcps, gcp_crs = source.gcps
        return {
            "width": source.width, "height": source.height, "bands": source.count, "dtype": source.dtypes[0],
            "crs": source.crs.to_wkt() if source.crs else "", "nodata": _finite(source.nodata),
            "has_transform": not source.transform.is_identity, "corners": _corners(source),
            "gcps": [[each.x, each.y] for each in gcps], "gcp_crs": gcp_crs.to_wkt() if gcp_crs else "",
            "pixel": math.hypot(source.transform.a, source.transform.d),
            "palette": source.colorinterp[0] == ColorInterp.palette, "alpha": ColorInterp.alpha in source.colorinterp,
            "transform": list(source.transform)[:6], "bytes": Path(path).stat().st_size, "unit": (source.units[0] or "").lower(),
            "void": _void(source), "said": [],
        }  # fmt: skip


def convert(found: Format, path: str, srs: str, nodata: str, cog: str, shade: str = "") -> dict[str, Any]:
    """Write the COG (and the hillshade COG of an elevation), return footprint and statistics.

    `path` is a working copy of ours: a CRS and a no-data value found by examination are written into it.
    """
    if found.name != "geotiff":
        plain = cog + ".plain.tif"
        _plain(found, path, plain)
        path = plain
    import rasterio  # noqa: PLC0415

    from ingest.raster import cog as cogs  # noqa: PLC0415
    from ingest.raster import display, footprint, hillshade, rectify  # noqa: PLC0415

    with rasterio.open(path, driver="GTiff") as source:
        if source.gcps[0] and source.transform.is_identity:
            path, srs = rectify.rectify(source, cog + ".warped.tif"), ""
    cogs.amend(path, srs, nodata)
    cogs.write(path, cog)
    with rasterio.open(cog, driver="GTiff") as made:
        result = {
            "footprint": footprint.rings(made), "stats": display.statistics(made), "nodata": _finite(made.nodata),
            "width": made.width, "height": made.height, "crs": made.crs.to_wkt(),
            "pixel": math.hypot(made.transform.a, made.transform.d),
        }  # fmt: skip
    if shade:
        hillshade.write(cog, shade)
    for leftover in (".warped.tif", ".plain.tif", ".plain.tif.msk", ".plain.tif.aux.xml"):
        Path(cog + leftover).unlink(missing_ok=True)
    return result


def _plain(found: Format, path: str, target: str) -> None:
    """Copy a raster of another format into a GeoTIFF, since only that can be amended: same pixels, mask, palette."""
    if found.reader == "nsdtf":
        from ingest.formats import nsdtf  # noqa: PLC0415

        nsdtf.to_geotiff(Path(path), Path(target))
        return
    import rasterio  # noqa: PLC0415
    from rasterio.shutil import copy  # noqa: PLC0415

    with rasterio.open(path, driver=found.drivers[0], **dict(found.options)) as source, rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        copy(source, target, driver="GTiff", TILED="YES", BLOCKXSIZE="512", BLOCKYSIZE="512", BIGTIFF="IF_SAFER", COMPRESS="LZW")


class _Warnings(logging.Handler):
    """Keeps what GDAL warned of: an odd file that can still be read."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message once, at most ten."""
        text = record.getMessage()
        # GDAL regrets that the driver we forbid is not there: that says nothing of the file.
        if text not in self.texts and len(self.texts) < 10 and "GDAL_SKIP" not in text:
            self.texts.append(text.removeprefix("CPLE_AppDefined in "))


def _corners(source: Any) -> list[tuple[float, float]]:
    return [source.transform @ place for place in (
        (0, 0), (source.width, 0), (source.width, source.height), (0, source.height))]  # fmt: skip


def _void(source: Any) -> float | None:
    """Return the undeclared no-data value of a one-band raster that could hold heights."""
    if source.count != 1 or source.nodata is not None or source.dtypes[0] not in ("int16", "int32", "float32", "float64"):
        return None
    share = max(1.0, max(source.width, source.height) / 1024)
    lowest = float(source.read(1, out_shape=(max(1, int(source.height / share)), max(1, int(source.width / share)))).min())
    return next((value for value in _VOIDS if math.isclose(lowest, value, rel_tol=1e-6)), None)


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def main(arguments: list[str]) -> None:
    """Run one command."""
    command, name, path, *rest = arguments
    found = FORMATS[name]
    outputs = [Path(each).parent for each in rest[2:]]
    cage([Path(path).parent, *outputs], _CPU_S)
    said = _Warnings(logging.WARNING)
    logging.getLogger("rasterio").addHandler(said)
    try:
        result = examine(found, path) if command == "examine" else convert(found, path, *rest)
    except Refused as refused:
        result = {"refused": [refused.finding.id, refused.finding.zh, refused.finding.en]}
    result["warnings"] = said.texts
    sys.stdout.write(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
