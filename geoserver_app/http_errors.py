"""What a fault looks like in each protocol's dialect, and which HTTP status it has: decided once."""

from dataclasses import dataclass
from typing import Literal

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from lxml import etree

from geoserver_app.caller import BadCredentials
from layers import errors

type Dialect = Literal["wms111", "wms130", "ows", "ows10", "problem"]

OGC = "http://www.opengis.net/ogc"
OWS = "http://www.opengis.net/ows/1.1"
OWS10 = "http://www.opengis.net/ows"


class RequestFault(errors.GeobaseError):
    """The request cannot be understood."""

    def __init__(self, code: str, detail: str, *, parameter: str = "", status: int = 400, type: str = "about:blank") -> None:
        super().__init__(detail, parameter=parameter)
        self.code = code
        self.status = status
        self.type = type


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault ready to be written: HTTP status, OGC exception code, text and the parameter's name."""

    status: int
    code: str
    text: str
    parameter: str = ""
    type: str = "about:blank"


_KNOWN: tuple[tuple[type[Exception], int, str, str], ...] = (
    (errors.NotFound, 404, "NotFound", "没有此图层、要素或样式 / No such layer, feature or style"),
    (errors.NotAllowed, 403, "Forbidden", "未获此项操作的权限 / This operation is not granted"),
    (errors.InvalidFilter, 400, "InvalidParameterValue", "过滤条件有误 / The filter cannot be read"),
    (errors.UnknownCrs, 400, "InvalidCRS", "不提供此坐标系 / This CRS is not offered"),
    (errors.DatumRefused, 400, "InvalidCRS", "无法精确转换到此坐标系 / No exact transformation to this CRS"),
    (errors.TooLarge, 413, "InvalidParameterValue", "请求的数据量超过上限 / The request asks for too much"),
    (errors.Stale, 412, "PreconditionFailed", "此要素已被他人修改，请重新读取 / Changed since it was read: read it again"),
    (errors.Conflict, 409, "Conflict", "与已有内容冲突 / It clashes with what is there"),
    (errors.InvalidContent, 422, "InvalidContent", "内容不符合图层的数据结构 / It does not fit the layer's schema"),
    (errors.InvalidValue, 400, "InvalidParameterValue", "参数值不在允许范围内 / A parameter is out of range"),
    (errors.Busy, 503, "NoApplicableCode", "正忙，请稍后再试 / Busy, try again"),
    (errors.RenderFailed, 503, "NoApplicableCode", "绘图服务暂不可用 / The drawing engine does not answer"),
    (RequestDataTooBig, 413, "TooLarge", "请求体过大 / The body is too large"),
    (BadCredentials, 401, "AuthenticationFailed", "密钥或口令无效 / The key or password is not valid"),
)


def fault(error: Exception) -> Fault | None:
    """Return what to tell about an error, or None when it is not one a client should see."""
    if isinstance(error, RequestFault):
        return Fault(error.status, error.code, error.detail, error.parameter, error.type)
    for kind, status, code, text in _KNOWN:
        if isinstance(error, kind):
            own = isinstance(error, errors.GeobaseError) and error.detail != (kind.__doc__ or "")
            return Fault(status, code, str(error) if own else text, getattr(error, "parameter", ""))
    return None


def response(found: Fault, dialect: Dialect) -> HttpResponse:
    """Write a fault in a protocol's dialect."""
    match dialect:
        case "wms111":
            answer = HttpResponse(_service_exception(found, "1.1.1"), content_type="application/vnd.ogc.se_xml")
        case "wms130":
            answer = HttpResponse(_service_exception(found, "1.3.0"), content_type="text/xml")
        case "ows":
            answer = HttpResponse(_ows(found, OWS, "1.0.0"), content_type="application/xml")
        case "ows10":
            answer = HttpResponse(_ows(found, OWS10, "1.2.0"), content_type="application/xml")
        case "problem":
            answer = _problem(found)
    answer.status_code = found.status
    if found.status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="Geobase", charset="UTF-8"'
    if found.status == 503:
        answer["Retry-After"] = "5"
    return answer


def refusal(request: HttpRequest, found: Fault) -> HttpResponse:
    """Write a fault as a page for who asked for one, else as a problem document."""
    answer = response(found, "problem")
    if "text/html" in request.headers.get("Accept", "") and request.GET.get("f", "html") == "html":
        answer.content = render_to_string("ogc/fault.html", {"fault": found})
        answer["Content-Type"] = "text/html; charset=utf-8"
    return answer


def _service_exception(found: Fault, version: str) -> bytes:
    """WMS 1.3.0 Annex E.2 and WMS 1.1.1 Annex A.3."""
    if version == "1.3.0":
        root = etree.Element(f"{{{OGC}}}ServiceExceptionReport", {"version": version}, nsmap={None: OGC})
        child = etree.SubElement(root, f"{{{OGC}}}ServiceException")
    else:
        root = etree.Element("ServiceExceptionReport", {"version": version})
        child = etree.SubElement(root, "ServiceException")
    child.set("code", found.code)
    if found.parameter and version == "1.3.0":
        child.set("locator", found.parameter)
    child.text = found.text
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _ows(found: Fault, namespace: str, version: str) -> bytes:
    """OWS Common 1.1 (OGC 06-121r3) §8, and 1.0 (OGC 05-008) for CSW 2.0.2."""
    root = etree.Element(f"{{{namespace}}}ExceptionReport", {"version": version}, nsmap={"ows": namespace})
    child = etree.SubElement(root, f"{{{namespace}}}Exception", {"exceptionCode": found.code})
    if found.parameter:
        child.set("locator", found.parameter)
    etree.SubElement(child, f"{{{namespace}}}ExceptionText").text = found.text
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _problem(found: Fault) -> JsonResponse:
    """RFC 9457."""
    body = {"type": found.type, "title": found.code, "status": found.status, "detail": found.text}
    if found.parameter:
        body["parameter"] = found.parameter
    return JsonResponse(body, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
