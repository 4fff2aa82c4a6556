"""The style model laid out as a form: which values each symbolizer has, of what kind, in which range.

Made of the model itself, so a form can never differ from what is read. Filters travel as CQL2 text.
"""

import json
from collections.abc import Sequence
from dataclasses import MISSING, Field, fields
from typing import Any

from layers.errors import InvalidFilter
from layers.filters import parse_text, to_json
from layers.filters.text_writer import Unwritable, to_text
from layers.style.model import SYMBOLIZERS, Rule
from layers.style.reading import CHOICES, COLORS, RANGES, InvalidStyle, camel, icon_names, rule_json

TITLES: dict[str, tuple[str, str]] = {
    "fill": ("填充", "Fill"), "hatch": ("晕线", "Hatch"), "pattern": ("图案", "Pattern"), "line": ("线", "Line"), "mark": ("图形", "Mark"),
    "icon": ("图标", "Icon"), "text": ("注记", "Label"), "raster": ("栅格", "Raster"),
    "color": ("颜色", "Colour"), "opacity": ("不透明度", "Opacity"), "outline": ("轮廓色", "Outline"), "outline_width": ("轮廓宽", "Outline width"),
    "angle": ("角度", "Angle"), "spacing": ("间距", "Spacing"), "width": ("宽", "Width"), "gap": ("间隔", "Gap"), "shape": ("形状", "Shape"),
    "size": ("大小", "Size"), "dash": ("虚线", "Dashes"), "casing": ("镶边色", "Casing"), "casing_width": ("镶边宽", "Casing width"),
    "casing_opacity": ("镶边不透明度", "Casing opacity"), "cap": ("线头", "Cap"), "name": ("名称", "Name"), "halo": ("描边色", "Halo"),
    "halo_width": ("描边宽", "Halo width"), "weight": ("字重", "Weight"), "slant": ("倾斜", "Slant"), "placement": ("沿线或定点", "Placement"),
    "position": ("位置", "Position"), "offset": ("偏移", "Offset"), "priority": ("优先级", "Priority"), "repeat": ("重复间距", "Repeat"),
    "shield": ("底牌色", "Shield"), "writing": ("排列", "Writing"), "bands": ("波段", "Bands"), "stretch": ("拉伸", "Stretch"),
    "ramp": ("色带", "Ramp"), "hillshade": ("山体阴影", "Hillshade"), "multiply": ("正片叠底", "Multiply"), "resampling": ("重采样", "Resampling"),
    "min_scale": ("到比例尺 1:", "To scale 1:"), "max_scale": ("从比例尺 1:", "From scale 1:"),
}  # fmt: skip


def kinds() -> list[dict[str, Any]]:
    """Return each kind of symbolizer with its values, in the order they are shown."""
    return [
        {"type": name, "title": list(TITLES[name]), "values": [_value(each) for each in sorted(fields(kind), key=_place)]}
        for name, kind in SYMBOLIZERS.items()
    ]


def _place(field: Field[Any]) -> int:
    """Put the range of scales last, its larger scale first."""
    return {"max_scale": 1, "min_scale": 2}.get(field.name, 0)


def _value(field: Field[Any]) -> dict[str, Any]:
    name = field.name
    made: dict[str, Any] = {"name": camel(name), "title": list(TITLES.get(name, (name, name))), "kind": _kind(name, field)}
    if field.default is not MISSING:
        made["default"] = list(field.default) if isinstance(field.default, tuple) else field.default
    if name in RANGES:
        made["range"] = list(RANGES[name])
    if made["kind"] == "choice":
        made["choices"] = sorted(str(each) for each in CHOICES.get(name, frozenset(icon_names())))
    return made


def _kind(name: str, field: Field[Any]) -> str:
    if name in COLORS:
        return "color"
    if name in CHOICES or name == "name":
        return "choice"
    if isinstance(field.default, bool):
        return "flag"
    if name in ("dash", "bands", "stretch", "ramp"):
        return "series"
    return "words" if name == "text" else "number"


def to_form(rules: Sequence[Rule]) -> list[dict[str, Any]]:
    """Write rules for the form: as in the document, but with filters as CQL2 text."""
    return [{**rule_json(each), "filter": _filter_text(each)} for each in rules]


def _filter_text(rule: Rule) -> str:
    if rule.filter is None:
        return ""
    try:
        return to_text(rule.filter)
    except Unwritable:
        return json.dumps(to_json(rule.filter), ensure_ascii=False)


def from_form(document: Any) -> str:
    """Return the style document of what a form sends; raises InvalidStyle naming the rule of a wrong filter."""
    rules = document.get("rules") if isinstance(document, dict) else None
    if not isinstance(rules, list):
        raise InvalidStyle("rules: 须为数组 / must be an array")
    made = [_rule(each, f"rules[{place}]") for place, each in enumerate(rules)]
    return json.dumps({"version": 1, "rules": made}, ensure_ascii=False)


def _rule(rule: Any, where: str) -> Any:
    if not isinstance(rule, dict) or not isinstance(rule.get("filter"), str):
        return rule
    rest = {key: value for key, value in rule.items() if key != "filter"}
    text = rule["filter"].strip()
    if not text:
        return rest
    if text.startswith("{"):
        try:
            return {**rest, "filter": json.loads(text)}
        except (ValueError, RecursionError):
            raise InvalidStyle(f"{where}.filter: 不是 JSON / not JSON") from None
    try:
        return {**rest, "filter": to_json(parse_text(text))}
    except InvalidFilter as fault:
        raise InvalidStyle(f"{where}.filter: {fault.detail}") from None
