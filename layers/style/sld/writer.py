"""A style of ours as an SLD document; our pixels are SLD's, so no size is scaled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from lxml import etree

from layers.filters.fes_writer import Unwritable
from layers.spec import Title
from layers.style.dropped import Dropped
from layers.style.model import Rule
from layers.style.painting import Paint, passes
from layers.style.sld.dialect import Dialect, Version
from layers.style.sld.symbolizers import Surroundings, add_symbolizer


@dataclass(frozen=True, slots=True)
class Named:
    """What the document says of itself: layer, style and title; `icons` is the address of the icons' folder."""

    layer: str
    style: str
    title: Title
    geometry: str = ""
    icons: str = ""


def write(rules: Sequence[Rule], named: Named, version: Version) -> tuple[bytes, tuple[Dropped, ...]]:
    """Return the document (UTF-8) and the rules that SLD has no words for."""
    dialect = Dialect(version)
    root = dialect.root()
    layer = dialect.sld(root, "NamedLayer")
    _name(dialect, layer, named.layer)
    style = dialect.sld(layer, "UserStyle")
    _name(dialect, style, named.style)
    dialect.title(style, named.title.zh, named.title.en)
    dropped: list[Dropped] = []
    around = Surroundings(named.geometry, named.icons)
    for paints in passes(rules):
        group = dialect.add(style, "FeatureTypeStyle")
        for part in _runs(paints):
            try:
                _rule(dialect, group, part, around)
            except Unwritable as fault:
                words = ("SLD 无法表达其过滤条件", f"SLD has no words for its filter ({fault})")
                dropped.append(Dropped(f"Rule[{part[0].name}]", *words))
        if not len(group):
            style.remove(group)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), tuple(dropped)


def _name(dialect: Dialect, parent: Any, text: str) -> None:
    # SLD 1.1 takes the names of layers and styles from the symbology namespace.
    dialect.add(parent, "Name", text)


def _runs(paints: Sequence[Paint]) -> Iterator[list[Paint]]:
    """Put neighbours together that are drawn for the same features at the same scales."""
    for _, run in groupby(paints, key=lambda each: (each.name, each.condition, each.min_scale, each.max_scale)):
        yield list(run)


def _rule(dialect: Dialect, group: Any, paints: list[Paint], around: Surroundings) -> None:
    first = paints[0]
    rule = dialect.add(group, "Rule")
    try:
        dialect.add(rule, "Name", first.name)
        dialect.title(rule, first.title.zh, first.title.en)
        if first.condition is not None:
            dialect.filter(rule, first.condition)
    except Unwritable:
        group.remove(rule)
        raise
    if first.max_scale:
        dialect.add(rule, "MinScaleDenominator", first.max_scale)
    if first.min_scale:
        dialect.add(rule, "MaxScaleDenominator", first.min_scale)
    for paint in paints:
        add_symbolizer(dialect, rule, paint.symbolizer, around)
