"""The download page's one address."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geoserver_app.caller import caller
from geoserver_app.census import operation
from geoserver_app.processes.shipping import COUNTIES, FORMATS
from layers import access, crs, rows
from layers.rows import RowQuery
from layers.spec import Title

_NAMES = {"gpkg": "GeoPackage", "shp": "Shapefile", "geojson": "GeoJSON", "fgb": "FlatGeobuf", "csv": "CSV", "dxf": "DXF"}
_KINDS = ("vector", "imagery", "elevation")


@operation("download")
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """Show what the caller may download, by theme."""
    language = "en" if (get_language() or "zh").startswith("en") else "zh"
    views = [each for each in access.views(caller(request), "download") if each.spec.kind in _KINDS and each.version]
    chosen = set(request.GET.getlist("layer"))
    groups: list[dict[str, Any]] = [
        {"title": theme.title(language), "layers": [
            {"slug": each.spec.slug, "title": each.spec.title(language), "kind": each.spec.kind, "on": each.spec.slug in chosen,
             "count": each.spec.current.count if each.spec.current and each.spec.kind == "vector" and not each.pieces else None}
            for each in views if each.spec.theme == theme.slug]}
        for theme in access.themes()
    ]  # fmt: skip
    city = settings.GEOBASE
    return render(request, "downloads/downloads.html", {
        "is_english": language == "en", "city": Title(city.city_zh, city.city_en)(language), "csrf": get_token(request), "user": request.user,
        "groups": [each for each in groups if each["layers"]], "total": len(views),
        "formats": [{"id": each, "title": _NAMES[each]} for each in FORMATS], "crs": [each.name for each in crs.OFFERED],
        "counties": _counties(request), "base": request.META.get("SCRIPT_NAME", ""),
    })  # fmt: skip


def _counties(request: HttpRequest) -> list[str]:
    """Return the counties' names, for the list to choose from; none where their layer is not the caller's to query."""
    view = access.decide(caller(request), COUNTIES, "query")
    name = view.spec.title_field if view else ""
    if view is None or not any(field.name == name for field in view.fields):
        return []
    found = rows.rows(view, RowQuery(limit=200, columns=(name,), sort=((name, True),)))
    return sorted({str(each[name]) for each in found if each[name]})
