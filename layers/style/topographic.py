"""Any layer with a class code of GB/T 13923: its majors and best-known middles, in symbols after GB/T 20257.

Colours are rows of layers/codes/carto_colors.csv, style "topographic 1:10k" (confidence "memory" there: the printed
standard is CMYK). Codes have six digits; producers append one for the geometry, so seven are taken too.
"""

from collections.abc import Sequence

from layers import codes
from layers.filters import parse_text
from layers.spec import FieldType, Title
from layers.style.base_map import CITY, DISTRICT, NEAR, TOWN, map_label
from layers.style.model import Fill, Line, Mark, Pattern, Rule, Symbolizer
from layers.style.palettes import color, hexadecimal

type Rules = tuple[Rule, ...]
_STYLE = "topographic 1:10k"
TABLES = ("gbt13923_2006",)


def classes(field: str, kind: FieldType, label: str) -> Rules:
    """Return the classes by code, the finer first; `kind` is the field's type, `label` a template or ""."""
    name = (_label(label, 11),) if label else ()
    return (
        _rule("index-contour", Title("计曲线", "Index contour"), field, kind, ("710102",), _line("等高线计曲线", 1.2)),
        _rule("contour", Title("等高线", "Contour"), field, kind, ("7101",), _line("等高线首曲线", 0.6, min_scale=DISTRICT)),
        _rule("spot-height", Title("高程点", "Spot height"), field, kind, ("72",), Mark(size=3, color="#000000", min_scale=TOWN), *name),
        _rule("control-point", Title("测量控制点", "Control point"), field, kind, ("1",), Mark(shape="triangle", size=9, color=color("paper"), outline="#000000", outline_width=1.2), *name),
        _rule("water", Title("水系", "Hydrography"), field, kind, ("2",), *_area("河流、湖泊、水库面", "河流、湖泊、水库面"), *name),
        _rule("tall-building", Title("高层房屋", "Tall building"), field, kind, ("3105",), Fill(color="#bdb4ae"), _line("街区、房屋", 0.8, min_scale=TOWN), *name),
        _rule("settlement", Title("居民地及设施", "Settlements and structures"), field, kind, ("3",), *_area("街区、房屋", "街区、房屋"), *name),
        _rule("railway", Title("铁路", "Railway"), field, kind, ("41",), Line(color=color("paper"), width=2.2, dash=(10, 10), cap="butt", casing="#000000", casing_width=3.4), *name),
        _rule("highway", Title("公路", "Highway"), field, kind, ("42",), Line(color=_color("国道", "fill_rgb"), width=3, casing="#000000", casing_width=4.2), *name),
        _rule("transport", Title("其他交通", "Other transport"), field, kind, ("4",), Line(color=color("paper"), width=2, casing="#555555", casing_width=3), *name),
        _rule("pipeline", Title("管线", "Pipelines"), field, kind, ("5",), Line(color="#b0308f", width=1.2, dash=(12, 4), cap="butt"), Mark(size=4, color="#b0308f"), *name),
        _rule("boundary", Title("境界与政区", "Boundaries"), field, kind, ("6",), Line(color="#000000", width=1.4, dash=(10, 4, 2, 4), cap="butt"), *name),
        _rule("landform", Title("地貌", "Landforms"), field, kind, ("7",), _line("等高线首曲线", 0.8), Mark(size=4, color=_color("等高线首曲线", "line_rgb")), *name),
        _rule("vegetation", Title("植被与土质", "Vegetation and soil"), field, kind, ("8",), Fill(color=_color("成林", "fill_rgb")), Pattern(shape="circle", size=3, gap=16, color="#3f8f4f", opacity=0.7, min_scale=TOWN), *name),
        Rule(name="other", title=Title("其他", "Other"), symbolizers=(Fill(color=color("unknown"), opacity=0.3), Line(color=color("unknown"), width=1), Mark(size=5, color=color("unknown")), *name)),
    )  # fmt: skip


def _rule(name: str, title: Title, field: str, kind: FieldType, starts: Sequence[str], *parts: Symbolizer) -> Rule:
    quoted = '"' + field.replace('"', '""') + '"'
    if kind == "string":
        where = " OR ".join(f"{quoted} LIKE '{start}%'" for start in starts)
    else:
        spans = [(int(start), 10 ** (digits - len(start))) for start in starts for digits in (6, 7)]
        where = " OR ".join(f"({quoted} >= {start * size} AND {quoted} < {(start + 1) * size})" for start, size in spans)
    return Rule(name=name, title=title, filter=parse_text(where), symbolizers=parts)


def _area(fill: str, line: str) -> tuple[Symbolizer, ...]:
    paint = _color(line, "line_rgb")
    return Fill(color=_color(fill, "fill_rgb"), min_scale=CITY * 4), Line(color=paint, width=0.9), Mark(size=5, color=paint, min_scale=NEAR * 2)


def _line(feature: str, width: float, *, min_scale: float = 0.0) -> Line:
    return Line(color=_color(feature, "line_rgb"), width=width, min_scale=min_scale)


def _color(feature: str, column: str) -> str:
    row = next(each for each in codes.records("carto_colors") if each["feature_class"] == feature and each["style"] == _STYLE and each[column])
    red, green, blue = (int(each) for each in row[column].split(","))
    return hexadecimal((red, green, blue))


def _label(label: str, size: float) -> Symbolizer:
    return map_label(label, size, priority=4, spacing=80, min_scale=TOWN)
