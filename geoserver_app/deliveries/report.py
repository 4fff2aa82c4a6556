"""The check report of a delivery: a page with a map, or the same as JSON, XLSX or PDF (`f=`)."""

import json
from typing import Any

import shapely
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geoserver_app.caller import caller, zone
from geoserver_app.census import operation
from geoserver_app.http_errors import RequestFault, fault, refusal
from ingest.findings import Finding
from ingest.report import CheckReport, find
from ingest.report.model import SEVERITY_TITLES
from layers import access
from layers.spec import Title

_ZONES = (Title("互联网", "Internet"), Title("政务外网", "Extranet"), Title("政务内网", "Intranet"))
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BASES = ("vec", "ortho")
"""What the page's map shows below the findings, where the caller may see it."""


@operation("publish")
@require_safe
def report(request: HttpRequest, delivery: str) -> HttpResponse:
    """Show a delivery's report to those who handle deliveries; for all others there is none."""
    kind = request.GET.get("f", "html")
    try:
        found = find(caller(request), delivery)
        answer = _written(request, found, kind)
    except Exception as error:
        told = fault(error)
        if told is None:
            raise
        answer = refusal(request, told)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _written(request: HttpRequest, found: CheckReport, kind: str) -> HttpResponse:
    language = "en" if (get_language() or "zh").startswith("en") else "zh"
    match kind:
        case "html":
            return render(request, "deliveries/report.html", _context(request, found, language))
        case "json":
            return JsonResponse(found.as_json(), json_dumps_params={"ensure_ascii": False})
        case "xlsx":
            from ingest.report import xlsx  # noqa: PLC0415  # openpyxl: a second at each start otherwise

            return _file(xlsx.write(found, language), _XLSX, f"report-{found.sha256[:12]}.xlsx")
        case "pdf":
            from ingest.report import pdf  # noqa: PLC0415  # fpdf: two seconds and 60 MB otherwise

            return _file(pdf.write(found, settings.GEOBASE.font, language), "application/pdf", f"report-{found.sha256[:12]}.pdf")
    raise RequestFault("InvalidParameterValue", "f 应为 html、json、xlsx 或 pdf / f is html, json, xlsx or pdf", parameter="f")


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(body, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _context(request: HttpRequest, found: CheckReport, language: str) -> dict[str, Any]:
    city = settings.GEOBASE
    return {
        "is_english": language == "en",
        "city": Title(city.city_zh, city.city_en)(language),
        "zone": _ZONES[zone()](language),
        "user": request.user,
        "report": found,
        "counts": [(name, SEVERITY_TITLES[name](language), count) for name, count in found.counts.items()],
        "findings": [_row(number, each, language) for number, each in enumerate(found.ordered)],
        "layers": found.layers,
        "matrix": [
            {"title": each.title(language), "id": each.id, "severity": each.severity,
             "counts": [found.count(each.id, layer) for layer in found.layers]}
            for each in found.groups if any(each.layers)
        ],
        "rows": found.rows.items(),
        "map": {"base": _base(request), "wms": f"{request.META.get('SCRIPT_NAME', '')}/wms",
                "bounds": found.bounds or city.city_bounds, "findings": [_places(each) for each in found.ordered]},
    }  # fmt: skip


def _row(number: int, each: Finding, language: str) -> dict[str, Any]:
    return {
        "number": number, "id": each.id, "severity": each.severity, "severity_title": SEVERITY_TITLES[each.severity](language),
        "title": (each.title_en if language == "en" else each.title_zh) or each.id,
        "words": each.en if language == "en" else each.zh, "file": each.file, "layer": each.layer, "count": each.count,
        "evidence": each.evidence, "confidence": each.confidence, "samples": each.samples, "has_place": each.bounds is not None,
    }  # fmt: skip


def _places(each: Finding) -> dict[str, Any]:
    """Return what the map draws of a finding: its bounds, and the samples as GeoJSON geometries (lon, lat)."""
    shapes = [json.loads(shapely.to_geojson(shapely.from_wkt(sample.wkt))) if sample.wkt else None for sample in each.samples]
    return {"severity": each.severity, "bounds": each.bounds, "shapes": shapes}


def _base(request: HttpRequest) -> str:
    seen = {view.spec.slug for view in access.views(caller(request), "view")}
    return next((slug for slug in _BASES if slug in seen), "")
