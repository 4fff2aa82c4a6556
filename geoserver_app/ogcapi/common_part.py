"""OGC API - Common Parts 1 and 2: landing page, definition, conformance, collections."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from geoserver_app.ogcapi.call import HTML, JSON, OPENAPI, Call
from geoserver_app.ogcapi.openapi_writing import get, query
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.visible import CRS84, GREGORIAN, bounds_of, title_of
from layers import times
from layers.access import LayerView

_COMPONENTS = json.loads(Path(__file__).with_name("common.json").read_text())


def _landing(call: Call) -> Links:
    return [
        call.link("self", "/", JSON, call.say("本页", "This document"), f="json"),
        call.link("alternate", "/", HTML, call.say("网页", "As a page"), f="html"),
        call.link("service-desc", "/api", OPENAPI, call.say("接口定义", "API definition"), f="json"),
        call.link("service-doc", "/api", HTML, call.say("接口说明", "API documentation"), f="html"),
        call.link("conformance", "/conformance", JSON, call.say("符合性", "Conformance"), f="json"),
        call.link("http://www.opengis.net/def/rel/ogc/1.0/conformance", "/conformance", JSON, f="json"),
        call.link("data", "/collections", JSON, call.say("数据集", "Collections"), f="json"),
        call.link("http://www.opengis.net/def/rel/ogc/1.0/data", "/collections", JSON, f="json"),
    ]


def _links(call: Call, view: LayerView) -> Links:
    path, title = f"/collections/{view.spec.slug}", title_of(call, view)
    return [call.link("self", path, JSON, title, f="json"), call.link("alternate", path, HTML, title, f="html")]


def _members(call: Call, view: LayerView) -> Mapping[str, Any]:
    """Describe a collection: title, extent, version."""
    spec = view.spec
    words = {"description": spec.abstract(call.language), "keywords": list(spec.keywords), "attribution": spec.attribution}
    found: dict[str, Any] = {"id": spec.slug, "title": title_of(call, view), **words, "extent": _extent(view)}
    if spec.current:
        found["version"] = spec.current.number
        found["updated"] = spec.current.published.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {name: value for name, value in found.items() if value}


def _extent(view: LayerView) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if box := bounds_of(view):
        found["spatial"] = {"bbox": [list(box)], "crs": CRS84}
    if interval := _interval(view):
        found["temporal"] = {"interval": [interval], "trs": GREGORIAN}
    return found


def _interval(view: LayerView) -> list[str]:
    """Return the moments between which the features were observed, else the survey's day."""
    span = times.span(view)
    day = view.spec.current.survey_date if view.spec.current else None
    if span is None and day:
        span = datetime.combine(day, time.min, UTC), datetime.combine(day, time.max, UTC)
    return [each.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") for each in span or ()]


def _paths(say: Say) -> Paths:
    return {
        "/": get("landing", say("首页", "Landing page"), {JSON: "landingPage", HTML: ""}),
        "/api": get("api", say("接口定义", "API definition"), {OPENAPI: "jsonSchema", HTML: ""}),
        "/conformance": get("conformance", say("符合性", "Conformance"), {JSON: "confClasses", HTML: ""}),
        "/collections": get("collections", say("数据集", "Collections"), {JSON: "collections", HTML: ""}),
    }


def _collection_paths(view: LayerView, say: Say) -> Paths:
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    path = f"/collections/{slug}"
    return {path: get(f"{slug}.collection", title, {JSON: "collection", HTML: ""}, tag=slug)}


def _components(say: Say) -> Components:
    parameters = {
        "f": query("f", {"type": "string", "enum": ["json", "html"]}, say("格式", "Format")),
        "lang": query("lang", {"type": "string", "enum": ["zh", "en"]}, say("语言", "Language")),
    }
    return {**_COMPONENTS, "parameters": parameters}


_CORE = "ogcapi-common-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Common - Part 1: Core",
        "OGC 19-072",
        claims=(
            Claim(f"{_CORE}/core", "HTTP、错误、参数检查", "HTTP, faults, parameters checked"),
            Claim(f"{_CORE}/landing-page", "首页、接口定义、符合性声明", "landing page, definition, declaration"),
            Claim(f"{_CORE}/oas30", "OpenAPI 3.0，不引用外部文件", "OpenAPI 3.0 without outside references"),
            Claim(f"{_CORE}/html", "每个地址都有网页", "a page at every address"),
            Claim(f"{_CORE}/json", "每个地址都有 JSON", "JSON at every address"),
        ),
        landing=_landing,
        paths=_paths,
        components=_components,
    ),
    Part(
        "OGC API - Common - Part 2: Geospatial Data",
        "OGC 20-024",
        claims=(
            Claim(
                "ogcapi-common-2/1.0/conf/collections",
                "数据集清单，逐用户给出",
                "the collections, as each caller may see them",
            ),
        ),
        members=_members,
        links=_links,
        collection_paths=_collection_paths,
    ),
)
