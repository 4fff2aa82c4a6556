"""Every part of OGC API behind /ogc/, and the documents' contents put together from them."""

from collections.abc import Iterator
from typing import Any

from geoserver_app.ogcapi import common_part, tiles_part
from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.coverages import part as coverages_part
from geoserver_app.ogcapi.edr import part as edr_part
from geoserver_app.ogcapi.features import part as features_part
from geoserver_app.ogcapi.features import write_part
from geoserver_app.ogcapi.maps import part as maps_part
from geoserver_app.ogcapi.part import Claim, Part, Say
from geoserver_app.ogcapi.processes import part as processes_part
from geoserver_app.ogcapi.records import part as records_part
from geoserver_app.ogcapi.styles import part as styles_part
from layers.access import LayerView

PARTS: tuple[Part, ...] = (
    *common_part.PARTS,
    *features_part.PARTS,
    *write_part.PARTS,
    *tiles_part.PARTS,
    *records_part.PARTS,
    *processes_part.PARTS,
    *maps_part.PARTS,
    *coverages_part.PARTS,
    *edr_part.PARTS,
    *styles_part.PARTS,
)


def claims() -> Iterator[tuple[Part, Claim]]:
    """Walk every conformance class with its part, met or not."""
    for part in PARTS:
        for claim in part.claims:
            yield part, claim


def landing_links(call: Call) -> list[dict[str, Any]]:
    """Return the landing page's links."""
    return [dict(link) for part in PARTS for link in part.landing(call)]


def other_collections(call: Call) -> list[dict[str, Any]]:
    """Return the documents of collections that are no layers (the catalogue)."""
    return [dict(each) for part in PARTS for each in part.collections(call)]


def collection_document(call: Call, view: LayerView) -> dict[str, Any]:
    """Return a collection's document: members and links of all the parts, in the parts' order."""
    links: list[dict[str, Any]] = []
    body: dict[str, Any] = {}
    for part in PARTS:
        body.update(part.members(call, view))
        links += [dict(link) for link in part.links(call, view)]
    return {**body, "links": links}


def paths(views: tuple[LayerView, ...], say: Say) -> dict[str, dict[str, Any]]:
    """Return the API definition's paths: of the service, then of each collection; parts may share a path."""
    found: dict[str, dict[str, Any]] = {}
    for part in PARTS:
        _join(found, part.paths(say))
    for view in views:
        for part in PARTS:
            _join(found, part.collection_paths(view, say))
    return found


def components(say: Say) -> dict[str, dict[str, Any]]:
    """Return the API definition's components, gathered by kind."""
    found: dict[str, dict[str, Any]] = {}
    for part in PARTS:
        _join(found, part.components(say))
    return found


def _join(into: dict[str, dict[str, Any]], more: Any) -> None:
    for name, members in more.items():
        into.setdefault(name, {}).update(members)
