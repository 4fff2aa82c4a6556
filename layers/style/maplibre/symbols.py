"""Layers of a MapLibre style, their values settled, read into symbolizers of ours."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import ImageColor

from layers.style.maplibre.expression_reader import Reader
from layers.style.maplibre.images import Plate, image_of
from layers.style.maplibre.layers import ANCHORS
from layers.style.model import Fill, Hatch, Icon, Line, Mark, Pattern, Symbolizer, Text
from layers.style.reading import RANGES, icon_names

_POSITIONS = {anchor: position for position, anchor in ANCHORS.items()} | {
    "top-left": "right", "bottom-left": "right", "top-right": "left", "bottom-right": "left"}  # fmt: skip
_CAPS = ("round", "butt", "square")


@dataclass(frozen=True, slots=True)
class Look:
    """A layer at one zoom for one branch: its type, values and metadata; `note` is told (key, zh, en)."""

    type: str
    values: dict[str, Any]
    metadata: dict[str, Any]
    note: Callable[[str, str, str], None]

    def number(self, key: str, name: str, default: float) -> float:
        """Return a number within the range our model has for `name`."""
        value = self.values.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.note(key, "不是数，用了缺省值", "not a number; the default is used")
            return default
        low, high = RANGES[name]
        return round(min(max(float(value), low), high), 6)

    def color(self, key: str, default: str) -> tuple[str, float]:
        """Return a colour as #rrggbb and its opacity."""
        value = self.values.get(key)
        if value is None:
            return default, 1.0
        try:
            red, green, blue, *alpha = ImageColor.getrgb(_web_color(str(value)))
        except ValueError:
            self.note(key, "不是颜色，用了缺省值", "not a colour; the default is used")
            return default, 1.0
        return f"#{red:02x}{green:02x}{blue:02x}", (alpha[0] / 255 if alpha else 1.0)


def symbolizers(look: Look, reader: Reader) -> list[Symbolizer]:
    """Return what a layer draws."""
    match look.type:
        case "fill" | "fill-extrusion":
            return _fill(look)
        case "line":
            return _line(look)
        case "circle":
            return [_circle(look)]
    return _symbol(look, reader)


def _fill(look: Look) -> list[Symbolizer]:
    if look.type == "fill-extrusion":
        look.note("type", "立体房屋改为平面", "extruded areas become flat")
    if (pattern := look.values.get("fill-pattern")) is not None:
        image = image_of(str(pattern))
        if isinstance(image, Hatch | Pattern):
            return [image]
        look.note("fill-pattern", "图案填充未读入", "a fill of pictures is left out")
        return []
    color, alpha = look.color(f"{look.type}-color", "#000000")
    opacity = round(look.number(f"{look.type}-opacity", "opacity", 1.0) * alpha, 4)
    if look.values.get("fill-outline-color") is None:
        return [Fill(color=color, opacity=opacity)]
    return [Fill(color=color, opacity=opacity, outline=look.color("fill-outline-color", color)[0], outline_width=1.0)]


def _line(look: Look) -> list[Symbolizer]:
    for key in ("line-pattern", "line-gradient", "line-offset", "line-gap-width"):
        if look.values.get(key) not in (None, 0):
            look.note(key, "未读入", "left out")
    width = look.number("line-width", "width", 1.0)
    if not width:
        return []
    color, alpha = look.color("line-color", "#000000")
    cap = look.values.get("line-cap", "butt")
    opacity = round(look.number("line-opacity", "opacity", 1.0) * alpha, 4)
    dash = look.values.get("line-dasharray") or ()
    if isinstance(dash, list) and dash and dash[0] == "literal":
        dash = dash[1]
    if not isinstance(dash, list | tuple) or len(dash) > 32 or not all(isinstance(each, int | float) and 0 <= each <= 1000 for each in dash):
        look.note("line-dasharray", "虚线读不懂，改为实线", "the dashes are not understood; the line is solid")
        dash = ()
    pattern = tuple(round(each * width, 6) for each in dash)
    return [Line(color=color, width=width, opacity=opacity, dash=pattern * 2 if len(pattern) % 2 else pattern, cap=cap if cap in _CAPS else "butt")]


def _circle(look: Look) -> Mark:
    color, alpha = look.color("circle-color", "#000000")
    outline = look.number("circle-stroke-width", "outline_width", 0.0)
    return Mark(
        shape="circle",
        size=min(max(look.number("circle-radius", "size", 5.0) * 2 if look.values.get("circle-radius", 5) >= 1 else 1.0, 1.0), 200.0),
        color=color,
        opacity=round(look.number("circle-opacity", "opacity", 1.0) * alpha, 4),
        outline=look.color("circle-stroke-color", "#000000")[0] if outline else "",
        outline_width=outline,
    )


def _symbol(look: Look, reader: Reader) -> list[Symbolizer]:
    made: list[Symbolizer] = []
    icon = look.values.get("icon-image")
    plate = image_of(str(icon)) if isinstance(icon, str) else None
    if icon is not None and not isinstance(plate, Plate):
        made += _picture(look, icon, plate)
    if look.values.get("text-field") not in (None, ""):
        label = _template(look.values["text-field"], reader, look)
        if label.strip() and len(label) <= 200:
            made.append(_text(look, label, plate.color if isinstance(plate, Plate) else ""))
        else:
            look.note("text-field", "注记内容读不懂", "the label's text is not understood")
    return made


