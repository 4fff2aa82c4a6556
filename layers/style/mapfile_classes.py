"""The style model written as MapServer CLASS, STYLE and LABEL blocks, for features and for pixels.

Nothing of a client or a registry text comes in here: classes are told apart by the integer `cls` the
drawing function returns, labels are its columns `t0`, `t1` …; colours, numbers and icon names are
checked when the style is read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from layers.style.model import Fill, Hatch, Icon, Line, Mark, Pattern, Raster, Symbolizer, Text

WRITER_VERSION = 1
"""Part of the drawing hash: raise it when the same style comes to look different."""

Dimension = Literal["point", "line", "polygon"]
VERTICAL = "|"
"""Stands between the characters of a vertical label's column, where the engine breaks its line."""
_POINTS_PER_PIXEL = 0.75
"""MapServer reads a font's SIZE as points of 1/72 inch at 96 dpi."""
_FONTS = {"regular": "regular,bold", "bold": "bold,regular"}
_POSITIONS = {
    "center": "CC",
    "above": "UC",
    "below": "LC",
    "right": "CR",
    "left": "CL",
    "auto": "AUTO",
}
_OFFSETS = {"above": (0, -1), "below": (0, 1), "right": (1, 0), "left": (-1, 0)}

type Label = tuple[str, str]
"""A label's template and its writing: the drawing function has a column for each."""
type ClassParts = tuple[int, tuple[Symbolizer, ...]]
"""A rule's number and those of its symbolizers that are drawn at the scale."""


def classes(rules: Sequence[ClassParts], dimension: Dimension, texts: Mapping[Label, int]) -> str:
    """Write the classes of a vector layer; `texts` gives the column number of each label template."""
    casings = max((sum(_is_cased(each) for each in parts) for _, parts in rules), default=0)
    return "".join(_class(rule, dimension, texts, casings) for rule in rules)


def _class(rule: ClassParts, dimension: Dimension, texts: Mapping[Label, int], casings: int) -> str:
    number, parts = rule
    body = list(_casings(parts, dimension, casings))
    for part in parts:
        body += _styles(part, dimension)
    body += [_label(part, dimension, texts[part.text, part.writing]) for part in parts if isinstance(part, Text)]
    return f'CLASS EXPRESSION "{number}"\n{"".join(body)}END\n'


def _is_cased(part: Symbolizer) -> bool:
    return isinstance(part, Line) and bool(part.casing)


def _casings(parts: Iterable[Symbolizer], dimension: Dimension, count: int) -> Iterator[str]:
    """Write casings first and equally many in each class: MapServer draws lines style by style."""
    if dimension == "point":
        return
    cased = [each for each in parts if isinstance(each, Line) and each.casing]
    for line in cased:
        width = line.casing_width or line.width + 2
        color = _color(line.casing, line.casing_opacity)
        yield _stroke(color, width, "butt" if line.dash else line.cap, (), dimension)
    if dimension == "line":
        yield from ["STYLE END\n"] * (count - len(cased))


def _styles(part: Symbolizer, dimension: Dimension) -> list[str]:  # noqa: PLR0911 - one return a kind
    match part:
        case Fill() if dimension == "polygon":
            outline = _edge(part.outline, part.outline_width)
            return [f"STYLE COLOR {_color(part.color, part.opacity)}{outline} END\n"]
        case Hatch() if dimension == "polygon":
            return [
                f'STYLE SYMBOL "hatch" COLOR {_color(part.color, part.opacity)} SIZE {part.spacing:g} '
                f"ANGLE {part.angle:g} WIDTH {part.width:g} END\n"
            ]
        case Pattern() if dimension == "polygon":
            return [
                f'STYLE SYMBOL "{part.shape}" SIZE {part.size:g} GAP {part.gap:g} '
                f"COLOR {_color(part.color, part.opacity)} END\n"
            ]
        case Line() if dimension != "point":
            cap = "butt" if part.dash else part.cap
            return [
                _stroke(_color(part.color, part.opacity), part.width, cap, part.dash, dimension)
            ]
        case Mark() if dimension != "line":
            edge = _edge(part.outline, part.outline_width)
            return [
                f'STYLE{_anchor(dimension)} SYMBOL "{part.shape}" SIZE {part.size:g} '
                f"COLOR {_color(part.color, part.opacity)}{edge} END\n"
            ]
        case Icon() if dimension != "line":
            return [f'STYLE{_anchor(dimension)} SYMBOL "icon-{part.name}" SIZE {part.size:g} END\n']
    return []


def _stroke(
    color: str, width: float, cap: str, dash: tuple[float, ...], dimension: Dimension
) -> str:
    key = "OUTLINECOLOR" if dimension == "polygon" else "COLOR"
    pattern = f" PATTERN {' '.join(f'{each:g}' for each in dash)} END" if dash else ""
    join = "MITER" if cap == "square" else "ROUND"
    return (
        f"STYLE {key} {color} WIDTH {width:g} LINECAP {cap.upper()} LINEJOIN {join}{pattern} END\n"
    )


