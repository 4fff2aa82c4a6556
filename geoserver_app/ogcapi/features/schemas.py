"""What a filter may name, what an order may name, and how features are made, as JSON Schema 2020-12."""

from typing import Any

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import SCHEMA, Call
from geoserver_app.ogcapi.visible import features_of, title_of
from layers import access, times
from layers.access import LayerView
from layers.spec import FieldSpec

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES: dict[str, dict[str, str]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
}
_GEOMETRIES = {
    "Point": "geometry-point-or-multipoint",
    "LineString": "geometry-linestring-or-multilinestring",
    "Polygon": "geometry-polygon-or-multipolygon",
}


@face("query")
def queryables(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/queryables (OGC 19-079r2 §6.2)."""
    view = features_of(call, collection)
    properties = {"geometry": _geometry(view), **properties_of(call, view)}
    body = {**_head(call, view, "queryables"), "properties": properties, "additionalProperties": False}
    return _answer(call, view, body)


@face("query")
def sortables(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/sortables (OGC 23-058r2): every visible attribute."""
    view = features_of(call, collection)
    body = {**_head(call, view, "sortables"), "properties": properties_of(call, view), "additionalProperties": False}
    return _answer(call, view, body)


@face("query")
def schema(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/schema (OGC 23-058r2): the attributes with their roles, and which of them may be sent.

    Members that this caller may read and not write are `readOnly`: without a right to edit all of them are.
    """
    view = features_of(call, collection)
    editing = access.decide(call.principal, collection, "edit")
    writable = {each.name for each in editing.fields} if editing else set()
    geometry = {**_geometry(view), "x-ogc-role": "primary-geometry"}
    fid = {"type": "integer", "title": "fid", "readOnly": True, "x-ogc-role": "id"}
    members = {"fid": fid, "geometry": geometry if editing else {**geometry, "readOnly": True}}
    for name, described in properties_of(call, view).items():
        members[name] = described if name in writable else {**described, "readOnly": True}
    if (observed := times.time_field(view)) is not None:
        members[observed.name]["x-ogc-role"] = "primary-instant"
    for place, described in enumerate(members.values(), 1):
        described["x-ogc-propertySeq"] = place
    body = {**_head(call, view, "schema"), "properties": members, "additionalProperties": False}
    if editing and view.spec.geometry:
        body["required"] = ["geometry"]
    return _answer(call, view, body)


def properties_of(call: Call, view: LayerView) -> dict[str, dict[str, Any]]:
    """Describe the attributes the caller may see, by public name."""
    return {field.name: _property(call, field) for field in view.fields}


def _property(call: Call, field: FieldSpec) -> dict[str, Any]:
    found: dict[str, Any] = {"title": field.title(call.language) or field.name, **_TYPES[field.type]}
    if field.unit:
        found["x-ogc-unit"] = field.unit
    if field.codes:
        found["description"] = call.say(f"代码表 {field.codes}", f"Code list {field.codes}")
    return found


def _geometry(view: LayerView) -> dict[str, Any]:
    return {"title": "geometry", "format": _GEOMETRIES.get(view.spec.geometry, "geometry-any"), "x-ogc-role": "primary-geometry"}


def _head(call: Call, view: LayerView, kind: str) -> dict[str, Any]:
    address = call.url(f"/collections/{view.spec.slug}/{kind}", f="json")
    return {"$schema": _DIALECT, "$id": address, "type": "object", "title": title_of(call, view)}


def _answer(call: Call, view: LayerView, body: dict[str, Any]) -> HttpResponse:
    if call.format == "html":
        path = f"/collections/{view.spec.slug}"
        context = {"title": title_of(call, view), "collection": call.url(path, f="html"), "items": call.url(f"{path}/items")}
        return page_of(call, "queryables", {**context, "properties": body["properties"]})
    return document(call, body, SCHEMA)