def _picture(look: Look, icon: Any, image: Any) -> list[Symbolizer]:
    if isinstance(image, Mark | Icon):
        return [image]
    if icon in icon_names():
        return [Icon(name=icon, size=min(max(look.number("icon-size", "width", 1.0) * 24, 1.0), 200.0))]
    look.note("icon-image", "图标不在本系统，换成圆点", "the icon is not one of ours; a dot stands for it")
    return [Mark(size=7.0)] if isinstance(icon, str) and icon else []


def _text(look: Look, label: str, shield: str) -> Text:
    fonts = str(look.values.get("text-font") or "")
    size = look.number("text-size", "size", 16.0)
    halo = look.number("text-halo-width", "halo_width", 0.0)
    spacing = look.metadata.get("geobase:spacing", 0)
    for key in ("text-rotate", "text-letter-spacing"):
        if look.values.get(key) not in (None, 0):
            look.note(key, "未读入", "left out")
    return Text(
        text=label,
        size=size,
        color=look.color("text-color", "#000000")[0],
        halo=look.color("text-halo-color", "#ffffff")[0] if halo else "",
        halo_width=max(1, round(halo)) if halo else 2,
        weight="bold" if re.search("bold|black|heavy|semibold", fonts, re.IGNORECASE) else "regular",
        slant=bool(re.search("italic|oblique", fonts, re.IGNORECASE)),
        priority=min(max(10 - round(look.number("symbol-sort-key", "offset", 5)), 1), 10),
        repeat=look.number("symbol-spacing", "repeat", 0.0),
        spacing=float(spacing) if isinstance(spacing, int | float) and 0 <= spacing <= 2000 else 0.0,
        shield=shield,
        writing="vertical" if look.values.get("text-writing-mode") == ["vertical"] else "horizontal",
        **_placement(look, size),
    )


def _placement(look: Look, size: float) -> dict[str, Any]:
    if look.values.get("symbol-placement") in ("line", "line-center"):
        is_upright = look.values.get("text-rotation-alignment") == "viewport"
        return {"placement": "point" if is_upright else "line"}
    if look.values.get("text-variable-anchor"):
        return {"position": "auto", "offset": round(look.number("text-radial-offset", "offset", 0.0) * size, 6)}
    position = _POSITIONS.get(str(look.values.get("text-anchor", "center")), "center")
    away = look.values.get("text-offset") or [0, 0]
    if isinstance(away, list) and away and away[0] == "literal":
        away = away[1]
    if not (isinstance(away, list) and len(away) == 2 and all(isinstance(each, int | float) for each in away)):
        return {"position": position}
    along = away[1] if position in ("above", "below") else away[0]
    if position == "center" and any(away):
        position = ("below" if away[1] > 0 else "above") if abs(away[1]) >= abs(away[0]) else ("right" if away[0] > 0 else "left")
        along = max(away, key=abs)
    return {"position": position, "offset": round(min(abs(along) * size, 200.0), 6)}


def _template(field: Any, reader: Reader, look: Look) -> str:  # noqa: PLR0911 - one return a form
    """Read a text field: an old template, "get", "concat", "format", "coalesce" or our "case"."""
    match field:
        case str():
            return re.sub(r"\{([^{}]*)\}", lambda found: "{" + reader.property(found[1]).name + "}", field)
        case ["get", str() as name]:
            return "{" + reader.property(name).name + "}"
        case ["concat", *pieces]:
            return "".join(_word(each, reader, look) for each in pieces)
        case ["format", *pieces]:
            return "".join(_word(each, reader, look) for each in pieces if not isinstance(each, dict))
        case ["case", _, whole, ""]:
            return _template(whole, reader, look)
        case ["to-string" | "string", inner, *_]:
            return _template(inner, reader, look)
        case [str() as word, *pieces] if word in ("coalesce", "upcase", "downcase", "number-format", "step", "case", "match"):
            look.note("text-field", f"{word} 未读入，只取第一个属性", f"{word} is left out; its first attribute is taken")
            names = _gets(pieces, 0)
            return "{" + reader.property(names[0]).name + "}" if names else ""
    return ""


def _word(piece: Any, reader: Reader, look: Look) -> str:
    return re.sub("[{}]", "", piece) if isinstance(piece, str) else _template(piece, reader, look)


def _gets(part: Any, depth: int) -> list[str]:
    match part:
        case ["get", str() as name]:
            return [name]
        case list() if depth < 20:
            return [name for each in part for name in _gets(each, depth + 1)]
    return []


def _web_color(text: str) -> str:
    """Write rgba(r, g, b, 0.5) as #rrggbbaa: Pillow takes an opacity of 0 to 255."""
    found = re.fullmatch(r"\s*rgba\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*([\d.]{1,8})\s*\)\s*", text)
    if found is None:
        return re.sub(r"^hsla\((.*),[^,]*\)$", r"hsl(\1)", text.strip())
    red, green, blue = (min(int(found[n]), 255) for n in (1, 2, 3))
    return f"#{red:02x}{green:02x}{blue:02x}{round(min(float(found[4]), 1.0) * 255):02x}"
