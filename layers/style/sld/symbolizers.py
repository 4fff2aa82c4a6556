"""Each symbolizer of ours as an SLD symbolizer; what SLD lacks is written as the vendor options GeoServer knows."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

from layers.style.model import Fill, Hatch, Icon, Line, Mark, Pattern, Raster, Symbolizer, Text
from layers.style.reading import template
from layers.style.sld.dialect import XLINK, Dialect

FONTS = {"regular": "WenQuanYi Micro Hei", "bold": "Noto Sans CJK SC"}
DIAGONAL = sqrt(2)
"""A diagonal hatch is a tile of one stroke from corner to corner, so its side is √2 of the lines' distance."""
_STROKES = {0.0: "horline", 90.0: "vertline", 45.0: "slash", 135.0: "backslash"}
_PLACES = {"center": (0.5, 0.5, 0, 0), "above": (0.5, 0.0, 0, 1), "below": (0.5, 1.0, 0, -1), "right": (0.0, 0.5, 1, 0),
           "left": (1.0, 0.5, -1, 0), "auto": (0.5, 0.5, 0, 0)}  # fmt: skip
"""Anchor x, y (from the text's lower left corner) and the direction of the displacement, y upwards (05-077r4 §11.4)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a symbolizer must know beyond itself: the layer's geometry type and where the icons are served."""

    geometry: str
    icons: str


def add_symbolizer(dialect: Dialect, rule: Any, part: Symbolizer, around: Surroundings) -> None:  # noqa: C901 - one case a kind
    """Add one symbolizer to an SLD rule."""
    match part:
        case Fill():
            _fill(dialect, rule, part)
        case Hatch():
            _hatch(dialect, rule, part)
        case Pattern():
            _pattern(dialect, rule, part)
        case Line():
            kind = "PolygonSymbolizer" if around.geometry == "Polygon" else "LineSymbolizer"
            _stroke(dialect, dialect.add(rule, kind), part)
        case Mark():
            graphic = dialect.add(dialect.add(rule, "PointSymbolizer"), "Graphic")
            _mark(dialect, graphic, part)
        case Icon():
            graphic = dialect.add(dialect.add(rule, "PointSymbolizer"), "Graphic")
            picture = dialect.add(graphic, "ExternalGraphic")
            online = dialect.add(picture, "OnlineResource")
            online.set(f"{{{XLINK}}}type", "simple")
            online.set(f"{{{XLINK}}}href", f"{around.icons}/{part.name}.svg")
            dialect.add(picture, "Format", "image/svg+xml")
            dialect.add(graphic, "Size", part.size)
        case Text():
            _text(dialect, rule, part)
        case Raster():
            _raster(dialect, rule, part)


def _fill(dialect: Dialect, rule: Any, part: Fill) -> None:
    polygon = dialect.add(rule, "PolygonSymbolizer")
    dialect.parameters(dialect.add(polygon, "Fill"), {"fill": part.color, "fill-opacity": part.opacity})
    if part.outline and part.outline_width:
        dialect.parameters(dialect.add(polygon, "Stroke"), {"stroke": part.outline, "stroke-width": part.outline_width})


def _hatch(dialect: Dialect, rule: Any, part: Hatch) -> None:
    graphic = _graphic_fill(dialect, rule)
    angle = part.angle % 180
    name = _STROKES.get(angle, "horline")
    mark = dialect.add(graphic, "Mark")
    dialect.add(mark, "WellKnownName", f"shape://{name}")
    stroke = {"stroke": part.color, "stroke-width": part.width, "stroke-opacity": part.opacity}
    dialect.parameters(dialect.add(mark, "Stroke"), stroke)
    dialect.add(graphic, "Size", part.spacing * (DIAGONAL if "slash" in name else 1))
    if angle not in _STROKES:
        dialect.add(graphic, "Rotation", -angle)  # SLD turns clockwise


def _pattern(dialect: Dialect, rule: Any, part: Pattern) -> None:
    graphic = _graphic_fill(dialect, rule)
    _mark(dialect, graphic, Mark(shape=part.shape, size=part.size, color=part.color, opacity=part.opacity))
    dialect.vendor(graphic.getparent().getparent().getparent(), "graphic-margin", max(part.gap - part.size, 0) / 2)


def _graphic_fill(dialect: Dialect, rule: Any) -> Any:
    polygon = dialect.add(rule, "PolygonSymbolizer")
    return dialect.add(dialect.add(dialect.add(polygon, "Fill"), "GraphicFill"), "Graphic")


def _stroke(dialect: Dialect, symbolizer: Any, part: Line) -> None:
    values: dict[str, object] = {"stroke": part.color, "stroke-width": part.width}
    if part.opacity < 1:
        values["stroke-opacity"] = part.opacity
    values |= {"stroke-linecap": part.cap, "stroke-linejoin": "mitre" if part.cap == "square" else "round"}
    if part.dash:
        values["stroke-dasharray"] = " ".join(f"{each:g}" for each in part.dash)
    dialect.parameters(dialect.add(symbolizer, "Stroke"), values)


def _mark(dialect: Dialect, graphic: Any, part: Mark) -> None:
    mark = dialect.add(graphic, "Mark")
    is_diamond = part.shape == "diamond"
    dialect.add(mark, "WellKnownName", "square" if is_diamond else part.shape)
    dialect.parameters(dialect.add(mark, "Fill"), {"fill": part.color, "fill-opacity": part.opacity})
    if part.outline and part.outline_width:
        dialect.parameters(dialect.add(mark, "Stroke"), {"stroke": part.outline, "stroke-width": part.outline_width})
    dialect.add(graphic, "Size", part.size / DIAGONAL if is_diamond else part.size)
    if is_diamond:
        dialect.add(graphic, "Rotation", 45)


