"""What a style is: rules, each with a filter and symbolizers, as frozen values.

A feature belongs to the FIRST rule whose filter matches, and rules are listed most important first:
earlier ones are drawn above later ones and their labels are placed first. Widths, sizes and distances
are pixels of 0.28 mm (OGC 05-077r4 §10). A scale range is `max_scale <= denominator < min_scale`;
0 = no bound. Colours are `#rrggbb`.
"""

from dataclasses import dataclass, field
from typing import Literal

from layers.filters import Node
from layers.spec import Title

Shape = Literal["circle", "square", "triangle", "diamond", "star", "cross", "pentagon", "pin"]
Weight = Literal["regular", "bold"]
Position = Literal["auto", "center", "above", "below", "right", "left"]
Resampling = Literal["nearest", "bilinear", "average"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """Something drawn only within a range of scale denominators."""

    min_scale: float = 0.0
    max_scale: float = 0.0

    def is_drawn_at(self, scale: float) -> bool:
        """Whether 1:`scale` lies in the range."""
        return self.max_scale <= scale and (self.min_scale == 0 or scale < self.min_scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill(Scaled):
    """A flat area; its outline is drawn only where `outline_width` > 0."""

    color: str
    opacity: float = 1.0
    outline: str = ""
    outline_width: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hatch(Scaled):
    """Parallel lines over an area, `angle` in degrees counter-clockwise from east."""

    color: str
    angle: float = 45.0
    spacing: float = 8.0
    width: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern(Scaled):
    """A simple shape strewn over an area, `gap` pixels from middle to middle.

    Gaps of 8, 16, 32, 64 … pixels meet at the edges of tiles, others do not.
    """

    shape: Shape = "circle"
    size: float = 4.0
    gap: float = 16.0
    color: str = "#444444"
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Scaled):
    """A line or the edge of an area; `casing` is a wider line below all lines of the layer."""

    color: str
    width: float = 1.0
    opacity: float = 1.0
    dash: tuple[float, ...] = ()
    casing: str = ""
    casing_width: float = 0.0
    casing_opacity: float = 1.0
    cap: Literal["round", "butt", "square"] = "round"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Scaled):
    """A simple shape at a point, or at an area's inner point."""

    shape: Shape = "circle"
    size: float = 7.0
    color: str = "#444444"
    outline: str = ""
    outline_width: float = 0.0
    opacity: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Icon(Scaled):
    """One of the pictures in `layers/style/icons`, by name, `size` pixels high."""

    name: str
    size: float = 18.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Scaled):
    """A label. `text` is a template: `{field}` is replaced by the field's value.

    `placement` line follows the line, `repeat` pixels apart; `shield` draws a rounded plate of that
    colour behind the text; `slant` leans the letters, as names of water do; `priority` 1–10, the higher
    is placed first; `writing` vertical sets the characters of a point's label under each other.
    """

    text: str
    size: float = 12.0
    color: str = "#16212b"
    halo: str = ""
    halo_width: int = 2
    weight: Weight = "regular"
    slant: bool = False
    placement: Literal["point", "line"] = "point"
    position: Position = "center"
    offset: float = 0.0
    priority: int = 5
    repeat: float = 0.0
    spacing: float = 0.0
    shield: str = ""
    writing: Literal["horizontal", "vertical"] = "horizontal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster(Scaled):
    """Pixels. `bands` from 1; `stretch` maps two values onto black and white.

    `ramp` colours the first band: (value, colour) stops ascending, interpolated between, end colours
    beyond. `hillshade` draws the shade file made at ingest instead, `multiply` lays it over what is
    below.
    """

    bands: tuple[int, ...] = ()
    stretch: tuple[float, float] | None = None
    ramp: tuple[tuple[float, str], ...] = ()
    hillshade: bool = False
    multiply: bool = False
    opacity: float = 1.0
    resampling: Resampling = "bilinear"


Symbolizer = Fill | Hatch | Pattern | Line | Mark | Icon | Text | Raster
SYMBOLIZERS: dict[str, type[Symbolizer]] = {
    "fill": Fill,
    "hatch": Hatch,
    "pattern": Pattern,
    "line": Line,
    "mark": Mark,
    "icon": Icon,
    "text": Text,
    "raster": Raster,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Scaled):
    """A class of features and what is drawn for them; `filter` None takes all that are left."""

    name: str
    title: Title
    filter: Node | None = None
    symbolizers: tuple[Symbolizer, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """A whole style; `text` is the JSON it was read from, `read` gives one object for one text."""

    rules: tuple[Rule, ...]
    text: str = field(default="", repr=False)

    @property
    def min_scale(self) -> float:
        """The denominator from which on nothing is drawn; 0 = something always is."""
        found = [min(filter(None, (rule.min_scale, each.min_scale)), default=0.0) for rule in self.rules for each in rule.symbolizers]
        return 0.0 if 0.0 in found else max(found, default=0.0)
