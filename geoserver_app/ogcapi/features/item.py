"""One feature: GeoJSON, JSON-FG, a page, or linked data, with the ETag that an edit hands back."""

import json
from typing import Any

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import face, not_modified, page_of, tagged
from geoserver_app.ogcapi.call import GEOJSON, HTML, Call
from geoserver_app.ogcapi.features import jsonfg, reading, tags
from geoserver_app.ogcapi.features.itempages import item_page
from geoserver_app.ogcapi.visible import CRS84, features_of, title_of
from layers import crs, rows
from layers.access import LayerView
from layers.errors import NotFound


@face("query", formats=("json", "html", "jsonld", "jsonfg"), parameters=("crs", "version", "asOf", "profile"))
def item(call: Call, collection: str, feature: str) -> HttpResponse:
    """Answer /collections/{id}/items/{fid} (OGC 17-069r4 §7.16)."""
    view = reading.version(call, features_of(call, collection))
    offered, profile = reading.offered_crs(call, "crs"), jsonfg.profile(call)
    fid = tags.fid_of(feature)
    if call.format == "jsonld":
        return _linked(call, view, fid)
    query = rows.RowQuery(
        srid=offered.srid, swap_axes=offered.is_swapped, profile=profile, time=jsonfg.time_of(view),
        time_field=jsonfg.time_field(view),
    )  # fmt: skip
    found = rows.stored(view, fid, query)
    if found is None:
        raise NotFound
    tag = tags.of_item(call, view, found.since)
    if (unchanged := not_modified(call.request, tag)) is not None:
        return unchanged
    answer = _page(call, view, offered, found.body) if call.format == "html" else _json(call, view, offered, found.body)
    answer["ETag"] = tag
    answer["Last-Modified"] = tags.last_modified(view, found.since)
    answer["Content-Crs"] = f"<{offered.uri}>"
    jsonfg.announce(answer, profile)
    return answer


def _json(call: Call, view: LayerView, offered: crs.Offered, body: bytes) -> HttpResponse:
    at = f"/collections/{view.spec.slug}/items/{json.loads(body)['id']}"
    more: dict[str, Any] = {} if jsonfg.profile(call) == "rfc7946" else jsonfg.members(call, view, offered)
    more["links"] = [
        call.link("self", at, GEOJSON, f="json"),
        call.link("alternate", at, HTML, f="html"),
        call.link("alternate", at, "application/ld+json", f="jsonld"),
        call.link("collection", f"/collections/{view.spec.slug}", "application/json", title_of(call, view), f="json"),
    ]
    text = json.dumps(more, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(body[:-1] + b"," + text[1:].encode(), content_type=GEOJSON)


def _page(call: Call, view: LayerView, offered: crs.Offered, body: bytes) -> HttpResponse:
    feature = json.loads(body)
    wgs = body if offered.uri == CRS84 else rows.feature(view, feature["id"]) or body
    return page_of(call, "item", item_page(call, view, feature, json.loads(wgs)))


def _linked(call: Call, view: LayerView, fid: int) -> HttpResponse:
    # pygeoapi is loaded by the first who asks for linked data: most processes never need its memory.
    from geoserver_app.ogcapi.features import linked_data  # noqa: PLC0415

    return tagged(call, linked_data.item(call, view, fid), linked_data.MEDIA)
