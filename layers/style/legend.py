"""What a style's classes look like in a list: a title and a small picture of each, as SVG."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from layers.spec import Title
from layers.style.mapfile_classes import Dimension
from layers.style.model import (
    Fill,
    Hatch,
    Icon,
    Line,
    Mark,
    Pattern,
    Raster,
    Rule,
    Style,
    Symbolizer,
    Text,
)
from layers.style.reading import ICONS

WIDTH, HEIGHT = 24, 16
_SHAPES: dict[str, str] = {
    "square": "-1,-1 1,-1 1,1 -1,1",
    "triangle": "-1,0.9 0,-0.9 1,0.9",
    "diamond": "0,-1 1,0 0,1 -1,0",
    "cross": "-.3,-1 .3,-1 .3,-.3 1,-.3 1,.3 .3,.3 .3,1 -.3,1 -.3,.3 -1,.3 -1,-.3 -.3,-.3",
    "pentagon": "0,-1 1,-.24 .62,1 -.62,1 -1,-.24",
    "star": "0,-1 .24,-.28 1,-.24 .4,.22 .62,.96 0,.54 -.62,.96 -.4,.22 -1,-.24 -.24,-.28",
    "pin": "0,1.2 -.7,0 -.55,-.8 0,-1 .55,-.8 .7,0",
}


@dataclass(frozen=True, slots=True)
class LegendClass:
    """One line of a legend; `swatch` is an SVG document of 24 × 16 pixels."""

    title: Title
    swatch: str
    rule: Rule | None = None


@lru_cache(maxsize=1024)
def classes(
    style: Style, dimension: Dimension | Literal["raster"], layer: Title
) -> tuple[LegendClass, ...]:
    """Return the classes in the style's order; a rule without a title has the layer's.

    Rules of labels only have no line, nor have pictures of natural colour.
    """
    found: list[LegendClass] = []
    for rule in style.rules:
        if dimension == "raster":
            found += _ramp(rule)
        elif any(not isinstance(each, Text) for each in rule.symbolizers):
            found.append(
                LegendClass(rule.title if rule.title.zh else layer, swatch(rule, dimension), rule)
            )
    return tuple(found)


def swatch(rule: Rule, dimension: Dimension) -> str:
    """Draw a rule's symbolizers at their own size."""
    parts = _finest(rule)
    body = "".join(
        _casing(each, dimension) for each in parts if isinstance(each, Line) and each.casing
    )
    body += "".join(_part(each, dimension) for each in parts)
    return _document(body)


def _finest(rule: Rule) -> list[Symbolizer]:
    """Of symbolizers that differ by scale alone take those of the largest scale."""
    largest = min((each.max_scale for each in rule.symbolizers), default=0.0)
    return [each for each in rule.symbolizers if each.max_scale <= largest]


def _document(body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}">{body}</svg>'
    )


def _ramp(rule: Rule) -> Iterator[LegendClass]:
    for part in rule.symbolizers:
        if isinstance(part, Raster):
            for value, color in part.ramp:
                body = f'<rect x="1" y="1" width="22" height="14" fill="{color}"/>'
                yield LegendClass(Title(f"{value:g} m", f"{value:g} m"), _document(body), rule)


def _casing(line: Line, dimension: Dimension) -> str:
    wide = Line(
        color=line.casing, width=line.casing_width or line.width + 2, opacity=line.casing_opacity
    )
    return _stroke(wide, dimension)


def _part(part: Symbolizer, dimension: Dimension) -> str:  # noqa: PLR0911 - one return a kind
    match part:
        case Fill() if dimension == "polygon":
            edge = (
                f' stroke="{part.outline}" stroke-width="{part.outline_width:g}"'
                if part.outline
                else ""
            )
            fill = f'fill="{part.color}" fill-opacity="{part.opacity:g}"'
            return f'<rect x="1.5" y="1.5" width="21" height="13" {fill}{edge}/>'
        case Hatch() if dimension == "polygon":
            return _hatch(part)
        case Pattern() if dimension == "polygon":
            return "".join(_mark(Mark(shape=part.shape, size=min(part.size, 6.0), color=part.color, opacity=part.opacity), x, y)
                           for x, y in ((6, 5), (18, 5), (12, 11)))  # fmt: skip
        case Line() if dimension != "point":
            return _stroke(part, dimension)
        case Mark():
            return _mark(part)
        case Icon():
            return _icon(part.name)
    return ""


def _stroke(line: Line, dimension: Dimension) -> str:
    width = min(line.width, 8.0)
    dash = f' stroke-dasharray="{" ".join(f"{each:g}" for each in line.dash)}"' if line.dash else ""
    look = f'fill="none" stroke="{line.color}" stroke-width="{width:g}" stroke-opacity="{line.opacity:g}"{dash}'
    if dimension == "polygon":
        return f'<rect x="2.5" y="2.5" width="19" height="11" {look}/>'
    return f'<path d="M1 8H23" {look}/>'


def _hatch(part: Hatch) -> str:
    # A pattern of its own name: a page holds many of these pictures.
    step = min(part.spacing, 6.0)
    name = f"h{part.color[1:]}{part.angle:g}-{step:g}"
    return (
        f'<defs><pattern id="{name}" width="{step:g}" height="{step:g}" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate({-part.angle:g})"><path d="M0 {step / 2:g}H{step:g}" stroke="{part.color}" '
        f'stroke-width="{part.width:g}" stroke-opacity="{part.opacity:g}"/></pattern></defs>'
        f'<rect x="2.5" y="2.5" width="19" height="11" fill="url(#{name})"/>'
    )


def _mark(part: Mark, x: float = 12, y: float = 8) -> str:
    half = min(part.size, 14.0) / 2
    edge = f' stroke="{part.outline}" stroke-width="{part.outline_width:g}"' if part.outline else ""
    fill = f'fill="{part.color}" fill-opacity="{part.opacity:g}"{edge}'
    if part.shape == "circle":
        return f'<circle cx="{x:g}" cy="{y:g}" r="{half:g}" {fill}/>'
    points = " ".join(
        f"{x + half * float(right):g},{y + half * float(down):g}"
        for right, down in (pair.split(",") for pair in _SHAPES[part.shape].split())
    )
    return f'<polygon points="{points}" {fill}/>'


@lru_cache(maxsize=64)
def _icon(name: str) -> str:
    text = (ICONS / f"{name}.svg").read_text("utf-8")
    return text.replace("<svg ", '<svg x="4" y="0" ', 1).replace(
        'width="24" height="24"', 'width="16" height="16"', 1
    )
