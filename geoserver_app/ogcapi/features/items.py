"""A collection's items: GeoJSON that PostgreSQL wrote, passed on as bytes; one SQL statement a page.

pygeoapi is not in this path: its own JSON writing is most of the time of a page (docs/adr/0011).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.db import InternalError
from django.http import HttpResponse

from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.answers import face, not_modified, page_of
from geoserver_app.ogcapi.call import GEOJSON, HTML, Call, check_names, invalid
from geoserver_app.ogcapi.features import cursor, jsonfg, reading, tags, times
from geoserver_app.ogcapi.features.itempages import items_page
from geoserver_app.ogcapi.visible import features_of, title_of
from layers import crs, history, rows
from layers.access import LayerView
from layers.errors import NotFound
from layers.filters import Node


@dataclass(frozen=True, slots=True)
class Page:
    """One page asked for: the view at its version, the door's query, the answer's CRS."""

    view: LayerView
    query: rows.RowQuery
    offered: crs.Offered
    is_empty: bool


@face("query", formats=("json", "html", "jsonfg"), parameters=None)
def items(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/items (OGC 17-069r4 §7.15)."""
    view = features_of(call, collection)
    check_names(call.parameters, (*reading.NAMES, *(field.name for field in view.fields)))
    page = _page(call, view)
    tag = tags.of_page(call, page.view)
    if (unchanged := not_modified(call.request, tag)) is not None:
        return unchanged
    answer = _page_of_people(call, page) if call.format == "html" else _json(call, page)
    answer["ETag"] = tag
    answer["Content-Crs"] = f"<{page.offered.uri}>"
    jsonfg.announce(answer, page.query.profile)
    return answer


def _page(call: Call, view: LayerView) -> Page:
    view = reading.version(call, view)
    offered = reading.offered_crs(call, "crs")
    order = reading.order(call, view)
    place = cursor.read(call.parameters["cursor"], view.spec.slug) if "cursor" in call.parameters else None
    if place is not None:
        view = _pinned(view, place.version)
    box = reading.bounds(call)
    conditions: list[Node | None] = [reading.condition(call, view), times.condition(call, view)]
    conditions.append(None if isinstance(box, tuple) else box)
    bounds, srid = box if isinstance(box, tuple) else (None, crs.STORAGE)
    query = rows.RowQuery(
        bounds=bounds,
        bounds_srid=srid,
        filter=reading.together(each for each in conditions if each is not None),
        after=place.after if place else 0,
        offset=place.offset if place else 0,
        limit=reading.limit(call),
        sort=order,
        columns=reading.selection(call, view),
        srid=offered.srid,
        swap_axes=offered.is_swapped,
        profile=jsonfg.profile(call),
        time=jsonfg.time_of(view),
        time_field=jsonfg.time_field(view),
    )
    return Page(view, query, offered, is_empty=not times.is_surveyed_then(call, view))


def _pinned(view: LayerView, version: int) -> LayerView:
    """Return the version that a chain of pages began with; one withdrawn meanwhile is gone."""
    try:
        return history.at(view, version)
    except NotFound:
        raise RequestFault("Gone", "此版本已撤回 / This version has been withdrawn", parameter="cursor", status=410) from None


def _json(call: Call, page: Page) -> HttpResponse:
    found = rows.Items(b"", 0, 0, False) if page.is_empty else _ask(page, rows.items)
    links = _links(call, page, found)
    counted = {"numberReturned": found.returned, **_matched(page, found)}
    stamp = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    more = {} if page.query.profile == "rfc7946" else jsonfg.members(call, page.view, page.offered)
    head = {"links": links, "timeStamp": stamp, **counted, **more}
    body = b"".join(
        (b'{"type":"FeatureCollection",', _dumps(head)[1:-1], b',"features":[', found.body, b"]}")
    )
    answer = HttpResponse(body, content_type=GEOJSON)
    answer["Link"] = ", ".join(f'<{_ascii(each["href"])}>; rel="{each["rel"]}"; type="{each["type"]}"' for each in links)
    return answer


def _ask[Found](page: Page, door: Callable[[LayerView, rows.RowQuery], Found]) -> Found:
    try:
        return door(page.view, page.query)
    except InternalError as error:
        # PostGIS could not bring the box or the filter's geometry into storage coordinates.
        raise RequestFault(
            "InvalidParameterValue", "几何超出坐标系的范围 / A geometry lies outside its CRS",
            parameter="bbox" if page.query.bounds else "filter",
        ) from error  # fmt: skip


def _page_of_people(call: Call, page: Page) -> HttpResponse:
    found = [] if page.is_empty else _ask(page, rows.rows)
    last = int(found[-1]["fid"]) if found else 0
    body = rows.Items(b"", len(found), last, more=len(found) == page.query.limit)
    matched = _matched(page, body).get("numberMatched")
    links = {each["rel"]: each["href"] for each in _links(call, page, body)}
    return page_of(call, "items", items_page(call, page.view, page.query, found, {"links": links, "matched": matched}))


def _links(call: Call, page: Page, found: rows.Items) -> list[dict[str, str]]:
    path = f"/collections/{page.view.spec.slug}"
    asked = {name: value for name, value in call.parameters.items() if name not in ("f", "lang", "key")}
    here = {name: value for name, value in asked.items() if name != "cursor"}
    format_ = "json" if call.format == "html" else call.format
    links = [
        call.link("self", f"{path}/items", GEOJSON, **{"f": format_, **asked}),
        call.link("alternate", f"{path}/items", HTML, **{"f": "html", **asked}),
        call.link("collection", path, "application/json", title_of(call, page.view), f="json"),
    ]
    if "cursor" in asked:
        links.append(call.link("first", f"{path}/items", GEOJSON, **{"f": call.format, **here}))
    if found.more:
        place = cursor.Cursor(
            page.view.spec.slug,
            page.view.version,
            after=0 if page.query.sort else found.last,
            offset=page.query.offset + found.returned if page.query.sort else 0,
        )
        onward = {**here, "f": call.format, "cursor": cursor.write(place)}
        links.append(call.link("next", f"{path}/items", HTML if call.format == "html" else GEOJSON, **onward))
    return links


def _matched(page: Page, found: rows.Items) -> dict[str, int]:
    """Say how many there are in all, when that is known without counting on each request (design §9)."""
    query = page.query
    if page.is_empty:
        return {"numberMatched": 0}
    if not (query.bounds or query.filter):
        return {"numberMatched": _count(page.view.spec.id, page.view.version, page.view.policy, _Boxed(page.view))}
    if not (found.more or query.after or query.offset):
        return {"numberMatched": found.returned}
    return {}


class _Boxed:
    """Carries a view past the cache's key: id, version and policy say which rows it has."""

    def __init__(self, view: LayerView) -> None:
        self.view = view

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Boxed)


@lru_cache(maxsize=4096)
def _count(_layer: int, _version: int, _policy: str, boxed: _Boxed) -> int:
    return rows.count(boxed.view, rows.RowQuery())


def _dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _ascii(url: str) -> str:
    if not url.isascii():
        raise invalid("filter", "网址有误", "the URL is not ASCII")
    return url
