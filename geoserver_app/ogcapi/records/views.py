"""The catalogue's addresses: its collection, its records, one record, what may be asked and sorted."""

from typing import Any

from django.http import HttpResponse
from lxml import etree

from geoserver_app.catalogue import addresses, dcat, iso19139
from geoserver_app.catalogue import search as searching
from geoserver_app.ogcapi.answers import document, face, page_of, tagged
from geoserver_app.ogcapi.call import GEOJSON, HTML, JSON, SCHEMA, Call
from geoserver_app.ogcapi.features.reading import limit
from geoserver_app.ogcapi.preview import picture
from geoserver_app.ogcapi.records import reading, writing
from geoserver_app.ogcapi.records.writing import DCAT, ISO, PATH
from layers import metadata
from layers.errors import NotFound
from layers.metadata import Record

_SCHEMA_DIALECT = "https://json-schema.org/draft/2020-12/schema"


@face("discover", formats=("json",))
def collection(call: Call) -> HttpResponse:
    """Answer /collections/catalogue."""
    return document(call, writing.described(call))


@face("discover", parameters=reading.NAMES)
def items(call: Call) -> HttpResponse:
    """Answer a search of the catalogue."""
    found = searching.find(call.principal, reading.search(call))
    start, size = reading.offset(call), limit(call)
    page = found[start : start + size]
    if call.format == "html":
        return page_of(call, "records", _page(call, found, page, start))
    body: dict[str, Any] = {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(page),
        "features": [writing.record(call, each) for each in page],
        "links": _links(call, start, size, len(found)),
    }
    if names := reading.facets(call):
        body["facets"] = {
            name: {"type": "term", "property": name, "buckets": [{"value": value, "count": count} for value, count in counted]}
            for name, counted in searching.facets(found, names).items()
        }
    return document(call, body, GEOJSON)


@face("discover", formats=("json", "html", "iso19139", "dcat"))
def item(call: Call, record: str) -> HttpResponse:
    """Answer one record in the format asked."""
    found = _record(call, record)
    at = call.base.removesuffix("/ogc")
    offered = list(addresses.addresses(found.view, at))
    match call.format:
        case "iso19139":
            body = etree.tostring(iso19139.write(found, offered), xml_declaration=True, encoding="UTF-8")
            return tagged(call, bytes(body), ISO)
        case "dcat":
            return document(call, dcat.write(found, call.url(f"{PATH}/items/{found.slug}"), offered), DCAT)
        case "html":
            return page_of(call, "record", {"row": _row(call, found), "record": found, "addresses": _told(call, offered)})
        case _:
            return document(call, writing.record(call, found), GEOJSON)


@face("discover", formats=("json",))
def queryables(call: Call) -> HttpResponse:
    """Answer what a filter of the catalogue may name (OGC 19-079r2 §6.2)."""
    formats = {"date": {"format": "date"}, "datetime": {"format": "date-time"}}
    properties: dict[str, Any] = {
        name: {"title": name, "type": "string", **formats.get(kind, {})} for name, kind in metadata.QUERYABLES.items()
    }
    properties["geometry"] = {"title": "geometry", "format": "geometry-polygon", "x-ogc-role": "primary-geometry"}
    return document(call, _schema(call, "queryables", properties), SCHEMA)


@face("discover", formats=("json",))
def sortables(call: Call) -> HttpResponse:
    """Answer by what the catalogue can be sorted."""
    names = {name: {"title": name, "type": "string"} for name in searching.SORTABLES}
    return document(call, _schema(call, "sortables", names), SCHEMA)


def _schema(call: Call, name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": _SCHEMA_DIALECT, "$id": call.url(f"{PATH}/{name}"), "type": "object",
            "title": writing.catalogue_title(call), "properties": properties, "additionalProperties": False}  # fmt: skip


def _record(call: Call, slug: str) -> Record:
    found = next((each for each in searching.records(call.principal) if each.slug == slug), None)
    if found is None:
        raise NotFound
    return found


def _links(call: Call, start: int, size: int, total: int) -> list[dict[str, str]]:
    asked = {name: text for name, text in call.parameters.items() if name not in ("f", "lang", "key", "offset")}
    path = f"{PATH}/items"
    made = [
        call.link("self", path, GEOJSON, **asked, f="json", offset=str(start)),
        call.link("alternate", path, HTML, **asked, f="html", offset=str(start)),
        call.link("collection", PATH, JSON, f="json"),
    ]
    if start + size < total:
        made.append(call.link("next", path, GEOJSON, **asked, f="json", offset=str(start + size)))
    if start:
        made.append(call.link("prev", path, GEOJSON, **asked, f="json", offset=str(max(0, start - size))))
    return made


def _page(call: Call, found: list[Record], page: list[Record], start: int) -> dict[str, Any]:
    return {"rows": [_row(call, each) for each in page], "total": len(found), "start": start, "asked": call.parameters,
            "links": {each["rel"]: each["href"].replace("f=json", "f=html") for each in
                      _links(call, start, max(1, len(page)), len(found))}}  # fmt: skip


def _row(call: Call, found: Record) -> dict[str, Any]:
    return {
        "slug": found.slug,
        "title": found.title(call.language),
        "abstract": found.abstract(call.language),
        "theme": found.theme(call.language),
        "owner": found.told.owner(call.language),
        "day": found.day,
        "kind": metadata.KINDS[found.view.spec.kind](call.language),
        "level": metadata.LEVELS[found.view.spec.level](call.language),
        "frequency": metadata.FREQUENCIES[found.told.frequency](call.language),
        "lineage": found.lineage(call.language),
        "url": call.url(f"{PATH}/items/{found.slug}", f="html"),
        "iso": call.url(f"{PATH}/items/{found.slug}", f="iso19139"),
        "dcat": call.url(f"{PATH}/items/{found.slug}", f="dcat"),
        "thumbnail": picture(call, found.slug, found.bounds, 176, 112) if "view" in found.view.operations else "",
    }


def _told(call: Call, offered: list[addresses.Address]) -> list[dict[str, str]]:
    return [{"title": each.title(call.language), "protocol": each.protocol, "url": each.url} for each in offered]
