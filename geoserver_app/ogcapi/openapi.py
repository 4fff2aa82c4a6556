"""What the API is: one OpenAPI 3.0 document without outside references, made for what the caller may see."""

from dataclasses import dataclass, field
from functools import lru_cache

from django.http import HttpResponse

from geoserver_app.ogcapi import parts
from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import OPENAPI, Call
from geoserver_app.ogcapi.openapi_writing import Node
from geoserver_app.ogcapi.visible import service_title, visible
from layers import access
from layers.access import LayerView


@dataclass(frozen=True, slots=True)
class _Question:
    """What decides the document: equal when no word of it has changed; the views themselves are not compared."""

    base: str
    language: str
    title: str
    rules: int
    layers: tuple[tuple[str, str, frozenset[str]], ...]
    views: tuple[LayerView, ...] = field(compare=False)

    def say(self, zh: str, en: str) -> str:
        """Choose the words of the language."""
        return en if self.language == "en" else zh


@face("none")
def api(call: Call) -> HttpResponse:
    """Answer /ogc/api (OGC 17-069r4 §7.3)."""
    views = visible(call)
    layers = tuple((view.spec.slug, view.policy, view.operations) for view in views)
    body = _definition(_Question(call.base, call.language, service_title(call), access.revision()[0], layers, views))
    if call.format == "html":
        return page_of(call, "api", {"document": body, "paths": _readable(body)})
    return document(call, body, OPENAPI)


@lru_cache(maxsize=64)
def _definition(asked: _Question) -> Node:
    slugs = [{"name": view.spec.slug, "description": view.spec.title(asked.language)} for view in asked.views]
    return {
        "openapi": "3.0.3",
        "info": {"title": asked.title, "description": asked.say("OGC API：一次登记，多种协议", "OGC API: one registry, many protocols"), "version": "1"},
        "servers": [{"url": asked.base}],
        "tags": [{"name": "server"}, *slugs],
        "paths": parts.paths(asked.views, asked.say),
        "components": parts.components(asked.say),
    }  # fmt: skip


def _readable(body: Node) -> list[Node]:
    """Lay the document out for the page: each operation with its parameters resolved."""
    known = body["components"]["parameters"]
    return [
        {
            "path": path,
            "method": method.upper(),
            "summary": operation["summary"],
            "parameters": [_row(known, each) for each in operation["parameters"]],
        }
        for path, node in body["paths"].items()
        for method, operation in node.items()
    ]


def _row(known: Node, parameter: Node) -> Node:
    found = known[parameter["$ref"].rsplit("/", 1)[1]] if "$ref" in parameter else parameter
    schema = found["schema"]
    values = " · ".join(str(each) for each in schema["enum"]) if "enum" in schema else schema.get("type", "")
    return {"name": found["name"], "values": values, "description": found.get("description", "")}