def _anchor(dimension: Dimension) -> str:
    return ' GEOMTRANSFORM "centroid"' if dimension == "polygon" else ""


def _edge(color: str, width: float) -> str:
    return f" OUTLINECOLOR {_color(color)} WIDTH {width:g}" if color and width else ""


def _label(text: Text, dimension: Dimension, column: int) -> str:
    parts = [
        f'LABEL TEXT "[t{column}]" TYPE TRUETYPE FONT "{_font(text)}" SIZE {text.size * _POINTS_PER_PIXEL:g}',
        f"COLOR {_color(text.color)} PRIORITY {text.priority} PARTIALS FALSE BUFFER 2",
    ]
    if text.halo and text.halo_width:
        parts.append(f"OUTLINECOLOR {_color(text.halo)} OUTLINEWIDTH {text.halo_width}")
    if text.writing == "vertical" and dimension != "line":
        parts.append(f'WRAP "{VERTICAL}" ALIGN CENTER')
    if text.spacing:
        parts.append(f"MINDISTANCE {text.spacing:g}")
    if dimension == "line":
        parts.append(
            "ANGLE FOLLOW MAXOVERLAPANGLE 30" if text.placement == "line" else "ANGLE 0 POSITION CC"
        )
        parts.append(f"REPEATDISTANCE {text.repeat:g}" if text.repeat else "")
    else:
        parts.append(f"POSITION {_POSITIONS[text.position]}{_offset(text)}")
    if text.shield:
        parts.append(_plate(text))
    return "\n  ".join(each for each in parts if each) + " END\n"


def _font(text: Text) -> str:
    return "italic,regular" if text.slant else _FONTS[text.weight]


def _offset(text: Text) -> str:
    x, y = _OFFSETS.get(text.position, (0, 0))
    return f" OFFSET {x * text.offset:g} {y * text.offset:g}" if text.offset else ""


def _plate(text: Text) -> str:
    """Write the rounded plate behind a road number: the text's box with round-joined edges."""
    size = text.size
    rim = [
        f"STYLE GEOMTRANSFORM 'labelpoly' COLOR {color} OUTLINECOLOR {color} WIDTH {size * share:g} LINEJOIN ROUND END"
        for color, share in ((_color("#ffffff"), 0.62), (_color(text.shield), 0.36))
    ]
    return "\n  ".join(rim)


def _color(color: str, opacity: float = 1.0) -> str:
    return f'"{color}"' if opacity >= 1 else f'"{color}{round(opacity * 255):02x}"'


def raster(part: Raster, bands: int) -> str:
    """Write the PROCESSING lines and classes of a raster layer whose files have `bands` bands."""
    lines = [f'PROCESSING "RESAMPLE={part.resampling.upper()}"']
    if part.hillshade:
        lines.append('PROCESSING "BANDS=1"')
    elif part.ramp:
        low, high = part.ramp[0][0], part.ramp[-1][0]
        # Without buckets MapServer compares every pixel with every class (engines.md 2.2: 32 → 6 ms).
        buckets = min(4096, max(256, round((high - low) * 2)))
        lines += ['PROCESSING "BANDS=1"', f'PROCESSING "SCALE={low:g},{high:g}"']
        lines += [f'PROCESSING "SCALE_BUCKETS={buckets}"', *_ramp(part.ramp)]
    else:
        chosen = part.bands or (tuple(range(1, min(bands, 4) + 1)) if bands != 2 else (1,))
        lines.append(f'PROCESSING "BANDS={",".join(map(str, chosen))}"')
        if part.stretch:
            low, high = part.stretch
            lines += [
                f'PROCESSING "SCALE_{n}={low:g},{high:g}"'
                for n in range(1, min(3, len(chosen)) + 1)
            ]
    return "\n".join(lines) + "\n"


def _ramp(stops: tuple[tuple[float, str], ...]) -> Iterator[str]:
    first, last = stops[0], stops[-1]
    yield f'CLASS EXPRESSION ([pixel] < {first[0]:g}) STYLE COLOR "{first[1]}" END END'
    for (low, below), (high, above) in pairwise(stops):
        yield (
            f"CLASS EXPRESSION ([pixel] >= {low:g} AND [pixel] < {high:g}) "
            f'STYLE COLORRANGE "{below}" "{above}" DATARANGE {low:g} {high:g} END END'
        )
    # Pixels above the last range would be holes (engines.md 3).
    yield f'CLASS EXPRESSION ([pixel] >= {last[0]:g}) STYLE COLOR "{last[1]}" END END'
