"""Each symbolizer of ours as layers of a MapLibre style: type, layout and paint."""

from typing import Any

from layers.style.maplibre.images import Image, Plate, name_of
from layers.style.model import Fill, Hatch, Icon, Line, Mark, Pattern, Raster, Symbolizer, Text
from layers.style.reading import template

FONTS = {"regular": "WenQuanYi Micro Hei Regular", "bold": "Noto Sans CJK SC Bold"}
ANCHORS = {"center": "center", "above": "bottom", "below": "top", "right": "left", "left": "right"}
_AWAY = {"above": (0, -1), "below": (0, 1), "right": (1, 0), "left": (-1, 0)}
VARIABLE = ["left", "bottom", "top", "right"]

type Layer = dict[str, Any]


def of(part: Symbolizer, geometry: str) -> list[Layer]:  # noqa: PLR0911 - one return a kind
    """Return the layers that draw one symbolizer, bottom first."""
    match part:
        case Fill():
            return _fill(part)
        case Hatch() | Pattern():
            return [{"type": "fill", "paint": {"fill-pattern": name_of(part)}}]
        case Line():
            return [_line(part)]
        case Mark(shape="circle") if geometry == "Point":
            return [_circle(part)]
        case Mark() | Icon():
            return [_picture(part)]
        case Text():
            return [_text(part, geometry)]
        case Raster():
            return []


def _fill(part: Fill) -> list[Layer]:
    made: list[Layer] = [{"type": "fill", "paint": {"fill-color": part.color, "fill-opacity": part.opacity}}]
    if part.outline and part.outline_width:
        edge = _line(Line(color=part.outline, width=part.outline_width))
        made.append({**edge, "metadata": {"geobase:role": "outline"}})
    return made


def _line(part: Line) -> Layer:
    paint: dict[str, Any] = {"line-color": part.color, "line-width": part.width, "line-opacity": part.opacity}
    if part.dash and part.width:
        paint["line-dasharray"] = [each / part.width for each in part.dash]
    return {"type": "line", "layout": {"line-cap": part.cap, "line-join": "miter" if part.cap == "square" else "round"}, "paint": paint}


def _circle(part: Mark) -> Layer:
    paint: dict[str, Any] = {"circle-radius": part.size / 2, "circle-color": part.color, "circle-opacity": part.opacity}
    if part.outline and part.outline_width:
        paint |= {"circle-stroke-color": part.outline, "circle-stroke-width": part.outline_width}
    return {"type": "circle", "paint": paint}


def _picture(image: Image) -> Layer:
    # A mark is part of the drawing: it makes no room for itself and gives way to none.
    layout = {"icon-image": name_of(image), "icon-allow-overlap": True, "icon-ignore-placement": True}
    return {"type": "symbol", "layout": layout}


def _text(part: Text, geometry: str) -> Layer:
    font = FONTS[part.weight] + (" Italic" if part.slant else "")
    layout: dict[str, Any] = {"text-field": _field(part.text), "text-font": [font], "text-size": part.size,
                              "symbol-sort-key": 10 - part.priority, "text-padding": 2, **_placement(part, geometry)}  # fmt: skip
    paint: dict[str, Any] = {"text-color": part.color}
    if part.halo and part.halo_width:
        paint |= {"text-halo-color": part.halo, "text-halo-width": part.halo_width}
    if part.shield:
        side = part.size * 0.3
        layout |= {"icon-image": name_of(Plate(part.shield)), "icon-text-fit": "both", "icon-text-fit-padding": [side / 2, side, side / 2, side]}
    if part.writing == "vertical":
        layout["text-writing-mode"] = ["vertical"]
    made: Layer = {"type": "symbol", "layout": layout, "paint": paint}
    return {**made, "metadata": {"geobase:spacing": part.spacing}} if part.spacing else made


def _placement(part: Text, geometry: str) -> dict[str, Any]:
    repeat = {"symbol-spacing": part.repeat} if part.repeat else {}
    if part.placement == "line":
        return {"symbol-placement": "line", "text-max-angle": 30, **repeat}
    if geometry == "LineString":
        return {"symbol-placement": "line", "text-rotation-alignment": "viewport", "icon-rotation-alignment": "viewport", **repeat}
    if part.position == "auto":
        return {"text-variable-anchor": VARIABLE, "text-radial-offset": part.offset / part.size}
    found: dict[str, Any] = {"text-anchor": ANCHORS[part.position], **repeat}
    if part.offset and part.position in _AWAY:
        found["text-offset"] = [each * part.offset / part.size for each in _AWAY[part.position]]
    return found


def _field(text: str) -> Any:
    """Write a label: nothing where one of its attributes has no value."""
    pieces = [["to-string", ["get", piece]] if is_field else piece for piece, is_field in template(text)]
    names = [piece for piece, is_field in template(text) if is_field]
    if len(pieces) == 1:
        return pieces[0] if names else _literal(text)
    whole = ["concat", *pieces]
    if not names:
        return whole
    known = [["!=", ["get", name], None] for name in names]
    return ["case", known[0] if len(known) == 1 else ["all", *known], whole, ""]


def _literal(text: str) -> Any:
    # A bare string would be read as a template.
    return ["concat", text]
