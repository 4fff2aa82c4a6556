"""What a CSW request asks, by key-value pairs or as XML (OGC 07-006r1 §10): one value for both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from geoserver_app.http_errors import RequestFault
from layers import metadata
from layers.errors import InvalidFilter
from layers.filters import Node, parse_text
from layers.filters.fes import parse_element
from layers.xml import InvalidXml, child, children, local, safe_xml, text_of

type ElementSet = Literal["brief", "summary", "full"]
CSW = "http://www.opengis.net/cat/csw/2.0.2"
GMD = "http://www.isotc211.org/2005/gmd"
SCHEMAS = (CSW, GMD)
MOST = 100
NAMES: Mapping[str, str] = {
    "identifier": "id", "abstract": "description", "subject": "keywords", "modified": "updated", "AnyText": "anytext",
    "creator": "owner", "publisher": "owner", "contributor": "owner", "Title": "title", "Abstract": "description",
    "Subject": "keywords", "Identifier": "id", "Modified": "updated", "Type": "type", "rights": "license",
}  # fmt: skip
"""CSW's own queryables (§10.2.5.1) and ISO's → ours."""
_SORTED = {"title": "title", "Title": "title", "modified": "updated", "Modified": "updated", "date": "date", "identifier": "id",
           "Identifier": "id", "type": "kind", "subject": "theme"}  # fmt: skip
_PREFIX = re.compile(r"\b(?:csw|dc|dct|ows|apiso|gmd):(?=\w)")
_CQL1_BOX = re.compile(r"\bBBOX\s*\(\s*[A-Za-z]\w*\s*,", re.IGNORECASE)
_MAX_XML_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Request:
    """A request read: `operation` in lower case; positions count from 1."""

    operation: str
    ids: tuple[str, ...] = ()
    element_set: ElementSet = "summary"
    schema: str = CSW
    is_hits: bool = False
    start: int = 1
    most: int = 10
    filter: Node | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    type_names: tuple[str, ...] = ()


def from_pairs(given: Mapping[str, str]) -> Request:
    """Read key-value pairs whose names are in lower case."""
    if given.get("service", "CSW").upper() != "CSW":
        raise _invalid("service", "SERVICE 须为 CSW", "SERVICE is CSW")
    operation = given.get("request", "").lower()
    if not operation:
        raise RequestFault("MissingParameterValue", "缺少参数 REQUEST / REQUEST is missing", parameter="request")
    _check_version(operation, given.get("version") or given.get("acceptversions", ""))
    return Request(
        operation=operation,
        ids=tuple(each for each in given.get("id", "").split(",") if each),
        element_set=_element_set(given.get("elementsetname", "summary")),
        schema=_schema(given.get("outputschema", CSW)),
        is_hits=_is_hits(given.get("resulttype", "results")),
        start=_whole(given.get("startposition", "1"), "startposition", 1),
        most=_whole(given.get("maxrecords", "10"), "maxrecords", 0),
        filter=_constraint(given),
        sort=tuple(_sorted(*_pair(each)) for each in given.get("sortby", "").split(",") if each),
        type_names=tuple(each for each in given.get("typename", "").split(",") if each),
    )


def from_xml(body: bytes) -> Request:
    """Read an XML request; raises RequestFault or InvalidFilter."""
    try:
        root = safe_xml(body, max_bytes=_MAX_XML_BYTES)
    except InvalidXml as error:
        raise RequestFault("NoApplicableCode", error.detail) from None
    operation = local(root).lower()
    _check_version(operation, root.get("version", ""))
    query = child(root, "Query")
    condition = child(query, "Constraint") if query is not None else None
    sort = child(query, "SortBy") if query is not None else None
    holder = query if query is not None else root
    return Request(
        operation=operation,
        ids=tuple((each.text or "").strip() for each in children(root, "Id")),
        element_set=_element_set(text_of(holder, "ElementSetName") or "summary"),
        schema=_schema(root.get("outputSchema", CSW)),
        is_hits=_is_hits(root.get("resultType", "results")),
        start=_whole(root.get("startPosition", "1"), "startPosition", 1),
        most=_whole(root.get("maxRecords", "10"), "maxRecords", 0),
        filter=_of_element(condition) if condition is not None else None,
        sort=tuple(
            _sorted(text_of(each, "PropertyName"), text_of(each, "SortOrder") or "ASC") for each in children(sort, "SortProperty")
        ) if sort is not None else (),
        type_names=tuple((each.text or "").strip() for each in children(root, "TypeName")),
    )  # fmt: skip


def _check_version(operation: str, text: str) -> None:
    if text and "2.0.2" not in [each.strip() for each in text.split(",")]:
        code = "VersionNegotiationFailed" if operation == "getcapabilities" else "InvalidParameterValue"
        raise RequestFault(code, "只有 2.0.2 / Only 2.0.2", parameter="version")


def _constraint(given: Mapping[str, str]) -> Node | None:
    text = given.get("constraint", "")
    if not text:
        return None
    language = given.get("constraintlanguage", "CQL_TEXT").upper()
    if language == "CQL_TEXT":
        return _of_text(text)
    if language == "FILTER":
        try:
            return parse_element(safe_xml(text, max_bytes=_MAX_XML_BYTES), _types())
        except InvalidXml as error:
            raise InvalidFilter(error.detail, parameter="constraint") from None
    raise _invalid("constraintlanguage", "可选 CQL_TEXT、FILTER", "CQL_TEXT or FILTER")


def _of_element(condition: Any) -> Node:
    if (text := child(condition, "CqlText")) is not None:
        return _of_text(text.text or "")
    found = child(condition, "Filter")
    if found is None:
        raise _invalid("Constraint", "须有 Filter 或 CqlText", "a Filter or a CqlText")
    return parse_element(found, _types())


def _of_text(text: str) -> Node:
    """Read CQL text: outside quoted words prefixes of names are dropped, and CQL 1's BBOX(name, …) becomes CQL2's."""
    parts = text.split("'")
    parts[::2] = [_CQL1_BOX.sub("S_INTERSECTS(geometry, BBOX(", _PREFIX.sub("", part)) for part in parts[::2]]
    return parse_text(_closed("'".join(parts)))


def _closed(text: str) -> str:
    """Close the bracket that each rewritten BBOX opened."""
    return re.sub(r"(S_INTERSECTS\(geometry, BBOX\([-+\d.,eE\s]*\))", r"\1)", text)


def _types() -> dict[str, Any]:
    own = dict(metadata.QUERYABLES)
    return {**own, **{name: own[target] for name, target in NAMES.items()}}


def _element_set(text: str) -> ElementSet:
    for known in ("brief", "summary", "full"):
        if text.lower() == known:
            return known
    raise _invalid("ElementSetName", "可选 brief、summary、full", "brief, summary or full")


def _schema(text: str) -> str:
    if text not in SCHEMAS:
        raise _invalid("outputSchema", f"可选 {'、'.join(SCHEMAS)}", f"one of {', '.join(SCHEMAS)}")
    return text


def _is_hits(text: str) -> bool:
    if text.lower() not in ("hits", "results", "validate"):
        raise _invalid("resultType", "可选 hits、results", "hits or results")
    return text.lower() == "hits"


def _whole(text: str, name: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise _invalid(name, f"须为不小于 {least} 的整数", f"a whole number from {least}")
    return int(text)


def _pair(text: str) -> tuple[str, str]:
    """Split "dc:title:D" into name and order; the order may be left out."""
    name, _, order = text.rpartition(":")
    return (name, order) if order in ("A", "D") and name else (text, "A")


def _sorted(name: str, order: str) -> tuple[str, bool]:
    own = _SORTED.get(name.rpartition(":")[2])
    if own is None:
        raise _invalid("sortBy", "不能按此排序", "not sortable")
    return own, order.upper()[:1] != "D"


def _invalid(parameter: str, zh: str, en: str) -> RequestFault:
    return RequestFault("InvalidParameterValue", f"{zh} / {en}", parameter=parameter)
