"""The pictures a MapLibre style of ours needs (hatches, marks, icons, plates) by names that say what they show.

A name is the whole definition, so the sprite is drawn from the names and a style read back finds its symbols again.
"""

import re
from dataclasses import dataclass, fields

from layers.style.model import Hatch, Icon, Mark, Pattern, Symbolizer
from layers.style.reading import InvalidStyle, read_symbolizer

_KINDS: dict[str, type[Hatch | Mark | Pattern | Icon]] = {"hatch": Hatch, "mark": Mark, "pattern": Pattern, "icon": Icon}
_PLATE = re.compile(r"plate/(#[0-9a-f]{6})")


@dataclass(frozen=True, slots=True)
class Plate:
    """The plate behind a road number, stretched to its text."""

    color: str


type Image = Hatch | Mark | Pattern | Icon | Plate


def name_of(image: Image) -> str:
    """Write a picture's name, such as hatch/#ffd400/45/9/1.1/0.85."""
    if isinstance(image, Plate):
        return f"plate/{image.color}"
    kind = next(word for word, each in _KINDS.items() if type(image) is each)
    values = [getattr(image, each) for each in _names(type(image))]
    return "/".join([kind, *(f"{each:g}" if isinstance(each, int | float) else str(each) for each in values)])


def image_of(name: str) -> Image | None:
    """Read a picture's name; None where it is not one of ours."""
    if found := _PLATE.fullmatch(name):
        return Plate(found[1])
    word, *values = name.split("/")
    kind = _KINDS.get(word)
    if kind is None or len(values) != len(_names(kind)):
        return None
    given = {each: _value(kind, each, value) for each, value in zip(_names(kind), values, strict=True)}
    try:
        made: Symbolizer = read_symbolizer({"type": word} | given)
    except InvalidStyle:
        return None
    return made if isinstance(made, Hatch | Mark | Pattern | Icon) else None


def _names(kind: type[Hatch | Mark | Pattern | Icon]) -> list[str]:
    return [each.name for each in fields(kind) if each.name not in ("min_scale", "max_scale")]


def _value(kind: type[object], name: str, text: str) -> object:
    declared = {each.name: each.type for each in fields(kind)}[name]  # type: ignore[arg-type]
    if declared is not float:
        return text
    try:
        return float(text)
    except ValueError:
        return text
