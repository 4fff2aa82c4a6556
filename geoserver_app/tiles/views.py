"""The addresses under /tiles/: a tile by z/x/y, and the TileJSON that describes a layer's tiles."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from geoserver_app.census import operation
from geoserver_app.http_errors import fault, response
from geoserver_app.tile_answers import REVALIDATE, address, answer, visible
from geoserver_app.tiles.tilejson import document
from tiles.grids import grid

View = Callable[..., HttpResponse]


def _face(view: View) -> View:
    """Write faults as problem+json (RFC 9457)."""

    @wraps(view)
    def told(request: HttpRequest, **place: str) -> HttpResponse:
        try:
            return view(request, **place)
        except Exception as error:
            found = fault(error)
            if found is None:
                raise
            refused = response(found, "problem")
            refused["Cache-Control"] = REVALIDATE
            return refused

    return told


@operation("view")
@require_safe
@_face
def tile(request: HttpRequest, **place: str) -> HttpResponse:
    """Answer /tiles/{layer}/{grid}/{z}/{x}/{y}.{png,webp,jpg,pbf}; rows are counted from the top."""
    view = visible(request, place["layer"])
    at = address(place["grid"], place["z"], place["y"], place["x"])
    extension = {"jpeg": "jpg", "mvt": "pbf"}.get(place["extension"], place["extension"])
    return answer(request, view, at, extension, request.GET.get("style", ""))


@operation("view")
@require_safe
@_face
def tilejson(request: HttpRequest, **place: str) -> HttpResponse:
    """Answer /tiles/{layer}/{grid}/tilejson.json (TileJSON 3.0)."""
    view = visible(request, place["layer"])
    found: dict[str, Any] = document(request, view, grid(place["grid"]))
    told = JsonResponse(found, json_dumps_params={"ensure_ascii": False})
    told["Cache-Control"] = REVALIDATE
    return told
