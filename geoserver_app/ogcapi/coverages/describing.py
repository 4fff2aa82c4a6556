"""What a coverage says of itself: schema of its fields, and the older range type and domain set (OGC 19-087, 09-146r8)."""

from typing import Any

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import JSON, SCHEMA, Call
from geoserver_app.ogcapi.fields import Field, json_type, of_raster
from geoserver_app.ogcapi.subsetting import placed
from geoserver_app.ogcapi.visible import CRS84, title_of
from layers import access, crs, native
from layers.access import LayerView
from layers.errors import NotFound

_OGC_TYPES = {
    "uint8": "unsignedByte", "int8": "signedByte", "uint16": "unsignedShort", "int16": "signedShort", "uint32": "unsignedInt",
    "int32": "signedInt", "float32": "float32", "float64": "float64",
}  # fmt: skip


def coverage_of(call: Call, slug: str) -> LayerView:
    """Return the caller's view of a raster layer, for queries; anything else is not found."""
    view = access.require(call.principal, slug, "query")
    if view.spec.kind not in ("imagery", "elevation") or not view.spec.version:
        raise NotFound
    return view


@face("query")
def schema(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/coverage/schema: the fields as JSON Schema (OGC 23-058r1)."""
    view = coverage_of(call, collection)
    properties = {field.name: _property(field, n, call.language) for n, field in enumerate(of_raster(view), 1)}
    title = title_of(call, view)
    if call.format == "html":
        context = {"title": title, "collection": call.url(f"/collections/{collection}", f="html"), "items": ""}
        return page_of(call, "queryables", {**context, "properties": properties})
    body = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": call.url(f"/collections/{collection}/coverage/schema", f="json"),
        "type": "object",
        "title": title,
        "properties": properties,
    }
    return document(call, body, SCHEMA)


@face("query", formats=("json",))
def range_type(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/coverage/rangetype, which GDAL asks for."""
    view = coverage_of(call, collection)
    fields = [
        {
            "type": "Quantity",
            "id": field.name,
            "name": field.name,
            "description": field.title(call.language),
            "definition": "ogcType:" + _OGC_TYPES.get(field.dtype, "float64"),
            "encodingInfo": {"dataType": "http://www.opengis.net/def/dataType/OGC/0/" + _OGC_TYPES.get(field.dtype, "float64")},
            **({"uom": {"type": "UnitReference", "code": field.unit}} if field.unit else {}),
        }
        for field in of_raster(view)
    ]
    return document(call, {"type": "DataRecord", "field": fields}, JSON)


@face("query", formats=("json",))
def domain_set(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/coverage/domainset in CRS84, the CRS that `subset` has where none is said."""
    view = coverage_of(call, collection)
    own = native.grid(view)
    west, south, east, north = placed(own.bounds, own.srid, crs.STORAGE)
    columns, rows = own.size
    axis = [
        {"type": "RegularAxis", "axisLabel": label, "lowerBound": low, "upperBound": high, "resolution": (high - low) / count, "uomLabel": "deg"}
        for label, low, high, count in (("Lon", west, east, columns), ("Lat", south, north, rows))
    ]
    limits = [
        {"type": "IndexAxis", "axisLabel": label, "lowerBound": 0, "upperBound": count - 1} for label, count in (("i", columns), ("j", rows))
    ]
    grid = {
        "type": "GeneralGridCoverage", "srsName": CRS84, "axisLabels": ["Lon", "Lat"], "axis": axis,
        "gridLimits": {"type": "GridLimits", "srsName": "http://www.opengis.net/def/crs/OGC/0/Index2D", "axisLabels": ["i", "j"], "axis": limits},
    }  # fmt: skip
    return document(call, {"type": "DomainSet", "generalGrid": grid}, JSON)


def _property(field: Field, place: int, language: str) -> dict[str, Any]:
    found: dict[str, Any] = {"title": field.title(language), **json_type(field), "x-ogc-propertySeq": place}
    if field.unit:
        found["x-ogc-unit"] = field.unit
        found["x-ogc-unitLang"] = "UCUM"
    if field.definition:
        found["x-ogc-definition"] = field.definition
    return found
