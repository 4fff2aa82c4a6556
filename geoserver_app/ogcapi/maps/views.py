"""Maps of one layer, of one in a style, and of several together."""

from collections.abc import Iterator
from datetime import date

from django.conf import settings
from django.http import HttpResponse

from geoserver_app.ogcapi.answers import face, tagged
from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.maps import background, frame
from geoserver_app.ogcapi.maps.drawing import MEDIA, Map, draw
from geoserver_app.ogcapi.negotiation import picked
from geoserver_app.ogcapi.placing import located, storage_crs
from geoserver_app.ogcapi.subsetting import until
from geoserver_app.ogcapi.visible import CRS84, bounds_of, view_of, visible
from layers import files
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import Bounds
from tiles.render import Drawn

PARAMETERS = (*frame.PARAMETERS, *background.PARAMETERS, "datetime")
_FORMATS = tuple(MEDIA)


@face("view", formats=_FORMATS, parameters=PARAMETERS)
def collection_map(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/map (OGC 20-058 §19)."""
    return _answer(call, [view_of(call, collection)])


@face("view", formats=_FORMATS, parameters=PARAMETERS)
def styled_map(call: Call, collection: str, style: str) -> HttpResponse:
    """Answer /collections/{id}/styles/{styleId}/map (OGC 20-058 §21)."""
    return _answer(call, [view_of(call, collection)], style)


@face("view", formats=_FORMATS, parameters=(*PARAMETERS, "collections"))
def dataset_map(call: Call) -> HttpResponse:
    """Answer /map: the layers that `collections` names, bottom first, else those shown at first opening (OGC 20-058 §20)."""
    return _answer(call, chosen(call))


def chosen(call: Call) -> list[LayerView]:
    """Return the layers of a map of several, bottom first; raises RequestFault for one that the caller has not."""
    text = call.parameters.get("collections")
    if text is None:
        found = [view for view in visible(call) if view.spec.shown_at_start and _is_drawn(view)]
        return found or [view for view in visible(call) if _is_drawn(view)][: settings.GEOBASE.max_layers]
    names = [name.removeprefix(f"{call.base}/collections/") for name in text.split(",")]
    if len(names) > settings.GEOBASE.max_layers:
        raise invalid("collections", f"最多 {settings.GEOBASE.max_layers} 个图层", f"at most {settings.GEOBASE.max_layers}")
    try:
        return [view_of(call, name) for name in names]
    except NotFound:
        raise invalid("collections", "没有这个数据集", "no such collection") from None


def is_in_time(view: LayerView, day: date | None) -> bool:
    """Tell whether a layer, or some file of it, had been surveyed by a day."""
    if day is not None and view.spec.kind in ("imagery", "elevation"):
        return any(files.is_surveyed(each, day) for each in files.listed(view))
    surveyed = view.spec.current.survey_date if view.spec.current else None
    return day is None or surveyed is None or surveyed <= day


def _is_drawn(view: LayerView) -> bool:
    return view.spec.kind != "cascaded"


def _answer(call: Call, views: list[LayerView], style: str = "") -> HttpResponse:
    whole = _extent(views)
    storage = storage_crs(views[0]).uri if len(views) == 1 else CRS84
    day = until(call)
    shown = [view for view in views if is_in_time(view, day)]
    if not shown:
        return HttpResponse(status=204)
    asked = Map(tuple(_drawn(shown, style, day)), frame.frame(call, whole, storage), background.background(call))
    format = picked(call, MEDIA)
    answer = tagged(call, draw(asked, format), MEDIA[format])
    return located(answer, asked.frame.bounds, asked.frame.offered, shown)


def _drawn(views: list[LayerView], style: str, day: date | None) -> Iterator[Drawn]:
    number = int(f"{day:%Y%m%d}") if day else 0
    for view in views:
        yield Drawn(view, style, view.spec.opacity if len(views) > 1 else 1.0, number)


def _extent(views: list[LayerView]) -> Bounds:
    boxes = [box for view in views if (box := bounds_of(view))]
    if not boxes:
        return settings.GEOBASE.city_bounds
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)
