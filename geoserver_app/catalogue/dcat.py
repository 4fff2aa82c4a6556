"""A record as DCAT 3 in JSON-LD (W3C REC-vocab-dcat-3): a dataset with a distribution for each address."""

from collections.abc import Iterable
from typing import Any

from geoserver_app.catalogue.addresses import Address
from layers import metadata
from layers.metadata import Record
from layers.spec import Title

_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "locn": "http://www.w3.org/ns/locn#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
}
_MEDIA = "https://www.iana.org/assignments/media-types/"


def write(found: Record, identifier: str, addresses: Iterable[Address]) -> dict[str, Any]:
    """Return the dataset as a JSON-LD document; `identifier` is its address."""
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@id": identifier,
        "@type": "dcat:Dataset",
        "dct:identifier": found.slug,
        "dct:title": _texts(found.title),
        "dct:description": _texts(found.abstract),
        "dcat:keyword": [_text(each, "zh") for each in found.keywords],
        "dcat:theme": _texts(found.theme),
        "dct:language": ["zh", "en"],
        "dct:accessRights": _texts(metadata.LEVELS[found.view.spec.level]),
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "dct:description": _texts(found.lineage)},
        "dcat:distribution": [_distribution(each) for each in addresses],
    }
    made |= _optional(found)
    return {name: value for name, value in made.items() if value}


def _optional(found: Record) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if found.told.owner.zh:
        made["dct:publisher"] = {"@type": "foaf:Agent", "foaf:name": _texts(found.told.owner)}
    if found.told.contact:
        made["dcat:contactPoint"] = {"@type": "vcard:Kind", "vcard:note": found.told.contact}
    if found.told.license:
        made["dct:license"] = found.told.license
    if found.published:
        made["dct:modified"] = {"@type": "xsd:dateTime", "@value": found.published.isoformat()}
    if found.surveyed:
        made["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(found.surveyed.isoformat()),
            "dcat:endDate": _day(found.surveyed.isoformat()),
        }
    if found.bounds:
        west, south, east, north = found.bounds
        ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        made["dct:spatial"] = {"@type": "dct:Location", "dcat:bbox": {"@type": "gsp:wktLiteral", "@value": f"POLYGON(({ring}))"}}
    if found.resolution_m:
        made["dcat:spatialResolutionInMeters"] = {"@type": "xsd:decimal", "@value": f"{found.resolution_m:g}"}
    return made


def _distribution(each: Address) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": _texts(each.title),
        "dcat:accessURL": {"@id": each.url},
        "dcat:mediaType": {"@id": _MEDIA + each.media.partition(";")[0]},
        "dct:conformsTo": each.protocol,
    }


def _texts(title: Title) -> list[dict[str, str]]:
    return [_text(title.zh, "zh"), *([_text(title.en, "en")] if title.en else [])]


def _text(text: str, language: str) -> dict[str, str]:
    return {"@language": language, "@value": text}


def _day(text: str) -> dict[str, str]:
    return {"@type": "xsd:date", "@value": text}
