"""CSW's answers as XML: Dublin Core records (OGC 07-006r1 §10.2.5) or ISO 19139 ones, and their wrappings."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from geoserver_app.catalogue import addresses, iso19139
from geoserver_app.csw.reading import CSW, GMD, ElementSet, Request
from layers.metadata import Record

DC, DCT = "http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/"
OWS, OGC = "http://www.opengis.net/ows", "http://www.opengis.net/ogc"
XLINK, XSI, XS = "http://www.w3.org/1999/xlink", "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
SPACES = {"csw": CSW, "dc": DC, "dct": DCT, "ows": OWS, "ogc": OGC, "gmd": GMD, "xlink": XLINK, "xsi": XSI}
_SCHEMA = f"{CSW} http://schemas.opengis.net/csw/2.0.2/CSW-discovery.xsd"
_ELEMENTS: dict[ElementSet, str] = {"brief": "BriefRecord", "summary": "SummaryRecord", "full": "Record"}
_RECORD_XSD, _GMD_XSD = "http://schemas.opengis.net/csw/2.0.2/record.xsd", "http://www.isotc211.org/2005/gmd/gmd.xsd"


def root(name: str, version: str = "2.0.2") -> Any:
    """Make an answer's root element."""
    made = etree.Element(f"{{{CSW}}}{name}", {f"{{{XSI}}}schemaLocation": _SCHEMA}, nsmap=SPACES)
    if version:
        made.set("version", version)
    return made


def results(asked: Request, found: Sequence[Record], at: str) -> Any:
    """Write csw:GetRecordsResponse of all records found: their number, and the page asked."""
    made = root("GetRecordsResponse")
    etree.SubElement(made, f"{{{CSW}}}SearchStatus", {"timestamp": datetime.now(UTC).isoformat(timespec="seconds")})
    page = [] if asked.is_hits else found[asked.start - 1 : asked.start - 1 + asked.most]
    following = asked.start + len(page)
    told = etree.SubElement(made, f"{{{CSW}}}SearchResults", {
        "numberOfRecordsMatched": str(len(found)), "numberOfRecordsReturned": str(len(page)),
        "nextRecord": str(following if following <= len(found) else 0), "elementSet": asked.element_set,
        "recordSchema": asked.schema,
    })  # fmt: skip
    for each in page:
        told.append(record(each, asked, at))
    return made


def by_id(asked: Request, found: Sequence[Record], at: str) -> Any:
    """Write csw:GetRecordByIdResponse."""
    made = root("GetRecordByIdResponse", version="")
    for each in found:
        made.append(record(each, asked, at))
    return made


def record(each: Record, asked: Request, at: str) -> Any:
    """Write one record in the schema and with the elements asked."""
    offered = list(addresses.addresses(each.view, at))
    if asked.schema == GMD:
        return iso19139.write(each, offered)
    made = etree.Element(f"{{{CSW}}}{_ELEMENTS[asked.element_set]}", nsmap=SPACES)
    add = _adder(made)
    add(DC, "identifier", each.slug)
    add(DC, "title", each.title.zh)
    add(DC, "type", "dataset")
    if asked.element_set != "brief":
        _summary(add, each)
    if asked.element_set == "full":
        _full(add, each)
        for address in offered:
            add(DCT, "references", address.url, scheme=address.protocol)
    _box(made, each)
    return made


def _summary(add: Callable[..., None], each: Record) -> None:
    for word in (*each.keywords, each.theme.zh):
        add(DC, "subject", word)
    add(DC, "format", each.view.spec.kind)
    if each.published:
        add(DCT, "modified", each.published.date().isoformat())
    add(DCT, "abstract", each.abstract.zh)


def _full(add: Callable[..., None], each: Record) -> None:
    add(DCT, "alternative", each.title.en)
    add(DC, "creator", each.told.owner.zh)
    add(DC, "language", "zho")
    add(DC, "rights", each.told.use_limits.zh or each.told.license)
    add(DC, "source", each.lineage.zh)
    if each.surveyed:
        add(DCT, "temporal", each.surveyed.isoformat())
    if each.told.scale:
        add(DCT, "spatial", f"1:{each.told.scale}")


def _adder(parent: Any) -> Callable[..., None]:
    def add(space: str, name: str, text: str, **attributes: str) -> None:
        if text:
            etree.SubElement(parent, f"{{{space}}}{name}", attributes).text = text

    return add


def _box(parent: Any, each: Record) -> None:
    if each.bounds:
        west, south, east, north = each.bounds
        box = etree.SubElement(parent, f"{{{OWS}}}BoundingBox", {"crs": "urn:ogc:def:crs:EPSG::4490"})
        etree.SubElement(box, f"{{{OWS}}}LowerCorner").text = f"{south:.6f} {west:.6f}"
        etree.SubElement(box, f"{{{OWS}}}UpperCorner").text = f"{north:.6f} {east:.6f}"


def description() -> Any:
    """Write csw:DescribeRecordResponse: where the schemas of both kinds of record are."""
    made = root("DescribeRecordResponse", version="")
    for space, address in ((CSW, _RECORD_XSD), (GMD, _GMD_XSD)):
        component = etree.SubElement(made, f"{{{CSW}}}SchemaComponent", {
            "targetNamespace": space, "schemaLanguage": "http://www.w3.org/XML/Schema"})  # fmt: skip
        schema = etree.SubElement(component, f"{{{XS}}}schema", {"targetNamespace": space}, nsmap={"xs": XS})
        etree.SubElement(schema, f"{{{XS}}}include", {"schemaLocation": address})
    return made
