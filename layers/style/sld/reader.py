"""An SLD 1.0 or 1.1 document read into rules of ours, with a list of what had to be left out."""

from typing import Any

from layers.errors import InvalidFilter
from layers.filters.fes import Types, parse_element
from layers.spec import Title
from layers.style.dropped import Dropped, Imported
from layers.style.painting import Paint, rules
from layers.style.reading import InvalidStyle
from layers.style.sld.notes import Notes, path
from layers.style.sld.symbols_read import symbolizers
from layers.xml import child, children, local, safe_xml, text_of

_SYMBOLIZERS = ("PolygonSymbolizer", "LineSymbolizer", "PointSymbolizer", "TextSymbolizer", "RasterSymbolizer")
_KNOWN = (*_SYMBOLIZERS, "Name", "Title", "Abstract", "Description", "Filter", "ElseFilter", "MinScaleDenominator",
          "MaxScaleDenominator", "LegendGraphic")  # fmt: skip
MAX_RULES = 3000
MAX_NODES = 5000
"""Of a filter as it is written; excluding the other rules' features may take much of it, and is taken out again."""


def read(document: str | bytes, types: Types | None = None) -> Imported:
    """Read the first user style of a document; `types` are the layer's attributes.

    Raises InvalidXml for what is no XML of ours to read, InvalidStyle for what is no SLD or leaves nothing to draw.
    """
    notes = Notes()
    style = _style(safe_xml(document), notes)
    paints: list[Paint] = []
    groups = [style] if local(style) == "FeatureTypeStyle" else children(style, "FeatureTypeStyle", "CoverageStyle")
    count = sum(len(children(group, "Rule")) for group in groups)
    if count > MAX_RULES:
        raise InvalidStyle(f"超过 {MAX_RULES} 条规则 / more than {MAX_RULES} rules")
    for level, group in enumerate(groups):
        for rule in children(group, "Rule"):
            paints += _paints(rule, level, types, notes)
    if not paints:
        what = "; ".join(f"{each.path}: {each.zh} / {each.en}" for each in notes.dropped[:3])
        raise InvalidStyle(f"没有可绘制的规则 / no rule that can be drawn. {what}".strip())
    made, overlaps = rules(paints)
    return Imported(made, (*notes.dropped, *overlaps), _title(style).zh or text_of(style, "Name"))


def _style(root: Any, notes: Notes) -> Any:
    if local(root) in ("UserStyle", "FeatureTypeStyle"):
        return root
    if local(root) != "StyledLayerDescriptor":
        raise InvalidStyle("不是 SLD 文档 / not an SLD document")
    found = [style for layer in children(root, "NamedLayer", "UserLayer") for style in children(layer, "UserStyle")]
    if not found:
        raise InvalidStyle("文档中没有 UserStyle / the document has no UserStyle")
    for other in found[1:]:
        name = text_of(other, "Name")[:60]
        notes.dropped.append(Dropped(f"UserStyle[{name}]", "只读第一个样式", "only the first style is read"))
    return found[0]


def _paints(rule: Any, level: int, types: Types | None, notes: Notes) -> list[Paint]:
    condition = None
    if (element := child(rule, "Filter")) is not None:
        try:
            condition = parse_element(element, types, max_nodes=MAX_NODES)
        except InvalidFilter as fault:
            notes.add(rule, f"整条规则未读入：{fault.detail}", f"the whole rule is left out: {fault.detail}")
            return []
    for other in children(rule):
        if local(other) not in _KNOWN:
            notes.add(other, "不支持的元素", "an element that is not taken")
    low = notes.number(rule, text_of(rule, "MinScaleDenominator"), "max_scale", 0.0)
    high = notes.number(rule, text_of(rule, "MaxScaleDenominator"), "min_scale", 0.0)
    name = text_of(rule, "Name") or path(rule)
    return [
        Paint(symbolizer=part, condition=condition, is_rest=child(rule, "ElseFilter") is not None, level=level,
              name=name, title=_title(rule), min_scale=high, max_scale=low)
        for element in children(rule, *_SYMBOLIZERS)
        for part in symbolizers(element, notes)
    ]  # fmt: skip


def _title(element: Any) -> Title:
    """Return the title; GeoServer's Localized holds the English one."""
    found = child(element, "Title")
    if found is None:
        found = child(element, "Description", "Title")
    if found is None:
        return Title("")
    english = next((each.text or "" for each in children(found, "Localized") if each.get("lang", "").startswith("en")), "")
    return Title((found.text or "").strip(), english.strip())
