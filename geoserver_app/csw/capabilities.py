"""CSW capabilities: operations, formats and filters (OGC 07-006r1 §10.2.3)."""

from typing import Any

from django.conf import settings
from lxml import etree

from geoserver_app.csw.reading import SCHEMAS
from geoserver_app.csw.writing import OGC, OWS, XLINK, root

_OPERATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "GetCapabilities": {},
    "DescribeRecord": {"typeName": ("csw:Record", "gmd:MD_Metadata"), "outputFormat": ("application/xml",)},
    "GetRecords": {
        "typeNames": ("csw:Record", "gmd:MD_Metadata"), "outputFormat": ("application/xml",), "outputSchema": SCHEMAS,
        "resultType": ("hits", "results"), "ElementSetName": ("brief", "summary", "full"),
        "CONSTRAINTLANGUAGE": ("CQL_TEXT", "FILTER"),
    },
    "GetRecordById": {"outputFormat": ("application/xml",), "outputSchema": SCHEMAS, "ElementSetName": ("brief", "summary", "full")},
}  # fmt: skip
_SPATIAL = ("BBOX", "Intersects", "Within", "Contains", "Disjoint", "Touches", "Overlaps", "Crosses", "Equals")
_COMPARISON = ("EqualTo", "NotEqualTo", "LessThan", "GreaterThan", "LessThanEqualTo", "GreaterThanEqualTo", "Like", "NullCheck", "Between")


def capabilities(address: str, language: str) -> Any:
    """Write the document; `address` is the service's own."""
    made = root("Capabilities")
    is_english = language.startswith("en")
    city = settings.GEOBASE.city_en if is_english else settings.GEOBASE.city_zh
    title = f"{city} catalogue of layers" if is_english else f"{city}地理空间基础库图层目录"
    service = _under(made, "ServiceIdentification")
    _text(service, "Title", title)
    _text(service, "ServiceType", "CSW")
    _text(service, "ServiceTypeVersion", "2.0.2")
    _text(service, "Fees", "NONE")
    _text(service, "AccessConstraints", "NONE")
    provider = _under(made, "ServiceProvider")
    _text(provider, "ProviderName", city)
    _under(provider, "ProviderSite").set(f"{{{XLINK}}}href", address.rpartition("/")[0] + "/")
    _under(provider, "ServiceContact")
    _operations(_under(made, "OperationsMetadata"), address)
    _filters(made)
    return made


def _operations(parent: Any, address: str) -> None:
    for name, parameters in _OPERATIONS.items():
        operation = _under(parent, "Operation")
        operation.set("name", name)
        http = _under(_under(operation, "DCP"), "HTTP")
        for method in ("Get", "Post"):
            _under(http, method).set(f"{{{XLINK}}}href", address)
        for parameter, values in parameters.items():
            holder = _under(operation, "Parameter")
            holder.set("name", parameter)
            for value in values:
                _text(holder, "Value", value)
    for name, value in (("service", "CSW"), ("version", "2.0.2")):
        holder = _under(parent, "Parameter")
        holder.set("name", name)
        _text(holder, "Value", value)


def _filters(made: Any) -> None:
    holder = etree.SubElement(made, f"{{{OGC}}}Filter_Capabilities")
    spatial = etree.SubElement(holder, f"{{{OGC}}}Spatial_Capabilities")
    operands = etree.SubElement(spatial, f"{{{OGC}}}GeometryOperands")
    for kind in ("Envelope", "Point", "LineString", "Polygon"):
        etree.SubElement(operands, f"{{{OGC}}}GeometryOperand", nsmap={"gml": "http://www.opengis.net/gml"}).text = f"gml:{kind}"
    operators = etree.SubElement(spatial, f"{{{OGC}}}SpatialOperators")
    for name in _SPATIAL:
        etree.SubElement(operators, f"{{{OGC}}}SpatialOperator", {"name": name})
    scalar = etree.SubElement(holder, f"{{{OGC}}}Scalar_Capabilities")
    etree.SubElement(scalar, f"{{{OGC}}}LogicalOperators")
    comparisons = etree.SubElement(scalar, f"{{{OGC}}}ComparisonOperators")
    for name in _COMPARISON:
        etree.SubElement(comparisons, f"{{{OGC}}}ComparisonOperator").text = name
    ids = etree.SubElement(holder, f"{{{OGC}}}Id_Capabilities")
    etree.SubElement(ids, f"{{{OGC}}}EID")


def _under(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, f"{{{OWS}}}{name}")


def _text(parent: Any, name: str, text: str) -> None:
    _under(parent, name).text = text
