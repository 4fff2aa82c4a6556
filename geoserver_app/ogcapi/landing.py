"""Where /ogc/ begins, and which conformance classes are claimed: only those that tests of ours prove."""

from django.conf import settings
from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import HTML, JSON, OPENAPI, Call
from geoserver_app.ogcapi.collections import CRS84, GREGORIAN, service_title, visible
from layers.errors import NotFound

_SPEC = "http://www.opengis.net/spec"
CONFORMANCE = (
    f"{_SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/landing-page",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/html",
    f"{_SPEC}/ogcapi-common-1/1.0/conf/json",
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/oas30",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/html",
    f"{_SPEC}/ogcapi-features-1/1.0/conf/geojson",
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/queryables-query-parameters",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/filter",
    f"{_SPEC}/ogcapi-features-3/1.0/conf/features-filter",
    f"{_SPEC}/cql2/1.0/conf/cql2-text",
    f"{_SPEC}/cql2/1.0/conf/cql2-json",
    f"{_SPEC}/cql2/1.0/conf/basic-cql2",
    f"{_SPEC}/cql2/1.0/conf/advanced-comparison-operators",
    f"{_SPEC}/cql2/1.0/conf/case-insensitive-comparison",
    f"{_SPEC}/cql2/1.0/conf/accent-insensitive-comparison",
    f"{_SPEC}/cql2/1.0/conf/basic-spatial-functions",
    f"{_SPEC}/cql2/1.0/conf/basic-spatial-functions-plus",
    f"{_SPEC}/cql2/1.0/conf/spatial-functions",
    f"{_SPEC}/cql2/1.0/conf/temporal-functions",
    f"{_SPEC}/cql2/1.0/conf/property-property",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/tileset",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/tilesets-list",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/mvt",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/png",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/jpeg",
    f"{_SPEC}/ogcapi-tiles-1/1.0/conf/oas30",
    f"{_SPEC}/tms/2.0/conf/tilematrixset",
    f"{_SPEC}/tms/2.0/conf/json-tilematrixset",
)


@face("none")
def landing(call: Call) -> HttpResponse:
    """Answer /ogc/ (OGC 17-069r4 §7.2)."""
    links = [
        call.link("self", "/", JSON, call.say("本页", "This document"), f="json"),
        call.link("alternate", "/", HTML, call.say("网页", "As a page"), f="html"),
        call.link("service-desc", "/api", OPENAPI, call.say("接口定义", "API definition"), f="json"),
        call.link("service-doc", "/api", HTML, call.say("接口说明", "API documentation"), f="html"),
        call.link("conformance", "/conformance", JSON, call.say("符合性", "Conformance"), f="json"),
        call.link("http://www.opengis.net/def/rel/ogc/1.0/conformance", "/conformance", JSON, f="json"),
        call.link("data", "/collections", JSON, call.say("数据集", "Collections"), f="json"),
        call.link("http://www.opengis.net/def/rel/ogc/1.0/data", "/collections", JSON, f="json"),
        call.link(
            "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes", "/tileMatrixSets", JSON,
            call.say("瓦片矩阵集", "Tile matrix sets"), f="json",
        ),
    ]  # fmt: skip
    west, south, east, north = settings.GEOBASE.city_bounds
    body = {
        "title": service_title(call),
        "description": call.say(
            "一次登记，多种协议：要素、矢量瓦片与地图瓦片", "One registry, many protocols: features, vector tiles and map tiles"
        ),
        "extent": {"spatial": {"bbox": [[west, south, east, north]], "crs": CRS84}, "temporal": {"interval": [[None, None]], "trs": GREGORIAN}},
        "links": links,
    }  # fmt: skip
    if call.format == "html":
        pages = {name: call.url(f"/{name}", f="html") for name in ("collections", "api", "conformance", "tileMatrixSets")}
        return page_of(call, "landing", {"document": body, "pages": pages, "total": len(visible(call))})
    return document(call, body)


@face("none")
def conformance(call: Call) -> HttpResponse:
    """Answer /ogc/conformance (OGC 17-069r4 §7.4)."""
    return document(call, {"conformsTo": list(CONFORMANCE)}, page="conformance")


@face("none", parameters=None)
def nothing(call: Call, rest: str) -> HttpResponse:
    """Answer every other address under /ogc/ with the API's own not-found."""
    raise NotFound
