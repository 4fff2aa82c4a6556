"""SLD symbolizers of areas, lines and points read into ours."""

import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any, get_args
from urllib.parse import urlsplit

from layers.style.model import Fill, Hatch, Icon, Line, Mark, Pattern, Shape, Symbolizer
from layers.style.reading import RANGES, icon_names
from layers.style.sld.notes import Notes
from layers.style.sld.raster_read import raster
from layers.style.sld.symbolizers import DIAGONAL
from layers.style.sld.text_read import text
from layers.xml import child, children, local, text_of

_SHAPES = frozenset(get_args(Shape))
_ALIKE: dict[str, Shape] = {"x": "cross", "cross2": "cross", "plus": "cross", "cross_fill": "cross", "rectangle": "square", "equilateral_triangle": "triangle",
          "hexagon": "pentagon", "octagon": "circle", "semi_circle": "circle", "dot": "circle"}  # fmt: skip
_STROKES = {"horline": 0.0, "line": 90.0, "vertline": 90.0, "slash": 45.0, "backslash": 135.0}
_TWO = {"plus": ("horline", "vertline"), "times": ("slash", "backslash")}
_CAPS = {"round": "round", "square": "square", "butt": "butt"}


def symbolizers(element: Any, notes: Notes) -> list[Symbolizer]:
    """Return what one SLD symbolizer draws, bottom first."""
    _look(element, notes)
    match local(element):
        case "PolygonSymbolizer":
            return _polygon(element, notes)
        case "LineSymbolizer":
            stroke = child(element, "Stroke")
            if child(element, "PerpendicularOffset") is not None:
                notes.add(element, "线的平移未读入", "the perpendicular offset is left out")
            return [_line(stroke if stroke is not None else element, notes)]
        case "PointSymbolizer":
            graphic = child(element, "Graphic")
            return [_graphic(graphic, notes)] if graphic is not None else [Mark()]
        case "TextSymbolizer":
            found = text(element, notes)
            return [found] if found else []
    return [raster(element, notes)]


def _look(element: Any, notes: Notes) -> None:
    if element.get("uom", "pixel").rsplit("/", 1)[-1] not in ("pixel", "px"):
        notes.add(element, "地面单位的尺寸按像素读入", "sizes in ground units are read as pixels")
    geometry = child(element, "Geometry")
    if geometry is not None and children(geometry, "Function"):
        notes.add(geometry, "几何变换未读入", "the transformation of the geometry is left out")


def _polygon(element: Any, notes: Notes) -> list[Symbolizer]:
    made: list[Symbolizer] = []
    fill, stroke = child(element, "Fill"), child(element, "Stroke")
    if fill is not None:
        graphic = child(fill, "GraphicFill", "Graphic")
        made += _tiled(element, graphic, notes) if graphic is not None else [_flat(fill, notes)]
    if stroke is None:
        return made
    edge = _line(stroke, notes)
    if len(made) == 1 and isinstance(made[0], Fill) and not edge.dash and edge.opacity == 1:
        return [replace(made[0], outline=edge.color, outline_width=edge.width)]
    return [*made, edge]


def _flat(fill: Any, notes: Notes) -> Fill:
    values = notes.parameters(fill)
    opacity = notes.number(fill, values.get("fill-opacity"), "opacity", 1.0)
    return Fill(color=notes.color(fill, values.get("fill"), "#808080"), opacity=opacity)


def _tiled(symbolizer: Any, graphic: Any, notes: Notes) -> list[Symbolizer]:
    """Read a fill of repeated marks: strokes are hatches, shapes a pattern."""
    mark = child(graphic, "Mark")
    if mark is None:
        notes.add(graphic, "图片填充改为素色", "a fill of pictures becomes a flat one")
        return [Fill(color="#cccccc", opacity=0.5)]
    name = re.sub("^(shape|brush)://", "", text_of(mark, "WellKnownName") or "square")
    size = notes.number(graphic, text_of(graphic, "Size"), "spacing", 8.0) or 8.0
    turned = notes.number(graphic, text_of(graphic, "Rotation"), "angle", 0.0)
    if name in _STROKES or name in _TWO:
        return [_hatch(each, mark, size, turned, notes) for each in _TWO.get(name, (name,))]
    drawn = _mark(graphic, mark, notes)
    margin = next((each.text for each in children(symbolizer, "VendorOption") if each.get("name") == "graphic-margin"), None)
    gap = drawn.size + 2 * float(_first_number(margin))
    low, high = RANGES["gap"]
    return [Pattern(shape=drawn.shape, size=drawn.size, gap=min(max(gap, low), high), color=drawn.color, opacity=drawn.opacity)]


