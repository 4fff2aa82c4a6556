"""A record as GeoJSON (OGC 20-004r1 §8), in the request's language."""

from datetime import UTC
from typing import Any

from geoserver_app.catalogue import addresses
from geoserver_app.catalogue.addresses import Address
from geoserver_app.ogcapi.call import GEOJSON, HTML, JSON, SCHEMA, Call
from layers import metadata
from layers.metadata import Record
from layers.spec import Bounds, Title

CATALOGUE = "catalogue"
"""The id of the catalogue's collection; no layer has it, for it is reserved."""
PATH = f"/collections/{CATALOGUE}"
ISO, DCAT = "application/vnd.iso.19139+xml", "application/ld+json"
_QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
_SORTABLES = "http://www.opengis.net/def/rel/ogc/1.0/sortables"
_LANGUAGES = {"zh": {"code": "zh", "name": "中文"}, "en": {"code": "en", "name": "English"}}


def record(call: Call, found: Record) -> dict[str, Any]:
    """Return one record."""
    return {
        "id": found.slug,
        "type": "Feature",
        "conformsTo": ["http://www.opengis.net/spec/ogcapi-records-1/1.0/conf/record-core"],
        "time": {"date": found.surveyed.isoformat()} if found.surveyed else None,
        "geometry": _polygon(found.bounds) if found.bounds else None,
        "properties": _properties(call, found),
        "links": _links(call, found),
    }


def _properties(call: Call, found: Record) -> dict[str, Any]:
    told, spec = found.told, found.view.spec
    made: dict[str, Any] = {
        "type": "dataset",
        "title": found.title(call.language),
        "description": found.abstract(call.language),
        "keywords": list(found.keywords),
        "language": _LANGUAGES[call.language],
        "languages": list(_LANGUAGES.values()),
        "themes": [
            {"concepts": [{"id": spec.theme, "title": found.theme(call.language)}], "scheme": call.url("/collections")},
            {"concepts": [{"id": found.topic}], "scheme": "http://www.isotc211.org/2005/resources/Codelist/gmxCodelists.xml#MD_TopicCategoryCode"},
        ],
        "contacts": [_contact(call, found)] if told.owner.zh or told.contact else None,
        "license": told.license,
        "rights": told.use_limits(call.language),
        "updated": found.published.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if found.published else None,
        "formats": [{"name": each.protocol, "mediaType": each.media} for each in _addresses(call, found)],
        "theme": found.theme(call.language),
        "kind": metadata.KINDS[spec.kind](call.language),
        "level": metadata.LEVELS[spec.level](call.language),
        "frequency": told.frequency,
        "lineage": found.lineage(call.language),
        "quality": told.quality(call.language),
        "scale": told.scale or None,
        "resolution": found.resolution_m,
        "version": spec.version or None,
        "count": found.count,
        "operations": sorted(found.view.operations),
    }  # fmt: skip
    return {name: value for name, value in made.items() if value not in (None, "", [])}


def _contact(call: Call, found: Record) -> dict[str, Any]:
    made: dict[str, Any] = {"organization": found.told.owner(call.language) or found.told.contact, "roles": ["pointOfContact"]}
    if "@" in found.told.contact:
        made["emails"] = [{"value": found.told.contact}]
    elif found.told.contact:
        made["phones"] = [{"value": found.told.contact}]
    return made


def _links(call: Call, found: Record) -> list[dict[str, Any]]:
    path, title = f"{PATH}/items/{found.slug}", found.title(call.language)
    own = [
        call.link("self", path, "application/geo+json", title, f="json"),
        call.link("alternate", path, HTML, title, f="html"),
        call.link("alternate", path, ISO, call.say("ISO 19139 元数据", "ISO 19139 metadata"), f="iso19139"),
        call.link("alternate", path, DCAT, "DCAT", f="dcat"),
        call.link("collection", PATH, JSON, catalogue_title(call), f="json"),
        call.link("item", f"/collections/{found.slug}", JSON, title, f="json"),
    ]
    return own + [_of_address(call, each) for each in _addresses(call, found)]


def _of_address(call: Call, each: Address) -> dict[str, Any]:
    made: dict[str, Any] = {"rel": each.rel, "type": each.media, "href": each.url, "title": each.title(call.language)}
    return {**made, "protocol": each.protocol}


def _addresses(call: Call, found: Record) -> list[Address]:
    return list(addresses.addresses(found.view, call.base.removesuffix("/ogc")))


def _polygon(box: Bounds) -> dict[str, Any]:
    west, south, east, north = box
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}


def catalogue_title(call: Call) -> str:
    """Return what the catalogue is called."""
    return Title("图层目录", "Catalogue of layers")(call.language)


def described(call: Call) -> dict[str, Any]:
    """Return the catalogue's own collection document."""
    return {
        "id": CATALOGUE,
        "title": catalogue_title(call),
        "description": call.say("可见图层的元数据", "Metadata of the layers you may see"),
        "itemType": "record",
        "type": "Collection",
        "links": [
            call.link("self", PATH, JSON, f="json"),
            call.link("alternate", PATH, HTML, f="html"),
            call.link("items", f"{PATH}/items", GEOJSON, f="json"),
            call.link("items", f"{PATH}/items", HTML, f="html"),
            call.link(_QUERYABLES, f"{PATH}/queryables", SCHEMA, f="json"),
            call.link(_SORTABLES, f"{PATH}/sortables", SCHEMA, f="json"),
        ],
    }
