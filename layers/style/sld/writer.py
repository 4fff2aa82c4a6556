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
    return write_all([(rules, named)], version)


def write_all(styles: Sequence[tuple[Sequence[Rule], Named]], version: Version) -> tuple[bytes, tuple[Dropped, ...]]:
    """Write several styles into one document; neighbours of one layer stand in its one NamedLayer."""
    dialect = Dialect(version)
    root = dialect.root()
    dropped: list[Dropped] = []
    for layer, group in groupby(styles, key=lambda each: each[1].layer):
        holder = dialect.sld(root, "NamedLayer")
        dialect.add(holder, "Name", layer)
        for rules, named in group:
            _style(dialect, dialect.sld(holder, "UserStyle"), rules, named, dropped)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True), tuple(dropped)


def _style(dialect: Dialect, style: Any, rules: Sequence[Rule], named: Named, dropped: list[Dropped]) -> None:
    dialect.add(style, "Name", named.style)
    dialect.title(style, named.title.zh, named.title.en)
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
