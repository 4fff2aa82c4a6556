"""Addresses and links of /stac: the key and language asked by follow along."""

from urllib.parse import quote, urlencode

from geoserver_app.ogcapi.call import Call

GEOJSON = "application/geo+json"
JSON = "application/json"


def address(call: Call, path: str = "/", **query: str) -> str:
    """Return the absolute address of a page of /stac."""
    kept = {name: call.parameters[name] for name in ("lang", "key") if name in call.parameters}
    words = urlencode({**query, **kept}, safe=":/,")
    root = call.base.removesuffix("/ogc")
    return f"{root}/stac{quote(path)}" + (f"?{words}" if words else "")


def link(call: Call, rel: str, path: str, media: str = JSON, title: str = "", **query: str) -> dict[str, str]:
    """Return a link object."""
    found = {"rel": rel, "type": media, "href": address(call, path, **query)}
    return {**found, "title": title} if title else found
