"""One raster file as a STAC item: where and when it was taken, how its pixels lie, and where to fetch it."""

from typing import Any
from urllib.parse import urlencode

import shapely

from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.fields import of_raster
from geoserver_app.stac.addresses import GEOJSON, address, link
from geoserver_app.stac.sheets import Json, Sheet
from layers import access, cogs, files
from layers.errors import RenderFailed

VERSION = "1.1.0"
COG = "image/tiff; application=geotiff; profile=cloud-optimized"
EXTENSIONS = (
    "https://stac-extensions.github.io/projection/v1.1.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
    "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
    "https://stac-extensions.github.io/file/v2.1.0/schema.json",
)
_COLOURS = ("red", "green", "blue", "nir")
_SHA256_MULTIHASH = "1220"


def item(call: Call, sheet: Sheet) -> Json:
    """Describe a file as a STAC item."""
    slug = sheet.view.spec.slug
    path = f"/collections/{slug}/items/{sheet.id}"
    outline = sheet.outline
    own = {**sheet.properties(), **_placed(sheet)}
    if sheet.epsg is None:
        own["proj:wkt2"] = sheet.file.srs
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": list(EXTENSIONS),
        "id": sheet.id,
        "collection": slug,
        "geometry": shapely.geometry.mapping(outline),
        "bbox": [round(float(each), 9) for each in shapely.bounds(outline)],
        "properties": own,
        "links": [
            link(call, "self", path, GEOJSON, sheet.file.name),
            link(call, "root", "/"),
            link(call, "parent", f"/collections/{slug}"),
            link(call, "collection", f"/collections/{slug}"),
        ],
        "assets": _assets(call, sheet, path),
    }


def _placed(sheet: Sheet) -> Json:
    """Say how the pixels lie; of a file that is missing or damaged nothing, so that one takes no page of items away."""
    try:
        with cogs.reading(sheet.file) as cog:
            return {"proj:transform": list(cog.transform)[:6], "proj:bbox": list(cog.bounds)}
    except RenderFailed:
        return {}


def _assets(call: Call, sheet: Sheet, path: str) -> Json:
    box = ",".join(f"{each:.9f}" for each in shapely.bounds(sheet.outline))
    found: Json = {}
    if data := _data(call, sheet, path, box):
        found["data"] = data
    for role, width, title in (("thumbnail", "256", call.say("缩略图", "Thumbnail")), ("overview", "1024", call.say("概览图", "Overview"))):
        found[role] = {"href": _map(call, sheet, box, width), "type": "image/png", "roles": [role], "title": title}
    return found


def _data(call: Call, sheet: Sheet, path: str, box: str) -> Json | None:
    """Return the file itself where all of it may be downloaded, a masked copy where some may be queried, else nothing."""
    slug = sheet.view.spec.slug
    described = {"type": COG, "roles": ["data"], "bands": _bands(call, sheet), "raster:spatial_resolution": round(sheet.file.pixel_size_m, 6)}
    whole = access.decide(call.principal, slug, "download")
    if whole is not None and files.is_whole(whole, sheet.file):
        path_there = files.original(whole, sheet.file)
        if not path_there.is_file():
            return None
        size = path_there.stat().st_size
        named = {"file:size": size, "file:checksum": _SHA256_MULTIHASH + sheet.file.sha256}
        return {"href": address(call, f"{path}/data.tif"), "title": sheet.file.name, **described, **named}
    if "query" in sheet.view.operations:
        copy = call.url(f"/collections/{slug}/coverage", f="cog", bbox=box)
        return {"href": copy, "title": call.say("按授权范围裁切的副本", "A copy cut to the area granted"), **described}
    return None


def _map(call: Call, sheet: Sheet, box: str, width: str) -> str:
    when = {"datetime": sheet.file.survey_date.isoformat()} if sheet.file.survey_date else {}
    asked = {"f": "png", "bbox": box, "crs": "[EPSG:3857]", "width": width, **when}
    if "key" in call.parameters:
        asked["key"] = call.parameters["key"]
    return f"{call.base}/collections/{sheet.view.spec.slug}/map?{urlencode(asked, safe=':/,')}"


def _bands(call: Call, sheet: Sheet) -> list[Json]:
    counted = sheet.file.stats.get("bands") or []
    is_colour = sheet.file.dtype == "uint8" and sheet.file.bands in (3, 4)
    made = []
    for field in of_raster(sheet.view)[: sheet.file.bands]:
        band: Json = {"name": field.name, "description": field.title(call.language), "data_type": sheet.file.dtype}
        if sheet.file.nodata is not None:
            band["nodata"] = sheet.file.nodata
        if field.unit:
            band["unit"] = field.unit
        if is_colour:
            band["eo:common_name"] = _COLOURS[field.band - 1]
        if statistics := _statistics(counted, field.band):
            band["statistics"] = statistics
        made.append(band)
    return made


def _statistics(counted: list[Any], number: int) -> Json:
    known = {"min": "minimum", "max": "maximum", "mean": "mean", "std": "stddev"}
    own = counted[number - 1] if number <= len(counted) else None
    return {ours: own[theirs] for theirs, ours in known.items() if own.get(theirs) is not None} if isinstance(own, dict) else {}
