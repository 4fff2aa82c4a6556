"""The queries of a collection, of its current version or of an instance: an older published version."""

from collections.abc import Callable

import shapely
from django.http import HttpResponse
from django.http.response import HttpResponseBase

from geoserver_app.ogcapi.answers import document, face, tagged
from geoserver_app.ogcapi.call import JSON, Call, invalid
from geoserver_app.ogcapi.edr import rasters, stations
from geoserver_app.ogcapi.edr.describing import described, label_of
from geoserver_app.ogcapi.edr.found import ALIASES, MEDIA, Found, written
from geoserver_app.ogcapi.edr.places import Asked, Kind, check_z, offered, shape
from geoserver_app.ogcapi.subsetting import numbers, placed
from layers import access, crs, history
from layers.access import LayerView
from layers.errors import NotFound

_COMMON = ("crs", "datetime", "parameter-name", "parameter_names", "z")
_GRIDDED = ("resolution-x", "resolution-y", "resolution-z")
PARAMETERS: dict[Kind, tuple[str, ...]] = {
    "position": (*_COMMON, "coords"),
    "area": (*_COMMON, "coords", *_GRIDDED),
    "cube": (*_COMMON, "bbox", "cube-z", *_GRIDDED),
    "radius": (*_COMMON, "coords", "within", "within-units", *_GRIDDED),
    "trajectory": (*_COMMON, "coords"),
    "corridor": (*_COMMON, "coords", "corridor-width", "width-units", "corridor-height", "height-units", *_GRIDDED),
    "locations": (*_COMMON, "bbox"),
}
_FORMATS = tuple(ALIASES)
type Query = Callable[[Call, LayerView, Asked], Found]
_OF_RASTERS: dict[Kind, Query] = {
    "position": rasters.at_places, "area": rasters.over, "cube": rasters.over, "radius": rasters.over, "trajectory": rasters.along,
    "corridor": rasters.over,
}  # fmt: skip
_OF_STATIONS: dict[Kind, Query] = {
    "position": stations.nearest, "area": stations.within, "cube": stations.within, "radius": stations.within, "corridor": stations.within,
}  # fmt: skip


def queries_of(view: LayerView) -> dict[Kind, Query]:
    """Return the queries that a layer answers; none where it has no values or the caller may not query it."""
    if "query" not in view.operations or not view.spec.version:
        return {}
    if view.spec.kind in ("imagery", "elevation"):
        return _OF_RASTERS
    return _OF_STATIONS if stations.is_station_layer(view) else {}


def _face(kind: Kind) -> Callable[..., HttpResponseBase]:
    @face("query", formats=_FORMATS, parameters=PARAMETERS[kind])
    def query(call: Call, collection: str, instance: str = "") -> HttpResponse:
        """Answer /collections/{id}/{query} and /collections/{id}/instances/{version}/{query} (OGC 19-086r6 §8)."""
        view = data_of(call, collection, instance)
        answer = queries_of(view).get(kind)
        if answer is None:
            raise NotFound
        check_z(call)
        asked = _box(call) if kind == "cube" else shape(call, kind)
        return _answer(call, answer(call, view, asked))

    return query


position, area, cube = _face("position"), _face("area"), _face("cube")
radius, trajectory, corridor = _face("radius"), _face("trajectory"), _face("corridor")


@face("query", formats=_FORMATS, parameters=PARAMETERS["locations"])
def locations(call: Call, collection: str, instance: str = "") -> HttpResponse:
    """Answer /collections/{id}/locations: the stations as GeoJSON (OGC 19-086r6 §8.2.8)."""
    view = _stations_of(call, collection, instance)
    names = [field.name for field in stations.fields_of(view)]
    box = shapely.box(*shapely.bounds(_box(call).shape)) if "bbox" in call.parameters else None
    features = [
        {
            "type": "Feature",
            "id": each["id"],
            "geometry": {"type": "Point", "coordinates": list(each["lonlat"])},
            "properties": {
                "label": each["label"],
                "name": each["label"],
                "datetime": "/".join(dict.fromkeys((each["times"][0], each["times"][-1]))) if each["times"] else None,
                "parameter-name": names,
                "edrqueryendpoint": call.url(f"/collections/{collection}/locations/{each['id']}"),
            },
        }
        for each in stations.all_of(call, view)
        if box is None or shapely.intersects_xy(box, *each["lonlat"])
    ]
    return document(call, {"type": "FeatureCollection", "features": features, "numberReturned": len(features)}, "application/geo+json")


@face("query", formats=_FORMATS, parameters=PARAMETERS["locations"])
def location(call: Call, collection: str, location: str, instance: str = "") -> HttpResponse:
    """Answer /collections/{id}/locations/{locationId}: one station's series."""
    return _answer(call, stations.one(call, _stations_of(call, collection, instance), offered(call), location))


@face("query", formats=("json",))
def instances(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/instances: the published versions (OGC 19-086r6 §8.2.10)."""
    view = data_of(call, collection)
    listed = [_instance(call, view.at(each.number)) for each in history.versions(view)]
    links = [call.link("self", f"/collections/{collection}/instances", JSON, f="json")]
    return document(call, {"links": links, "instances": listed})


@face("query", formats=("json",))
def instance(call: Call, collection: str, instance: str) -> HttpResponse:
    """Answer /collections/{id}/instances/{version}."""
    return document(call, _instance(call, data_of(call, collection, instance)))


def data_of(call: Call, slug: str, instance: str = "") -> LayerView:
    """Return the caller's view of a layer that has values, at a version; anything else is not found."""
    view = access.require(call.principal, slug, "query")
    if not queries_of(view):
        raise NotFound
    if not instance:
        return view
    number = int(instance) if instance.isascii() and instance.isdigit() and len(instance) < 10 else 0
    return history.at(view, number)


def _stations_of(call: Call, slug: str, instance: str) -> LayerView:
    view = data_of(call, slug, instance)
    if view.spec.kind != "vector":
        raise NotFound
    return view


def _instance(call: Call, view: LayerView) -> dict[str, object]:
    path = f"/collections/{view.spec.slug}/instances/{view.version}"
    words = {"id": str(view.version), "title": f"{label_of(call, view)} · v{view.version}", "links": [call.link("self", path, JSON, f="json")]}
    return {**words, **described(call, view, path, tuple(queries_of(view)))}


def _box(call: Call) -> Asked:
    """Read bbox in crs: four numbers, or six with heights."""
    given = offered(call)
    if "bbox" not in call.parameters:
        raise invalid("bbox", "缺少 bbox", "bbox is missing")
    found = numbers(call, "bbox", (4, 6))
    half = len(found) // 2
    (west, south), (east, north) = found[:2], found[half : half + 2]
    if given.is_swapped:
        west, south, east, north = south, west, north, east
    if west > east or south > north:
        raise invalid("bbox", "最小值大于最大值", "minimum above maximum")
    return Asked(shapely.box(*placed((west, south, east, north), given.srid, crs.STORAGE)), given)


def _answer(call: Call, found: Found) -> HttpResponse:
    if not found.spots and found.cells is None:
        return HttpResponse(status=204)
    format = _format(call)
    answer = tagged(call, written(found, format), MEDIA[format])
    answer["Content-Crs"] = f"<{found.offered.uri}>"
    return answer


def _format(call: Call) -> str:
    """Take f, else what Accept names, else CoverageJSON."""
    if "f" in call.parameters:
        return ALIASES[call.format]
    accepted = call.request.headers.get("Accept", "").lower()
    return next((name for name, media in MEDIA.items() if media.partition(";")[0] in accepted), "CoverageJSON")
