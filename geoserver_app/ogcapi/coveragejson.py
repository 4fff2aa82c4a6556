"""CoverageJSON (OGC 21-069r2): domains, parameters and ranges of grids, places, lines and series."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoserver_app.ogcapi.fields import Field
from layers import crs
from layers.spec import Bounds

MEDIA = "application/vnd.cov+json"
_SIGNIFICANT = {"float32": 7, "float64": 15}
type Json = dict[str, Any]


def referencing(offered: crs.Offered, *, has_time: bool = False) -> list[Json]:
    """Tell the CRS of x and y, and of t: coordinates in the order of the CRS's axes."""
    kind = "GeographicCRS" if crs.is_degrees(offered.srid) else "ProjectedCRS"
    order = ["y", "x"] if offered.is_swapped else ["x", "y"]
    found: list[Json] = [{"coordinates": order, "system": {"type": kind, "id": offered.uri}}]
    if has_time:
        found.append({"coordinates": ["t"], "system": {"type": "TemporalRS", "calendar": "Gregorian"}})
    return found


def line(first: float, last: float, count: int) -> Json:
    """Write a regular axis by its first and last value."""
    return {"start": first, "stop": last, "num": count} if count > 1 else {"values": [first]}


def axes(bounds: Bounds, shape: tuple[int, int]) -> dict[str, Json]:
    """Write the axes of a grid (height, width): cells' centres, north first."""
    west, south, east, north = bounds
    height, width = shape
    across, down = (east - west) / width / 2, (north - south) / height / 2
    return {"x": line(west + across, east - across, width), "y": line(north - down, south + down, height)}


def parameters(fields: Sequence[Field], language: str) -> dict[str, Json]:
    """Describe fields as CoverageJSON parameters with units in UCUM."""
    return {field.name: parameter(field, language) for field in fields}


def parameter(field: Field, language: str) -> Json:
    """Describe one field."""
    found: Json = {
        "type": "Parameter",
        "description": {language: field.title(language)},
        "observedProperty": {"label": {language: field.title(language)}, **({"id": field.definition} if field.definition else {})},
    }
    if field.unit:
        found["unit"] = {"symbol": {"value": field.unit, "type": "http://www.opengis.net/def/uom/UCUM/"}}
    return found


def array(values: "np.ma.MaskedArray[Any, Any]", names: Sequence[str]) -> Json:
    """Write an NdArray; what is masked or not finite is null."""
    kind = "float" if values.dtype.kind == "f" else "integer"
    return {"type": "NdArray", "dataType": kind, "axisNames": [*names], "shape": list(values.shape), "values": plain(values)}


def column(values: Sequence[Any], name: str = "t") -> Json:
    """Write a list of values along one axis."""
    is_text = any(isinstance(value, str) for value in values)
    kind = "string" if is_text else "float"
    return {"type": "NdArray", "dataType": kind, "axisNames": [name], "shape": [len(values)], "values": list(values)}


def plain(values: "np.ma.MaskedArray[Any, Any]") -> list[Any]:
    """List an array's values: floats with the digits their type holds, None for what is not there."""
    data, missing = np.ma.getdata(values), np.ma.getmaskarray(values)
    if data.dtype.kind == "f":
        missing = missing | ~np.isfinite(data)
        data = _rounded(np.where(missing, 0, data), _SIGNIFICANT.get(data.dtype.name, 7))
    if not missing.any():
        found: list[Any] = data.ravel().tolist()
        return found
    whole = data.astype(object)
    whole[missing] = None
    found = whole.ravel().tolist()
    return found


def _rounded(data: NDArray[Any], digits: int) -> NDArray[np.float64]:
    """Round to the digits that the largest value has: a float32 of 10.12 is not 10.119999885559082."""
    largest = float(np.abs(data).max(initial=0.0))
    places = digits - 1 - (floor(log10(largest)) if largest > 0 else 0)
    return np.asarray(np.round(data.astype(np.float64), min(max(places, 0), ceil(digits * 1.5))))


def coverage(domain: Mapping[str, Any], fields: Sequence[Field], ranges: Mapping[str, Any], language: str) -> Json:
    """Put a coverage together."""
    return {"type": "Coverage", "domain": dict(domain), "parameters": parameters(fields, language), "ranges": dict(ranges)}


def collection(kind: str, found: Sequence[Json], fields: Sequence[Field], offered: crs.Offered, language: str, *, has_time: bool) -> Json:
    """Put several coverages of one domain type together; what they share is said once."""
    return {
        "type": "CoverageCollection",
        "domainType": kind,
        "parameters": parameters(fields, language),
        "referencing": referencing(offered, has_time=has_time),
        "coverages": [{name: part for name, part in each.items() if name != "parameters"} for each in found],
    }
