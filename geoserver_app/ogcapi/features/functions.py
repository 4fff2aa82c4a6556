"""Which functions a filter may call: /functions (OGC 21-065r2, requirements class "functions")."""

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face
from geoserver_app.ogcapi.call import HTML, JSON, Call
from layers.filters.functions import FUNCTIONS

_TYPES = {"text": ["string"], "number": ["number"], "truth": ["boolean"], "time": ["datetime"], "geometry": ["geometry"], "texts": ["array"]}


@face("none")
def functions(call: Call) -> HttpResponse:
    """Answer /functions."""
    listed = [
        {
            "name": each.name,
            "description": call.say(each.zh, each.en),
            "arguments": [{"type": _TYPES[kind]} for kind in each.arguments],
            "returns": _TYPES[each.returns],
        }
        for each in FUNCTIONS.values()
    ]
    links = [call.link("self", "/functions", JSON, f="json"), call.link("alternate", "/functions", HTML, f="html")]
    return document(call, {"links": links, "functions": listed}, page="functions")
