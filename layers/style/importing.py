"""Any style document read into ours: SLD 1.0 or 1.1, a MapLibre style, or our own JSON."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from layers.filters import properties
from layers.spec import FieldSpec
from layers.style import maplibre, sld
from layers.style.dropped import Imported
from layers.style.model import Rule, Symbolizer, Text
from layers.style.reading import InvalidStyle, fields_of, read, template, write

type Language = Literal["native", "maplibre", "sld"]
MAX_BYTES = 2 * 1024 * 1024


def language_of(document: bytes) -> Language:
    """Tell by its beginning what a document is written in."""
    start = document.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start != b"{":
        return "sld"
    try:
        body = json.loads(document)
    except (ValueError, RecursionError):
        raise InvalidStyle("不是 JSON / not JSON") from None
    return "maplibre" if "layers" in body else "native"


def imported(document: bytes, fields: Sequence[FieldSpec]) -> Imported:
    """Read a document for a layer of these fields; the rules are such as `reading.read` takes.

    Raises InvalidStyle or InvalidXml. Nothing it refers to (pictures, fonts, other documents) is fetched.
    """
    if len(document) > MAX_BYTES:
        raise InvalidStyle(f"样式超过 {MAX_BYTES // 1024} KB / a style of more than {MAX_BYTES // 1024} KB")
    types = {each.name: each.type for each in fields}
    match language_of(document):
        case "sld":
            found = sld.read(document, types)
        case "maplibre":
            found = maplibre.read(document, types)
        case "native":
            found = Imported(read(_text(document)).rules, ())
    style = read(write(found.rules))
    unknown = fields_of(style).union(*(properties(rule.filter) for rule in style.rules if rule.filter)) - types.keys()
    if unknown:
        names = "、".join(sorted(unknown)[:5])
        raise InvalidStyle(f"图层没有这些属性：{names} / the layer has no such attributes")
    return replace(found, rules=style.rules)


def narrowed(rules: Sequence[Rule], names: set[str]) -> tuple[Rule, ...]:
    """Leave out what speaks of attributes a caller may not read: rules that ask for them, labels that show them."""
    return tuple(
        replace(rule, symbolizers=tuple(each for each in rule.symbolizers if _is_shown(each, names)))
        for rule in rules if rule.filter is None or properties(rule.filter) <= names
    )  # fmt: skip


def _is_shown(part: Symbolizer, names: set[str]) -> bool:
    return not isinstance(part, Text) or all(piece in names for piece, is_field in template(part.text) if is_field)


def _text(document: bytes) -> str:
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidStyle("不是 UTF-8 / not UTF-8") from None
