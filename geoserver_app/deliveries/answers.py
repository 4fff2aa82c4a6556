"""How the deliveries' REST answers: JSON, faults as problem details; a cookie needs Django's token, a key does not."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.views.decorators.csrf import csrf_exempt

from geoserver_app import caller
from geoserver_app.census import operation
from geoserver_app.http_errors import RequestFault, fault
from geoserver_app.http_errors import response as problem
from ingest import desk
from ingest.uploads import WrongOffset
from layers.access import Principal

type Handler = Callable[..., HttpResponse]
_READING = ("GET", "HEAD")
_MAX_BODY = 8 << 20
"""Documents of this face; pieces of files are streamed and not bound by it."""


class Call:
    """One request: the caller, the name she acts under, and the body read once as JSON."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.principal: Principal = caller.caller(request)
        self.actor = desk.enter(self.principal)

    def document(self) -> dict[str, Any]:
        """Return the body's JSON object, {} when there is none."""
        if int(self.request.headers.get("Content-Length") or 0) > _MAX_BODY:
            raise RequestFault("TooLarge", "请求正文过大 / the body is too large", status=413)
        try:
            found = json.loads(self.request.read(_MAX_BODY) or b"{}")
        except ValueError:
            raise RequestFault("InvalidBody", "正文不是 JSON / the body is no JSON") from None
        if not isinstance(found, dict):
            raise RequestFault("InvalidBody", "正文应为 JSON 对象 / the body is a JSON object")
        return found

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number of the query, at most `most`."""
        text = self.request.GET.get(name, str(default))
        if not text.removeprefix("-").isdecimal() or len(text) > 19:
            raise RequestFault("InvalidParameterValue", f"{name} 应为整数 / {name} is a whole number", parameter=name)
        return min(int(text), most)


def resource(**handlers: Handler) -> Callable[..., HttpResponse]:
    """Make a view of handlers by method: `resource(GET=show, POST=begin)`; all of them publish or prepare to."""
    methods = sorted(handlers)

    @csrf_exempt  # a key cannot be forged by a foreign page; for cookies the token is asked for below
    @wraps(next(iter(handlers.values())))
    def view(request: HttpRequest, **parts: str) -> HttpResponse:
        handler = handlers.get("GET" if request.method == "HEAD" else request.method or "")
        if handler is None:
            refused = problem_of(RequestFault("MethodNotAllowed", "不支持此方法 / not allowed here", status=405))
            refused["Allow"] = ", ".join(methods)
            return refused
        try:
            call = Call(request)
            if call.principal.key is None and request.method not in _READING:
                _check_token(request)
            answer = handler(call, **parts)
        except Exception as error:
            answer = problem_of(error)
        answer["Cache-Control"] = "private, no-store"
        return answer

    return operation("publish")(view)


def answer(body: dict[str, Any], status: int = 200) -> JsonResponse:
    """Answer a JSON document."""
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def problem_of(error: Exception) -> HttpResponse:
    """Answer a fault as problem details (RFC 9457); what is none is raised on."""
    found = fault(error)
    if found is None:
        raise error
    written = problem(found, "problem")
    if isinstance(error, WrongOffset):
        written["Upload-Offset"] = str(error.offset)
    return written


def _check_token(request: HttpRequest) -> None:
    """Ask a cookie's request for Django's CSRF token (header X-CSRFToken)."""
    refused = CsrfViewMiddleware(_nothing).process_view(request, _nothing, (), {})
    if refused is not None:
        raise RequestFault("Forbidden", "缺少或错误的 X-CSRFToken / X-CSRFToken is missing or wrong", status=403)


def _nothing(request: HttpRequest) -> HttpResponse:
    """Stand for a view: the middleware asks whether it is exempt."""
    return HttpResponse(request.method)
