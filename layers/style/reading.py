"""A style's JSON text read into the model, and written back; every fault says where it is."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from layers.errors import InvalidFilter, InvalidValue
from layers.filters import Node, parse_json, to_json
from layers.spec import Title
from layers.style.model import SYMBOLIZERS, Rule, Style, Symbolizer, Text

VERSION = 1
RULES_MAX = 500
ICONS = Path(__file__).parent / "icons"
_COLOR = re.compile(r"#[0-9a-f]{6}")
_FIELD = re.compile(r"\{([^{}]+)\}")
COLORS = frozenset({"color", "outline", "casing", "halo", "shield"})
CHOICES: Mapping[str, frozenset[str | bool]] = {
    "shape": frozenset(
        {"circle", "square", "triangle", "diamond", "star", "cross", "pentagon", "pin"}
    ),
    "weight": frozenset({"regular", "bold"}),
    "position": frozenset({"auto", "center", "above", "below", "right", "left"}),
    "placement": frozenset({"point", "line"}),
    "cap": frozenset({"round", "butt", "square"}),
    "resampling": frozenset({"nearest", "bilinear", "average"}),
    "writing": frozenset({"horizontal", "vertical"}),
}
RANGES: Mapping[str, tuple[float, float]] = {
    "opacity": (0, 1),
    "casing_opacity": (0, 1),
    "size": (1, 200),
    "width": (0, 100),
    "casing_width": (0, 100),
    "outline_width": (0, 100),
    "spacing": (0, 2000),
    "repeat": (0, 5000),
    "gap": (2, 256),
    "offset": (-200, 200),
    "angle": (-360, 360),
    "halo_width": (0, 10),
    "priority": (1, 10),
    "min_scale": (0, 1e10),
    "max_scale": (0, 1e10),
}


class InvalidStyle(InvalidValue):
    """The style document is wrong."""


@lru_cache(maxsize=4096)
def read(text: str) -> Style:
    """Read a style document; raises InvalidStyle naming the place of the first fault."""
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise InvalidStyle(f"不是 JSON / not JSON: {fault}") from None
    if not isinstance(document, dict) or document.get("version") != VERSION:
        raise InvalidStyle(f'样式版本须为 {VERSION} / needs "version": {VERSION}')
    rules = document.get("rules")
    if not isinstance(rules, list) or not 0 < len(rules) <= RULES_MAX:
        raise InvalidStyle(f"rules: 1–{RULES_MAX}")
    return Style(tuple(_rule(each, f"rules[{place}]") for place, each in enumerate(rules)), text)


def write(rules: tuple[Rule, ...]) -> str:
    """Write rules as a style document; defaults are left out."""
    return json.dumps(
        {"version": VERSION, "rules": [rule_json(each) for each in rules]}, ensure_ascii=False
    )


def read_symbolizer(value: Any) -> Symbolizer:
    """Read one symbolizer from its parsed JSON, keys in either spelling (outlineWidth, outline_width)."""
    if isinstance(value, dict):
        value = {camel(key): each for key, each in value.items() if isinstance(key, str)}
    return _symbolizer(value, "symbolizer")


def fields_of(style: Style) -> frozenset[str]:
    """Return the fields the labels of a style name."""
    texts = (each for rule in style.rules for each in rule.symbolizers if isinstance(each, Text))
    return frozenset(name for text in texts for name in _FIELD.findall(text.text))


def template(text: str) -> tuple[tuple[str, bool], ...]:
    """Split a label's template into (piece, whether it is a field's name)."""
    pieces = _FIELD.split(text)
    return tuple((piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece)


def _rule(value: Any, where: str) -> Rule:
    if not isinstance(value, dict):
        raise InvalidStyle(f"{where}: 须为对象 / must be an object")
    if unknown := value.keys() - {"name", "title", "filter", "minScale", "maxScale", "symbolizers"}:
        raise InvalidStyle(f"{where}: 未知的键 / unknown keys {sorted(unknown)}")
    title = value.get("title", {})
    if not isinstance(title, dict) or not all(isinstance(each, str) for each in title.values()):
        raise InvalidStyle(f"{where}.title: {{zh, en}}")
    symbolizers = value.get("symbolizers", [])
    if not isinstance(symbolizers, list):
        raise InvalidStyle(f"{where}.symbolizers: 须为数组 / must be an array")
    return Rule(
        name=str(value.get("name", "")),
        title=Title(title.get("zh", ""), title.get("en", "")),
        filter=_filter(value.get("filter"), where),
        symbolizers=tuple(
            _symbolizer(each, f"{where}.symbolizers[{n}]") for n, each in enumerate(symbolizers)
        ),
        min_scale=_number(value.get("minScale", 0.0), "min_scale", where),
        max_scale=_number(value.get("maxScale", 0.0), "max_scale", where),
    )


def _filter(value: Any, where: str) -> Node | None:
    if value is None:
        return None
    try:
        return parse_json(value)
    except InvalidFilter as fault:
        raise InvalidStyle(f"{where}.filter: {fault}") from None


def _symbolizer(value: Any, where: str) -> Symbolizer:
    if not isinstance(value, dict) or value.get("type") not in SYMBOLIZERS:
        raise InvalidStyle(f"{where}.type: {', '.join(SYMBOLIZERS)}")
    kind = SYMBOLIZERS[value["type"]]
    known = {camel(each.name): each for each in fields(kind)}
    values = {}
    for key, given in value.items():
        if key == "type":
            continue
        if key not in known:
            raise InvalidStyle(f"{where}.{key}: 未知的键 / unknown key")
        values[known[key].name] = _value(known[key], given, f"{where}.{key}")
    missing = [
        each.name for each in fields(kind) if each.default is MISSING and each.name not in values
    ]
    if missing:
        raise InvalidStyle(f"{where}: 缺少 / missing {', '.join(map(camel, missing))}")
    return kind(**values)


def _value(place: Field[Any], given: Any, where: str) -> Any:
    name = place.name
    if name in {"dash", "bands", "stretch", "ramp"}:
        return _series(name, given, where)
    if (allowed := _allowed(name)) is not None:
        return _checked(
            given, where, lambda: given in allowed, ", ".join(map(str, sorted(allowed)))
        )
    if name in COLORS:
        return _checked(
            given, where, lambda: given == "" or bool(_COLOR.fullmatch(given)), "#rrggbb"
        )
    if name == "text":
        return _checked(given, where, lambda: 0 < len(given) <= 200, "1–200")
    number = _number(given, name, where)
    return int(number) if name in {"priority", "halo_width"} else number


def _allowed(name: str) -> frozenset[str | bool] | None:
    if name == "name":
        return frozenset(icon_names())
    return frozenset({True, False}) if name in {"hillshade", "multiply", "slant"} else CHOICES.get(name)


def _checked(given: Any, where: str, is_right: Callable[[], bool], expected: str) -> Any:
    if not isinstance(given, str | bool) or not is_right():
        raise InvalidStyle(f"{where}: 须为 / must be {expected}")
    return given


def _series(name: str, given: Any, where: str) -> Any:
    if not isinstance(given, list) or len(given) > 256:
        raise InvalidStyle(f"{where}: 须为数组 / must be an array")
    if name == "ramp":
        stops = tuple(
            (_number(stop[0], "", where), str(stop[1])) for stop in given if len(stop) == 2
        )
        is_ascending = all(low[0] < high[0] for low, high in pairwise(stops))
        if (
            len(stops) != len(given)
            or not is_ascending
            or not all(_COLOR.fullmatch(each) for _, each in stops)
        ):
            raise InvalidStyle(f"{where}: [[value, #rrggbb], …] 升序 / ascending")
        return stops
    numbers = tuple(_number(each, "", where) for each in given)
    if name == "bands":
        return tuple(int(each) for each in numbers)
    if name == "stretch" and (len(numbers) != 2 or numbers[0] >= numbers[1]):
        raise InvalidStyle(f"{where}: [low, high]")
    return numbers


def _number(given: Any, name: str, where: str) -> float:
    low, high = RANGES.get(name, (-1e9, 1e9))
    if isinstance(given, bool) or not isinstance(given, int | float) or not low <= given <= high:
        raise InvalidStyle(f"{where}: {low:g}–{high:g}")
    return float(given)


@lru_cache(maxsize=1)
def icon_names() -> tuple[str, ...]:
    """Return the names of the pictures an icon may use."""
    return tuple(sorted(path.stem for path in ICONS.glob("*.svg")))


def camel(name: str) -> str:
    """Write a field's name as it stands in documents: outline_width → outlineWidth."""
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def rule_json(rule: Rule) -> dict[str, Any]:
    """Write one rule as its JSON; defaults are left out."""
    made: dict[str, Any] = {"name": rule.name, "title": {"zh": rule.title.zh, "en": rule.title.en}}
    if rule.filter is not None:
        made["filter"] = to_json(rule.filter)
    made |= {
        camel(key): getattr(rule, key) for key in ("min_scale", "max_scale") if getattr(rule, key)
    }
    made["symbolizers"] = [symbolizer_json(each) for each in rule.symbolizers]
    return made


def symbolizer_json(symbolizer: Symbolizer) -> dict[str, Any]:
    """Write one symbolizer as its JSON; defaults are left out."""
    kind = next(name for name, each in SYMBOLIZERS.items() if type(symbolizer) is each)
    values = {each.name: getattr(symbolizer, each.name) for each in fields(symbolizer) if
              getattr(symbolizer, each.name) != each.default}  # fmt: skip
    return {"type": kind} | {camel(key): value for key, value in values.items()}
