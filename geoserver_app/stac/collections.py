"""The catalogue and its collections: one for each raster layer (STAC 1.1)."""

import shapely

from geoserver_app.ogcapi.call import OPENAPI, Call
from geoserver_app.ogcapi.fields import of_raster
from geoserver_app.ogcapi.visible import service_title, title_of
from geoserver_app.stac.addresses import GEOJSON, JSON, link
from geoserver_app.stac.items import COG, VERSION
from geoserver_app.stac.sheets import Json, moment, sheets
from layers.access import LayerView

_API = "https://api.stacspec.org/v1.0.0"
_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMANCE = (
    f"{_API}/core",
    f"{_API}/collections",
    f"{_API}/ogcapi-features",
    f"{_API}/item-search",
    f"{_API}/item-search#sort",
    f"{_API}/item-search#fields",
    f"{_API}/item-search#filter",
    f"{_FEATURES}-1/1.0/conf/core",
    f"{_FEATURES}-1/1.0/conf/oas30",
    f"{_FEATURES}-1/1.0/conf/geojson",
    f"{_FEATURES}-3/1.0/conf/filter",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/cql2-json",
)
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"


def catalogue(call: Call, views: list[LayerView]) -> Json:
    """Describe the service: the landing page of the API, a STAC catalogue."""
    title = service_title(call)
    return {
        "type": "Catalog",
        "stac_version": VERSION,
        "id": "geobase",
        "title": title,
        "description": call.say(f"{title}：影像与高程文件", f"{title}: files of imagery and elevation"),
        "conformsTo": list(CONFORMANCE),
        "links": [
            link(call, "self", "/"),
            link(call, "root", "/"),
            link(call, "service-desc", "/api", OPENAPI),
            {"rel": "service-doc", "type": "text/html", "href": call.url("/api", f="html")},
            link(call, "conformance", "/conformance"),
            link(call, "data", "/collections"),
            {**link(call, "search", "/search", GEOJSON), "method": "GET"},
            {**link(call, "search", "/search", GEOJSON), "method": "POST"},
            link(call, _QUERYABLES, "/queryables", "application/schema+json"),
            *(link(call, "child", f"/collections/{view.spec.slug}", title=title_of(call, view)) for view in views),
        ],
    }


def collection(call: Call, view: LayerView) -> Json:
    """Describe a raster layer as a STAC collection: its extent is that of the files the caller may know of."""
    known, path = sheets(view), f"/collections/{view.spec.slug}"
    bounds = shapely.total_bounds([sheet.outline for sheet in known])
    days = sorted(sheet.file.survey_date for sheet in known if sheet.file.survey_date)
    return {
        "type": "Collection",
        "stac_version": VERSION,
        "id": view.spec.slug,
        "title": title_of(call, view),
        "description": view.spec.abstract(call.language) or title_of(call, view),
        "keywords": list(view.spec.keywords),
        "license": "other",
        "extent": {
            "spatial": {"bbox": [[round(float(each), 9) for each in bounds]]},
            "temporal": {"interval": [[moment(days[0]), moment(days[-1])] if days else [None, None]]},
        },
        "summaries": {
            "gsd": sorted({round(sheet.file.pixel_size_m, 6) for sheet in known}),
            "proj:epsg": sorted({sheet.epsg for sheet in known if sheet.epsg}),
            "bands": [{"name": field.name, "description": field.title(call.language)} for field in of_raster(view)],
        },
        "item_assets": {"data": {"type": COG, "roles": ["data"], "title": call.say("数据", "Data")}},
        "links": [
            link(call, "self", path),
            link(call, "root", "/"),
            link(call, "parent", "/"),
            link(call, "items", f"{path}/items", GEOJSON),
            link(call, _QUERYABLES, "/queryables", "application/schema+json"),
            {"rel": "http://www.opengis.net/def/rel/ogc/1.0/coverage", "type": JSON, "href": call.url(path, f="json")},
        ],
    }
