"""The addresses of history: /changes/{layer} (GeoJSON, Atom), its features, report and package between two versions."""

import json
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from lxml import etree

from geoserver_app import caller
from geoserver_app.census import operation
from geoserver_app.http_errors import RequestFault, fault
from geoserver_app.http_errors import response as problem
from layers import access, differences, feed, history, lineage
from layers.access import LayerView
from layers.differences import Difference
from layers.errors import TooLarge
from layers.spec import Operation

ATOM, GEORSS = "http://www.w3.org/2005/Atom", "http://www.georss.org/georss"
MAX_PACKAGE = 200_000
"""So many changed features fit into one GeoPackage by HTTP; `manage.py diff --gpkg` has no bound."""
type Handler = Callable[[HttpRequest, LayerView], HttpResponse]


def _face(name: Operation) -> Callable[[Handler], Callable[..., HttpResponse]]:
    """Make a view of a handler: the caller's view of the layer for this operation, faults as problem details."""

    def make(handler: Handler) -> Callable[..., HttpResponse]:
        @wraps(handler)
        def view(request: HttpRequest, layer: str) -> HttpResponse:
            if request.method not in ("GET", "HEAD"):
                return problem(_told(RequestFault("MethodNotAllowed", "只读 / read only", status=405)), "problem")
            try:
                answer = handler(request, access.require(caller.caller(request), layer, name))
            except Exception as error:
                answer = problem(_told(error), "problem")
            answer["Cache-Control"] = "private, no-cache"
            return answer

        return operation(name)(view)

    return make


def _told(error: Exception) -> Any:
    found = fault(error)
    if found is None:
        raise error
    return found


@_face("query")
def versions(request: HttpRequest, view: LayerView) -> HttpResponse:
    """Answer the feed as GeoJSON: one feature a version, newest first; `since`, `before`, `limit`."""
    found, more = _entries(request, view)
    features = [_feature(request, view, each) for each in found]
    links = [{"rel": "self", "href": request.build_absolute_uri()}]
    if more:
        links.append({"rel": "next", "type": "application/geo+json", "href": _next(request, found[-1].version.number)})
    body = {"type": "FeatureCollection", "layer": view.spec.slug, "features": features, "links": links}
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/geo+json")


@_face("query")
def atom(request: HttpRequest, view: LayerView) -> HttpResponse:
    """Answer the feed as Atom (RFC 4287) with GeoRSS boxes; pages as RFC 5005 §3 has them."""
    found, more = _entries(request, view)
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM, "georss": GEORSS})
    home = _at(request, f"/changes/{view.spec.slug}")
    newest = view.spec.current.published.isoformat() if view.spec.current else "1970-01-01T00:00:00Z"
    for name, text in (("id", home), ("title", view.spec.title(_language(request))), ("updated", newest)):
        etree.SubElement(root, f"{{{ATOM}}}{name}").text = text
    author = etree.SubElement(root, f"{{{ATOM}}}author")
    etree.SubElement(author, f"{{{ATOM}}}name").text = view.spec.owner or settings.GEOBASE.city_zh
    etree.SubElement(root, f"{{{ATOM}}}link", rel="self", href=request.build_absolute_uri())
    if more:
        etree.SubElement(root, f"{{{ATOM}}}link", rel="next", href=_next(request, found[-1].version.number))
    for each in found:
        _entry(request, view, each, root)
    return HttpResponse(etree.tostring(root, xml_declaration=True, encoding="UTF-8"), content_type="application/atom+xml")


@_face("query")
def features(request: HttpRequest, view: LayerView) -> HttpResponse:
    """Answer what differs between the versions `from` and `to` as GeoJSON, page by page (`limit`, `after`)."""
    limit = _number(request, "limit", 1000, least=1, most=differences.MAX_FEATURES)
    found = _difference(request, view)
    page = differences.features(found, after=_number(request, "after", 0), limit=limit)
    links = [{"rel": "self", "href": request.build_absolute_uri()}]
    if page.more:
        links.append({"rel": "next", "type": "application/geo+json", "href": _with(request, after=page.last)})
    head = f'{{"type":"FeatureCollection","numberReturned":{page.returned},"links":{json.dumps(links)},"features":['
    return HttpResponse(head.encode() + page.body + b"]}", content_type="application/geo+json")


@_face("query")
def report(request: HttpRequest, view: LayerView) -> HttpResponse:
    """Answer how much differs between two versions: counts, and m² on the ellipsoid by code before and after."""
    found = _difference(request, view)
    added, changed, removed = differences.counts(found)
    areas = differences.areas(found) if view.spec.geometry == "Polygon" else []
    body = {
        "layer": view.spec.slug, "from": _number(request, "from", 0), "to": _number(request, "to", 0),
        "added": added, "changed": changed, "removed": removed,
        "areas": [{"code": each.code, "before": each.before, "after": each.after} for each in areas],
    }  # fmt: skip
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/json")


@_face("download")
def package(request: HttpRequest, view: LayerView) -> HttpResponse:
    """Answer what differs between two versions as a GeoPackage, written by GDAL from our own GeoJSON."""
    found = _difference(request, view)
    if sum(differences.counts(found)) > MAX_PACKAGE:
        raise TooLarge(f"变化要素多于 {MAX_PACKAGE} 个 / more than {MAX_PACKAGE} features differ")
    with tempfile.TemporaryDirectory(prefix="geobase-changes-") as folder:
        source, made = Path(folder, "changes.geojson"), Path(folder, "changes.gpkg")
        with source.open("wb") as file:
            _write(found, file.write)
        asked = ["ogr2ogr", "-f", "GPKG", "-a_srs", "EPSG:4490", "-nln", "changes", str(made), str(source)]
        subprocess.run(asked, capture_output=True, timeout=300, check=True)  # noqa: S603 - names of ours only
        answer = HttpResponse(made.read_bytes(), content_type="application/geopackage+sqlite3")
    name = f"{view.spec.slug}-{_number(request, 'from', 0)}-{_number(request, 'to', 0)}.gpkg"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@_face("query")
