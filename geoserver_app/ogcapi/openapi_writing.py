"""How a part writes its operations and parameters for the API definition (OpenAPI 3.0.3)."""

from collections.abc import Iterable, Mapping
from typing import Any

type Node = dict[str, Any]
_WRITE_FAULTS = {"400": "Invalid", "403": "Forbidden", "404": "NotFound", "409": "Invalid", "412": "Stale", "415": "Invalid", "422": "Invalid"}
_FAULTS = {"400": "Invalid", "404": "NotFound", "406": "NotAcceptable", "500": "Failed"}


def get(
    name: str, summary: str, media: Mapping[str, str], parameters: Iterable[str | Node] = (), *, tag: str = "server"
) -> Node:
    """Write a path item with a GET.

    `media`: media type → schema of the components ("" = a page, "*" = bytes). `parameters`: names of shared
    parameters, or parameter objects; `f` (json, html) and `lang` are added unless an own `f` is given.
    """
    given = [reference(each) if isinstance(each, str) else each for each in parameters]
    common = [] if any(each.get("name") == "f" for each in given) else [reference("f")]
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": [tag],
            "parameters": [*given, *common, reference("lang")],
            "responses": {"200": {"description": "OK", "content": content(media)}, **faults(_FAULTS)},
        }
    }


def write(
    name: str, summary: str, parameters: Iterable[str | Node], answers: Mapping[str, str], body: Node | None = None, *, tag: str
) -> Node:
    """Write one operation that changes something: status → words of its good answers; `body` its content."""
    good = {status: {"description": words} for status, words in answers.items()}
    found: Node = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "parameters": [reference(each) if isinstance(each, str) else each for each in parameters],
        "responses": {**good, **faults(_WRITE_FAULTS)},
    }
    return {**found, "requestBody": {"required": True, "content": body}} if body else found


def header(name: str, words: str) -> Node:
    """Write an optional request header."""
    return {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}


def content(media: Mapping[str, str]) -> Node:
    """Write the content of a body: media type → schema of the components ("" = a page, "*" = bytes)."""
    plain: Node = {"type": "string"}
    schemas = {"": plain, "*": {**plain, "format": "binary"}}
    return {each: {"schema": schemas.get(kind) or {"$ref": f"#/components/schemas/{kind}"}} for each, kind in media.items()}


def faults(kinds: Mapping[str, str]) -> Node:
    """Write responses: status → response of the components."""
    return {status: {"$ref": f"#/components/responses/{kind}"} for status, kind in kinds.items()}


def reference(name: str) -> Node:
    """Refer to a shared parameter."""
    return {"$ref": f"#/components/parameters/{name}"}


def query(name: str, schema: Node, words: str = "") -> Node:
    """Write an optional query parameter."""
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema, "style": "form", "explode": False}


def path(name: str, schema: Node, words: str = "") -> Node:
    """Write a path parameter."""
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def formats(*values: str) -> Node:
    """Write the parameter `f` of a path that has formats of its own."""
    return query("f", {"type": "string", "enum": list(values)})
