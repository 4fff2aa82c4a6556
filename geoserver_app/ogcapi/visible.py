"""Which layers the caller has behind /ogc/, and what they are called."""

from django.conf import settings

from geoserver_app.ogcapi.call import Call
from layers import access
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import Bounds

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"


def visible(call: Call) -> tuple[LayerView, ...]:
    """Return the layers the caller may look at, in the registry's order, that have anything to show."""
    return tuple(view for view in access.views(call.principal, "view") if view.spec.current or view.members)


def view_of(call: Call, slug: str) -> LayerView:
    """Return one visible layer; hidden, absent and still empty are the same not-found."""
    view = access.decide(call.principal, slug, "view")
    if view is None or not (view.spec.current or view.members):
        raise NotFound
    return view


def features_of(call: Call, slug: str) -> LayerView:
    """Return the caller's view of a collection of features, for queries; anything else is not found."""
    view = access.require(call.principal, slug, "query")
    if view.spec.kind != "vector" or not view.spec.version:
        raise NotFound
    return view


def title_of(call: Call, view: LayerView) -> str:
    """Return a layer's title in the request's language."""
    return view.spec.title(call.language) or view.spec.slug


def has_items(view: LayerView) -> bool:
    """Tell whether the caller may ask for the layer's features."""
    return view.spec.kind == "vector" and "query" in view.operations


def bounds_of(view: LayerView) -> Bounds | None:
    """Return the extent (EPSG:4490) of a layer, or of a composed map's members together."""
    boxes = [view.spec.extent] if view.spec.extent else [each.spec.extent for each, _ in view.members if each.spec.extent]
    if not boxes:
        return None
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return west, south, max(box[2] for box in boxes), max(box[3] for box in boxes)


def service_title(call: Call) -> str:
    """Return the service's title in the request's language."""
    zh, en = settings.GEOBASE.city_zh, settings.GEOBASE.city_en
    return call.say(f"{zh}地理空间基础库", f"{en} geographic base database")
