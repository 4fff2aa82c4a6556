"""OGC API - Coverages: what /ogc/ says of its coverages."""

from collections.abc import Mapping
from typing import Any

from geoserver_app.ogcapi.call import HTML, JSON, SCHEMA, Call
from geoserver_app.ogcapi.coverages.grids import PARAMETERS
from geoserver_app.ogcapi.coverages.writing import MEDIA
from geoserver_app.ogcapi.openapi_writing import Node, formats, get, query
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.placing import ordered, storage_crs
from geoserver_app.ogcapi.visible import CRS84, title_of
from layers import crs, native
from layers.access import LayerView
from layers.errors import NotFound, RenderFailed

_REL = "http://www.opengis.net/def/rel/ogc/1.0"
_OWN = [{"properties": "coverageFields"}.get(name, name) for name in PARAMETERS]


def has_coverage(view: LayerView) -> bool:
    """Tell whether the caller may ask for a layer's values as a coverage."""
    return view.spec.kind in ("imagery", "elevation") and "query" in view.operations and view.spec.version > 0


def _members(_call: Call, view: LayerView) -> Mapping[str, Any]:
    """Say the storage CRS of rasters; the extent itself is in the common part."""
    if not has_coverage(view):
        return {}
    offered = storage_crs(view)
    found: dict[str, Any] = {"crs": [CRS84, *(each.uri for each in crs.OFFERED if each.uri != CRS84)], "storageCrs": offered.uri}
    try:
        own = native.grid(view)
    except (NotFound, RenderFailed):
        return found
    columns, rows = own.size
    return {**found, "storageCrsBbox": [list(ordered(own.bounds, offered))], "gridSize": [columns, rows], "resolution": list(own.cell)}


def _links(call: Call, view: LayerView) -> Links:
    if not has_coverage(view):
        return ()
    at, title = f"/collections/{view.spec.slug}/coverage", title_of(call, view)
    return [
        *(call.link(f"{_REL}/coverage", at, media, title, f=name) for name, media in MEDIA.items()),
        # GDAL's driver cuts by CRS84 and takes whatever comes for that.
        call.link(f"{_REL}/coverage", at, MEDIA["geotiff"], f"{title} · CRS84", f="geotiff", crs="[OGC:CRS84]"),
        call.link(f"{_REL}/schema", f"{at}/schema", SCHEMA, call.say("字段", "Fields"), f="json"),
        call.link(f"{_REL}/coverage-rangetype", f"{at}/rangetype", JSON, f="json"),
        call.link(f"{_REL}/coverage-domainset", f"{at}/domainset", JSON, f="json"),
    ]


def _collection_paths(view: LayerView, say: Say) -> Paths:
    if not has_coverage(view):
        return {}
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    at, f = f"/collections/{slug}/coverage", formats("json")
    return {
        at: get(f"{slug}.coverage", title, dict.fromkeys(MEDIA.values(), "*"), [*_OWN, formats(*MEDIA)], tag=slug),
        f"{at}/schema": get(f"{slug}.coverage.schema", title, {SCHEMA: "jsonSchema", HTML: ""}, tag=slug),
        f"{at}/rangetype": get(f"{slug}.coverage.rangetype", title, {JSON: "jsonSchema"}, [f], tag=slug),
        f"{at}/domainset": get(f"{slug}.coverage.domainset", title, {JSON: "jsonSchema"}, [f], tag=slug),
    }


def _components(say: Say) -> Components:
    text = {"type": "string"}
    sized = say("各轴的列数、行数，如 Lon(400),Lat(300)", "Columns and rows by axis: Lon(400),Lat(300)")
    made: dict[str, Node] = {
        "coverageFields": query("properties", {"type": "array", "items": text}, say("字段（波段）的名或序号", "Fields (bands), by name or number")),
        "range-subset": query("range-subset", {"type": "array", "items": text}, say("字段（同 properties）", "Fields (as properties)")),
        "scale-factor": query("scale-factor", {"type": "number"}, say("缩小倍数", "How many times smaller")),
        "scale-axes": query("scale-axes", text, say("各轴缩小倍数，如 Lon(2),Lat(2)", "How many times smaller by axis: Lon(2),Lat(2)")),
        "scale-size": query("scale-size", text, sized),
        "scaleSize": query("scaleSize", text, sized),
        "interpolation": query("interpolation", {"type": "string", "enum": ["nearest", "bilinear"]}, say("重采样", "Resampling")),
    }
    return {"parameters": made}


_CORE = "ogcapi-coverages-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Coverages - Part 1: Core (draft)",
        "OGC 19-087",
        claims=(
            Claim(f"{_CORE}/core", "影像与高程取值", "values of imagery and elevation"),
            Claim(f"{_CORE}/subsetting", "bbox、subset、datetime", "bbox, subset, datetime"),
            Claim(f"{_CORE}/scaling", "scale-factor、scale-axes、scale-size、width/height", "scale-factor, scale-axes, scale-size, width/height"),
            Claim(f"{_CORE}/fieldselection", "properties、range-subset 选波段", "properties or range-subset choose bands"),
            Claim(f"{_CORE}/crs", "六个坐标系", "six CRSs"),
            Claim(f"{_CORE}/geotiff", "GeoTIFF 与 COG，分条读写", "GeoTIFF and COG, read and written in strips"),
            Claim(f"{_CORE}/covjson", "CoverageJSON，至多一百万值", "CoverageJSON, a million values at most"),
            Claim(f"{_CORE}/netcdf", "未提供", "not offered", is_met=False),
        ),
        members=_members,
        links=_links,
        collection_paths=_collection_paths,
        components=_components,
    ),
)