def _text(dialect: Dialect, rule: Any, part: Text) -> None:
    symbolizer = dialect.add(rule, "TextSymbolizer")
    label = dialect.add(symbolizer, "Label")
    for piece, is_field in template(part.text):
        (dialect.property if is_field else dialect.literal)(label, piece)
    font = {"font-family": FONTS[part.weight], "font-size": part.size, "font-style": "italic" if part.slant else "normal"}
    font["font-weight"] = "bold" if part.weight == "bold" else "normal"
    dialect.parameters(dialect.add(symbolizer, "Font"), font)
    _placement(dialect, symbolizer, part)
    if part.halo and part.halo_width:
        halo = dialect.add(symbolizer, "Halo")
        dialect.add(halo, "Radius", part.halo_width)
        dialect.parameters(dialect.add(halo, "Fill"), {"fill": part.halo})
    dialect.parameters(dialect.add(symbolizer, "Fill"), {"fill": part.color})
    if part.shield:
        graphic = dialect.add(symbolizer, "Graphic")
        mark = dialect.add(graphic, "Mark")
        dialect.add(mark, "WellKnownName", "square")
        dialect.parameters(dialect.add(mark, "Fill"), {"fill": part.shield})
    dialect.add(symbolizer, "Priority", part.priority)
    for key, value in _options(part).items():
        dialect.vendor(symbolizer, key, value)


def _placement(dialect: Dialect, symbolizer: Any, part: Text) -> None:
    holder = dialect.add(symbolizer, "LabelPlacement")
    if part.placement == "line":
        line = dialect.add(holder, "LinePlacement")
        dialect.add(line, "PerpendicularOffset", 0)
        if dialect.version == "1.1.0" and part.repeat:
            dialect.add(line, "IsRepeated", "true")
            dialect.add(line, "Gap", part.repeat)
        return
    x, y, right, up = _PLACES[part.position]
    point = dialect.add(holder, "PointPlacement")
    anchor = dialect.add(point, "AnchorPoint")
    dialect.add(anchor, "AnchorPointX", x)
    dialect.add(anchor, "AnchorPointY", y)
    if part.offset:
        away = dialect.add(point, "Displacement")
        dialect.add(away, "DisplacementX", right * part.offset)
        dialect.add(away, "DisplacementY", up * part.offset)


def _options(part: Text) -> dict[str, object]:
    found: dict[str, object] = {}
    if part.placement == "line":
        found |= {"followLine": "true", "maxAngleDelta": 30}
    if part.repeat:
        found["repeat"] = part.repeat
    if part.spacing:
        found["minGroupDistance"] = part.spacing
    if part.position == "auto":
        found["displacementMode"] = "E, N, S, W"
    if part.shield:
        found |= {"graphic-resize": "stretch", "graphic-margin": round(part.size * 0.3)}
    if part.writing == "vertical":
        found["writingMode"] = "vertical"
    return found


def _raster(dialect: Dialect, rule: Any, part: Raster) -> None:
    symbolizer = dialect.add(rule, "RasterSymbolizer")
    dialect.add(symbolizer, "Opacity", part.opacity)
    if part.bands or part.stretch:
        _channels(dialect, symbolizer, part)
    if part.ramp:
        _ramp(dialect, symbolizer, part)
    if part.hillshade:
        relief = dialect.add(symbolizer, "ShadedRelief")
        dialect.add(relief, "BrightnessOnly", "true")
        dialect.add(relief, "ReliefFactor", 1)
    if part.multiply:
        dialect.vendor(symbolizer, "composite", "multiply")
    if part.resampling != "bilinear":
        dialect.vendor(symbolizer, "resampling", part.resampling)


def _channels(dialect: Dialect, symbolizer: Any, part: Raster) -> None:
    selection = dialect.add(symbolizer, "ChannelSelection")
    bands = part.bands or (1, 2, 3)
    names = ("RedChannel", "GreenChannel", "BlueChannel") if len(bands) >= 3 else ("GrayChannel",)
    for name, band in zip(names, bands, strict=False):
        channel = dialect.add(selection, name)
        dialect.add(channel, "SourceChannelName", band)
        if part.stretch:
            enhancement = dialect.add(dialect.add(channel, "ContrastEnhancement"), "Normalize")
            dialect.vendor(enhancement, "algorithm", "StretchToMinimumMaximum")
            dialect.vendor(enhancement, "minValue", part.stretch[0])
            dialect.vendor(enhancement, "maxValue", part.stretch[1])


def _ramp(dialect: Dialect, symbolizer: Any, part: Raster) -> None:
    colors = dialect.add(symbolizer, "ColorMap")
    if dialect.version == "1.0.0":
        colors.set("type", "ramp")
        for value, color in part.ramp:
            entry = dialect.add(colors, "ColorMapEntry")
            entry.set("color", color)
            entry.set("quantity", f"{value:.10g}")
        return
    between = dialect.add(colors, "Interpolate", fallbackValue=part.ramp[0][1], method="color")
    dialect.add(between, "LookupValue", "Rasterdata")
    for value, color in part.ramp:
        point = dialect.add(between, "InterpolationPoint")
        dialect.add(point, "Data", value)
        dialect.add(point, "Value", color)
