"""Which collections the caller has, and what each one says of itself."""

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import GEOJSON, HTML, JSON, SCHEMA, Call
from geoserver_app.ogcapi.preview import picture
from layers import access, crs
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import Bounds

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"
VECTOR_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
MAP_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"


def visible(call: Call) -> tuple[LayerView, ...]:
    """Return the layers the caller may look at, in the registry's order, that have anything to show."""
    return tuple(view for view in access.views(call.principal, "view") if view.spec.current or view.members)


def view_of(call: Call, slug: str) -> LayerView:
    """Return one visible layer; hidden, absent and still empty are the same not-found."""
    view = access.decide(call.principal, slug, "view")
    if view is None or not (view.spec.current or view.members):
        raise NotFound
    return view


def title_of(call: Call, view: LayerView) -> str:
    """Return a layer's title in the request's language."""
    return view.spec.title(call.language) or view.spec.slug


def has_items(view: LayerView) -> bool:
    """Tell whether the caller may ask for the layer's features."""
    return view.spec.kind == "vector" and "query" in view.operations


@face("view")
def collections(call: Call) -> HttpResponse:
    """Answer /collections (OGC 17-069r4 §7.13)."""
    views = visible(call)
    links = [
        call.link("self", "/collections", JSON, f="json"),
        call.link("alternate", "/collections", HTML, f="html"),
        call.link("http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", "/tileMatrixSets", JSON, f="json"),
    ]
    if call.format == "html":
        return page_of(call, "collections", {"groups": _by_theme(call, views), "total": len(views)})
    body = {"links": links, "crs": _crs_list(), "collections": [describe(call, view) for view in views]}
    return document(call, body)


@face("view")
def collection(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id} (OGC 17-069r4 §7.14)."""
    view = view_of(call, collection)
    body = describe(call, view)
    if call.format == "html":
        return page_of(call, "collection", {"layer": _row(call, view), "document": body, "crs": crs.OFFERED})
    return document(call, body)


def describe(call: Call, view: LayerView) -> dict[str, Any]:
    """Describe a collection: title, extent, CRSs, links; `itemType` only where it has features."""
    spec = view.spec
    body: dict[str, Any] = {"id": spec.slug, "title": title_of(call, view)}
    if abstract := spec.abstract(call.language):
        body["description"] = abstract
    if spec.keywords:
        body["keywords"] = list(spec.keywords)
    if spec.attribution:
        body["attribution"] = spec.attribution
    if extent := _extent(view):
        body["extent"] = extent
    body["links"] = _links(call, view)
    if has_items(view):
        body |= {"itemType": "feature", "crs": _crs_list(), "storageCrs": "http://www.opengis.net/def/crs/EPSG/0/4490"}
    if spec.current:
        body["version"] = spec.current.number
        body["updated"] = spec.current.published.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return body


def bounds_of(view: LayerView) -> Bounds | None:
    """Return the extent (EPSG:4490) of a layer, or of a composed map's members together."""
    boxes = [view.spec.extent] if view.spec.extent else [each.spec.extent for each, _ in view.members if each.spec.extent]
    if not boxes:
        return None
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return west, south, max(box[2] for box in boxes), max(box[3] for box in boxes)


def _extent(view: LayerView) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if box := bounds_of(view):
        found["spatial"] = {"bbox": [list(box)], "crs": CRS84}
    day = view.spec.current.survey_date if view.spec.current else None
    if day:
        ends = [datetime.combine(day, at, UTC).isoformat(timespec="seconds") for at in (time.min, time.max)]
        found["temporal"] = {"interval": [[each.replace("+00:00", "Z") for each in ends]], "trs": GREGORIAN}
    return found


def _crs_list() -> list[str]:
    return [CRS84, *(each.uri for each in crs.OFFERED if each.uri != CRS84)]


def _links(call: Call, view: LayerView) -> list[dict[str, str]]:
    path, title = f"/collections/{view.spec.slug}", title_of(call, view)
    links = [call.link("self", path, JSON, title, f="json"), call.link("alternate", path, HTML, title, f="html")]
    if has_items(view):
        links += [
            call.link("items", f"{path}/items", GEOJSON, title, f="json"),
            call.link("items", f"{path}/items", HTML, title, f="html"),
            call.link(QUERYABLES, f"{path}/queryables", SCHEMA, call.say("可查询属性", "Queryables"), f="json"),
            call.link(SCHEMA_REL, f"{path}/schema", SCHEMA, call.say("数据结构", "Schema"), f="json"),
        ]
    if view.spec.kind == "vector":
        links.append(call.link(VECTOR_TILES, f"{path}/tiles", JSON, call.say("矢量瓦片", "Vector tiles"), f="json"))
    links.append(call.link(MAP_TILES, f"{path}/map/tiles", JSON, call.say("地图瓦片", "Map tiles"), f="json"))
    return links


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


def service_title(call: Call) -> str:
    """Return the service's title in the request's language."""
    zh, en = settings.GEOBASE.city_zh, settings.GEOBASE.city_en
    return call.say(f"{zh}地理空间基础库", f"{en} geographic base database")
