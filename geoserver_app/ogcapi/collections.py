"""Which collections the caller has, and what each one says of itself."""

from typing import Any

from django.http import HttpResponse

from geoserver_app.ogcapi import parts
from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.coverages.part import has_coverage
from geoserver_app.ogcapi.features.parameters import uris
from geoserver_app.ogcapi.preview import picture
from geoserver_app.ogcapi.tiles_part import TILING_SCHEMES
from geoserver_app.ogcapi.visible import bounds_of, has_items, title_of, view_of, visible
from layers import access, crs
from layers.access import LayerView


@face("view")
def collections(call: Call) -> HttpResponse:
    """Answer /collections (OGC 17-069r4 §7.13)."""
    views = visible(call)
    links = [
        call.link("self", "/collections", JSON, f="json"),
        call.link("alternate", "/collections", HTML, f="html"),
        call.link(TILING_SCHEMES, "/tileMatrixSets", JSON, f="json"),
    ]
    if call.format == "html":
        return page_of(call, "collections", {"groups": _by_theme(call, views), "total": len(views)})
    documents = [*(parts.collection_document(call, view) for view in views), *parts.other_collections(call)]
    body = {"links": links, "crs": uris(), "collections": documents}
    return document(call, body)


@face("view")
def collection(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id} (OGC 17-069r4 §7.14)."""
    view = view_of(call, collection)
    body = parts.collection_document(call, view)
    if call.format == "html":
        return page_of(call, "collection", {"layer": _row(call, view), "document": body, "crs": crs.OFFERED})
    return document(call, body)


def _by_theme(call: Call, views: tuple[LayerView, ...]) -> list[dict[str, Any]]:
    """Group for the page: themes in the registry's order, each with its layers; empty themes are not shown."""
    groups = [
        {"title": theme.title(call.language), "layers": [_row(call, view) for view in views if view.spec.theme == theme.slug]}
        for theme in access.themes()
    ]
    known = {theme.slug for theme in access.themes()}
    rest = [_row(call, view) for view in views if view.spec.theme not in known]
    return [group for group in [*groups, {"title": call.say("其他", "Other"), "layers": rest}] if group["layers"]]


def _row(call: Call, view: LayerView) -> dict[str, Any]:
    spec, path = view.spec, f"/collections/{view.spec.slug}"
    return {
        "slug": spec.slug,
        "title": title_of(call, view),
        "abstract": spec.abstract(call.language),
        "kind": call.say(*_KINDS[spec.kind]),
        "version": spec.current,
        "count": spec.current.count if spec.current and has_items(view) and not view.pieces else None,
        "is_sample": spec.is_sample,
        "attribution": spec.attribution,
        "keywords": spec.keywords,
        "extent": bounds_of(view),
        "url": call.url(path, f="html"),
        "items": call.url(f"{path}/items", f="html") if has_items(view) else "",
        "queryables": call.url(f"{path}/queryables", f="html") if has_items(view) else "",
        "tiles": call.url(f"{path}/tiles", f="html") if spec.kind == "vector" else "",
        "map_tiles": call.url(f"{path}/map/tiles", f="html"),
        "map": call.url(f"{path}/map", f="png"),
        "coverage": call.url(f"{path}/coverage", f="geotiff") if has_coverage(view) else "",
        "stac": call.url(path).replace("/ogc/", "/stac/", 1) if spec.kind in ("imagery", "elevation") else "",
        "thumbnail": picture(call, spec.slug, bounds_of(view), 176, 112),
        "picture": picture(call, spec.slug, bounds_of(view), 720, 420),
    }


_KINDS = {
    "vector": ("矢量", "Vector"),
    "imagery": ("影像", "Imagery"),
    "elevation": ("高程", "Elevation"),
    "cascaded": ("级联服务", "Cascaded"),
    "map": ("地图", "Map"),
}
