"""Which collections have features the caller may query."""

from geoserver_app.ogcapi.call import Call
from layers import access
from layers.access import LayerView
from layers.errors import NotFound


def features_of(call: Call, slug: str) -> LayerView:
    """Return the caller's view of a collection of features, for queries; anything else is not found."""
    view = access.require(call.principal, slug, "query")
    if view.spec.kind != "vector" or not view.spec.version:
        raise NotFound
    return view
