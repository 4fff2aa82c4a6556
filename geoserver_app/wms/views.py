"""The WMS address: one view that tells the requests apart."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from geoserver_app.caller import caller
from geoserver_app.census import operation
from geoserver_app.http_errors import Dialect, RequestFault, fault, response
from geoserver_app.wms import featureinfo
from geoserver_app.wms.capabilities import capabilities
from geoserver_app.wms.layers_asked import asked, styles
from geoserver_app.wms.parameters import Parameters, background, frame, picture_format
from geoserver_app.wms.styles import document as styles_document
from layers import access
from layers.errors import GeobaseError
from tiles import render

_MEDIA = {"png": "image/png", "png8": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}


@operation("view")
def wms(request: HttpRequest) -> HttpResponse:
    """Answer any WMS request; faults are exception reports of the version asked for."""
    parameters = Parameters(request.GET)
    dialect: Dialect = "wms130" if parameters.version == "1.3.0" else "wms111"
    try:
        answer = _handler(parameters)(request, parameters)
    except Exception as error:
        found = fault(error)
        if found is None:
            raise
        answer = response(found, dialect)
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _handler(parameters: Parameters) -> Callable[[HttpRequest, Parameters], HttpResponse]:
    if parameters.text("SERVICE", "WMS").upper() != "WMS":
        raise RequestFault("InvalidParameterValue", "SERVICE 须为 WMS / SERVICE is WMS", parameter="SERVICE")
    for name in ("SLD", "SLD_BODY"):
        if parameters.text(name, ""):
            raise RequestFault("OperationNotSupported", "不接受外来样式 / Styles from outside are not taken", parameter=name)
    handlers = {
        "getcapabilities": _capabilities,
        "capabilities": _capabilities,
        "getmap": _map,
        "map": _map,
        "getfeatureinfo": _featureinfo,
        "getlegendgraphic": _legend,
        "getstyles": _styles,
    }
    handler = handlers.get(parameters.text("REQUEST").lower())
    if handler is None:
        raise RequestFault("OperationNotSupported", "没有此操作 / No such request", parameter="REQUEST")
    return handler


def _capabilities(request: HttpRequest, parameters: Parameters) -> HttpResponse:
    views = access.views(caller(request), "view")
    document = capabilities(views, parameters.version, _address(request), _language(parameters))
    is_13 = parameters.version == "1.3.0"
    return HttpResponse(document, content_type="text/xml" if is_13 else "application/vnd.ogc.wms_xml")


def _map(request: HttpRequest, parameters: Parameters) -> HttpResponse:
    views = asked(request, parameters, "LAYERS", "view")
    names = styles(parameters, views)
    wanted = frame(parameters)
    picture = picture_format(parameters)
    query = render.MapQuery(
        bounds=wanted.bounds,
        srid=wanted.srid,
        width=wanted.width,
        height=wanted.height,
        layers=tuple(render.Drawn(view, name) for view, name in zip(views, names, strict=True)),
        transparent=parameters.text("TRANSPARENT", "FALSE").upper() == "TRUE" and picture != "jpeg",
        background=background(parameters),
        format=picture,
    )
    return HttpResponse(render.draw(query), content_type=_MEDIA[picture])


def _featureinfo(request: HttpRequest, parameters: Parameters) -> HttpResponse:
    asked(request, parameters, "LAYERS", "view")
    views = asked(request, parameters, "QUERY_LAYERS", "query")
    wanted = frame(parameters)
    first, second = ("I", "J") if parameters.version == "1.3.0" else ("X", "Y")
    try:
        column = parameters.whole(first, 0, wanted.width - 1)
        row = parameters.whole(second, 0, wanted.height - 1)
    except RequestFault as wrong:
        raise RequestFault("InvalidPoint", wrong.detail, parameter=wrong.parameter) from None
    media_type = parameters.text("INFO_FORMAT", "application/json").lower()
    if media_type not in featureinfo.FORMATS:
        choices = ", ".join(featureinfo.FORMATS)
        raise RequestFault("InvalidFormat", f"格式可选 {choices} / one of these", parameter="INFO_FORMAT")
    count = min(parameters.whole("FEATURE_COUNT", 1, 999_999_999, 1), 100)
    found = featureinfo.collection(views, featureinfo.spot(wanted, column, row), count)
    return featureinfo.response(views, found, media_type, _language(parameters))


def _styles(request: HttpRequest, parameters: Parameters) -> HttpResponse:
    views = asked(request, parameters, "LAYERS", "view")
    home = _address(request).removesuffix("/wms")
    return HttpResponse(styles_document(views, parameters.version, home), content_type="application/vnd.ogc.sld+xml")


def _legend(request: HttpRequest, parameters: Parameters) -> HttpResponse:
    principal = caller(request)
    try:
        view = access.require(principal, parameters.text("LAYER"), "view")
    except GeobaseError:
        raise RequestFault("LayerNotDefined", "没有此图层 / No such layer", parameter="LAYER", status=404) from None
    style = parameters.text("STYLE", "")
    if style not in ("", "default") and style not in (each.name for each in render.styles_of(view)):
        raise RequestFault("StyleNotDefined", "没有此样式 / No such style", parameter="STYLE")
    if picture_format(parameters, "image/png") not in ("png", "png8"):
        raise RequestFault("InvalidFormat", "图例只有 image/png / Legends are image/png", parameter="FORMAT")
    return HttpResponse(render.legend(view, style, language=_language(parameters)), content_type="image/png")


def _language(parameters: Parameters) -> str:
    asked_for = parameters.text("LANGUAGE", get_language() or "zh")
    return "en" if asked_for.lower().startswith("en") else "zh"


def _address(request: HttpRequest) -> str:
    """Return this service's address: of the settings where given, with the key's path kept."""
    base = settings.GEOBASE.base_url or f"{request.scheme}://{urlsplit('//' + request.get_host()).netloc}"
    return f"{base}{request.path}"
