"""Where an answer lies and when it was surveyed, in its headers: Content-Crs, Content-Bbox, Content-Datetime."""

from collections.abc import Sequence
from math import atan, cos, degrees, radians, sinh

from django.http.response import HttpResponseBase

from layers import crs, native
from layers.access import LayerView
from layers.errors import NotFound, RenderFailed
from layers.spec import Bounds

_RADIUS_M = 6378137.0


def storage_crs(view: LayerView) -> crs.Offered:
    """Return the CRS a layer is kept in: of a raster its files' own where it is offered, else EPSG:4490."""
    srid = crs.STORAGE
    if view.spec.kind in ("imagery", "elevation"):
        try:
            srid = native.grid(view).srid
        except (NotFound, RenderFailed):  # one damaged file must not take the list of collections away
            srid = crs.STORAGE
    return next(each for each in crs.OFFERED if each.srid == srid)


def located[Answer: HttpResponseBase](answer: Answer, bounds: Bounds, offered: crs.Offered, views: Sequence[LayerView]) -> Answer:
    """Say in the headers where an answer lies; bounds x first are written in the CRS's own axis order."""
    answer["Content-Crs"] = f"<{offered.uri}>"
    answer["Content-Bbox"] = ",".join(f"{each:.12g}" for each in ordered(bounds, offered))
    days = sorted(view.spec.current.survey_date for view in views if view.spec.current and view.spec.current.survey_date)
    if days:
        first, last = days[0].isoformat(), days[-1].isoformat()
        answer["Content-Datetime"] = first if first == last else f"{first}/{last}"
    return answer


def ordered(bounds: Bounds, offered: crs.Offered) -> Bounds:
    """Put bounds into a CRS's own axis order."""
    west, south, east, north = bounds
    return (south, west, north, east) if offered.is_swapped else bounds


def unit_m(bounds: Bounds, srid: int) -> tuple[float, float]:
    """Return the metres on the ground of one unit of a CRS, eastward and northward, in the middle of bounds."""
    middle = (bounds[1] + bounds[3]) / 2
    if crs.is_degrees(srid):
        return crs.degree_m(min(max(middle, -89.0), 89.0))
    if srid == 3857:
        shrunk = cos(radians(degrees(atan(sinh(middle / _RADIUS_M)))))
        return shrunk, shrunk
    return 1.0, 1.0
