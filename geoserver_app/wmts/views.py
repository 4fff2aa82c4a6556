"""The WMTS addresses: key-value requests at /wmts, RESTful ones below it."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from geoserver_app.caller import caller
from geoserver_app.census import operation
from geoserver_app.http_errors import RequestFault, fault, response
from geoserver_app.tile_answers import REVALIDATE, address, answer, visible
from geoserver_app.wmts.capabilities import capabilities
from layers import access
from layers.access import LayerView
from layers.errors import NotFound
from tiles.errors import TileOutOfRange, UnknownFormat, UnknownGrid, UnknownMatrix
from tiles.plan import MEDIA_TYPES, formats

View = Callable[..., HttpResponse]
_VERSION = "1.0.0"


def _face(view: View) -> View:
    """Write faults as ows:ExceptionReport."""

    @wraps(view)
    def told(request: HttpRequest, **place: str) -> HttpResponse:
        try:
            return view(request, **place)
        except Exception as error:
            found = fault(_named(error))
            if found is None:
                raise
            refused = response(found, "ows")
            refused["Cache-Control"] = REVALIDATE
            return refused

    return told


def _named(error: Exception) -> Exception:
    """Give a fault the exception code and locator WMTS has for it (OGC 07-057r7 tables 20 and 24)."""
    if isinstance(error, TileOutOfRange):
        return RequestFault("TileOutOfRange", error.detail, parameter=error.parameter)
    for kind, locator in ((UnknownGrid, "TileMatrixSet"), (UnknownMatrix, "TileMatrix"), (UnknownFormat, "Format")):
        if isinstance(error, kind):
            return RequestFault("InvalidParameterValue", error.detail, parameter=locator)
    if isinstance(error, NotFound):
        name = "Style" if error.parameter in ("STYLES", "STYLE") else "Layer"
        return RequestFault("InvalidParameterValue", "没有此图层或样式 / No such layer or style", parameter=name)
    return error


@operation("view")
@require_safe
@_face
def wmts(request: HttpRequest) -> HttpResponse:
    """Answer a key-value request: GetCapabilities or GetTile."""
    # The first of a name given twice, in whatever letters, counts.
    given = {name.lower(): values[0] for name, values in reversed(list(request.GET.lists())) if values}
    if given.get("service", "WMTS").upper() != "WMTS":
        raise RequestFault("InvalidParameterValue", "SERVICE 须为 WMTS / SERVICE is WMTS", parameter="service")
    match _required(given, "request").lower():
        case "getcapabilities":
            return _capabilities(request, given)
        case "gettile":
            return _tile(request, given)
        case _:
            raise RequestFault("OperationNotSupported", "没有此操作 / No such request", parameter="request")


@operation("view")
@require_safe
@_face
def document(request: HttpRequest) -> HttpResponse:
    """Answer the RESTful capabilities, /wmts/1.0.0/WMTSCapabilities.xml."""
    return _capabilities(request, {})


@operation("view")
@require_safe
@_face
def tile(request: HttpRequest, **place: str) -> HttpResponse:
    """Answer /wmts/1.0.0/{layer}/{style}/{set}/{matrix}/{row}/{column}.{png,webp,jpg,pbf}."""
    view = visible(request, place["layer"])
    at = address(place["set"], place["matrix"], place["row"], place["column"])
    return answer(request, view, at, place["extension"], _style(view, place["style"]))


def _capabilities(request: HttpRequest, given: dict[str, str]) -> HttpResponse:
    accepted = [each.strip() for each in given.get("acceptversions", _VERSION).split(",")]
    if _VERSION not in accepted:
        raise RequestFault("VersionNegotiationFailed", "只有 1.0.0 / Only 1.0.0", parameter="acceptversions")
    views = access.views(caller(request), "view")
    is_tianditu = given.get("profile", "").lower() == "tianditu"
    body = capabilities(views, request, is_tianditu=is_tianditu)
    told = HttpResponse(body, content_type="application/xml")
    told["Cache-Control"] = REVALIDATE
    return told


def _tile(request: HttpRequest, given: dict[str, str]) -> HttpResponse:
    names = ("layer", "tilematrixset", "tilematrix", "tilerow", "tilecol", "format")
    layer, set_id, matrix, row, column, media_type = (_required(given, name) for name in names)
    view = visible(request, layer)
    at = address(set_id, matrix, row, column)
    return answer(request, view, at, _extension(view, media_type), _style(view, given.get("style", "")))


def _required(given: dict[str, str], name: str) -> str:
    if not (value := given.get(name, "")):
        raise RequestFault("MissingParameterValue", f"缺少参数 {name} / {name} is missing", parameter=name)
    return value


def _extension(view: LayerView, media_type: str) -> str:
    if media_type == "tiles":  # TianDiTu's clients name no format
        return formats(view)[0]
    wanted = media_type.lower().replace("image/jpg", "image/jpeg")
    found = next((each for each in formats(view) if MEDIA_TYPES[each] == wanted), None)
    if found is None:
        raise UnknownFormat
    return found


def _style(view: LayerView, name: str) -> str:
    return "" if name in ("", "default") or (view.spec.styles and view.spec.styles[0].name == name) else name
