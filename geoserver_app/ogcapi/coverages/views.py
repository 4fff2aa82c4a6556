"""A coverage: the values of a raster layer over a part of space, at a resolution, in a CRS."""

from typing import IO

from django.http import FileResponse, HttpResponse, HttpResponseBase

from geoserver_app.ogcapi.answers import face, tagged
from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.coverages import writing
from geoserver_app.ogcapi.coverages.describing import coverage_of
from geoserver_app.ogcapi.coverages.grids import PARAMETERS, wanted
from geoserver_app.ogcapi.coverages.writing import MEDIA
from geoserver_app.ogcapi.negotiation import picked
from geoserver_app.ogcapi.placing import located
from layers import files
from layers.access import LayerView
from layers.pixels import Picture


@face("query", formats=tuple(MEDIA), parameters=PARAMETERS)
def coverage(call: Call, collection: str) -> HttpResponseBase:
    """Answer /collections/{id}/coverage (OGC 19-087 §7)."""
    view = coverage_of(call, collection)
    asked = wanted(call, view)
    if not _is_surveyed(view, asked.picture):
        return HttpResponse(status=204)
    format = picked(call, MEDIA)
    match format:
        case "geotiff":
            body: bytes | IO[bytes] = writing.geotiff(view, asked)
        case "cog":
            body = writing.cog(view, asked)
        case "png":
            body = writing.png(view, asked)
        case _:
            body = writing.covjson(call, view, asked)
    answer = _answer(call, body, MEDIA[format])
    if format not in ("png", "json"):
        answer["Content-Disposition"] = f'attachment; filename="{view.spec.slug}.tif"'
    return located(answer, asked.picture.bounds, asked.offered, [view])


def _answer(call: Call, body: bytes | IO[bytes], media: str) -> HttpResponseBase:
    if isinstance(body, bytes):
        return tagged(call, body, media)
    return FileResponse(body, content_type=media)


def _is_surveyed(view: LayerView, picture: Picture) -> bool:
    """Tell whether any file had been surveyed by the day asked."""
    return picture.until is None or any(files.is_surveyed(each, picture.until) for each in files.listed(view))
