"""SLD text symbolizers read into labels of ours."""

import re
from typing import Any

from layers.style.model import Text
from layers.style.sld.notes import Notes
from layers.xml import child, children, local, text_of

_CONCATENATIONS = ("concatenate", "concat", "strconcat")
_TAKEN = frozenset({"repeat", "minGroupDistance", "displacementMode", "writingMode", "graphic-resize", "graphic-margin", "followLine",
                    "maxAngleDelta", "group", "spaceAround", "conflictResolution", "partials", "autoWrap", "goodnessOfFit", "maxDisplacement"})  # fmt: skip


def text(element: Any, notes: Notes) -> Text | None:
    """Return the label, or None (noted) where it names no attribute we can show."""
    label = _template(child(element, "Label"), notes).strip()
    if not label or len(label) > 200:
        notes.add(element, "注记内容读不懂", "the label's text is not understood")
        return None
    font = notes.parameters(child(element, "Font"))
    halo = child(element, "Halo")
    around = notes.parameters(child(halo, "Fill")) if halo is not None else {}
    radius = notes.number(element, text_of(halo, "Radius") or "1", "halo_width", 1.0) if halo is not None else 0.0
    options = _options(element, notes)
    placed = _placement(element, notes)
    return Text(
        text=label,
        size=notes.number(element, font.get("font-size"), "size", 10.0),
        color=notes.color(element, notes.parameters(child(element, "Fill")).get("fill"), "#000000"),
        halo=notes.color(element, around.get("fill"), "#ffffff") if radius else "",
        halo_width=max(1, round(radius)) if radius else 2,
        slant=font.get("font-style") in ("italic", "oblique"),
        weight="bold" if font.get("font-weight") in ("bold", "bolder", "600", "700", "800", "900") else "regular",
        priority=int(notes.number(element, text_of(element, "Priority"), "priority", 5)),
        spacing=notes.number(element, options.get("minGroupDistance"), "spacing", 0.0),
        shield=_shield(element, notes),
        writing="vertical" if options.get("writingMode") == "vertical" else "horizontal",
        **_placed(placed, options, element, notes),
    )


def _placed(placed: dict[str, Any], options: dict[str, str], element: Any, notes: Notes) -> dict[str, Any]:
    repeat = notes.number(element, options.get("repeat"), "repeat", placed.get("repeat", 0.0))
    found = {**placed, "repeat": repeat}
    if "displacementMode" in options:
        found["position"] = "auto"
    return found


def _template(label: Any, notes: Notes) -> str:
    """Read a label's mixed content: words, attributes, and functions that join them."""
    if label is None:
        return ""
    pieces = [_words(label.text)]
    for part in children(label):
        pieces += [_piece(part, notes), _words(part.tail)]
    return "".join(pieces)


def _piece(part: Any, notes: Notes) -> str:
    match local(part):
        case "PropertyName" | "ValueReference":
            name = re.split("[/:]", (part.text or "").strip())[-1]
            return "{" + name + "}" if name and not set(name) & set("{}") else ""
        case "Literal":
            return re.sub("[{}]", "", part.text or "")
        case "Function" | "Concatenate" | "StringValue":
            name = (part.get("name") or local(part)).lower()
            inner = "".join(_piece(each, notes) for each in children(part))
            if name in _CONCATENATIONS or local(part) != "Function":
                return inner
            notes.add(part, f"函数 {name[:40]} 未读入，只取属性", f"the function {name[:40]} is left out; its attribute is taken")
            return next((_piece(each, notes) for each in part.iter() if local(each) in ("PropertyName", "ValueReference")), "")
    notes.add(part, "注记的算式未读入", "a computation in the label is left out")
    return ""


def _words(written: str | None) -> str:
    """Return the words between elements; white space that only lays the document out is none."""
    stripped = re.sub("[{}]", "", written or "")
    return "" if not stripped.strip() else re.sub(r"\s*\n\s*", "", stripped)


def _placement(element: Any, notes: Notes) -> dict[str, Any]:
    line = child(element, "LabelPlacement", "LinePlacement")
    if line is not None:
        if notes.number(line, text_of(line, "PerpendicularOffset"), "offset", 0.0):
            notes.add(line, "注记离线的距离未读入", "the label's distance from the line is left out")
        return {"placement": "line", "repeat": notes.number(line, text_of(line, "Gap"), "repeat", 0.0)}
    point = child(element, "LabelPlacement", "PointPlacement")
    if point is None:
        return {}
    if text_of(point, "Rotation") not in ("", "0", "0.0"):
        notes.add(point, "注记的旋转未读入", "the label's rotation is left out")
    x, y = (notes.number(point, text_of(point, "AnchorPoint", f"AnchorPoint{axis}") or default, "offset", 0.0) for axis, default in (("X", "0"), ("Y", "0.5")))
    right, up = (notes.number(point, text_of(point, "Displacement", f"Displacement{axis}"), "offset", 0.0) for axis in "XY")
    position = _position(x, y, right, up)
    offset = abs(up) if position in ("above", "below") else abs(right)
    return {"position": position, "offset": offset}


def _position(x: float, y: float, right: float, up: float) -> str:
    if 0.25 < x < 0.75 and 0.25 < y < 0.75:
        if not right and not up:
            return "center"
        if abs(up) >= abs(right):
            return "above" if up > 0 else "below"
        return "right" if right > 0 else "left"
    if 0.25 < x < 0.75:
        return "above" if y <= 0.25 else "below"
    return "right" if x <= 0.25 else "left"


def _shield(element: Any, notes: Notes) -> str:
    mark = child(element, "Graphic", "Mark")
    if mark is None:
        if child(element, "Graphic") is not None:
            notes.add(child(element, "Graphic"), "注记的底图未读入", "the picture behind the label is left out")
        return ""
    return notes.color(mark, notes.parameters(child(mark, "Fill")).get("fill"), "#ffffff")


def _options(element: Any, notes: Notes) -> dict[str, str]:
    found = {}
    for each in children(element, "VendorOption"):
        name = each.get("name", "")
        if name not in _TAKEN:
            notes.add(each, f"厂商选项 {name[:40]} 未读入", f"the vendor option {name[:40]} is left out")
        found[name] = (each.text or "").strip()
    return found