def origin(request: HttpRequest, view: LayerView) -> HttpResponse:
    """Answer where a feature (`feature`, its id) or a pixel (`at`, lon,lat in degrees) comes from."""
    if view.spec.kind == "vector":
        found = lineage.of_feature(view, _number(request, "feature", 0))
    else:
        found = lineage.of_pixel(view, *_place(request))
    return HttpResponse(json.dumps(asdict(found), ensure_ascii=False, default=str), content_type="application/json")


def _place(request: HttpRequest) -> tuple[float, float]:
    try:
        lon, lat = (float(each) for each in request.GET.get("at", "").split(","))
    except ValueError:
        lon = lat = 999.0
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise RequestFault("InvalidParameterValue", "at 应为 经度,纬度 / at is lon,lat in degrees", parameter="at")
    return lon, lat


def _write(found: Difference, write: Callable[[bytes], Any]) -> None:
    """Write the changes page by page, without `before`: a table has one geometry a row."""
    write(b'{"type":"FeatureCollection","features":[')
    after, is_first = 0, True
    while True:
        page = differences.features(found, after=after, limit=differences.MAX_FEATURES)
        if page.returned:
            rows = [{k: v for k, v in each.items() if k != "before"} for each in json.loads(b"[" + page.body + b"]")]
            write((b"" if is_first else b",") + json.dumps(rows, ensure_ascii=False)[1:-1].encode())
            is_first = False
        if not page.more:
            break
        after = page.last
    write(b"]}")


def _difference(request: HttpRequest, view: LayerView) -> Difference:
    older, newer = (_number(request, name, 0) for name in ("from", "to"))
    for number in (older, newer):
        if number:
            history.at(view, number)
    return differences.between(view, older, newer)


def _entries(request: HttpRequest, view: LayerView) -> tuple[list[feed.Entry], bool]:
    limit = _number(request, "limit", 50, least=1, most=500)
    found = feed.entries(view, before=_number(request, "before", 0), since=_number(request, "since", 0), limit=limit + 1)
    return found[:limit], len(found) > limit


def _feature(request: HttpRequest, view: LayerView, entry: feed.Entry) -> dict[str, Any]:
    version = entry.version
    counts = {} if entry.added is None else {"added": entry.added, "changed": entry.changed, "removed": entry.removed}
    return {
        "type": "Feature", "id": version.number, "geometry": _box(entry),
        "properties": {
            "version": version.number, "published": version.published.isoformat(), "delivery": version.delivery,
            "survey_date": version.survey_date.isoformat() if version.survey_date else None, "restores": entry.restores, **counts,
        },
        "links": [{"rel": "related", "type": "application/geo+json", "href": _features_at(request, view, entry)}],
    }  # fmt: skip


def _box(entry: feed.Entry) -> dict[str, Any] | None:
    if entry.bounds is None:
        return None
    west, south, east, north = entry.bounds
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def _entry(request: HttpRequest, view: LayerView, entry: feed.Entry, root: Any) -> None:
    version = entry.version
    node = etree.SubElement(root, f"{{{ATOM}}}entry")
    title = f"{view.spec.title(_language(request))} · {version.number}"
    counts = "" if entry.added is None else f"+{entry.added} ~{entry.changed} -{entry.removed}"
    told = " · ".join(each for each in (version.delivery, counts) if each) or title
    where = _features_at(request, view, entry)
    for name, text in (("id", where), ("title", title), ("updated", version.published.isoformat()), ("summary", told)):
        etree.SubElement(node, f"{{{ATOM}}}{name}").text = text
    etree.SubElement(node, f"{{{ATOM}}}link", rel="alternate", type="application/geo+json", href=where)
    if entry.bounds is not None:
        west, south, east, north = entry.bounds
        # GeoRSS writes latitude first.
        etree.SubElement(node, f"{{{GEORSS}}}box").text = f"{south:.9g} {west:.9g} {north:.9g} {east:.9g}"


def _number(request: HttpRequest, name: str, default: int, *, least: int = 0, most: int = 2**62) -> int:
    text = request.GET.get(name, str(default))
    if not text.isdecimal() or len(text) > 18 or not least <= int(text) <= most:
        raise RequestFault("InvalidParameterValue", f"{name} 应为 {least} 到 {most} 的整数 / a whole number from {least} to {most}", parameter=name)
    return int(text)


def _features_at(request: HttpRequest, view: LayerView, entry: feed.Entry) -> str:
    return _at(request, f"/changes/{view.spec.slug}/features?from={entry.previous}&to={entry.version.number}")


def _next(request: HttpRequest, before: int) -> str:
    return _with(request, before=before)


def _with(request: HttpRequest, **values: int) -> str:
    query = request.GET.copy()
    for name, value in values.items():
        query[name] = str(value)
    return _at(request, f"{request.path}?{query.urlencode()}")


def _at(request: HttpRequest, path: str) -> str:
    return settings.GEOBASE.base_url + path if settings.GEOBASE.base_url else request.build_absolute_uri(path)


def _language(request: HttpRequest) -> str:
    return "en" if request.headers.get("Accept-Language", "zh").startswith("en") else "zh"