def _hatch(name: str, mark: Any, size: float, turned: float, notes: Notes) -> Hatch:
    stroke = child(mark, "Stroke")
    values = notes.parameters(stroke)
    if "stroke" not in values:
        values["stroke"] = notes.parameters(child(mark, "Fill")).get("fill", "#000000")
    return Hatch(
        color=notes.color(mark, values["stroke"], "#000000"),
        angle=(_STROKES[name] - turned) % 180,
        spacing=round(size / (DIAGONAL if "slash" in name else 1), 6),
        width=notes.number(mark, values.get("stroke-width"), "width", 1.0),
        opacity=notes.number(mark, values.get("stroke-opacity"), "opacity", 1.0),
    )


def _line(stroke: Any, notes: Notes) -> Line:
    values = notes.parameters(stroke)
    graphic = child(stroke, "GraphicStroke", "Graphic")
    if graphic is not None:
        notes.add(graphic, "沿线符号改为实线", "symbols along the line become a plain line")
        values.setdefault("stroke", _mark(graphic, child(graphic, "Mark"), notes).color)
    return Line(
        color=notes.color(stroke, values.get("stroke"), "#000000"),
        width=notes.number(stroke, values.get("stroke-width"), "width", 1.0),
        opacity=notes.number(stroke, values.get("stroke-opacity"), "opacity", 1.0),
        dash=_dash(stroke, values.get("stroke-dasharray", ""), notes),
        cap=_CAPS.get(values.get("stroke-linecap", "butt"), "round"),  # type: ignore[arg-type]
    )


def _dash(stroke: Any, written: str, notes: Notes) -> tuple[float, ...]:
    if written in ("", "none"):
        return ()
    try:
        numbers = tuple(float(each) for each in re.split("[ ,]+", written.strip()))
    except ValueError:
        notes.add(stroke, "虚线读不懂，改为实线", "the dashes are not understood; the line is solid")
        return ()
    if len(numbers) > 32 or not all(0 <= each <= 1000 for each in numbers):
        notes.add(stroke, "虚线读不懂，改为实线", "the dashes are not understood; the line is solid")
        return ()
    return numbers * 2 if len(numbers) % 2 else numbers


def _graphic(graphic: Any, notes: Notes) -> Mark | Icon:
    """Read the first of a graphic's alternatives that can be drawn."""
    for picture in children(graphic, "ExternalGraphic"):
        online = child(picture, "OnlineResource")
        address = next((value for key, value in online.attrib.items() if key.endswith("href")), "") if online is not None else ""
        name = PurePosixPath(urlsplit(address).path).stem if "\x00" not in address else ""
        if name in icon_names():
            return Icon(name=name, size=notes.number(graphic, text_of(graphic, "Size"), "size", 18.0))
        notes.add(picture, "外部图片不取，换成图形", "a picture from elsewhere is not fetched; a mark stands for it")
    return _mark(graphic, child(graphic, "Mark"), notes)


def _mark(graphic: Any, mark: Any, notes: Notes) -> Mark:
    size = notes.number(graphic, text_of(graphic, "Size"), "size", 7.0)
    turned = notes.number(graphic, text_of(graphic, "Rotation"), "angle", 0.0)
    if mark is None:
        return Mark(size=size)
    fill, stroke = child(mark, "Fill"), child(mark, "Stroke")
    filled, drawn = notes.parameters(fill), notes.parameters(stroke)
    shape, is_diamond = _shape(graphic, mark, turned, notes)
    outline = notes.color(mark, drawn.get("stroke"), "#000000") if stroke is not None else ""
    return Mark(
        shape=shape,
        size=round(size * DIAGONAL, 6) if is_diamond else size,
        color=notes.color(mark, filled.get("fill"), "#808080") if fill is not None else outline or "#808080",
        outline=outline,
        outline_width=notes.number(mark, drawn.get("stroke-width"), "outline_width", 1.0) if outline else 0.0,
        opacity=notes.number(mark, filled.get("fill-opacity") or text_of(graphic, "Opacity"), "opacity", 1.0),
    )


def _shape(graphic: Any, mark: Any, turned: float, notes: Notes) -> tuple[Shape, bool]:
    name = (text_of(mark, "WellKnownName") or "square").lower().removeprefix("shape://")
    if name == "square" and turned % 90 == 45:
        return "diamond", True
    if turned and name != "circle":
        notes.add(graphic, "符号的旋转未读入", "the rotation of the mark is left out")
    if name in _SHAPES:
        return name, False  # type: ignore[return-value]
    notes.add(mark, f"没有图形 {name[:40]}，换成相近的", f"there is no mark {name[:40]}; one like it is used")
    return _ALIKE.get(name, "circle"), False


def _first_number(written: str | None) -> float:
    found = re.match(r"\s*(\d{1,4}(\.\d{1,6})?)", written or "")
    return float(found[1]) if found else 0.0
