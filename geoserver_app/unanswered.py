"""What is told where no view answers, or one has failed: in the dialect of the face whose address it is."""

from django.http import HttpRequest, HttpResponse

from geoserver_app.http_errors import Dialect, Fault, refusal, response
from geoserver_app.wms.parameters import Parameters

_FACES: dict[str, Dialect] = {"wms": "wms130", "wmts": "ows", "csw": "ows10"}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an address that is none (Django's handler404)."""
    del exception  # it lists every address there is
    return _told(request, Fault(404, "NotFound", "没有这个地址；服务清单见 /directory/ 与 /ogc/ / No such address: see /directory/ and /ogc/"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what is no HTTP request we take (Django's handler400)."""
    del exception
    return _told(request, Fault(400, "InvalidParameterValue", "请求无法理解 / The request cannot be understood"))


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a fault of our own (Django's handler500); the log has its cause."""
    return _told(request, Fault(500, "NoApplicableCode", "服务器内部错误，已记入日志；请重试，仍不行请告知管理员 / An internal error, kept in the log: try again, or tell the administrators"))


def _told(request: HttpRequest, found: Fault) -> HttpResponse:
    dialect = _FACES.get(request.path_info.split("/")[1])
    if dialect is None:
        return refusal(request, found)
    is_older = dialect == "wms130" and Parameters(request.GET).version == "1.1.1"
    return response(found, "wms111" if is_older else dialect)
