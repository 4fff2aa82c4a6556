"""What a collection says of its queries and parameters (OGC 19-086r6 §7, annex on metadata)."""

from collections.abc import Sequence
from typing import Any

from pyproj import CRS

from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.edr import stations
from geoserver_app.ogcapi.edr.found import MEDIA
from geoserver_app.ogcapi.edr.places import METRES, Kind
from geoserver_app.ogcapi.fields import Field, of_raster
from geoserver_app.ogcapi.visible import bounds_of, title_of
from layers import crs
from layers.access import LayerView

_WIDTHS: dict[Kind, dict[str, list[str]]] = {
    "radius": {"within_units": [*METRES]},
    "corridor": {"width_units": [*METRES], "height_units": [*METRES]},
}


def described(call: Call, view: LayerView, path: str, kinds: Sequence[Kind]) -> dict[str, Any]:
    """Return data_queries, parameter_names, output_formats, crs and extent of a collection or an instance."""
    found: dict[str, Any] = {
        "data_queries": {kind: {"link": _query(call, path, kind)} for kind in kinds},
        "parameter_names": {field.name: _parameter(field, call.language) for field in fields_of(view)},
        "output_formats": list(MEDIA),
        "crs": uris(),
    }
    if box := bounds_of(view):
        found["extent"] = {"spatial": {"bbox": [list(box)], "crs": uris()[0]}}
    return found


def fields_of(view: LayerView) -> tuple[Field, ...]:
    """Return the parameters of a raster or a station layer."""
    return stations.fields_of(view) if view.spec.kind == "vector" else of_raster(view)


def uris() -> list[str]:
    """Return every CRS that queries take, CRS84 first."""
    own = crs.offered("CRS:84").uri
    return [own, *(each.uri for each in crs.OFFERED if each.uri != own)]


def label_of(call: Call, view: LayerView) -> str:
    """Return the layer's title in the request's language."""
    return title_of(call, view)


def _query(call: Call, path: str, kind: Kind) -> dict[str, Any]:
    variables = {
        "title": kind,
        "query_type": kind,
        "output_formats": list(MEDIA) if kind != "locations" else ["GeoJSON"],
        "default_output_format": "CoverageJSON" if kind != "locations" else "GeoJSON",
        "crs_details": [{"crs": each.uri, "wkt": _wkt(each)} for each in crs.OFFERED],
        **_WIDTHS.get(kind, {}),
    }
    return {"href": call.url(f"{path}/{kind}"), "rel": "data", "title": kind, "variables": variables}


def _wkt(offered: crs.Offered) -> str:
    return str(CRS.from_user_input("OGC:CRS84" if offered.name == "CRS:84" else offered.name).to_wkt())


def _parameter(field: Field, language: str) -> dict[str, Any]:
    words = field.title(language) or field.name
    found: dict[str, Any] = {
        "type": "Parameter",
        "id": field.name,
        "description": words,
        "data-type": "integer" if field.dtype.startswith(("int", "uint")) else "float",
        "observedProperty": {"label": words, **({"id": field.definition} if field.definition else {})},
    }
    if field.unit:
        found["unit"] = {"label": field.unit, "symbol": {"value": field.unit, "type": "http://www.opengis.net/def/uom/UCUM/"}}
    return found
