"""Where /ogc/ begins, and which conformance classes are claimed: only those that tests of ours prove."""

from django.conf import settings
from django.http import HttpResponse

from geoserver_app.ogcapi import parts
from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.visible import CRS84, GREGORIAN, service_title, visible
from layers.errors import NotFound


@face("none")
def landing(call: Call) -> HttpResponse:
    """Answer /ogc/ (OGC 17-069r4 §7.2)."""
    west, south, east, north = settings.GEOBASE.city_bounds
    body = {
        "title": service_title(call),
        "description": call.say(
            "一次登记，多种协议：要素、覆盖、地图与瓦片", "One registry, many protocols: features, coverages, maps and tiles"
        ),
        "extent": {"spatial": {"bbox": [[west, south, east, north]], "crs": CRS84}, "temporal": {"interval": [[None, None]], "trs": GREGORIAN}},
        "links": parts.landing_links(call),
    }  # fmt: skip
    if call.format == "html":
        pages = {name: call.url(f"/{name}", f="html") for name in ("collections", "api", "conformance", "tileMatrixSets")}
        return page_of(call, "landing", {"document": body, "pages": pages, "total": len(visible(call))})
    return document(call, body)


@face("none")
def conformance(call: Call) -> HttpResponse:
    """Answer /ogc/conformance (OGC 17-069r4 §7.4)."""
    claimed = [claim.address for _, claim in parts.claims() if claim.is_met]
    return document(call, {"conformsTo": claimed}, page="conformance")


@face("none", parameters=None)
def nothing(call: Call, rest: str) -> HttpResponse:
    """Answer every other address under /ogc/ with the API's own not-found."""
    raise NotFound
