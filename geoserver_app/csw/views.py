"""The CSW address: GET with key-value pairs, POST with XML."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt
from lxml import etree

from geoserver_app.caller import caller
from geoserver_app.catalogue import search
from geoserver_app.catalogue.addresses import home
from geoserver_app.census import operation
from geoserver_app.csw import writing
from geoserver_app.csw.capabilities import capabilities
from geoserver_app.csw.reading import MOST, NAMES, Request, from_pairs, from_xml
from geoserver_app.http_errors import RequestFault, fault, response
from layers import metadata
from layers.metadata import Record

_MOST_BYTES = 200_000


@operation("discover")
@csrf_exempt  # it only reads, so a foreign page gains nothing by it
def csw(request: HttpRequest) -> HttpResponse:
    """Answer a CSW request; faults are ows:ExceptionReport of OWS 1.0."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    try:
        made = _answer(request, _read(request))
    except Exception as error:
        found = fault(error)
        if found is None:
            raise
        made = response(found, "ows10")
    made["Cache-Control"] = "private, no-cache"
    made["Vary"] = "Authorization, Cookie, Accept-Language"
    return made


def _read(request: HttpRequest) -> Request:
    if request.method == "POST" and "xml" in (request.content_type or ""):
        if int(request.headers.get("Content-Length") or 0) > _MOST_BYTES:
            raise RequestFault("NoApplicableCode", "请求过大 / The request is too large", status=413)
        return from_xml(request.body)
    given = request.POST if request.method == "POST" else request.GET
    return from_pairs({name.lower(): values[0] for name, values in reversed(list(given.lists())) if values})


def _answer(request: HttpRequest, asked: Request) -> HttpResponse:
    at = home(request)
    match asked.operation:
        case "getcapabilities":
            made = capabilities(f"{at}/csw", get_language() or "zh")
        case "describerecord":
            made = writing.description()
        case "getrecords":
            made = writing.results(_limited(asked), _found(request, asked), at)
        case "getrecordbyid":
            if not asked.ids:
                raise RequestFault("MissingParameterValue", "缺少参数 ID / ID is missing", parameter="id")
            every = {each.slug: each for each in search.records(caller(request))}
            made = writing.by_id(asked, [every[slug] for slug in asked.ids[:MOST] if slug in every], at)
        case _:
            raise RequestFault("OperationNotSupported", "没有此操作 / No such request", parameter="request")
    return HttpResponse(etree.tostring(made, xml_declaration=True, encoding="UTF-8"), content_type="application/xml")


def _limited(asked: Request) -> Request:
    return replace(asked, most=min(asked.most, MOST))


def _found(request: HttpRequest, asked: Request) -> list[Record]:
    found = search.find(caller(request), search.Search(sort=asked.sort))
    return metadata.filtered(found, asked.filter, NAMES) if asked.filter is not None else found
