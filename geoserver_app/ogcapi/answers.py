"""How answers of /ogc/ leave: JSON, bytes, page, 304 or problem, with the headers every one carries."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from geoserver_app.census import Operation, operation
from geoserver_app.http_errors import Fault, RequestFault, fault, refusal
from geoserver_app.http_errors import response as problem
from geoserver_app.ogcapi.call import HTML, JSON, LANGUAGES, Call, understand

type Handler = Callable[..., HttpResponseBase]
type View = Callable[..., HttpResponseBase]
_READING = ("GET", "HEAD")


def face(
    name: Operation,
    *,
    formats: tuple[str, ...] = ("json", "html"),
    parameters: tuple[str, ...] | None = (),
    methods: tuple[str, ...] = _READING,
) -> Callable[[Handler], View]:
    """Make a view of a handler of `Call` and path parts: methods, parameters, faults and headers are seen to."""

    def make(handler: Handler) -> View:
        @wraps(handler)
        def view(request: HttpRequest, **parts: str) -> HttpResponseBase:
            if request.method not in methods:
                return _finish(_not_allowed(methods))
            try:
                check_origin(request)
                call = understand(request, formats, parameters)
                return _finish(handler(call, **parts), call)
            except Exception as error:
                found = fault(error)
                if found is None:
                    raise
                return _finish(refusal(request, found))

        return operation(name)(view)

    return make


def resource(read: View, **writes: View) -> View:
    """Make one view of the views of an address by method: `resource(items, POST=create)`.

    Its operation is the reading one's; each write asks for its own. Cross-site forgery is met by `check_origin`
    and by bodies that no form can send, so Django's token is not asked for.
    """
    methods = (*_READING, *writes)

    @csrf_exempt
    @wraps(read)
    def view(request: HttpRequest, **parts: str) -> HttpResponseBase:
        found = read if request.method in _READING else writes.get(request.method or "")
        return found(request, **parts) if found else _finish(_not_allowed(methods))

    return view


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


def check_origin(request: HttpRequest) -> None:
    """Refuse a write that another site's page makes with the session of ours."""
    if request.method in _READING or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    origin = request.headers.get("Origin")
    is_ours = origin is None or urlsplit(origin).netloc == request.get_host()
    if not is_ours or request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise RequestFault("Forbidden", "不接受其他网站的请求 / Not from another site", status=403)


def _not_allowed(methods: tuple[str, ...]) -> HttpResponse:
    words = ", ".join(methods)
    answer = problem(Fault(405, "MethodNotAllowed", f"只接受 {words} / Only {words}"), "problem")
    answer["Allow"] = words
    return answer


def _finish(answer: HttpResponseBase, call: Call | None = None) -> HttpResponseBase:
    # "*" never lets a browser send cookies along, so only what anyone may see is read this way.
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Expose-Headers"] = "Content-Bbox, Content-Crs, Content-Datetime, ETag, Link"
    if "Cache-Control" not in answer:
        answer["Cache-Control"] = "private, no-cache"
    answer["Vary"] = "Accept, Accept-Language, Authorization, Cookie"
    if call is not None:
        answer["Content-Language"] = LANGUAGES[call.language]
    return answer
