"""How answers of /ogc/ leave: JSON, bytes, page, 304 or problem, with the headers every one carries."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.shortcuts import render

from geoserver_app.census import Operation, operation
from geoserver_app.http_errors import Fault, fault
from geoserver_app.http_errors import response as problem
from geoserver_app.ogcapi.call import HTML, JSON, LANGUAGES, Call, understand

type Handler = Callable[..., HttpResponse]
type View = Callable[..., HttpResponse]
_METHODS = ("GET", "HEAD")


def face(
    name: Operation, *, formats: tuple[str, ...] = ("json", "html"), parameters: tuple[str, ...] | None = ()
) -> Callable[[Handler], View]:
    """Make a view of a handler of `Call` and path parts: methods, parameters, faults and headers are seen to."""

    def make(handler: Handler) -> View:
        @wraps(handler)
        def view(request: HttpRequest, **parts: str) -> HttpResponse:
            if request.method not in _METHODS:
                return _finish(_not_allowed())
            try:
                call = understand(request, formats, parameters)
                return _finish(handler(call, **parts), call)
            except Exception as error:
                found = fault(error)
                if found is None:
                    raise
                return _finish(_refused(request, found))

        return operation(name)(view)

    return make


def document(call: Call, body: Mapping[str, Any], media: str = JSON, *, page: str = "") -> HttpResponse:
    """Answer a JSON document, or the page of that name with the document as `document`."""
    if call.format == "html":
        return page_of(call, page, {"document": body})
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return tagged(call, text.encode(), media)


def tagged(call: Call, body: bytes, media: str) -> HttpResponse:
    """Answer bytes with their own hash as ETag, or 304."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    return not_modified(call.request, tag) or HttpResponse(body, content_type=media, headers={"ETag": tag})


def not_modified(request: HttpRequest, tag: str) -> HttpResponse | None:
    """Return 304 when the caller's copy is this one (RFC 9110 §13.1.2, weak comparison)."""
    asked = request.headers.get("If-None-Match", "")
    have = {each.strip().removeprefix("W/") for each in asked.split(",")}
    if tag.removeprefix("W/") in have:
        return HttpResponseNotModified(headers={"ETag": tag})
    return None


def page_of(call: Call, name: str, context: Mapping[str, Any]) -> HttpResponse:
    """Render a page of templates/ogc."""
    other = "zh" if call.language == "en" else "en"
    query = {key: value for key, value in call.parameters.items() if key not in ("lang", "f")}
    shared = {
        "call": call,
        "language": call.language,
        "is_english": call.language == "en",
        "home": call.base.removesuffix("/ogc"),
        "landing": call.url("/"),
        "collections_url": call.url("/collections", f="html"),
        "json_url": _again(call, query, f="json"),
        "other_url": _again(call, query, lang=other),
    }
    return render(call.request, f"ogc/{name}.html", {**shared, **context}, content_type=f"{HTML}; charset=utf-8")


def _again(call: Call, query: Mapping[str, str], **changes: str) -> str:
    kept = call.request.GET.copy()
    for key in (*kept,):
        if key not in query and key != "lang":
            del kept[key]
    for key, value in changes.items():
        kept[key] = value
    return f"?{kept.urlencode()}"


def _refused(request: HttpRequest, found: Fault) -> HttpResponse:
    if "text/html" not in request.headers.get("Accept", "") or request.GET.get("f", "html") != "html":
        return problem(found, "problem")
    return render(request, "ogc/fault.html", {"fault": found}, status=found.status)


def _not_allowed() -> HttpResponse:
    answer = problem(Fault(405, "MethodNotAllowed", "只接受 GET、HEAD / Only GET and HEAD"), "problem")
    answer["Allow"] = HttpResponseNotAllowed(_METHODS)["Allow"]
    return answer


def _finish(answer: HttpResponse, call: Call | None = None) -> HttpResponse:
    # "*" never lets a browser send cookies along, so only what anyone may see is read this way.
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Expose-Headers"] = "Content-Crs, ETag, Link"
    if "Cache-Control" not in answer:
        answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Accept, Accept-Language, Authorization, Cookie"
    if call is not None:
        answer["Content-Language"] = LANGUAGES[call.language]
    return answer
