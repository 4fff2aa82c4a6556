"""How the readers of SLD take values out of elements, and how they note what they must leave out."""

from collections.abc import Iterator
from math import isnan
from typing import Any

from PIL import ImageColor

from layers.style.dropped import Dropped
from layers.style.reading import RANGES
from layers.xml import children, local

_ROOTS = ("UserStyle", "StyledLayerDescriptor")


class Notes:
    """Collects what was dropped; a place is the path of local names with their numbers from 1."""

    def __init__(self) -> None:
        self.dropped: list[Dropped] = []

    def add(self, element: Any, zh: str, en: str) -> None:
        """Note that an element could not be taken over."""
        self.dropped.append(Dropped(path(element), zh, en))

    def parameters(self, element: Any) -> dict[str, str]:
        """Return the Css- or SvgParameters of an element that are plain values; computed ones are noted."""
        found: dict[str, str] = {}
        for each in children(element, "CssParameter", "SvgParameter") if element is not None else ():
            if (text := self.plain(each)) is not None:
                found[each.get("name", "")] = text
        return found

    def plain(self, element: Any) -> str | None:
        """Return an element's text, also out of a single Literal; None (noted) where it is computed."""
        inner = children(element)
        if not inner:
            return (element.text or "").strip()
        if len(inner) == 1 and local(inner[0]) == "Literal" and not (element.text or "").strip():
            return (inner[0].text or "").strip()
        self.add(element, "按属性计算的值不能用，用了缺省值", "a value computed from attributes is not taken; the default is used")
        return None

    def number(self, element: Any, text: str | None, name: str, default: float) -> float:
        """Read a number within the range our model has for `name`."""
        if not text:
            return default
        try:
            value = float(text.removesuffix("px"))
        except ValueError:
            self.add(element, f"不是数：{text[:40]}", f"not a number: {text[:40]}")
            return default
        low, high = RANGES[name]
        if isnan(value):
            return default
        if not low <= value <= high:
            self.add(element, f"{value:g} 超出 {low:g}–{high:g}，取界限值", f"{value:g} is outside {low:g}–{high:g}; the bound is used")
        return min(max(value, low), high)

    def color(self, element: Any, text: str | None, default: str) -> str:
        """Read a colour (#rrggbb, #rgb, a name, rgb()) as #rrggbb."""
        if not text:
            return default
        try:
            red, green, blue, *_ = ImageColor.getrgb(text)
        except ValueError:
            self.add(element, f"不是颜色：{text[:40]}", f"not a colour: {text[:40]}")
            return default
        return f"#{red:02x}{green:02x}{blue:02x}"


def path(element: Any) -> str:
    """Return an element's place below its style, such as FeatureTypeStyle[1]/Rule[2]/PolygonSymbolizer[1]/Fill."""
    return "/".join(reversed(list(_steps(element))))


def _steps(element: Any) -> Iterator[str]:
    while element is not None and local(element) not in _ROOTS:
        parent = element.getparent()
        name = local(element)
        alike = children(parent, name) if parent is not None else [element]
        yield f"{name}[{alike.index(element) + 1}]" if len(alike) > 1 or name in ("Rule", "FeatureTypeStyle") else name
        element = parent
