"""The web map's addresses: the page, its assets, its configuration, its search."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.urls import NoReverseMatch, reverse
from django.utils.cache import patch_vary_headers
from django.utils import csp
from django.utils.encoding import iri_to_uri
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from geoserver_app.caller import caller, zone
from geoserver_app.census import operation
from geoserver_app.http_errors import fault, response
from geoserver_app.webmap import built, config_json, search
from layers import access
from layers.errors import InvalidValue, NotFound
from layers.spec import Bounds, Title
from tiles import render

CSP: dict[str, list[str]] = {
    "default-src": [csp.CSP.NONE.value],
    "script-src": [csp.CSP.SELF.value],
    "style-src": [csp.CSP.SELF.value],
    "img-src": [csp.CSP.SELF.value, "data:", "blob:"],
    "connect-src": [csp.CSP.SELF.value],
    "worker-src": [csp.CSP.SELF.value, "blob:"],
    "base-uri": [csp.CSP.NONE.value],
    "form-action": [csp.CSP.SELF.value],
    "frame-ancestors": [csp.CSP.SELF.value],
}
_YEAR_S = 31_536_000
NOT_BUILT = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>Geobase</title>
<p>网页地图还没有构建：在 geoserver_app/webmap 里运行 npm ci 和 npm run build，或运行 make demo。</p>
<p>The web map is not built yet: run npm ci and npm run build in geoserver_app/webmap, or make demo.</p>"""


def _told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Write known faults as RFC 9457 documents; answers depend on the caller, so no cache shares them."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            found = view(request, *args, **kwargs)
        except Exception as error:
            known = fault(error)
            if known is None:
                raise
            found = response(known, "problem")
        found.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(found, ["Cookie", "Authorization"])
        return found

    return answer


@operation("none")
@require_safe
@csp_override(CSP)
def index(request: HttpRequest) -> HttpResponse:
    """Show the map's page; it holds no data, so everybody gets the same bytes."""
    page = built.page()
    if page is None:
        return HttpResponse(NOT_BUILT, status=503, headers={"Retry-After": "60"})
    return HttpResponse(page, headers={"Cache-Control": "no-cache"})


@operation("none")
@require_safe
def asset(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send a file of the build; its name carries its hash, so browsers keep it for a year."""
    found = built.asset(name, gzip="gzip" in request.headers.get("Accept-Encoding", ""))
    if found is None:
        raise Http404
    answer = HttpResponse(found.body, content_type=found.media_type)
    answer["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    answer["Vary"] = "Accept-Encoding"
    if found.encoding:
        answer["Content-Encoding"] = found.encoding
    return answer


@operation("view")
@require_safe
@_told
def config(request: HttpRequest) -> HttpResponse:
    """Tell the map what the caller may see and how it first shows."""
    views = access.views(caller(request), "view")
    city = settings.GEOBASE
    rules, pointers = access.revision()
    document = {
        "city": {"zh": city.city_zh, "en": city.city_en},
        "zone": zone(),
        "extent": config_json.extent(views, city.city_bounds),
        "home": city.city_bounds,
        "user": _user(request),
        "revision": f"{rules}.{pointers}",
        "crs": {"gk": city.gauss_crs},
        "links": _links(request),
        "csrf": get_token(request) if request.user.is_authenticated else "",
        "approval": "",
        "themes": config_json.themes(views),
        "layers": config_json.layers(views),
    }
    return JsonResponse(document, json_dumps_params={"ensure_ascii": False})


@operation("query")
@require_safe
@_told
def codes(request: HttpRequest) -> HttpResponse:
    """Tell what the codes in the fields of the caller's layers stand for."""
    names = config_json.code_names(access.views(caller(request), "query"))
    return JsonResponse(names, json_dumps_params={"ensure_ascii": False})


@operation("query")
@require_safe
@_told
def find(request: HttpRequest) -> HttpResponse:
    """Find features by name: `q` the text, `limit` at most 50; GeoJSON in lon/lat."""
    limit = request.GET.get("limit", "8")
    most = min(int(limit), search.MOST) if limit.isascii() and limit.isdigit() else 8
    found = search.places(access.views(caller(request), "query"), request.GET.get("q", ""), max(1, most))
    return JsonResponse(found, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})


@operation("view")
@require_safe
@_told
def legend(request: HttpRequest, layer: str) -> HttpResponse:
    """Tell which classes of a vector layer's legend (places from 0) lie in `bbox`, west,south,east,north in degrees."""
    view = access.require(caller(request), layer, "view")
    if view.spec.kind != "vector":
        raise NotFound
    return JsonResponse({"classes": render.legend_shown(view, _bounds(request.GET.get("bbox", "")))})


def _bounds(text: str) -> Bounds:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InvalidValue("西,南,东,北（度） / west,south,east,north in degrees", parameter="bbox") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidValue("西,南,东,北（度） / west,south,east,north in degrees", parameter="bbox")
    return west, south, east, north


def _user(request: HttpRequest) -> dict[str, Any] | None:
    user = request.user
    if not user.is_authenticated:
        return None
    department = user.department
    title = Title(department.name_zh, department.name_en) if department else None
    return {
        "name": str(user),
        "department": {"zh": title.zh, "en": title.en} if title else None,
        "staff": user.is_staff,
    }


def _links(request: HttpRequest) -> dict[str, str | None]:
    is_staff = request.user.is_authenticated and request.user.is_staff
    return {
        "login": iri_to_uri(settings.LOGIN_URL),
        "logout": _address("logout"),
        "directory": _address("directory"),
        "services": "/ogc/",
        "admin": _address("admin:index") if is_staff else None,
    }


def _address(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None
