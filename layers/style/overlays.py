"""How thematic layers look over imagery and over the map: control lines, classes, stations.

Areas differ by hatch angle, dash and hue together, so they survive imagery, grey print and colour
blindness (shared ui/brief.md §8). Casings are 2.4 px wider than their line, at 80 %.
"""

from collections.abc import Iterable
from dataclasses import replace

from layers import codes
from layers.filters import Node, parse_text
from layers.filters.ast import Comparison, Property, Value
from layers.spec import Title
from layers.style.base_map import CITY, DISTRICT, NEAR, TOWN, map_label, photo_label
from layers.style.model import Fill, Hatch, Icon, Line, Mark, Rule, Symbolizer, Text
from layers.style.palettes import color

type Rules = tuple[Rule, ...]


def _rule(name: str, title: Title, where: str, *parts: Symbolizer) -> Rule:
    return Rule(
        name=name, title=title, filter=parse_text(where) if where else None, symbolizers=parts
    )


def _line(
    paint: str, width: float, dash: tuple[float, ...] = (), casing: str = "paper", far_from: float = TOWN
) -> tuple[Line, Line]:
    """Return a cased line; from 1:`far_from` on it is thinner and its casing faint, else a town is all edges."""
    near = Line(color=color(paint), width=width, dash=dash, casing=color(casing), casing_width=width + 2.4,
                casing_opacity=0.8, min_scale=far_from)  # fmt: skip
    thin = max(1.1, width * 0.75)
    far = Line(color=color(paint), width=thin, dash=dash, casing=color(casing), casing_width=thin + 1.4,
               casing_opacity=0.45, max_scale=far_from)  # fmt: skip
    return near, far


def _hatched(name: str, title: Title, hatch: Hatch, edge: tuple[Line, Line]) -> Rules:
    """Return one class of hatched areas; from afar, where hatches run together, a faint fill."""
    far = Fill(color=hatch.color, opacity=0.2, max_scale=TOWN)
    sparse = replace(hatch, opacity=hatch.opacity * 0.75, spacing=hatch.spacing + 2, max_scale=NEAR, min_scale=TOWN)
    return (_rule(name, title, "", replace(hatch, min_scale=NEAR), sparse, far, *edge),)


def farmland(label: str) -> Rules:
    """永久基本农田: yellow on a dark casing, hatched 45°."""
    hatch = Hatch(color=color("farmland"), angle=45, spacing=9, width=1.0, opacity=0.8)
    return _hatched("farmland", Title("永久基本农田", "Permanent basic farmland"), hatch, _line("farmland", 1.8, casing="dark", far_from=NEAR))


def ecology(label: str) -> Rules:
    """生态保护红线: green, hatched level."""
    hatch = Hatch(color=color("ecology"), angle=0, spacing=8, width=1.2, opacity=0.85)
    return _hatched("ecology", Title("生态保护红线", "Ecological red line"), hatch, _line("ecology", 2.4))


def urban(label: str) -> Rules:
    """城镇开发边界: magenta, long and short dashes, nothing inside."""
    return (
        _rule(
            "urban",
            Title("城镇开发边界", "Urban development boundary"),
            "",
            *_line("urban", 3, (14, 5, 3, 5)),
        ),
    )


def protection(label: str) -> Rules:
    """文物保护范围: dark red, hatched the other way."""
    hatch = Hatch(color=color("protect"), angle=-45, spacing=7, width=1.2, opacity=0.85)
    fill = Fill(color=color("protect"), opacity=0.13)
    return (
        _rule(
            "protect",
            Title("文物保护范围", "Heritage protection zone"),
            "",
            fill,
            hatch,
            *_line("protect", 2.4),
        ),
    )


def control(label: str) -> Rules:
    """建设控制地带: brown-red, dashed, faint."""
    fill = Fill(color=color("control"), opacity=0.13)
    return (
        _rule(
            "control",
            Title("建设控制地带", "Construction control zone"),
            "",
            fill,
            *_line("control", 2, (7, 4)),
        ),
    )


def canal(label: str) -> Rules:
    """大运河遗产区、缓冲区、核心监控区: violet, dash 14-6."""
    fill = Fill(color=color("canal"), opacity=0.10)
    return (
        _rule(
            "canal",
            Title("大运河遗产缓冲区", "Grand Canal buffer zone"),
            "",
            fill,
            *_line("canal", 2.4, (14, 6)),
        ),
    )


def heritage(label: str) -> Rules:
    """文物点: a red plate with a hall, the name in red beside it."""
    name = Text(text=label, size=13, color=color("paper"), halo=color("protect"), weight="bold", priority=8,
                position="right", offset=12, min_scale=TOWN)  # fmt: skip
    far = Mark(
        shape="diamond",
        size=8,
        color=color("protect"),
        outline=color("paper"),
        outline_width=1.2,
        max_scale=DISTRICT,
    )
    return (
        _rule(
            "heritage",
            Title("文物保护单位", "Heritage site"),
            "",
            Icon(name="heritage", size=20, min_scale=DISTRICT),
            far,
            name,
        ),
    )


def classed(table: str, field: str, label: str) -> Rules:
    """Classes of a land code in the standard's colours; a class without one has its parent's."""
    made = []
    known = codes.table(table)
    for code in known:
        rgb = code.rgb or _parent_rgb(known, code.parent)
        if rgb is None or code.level == "attr":
            continue
        fill = Fill(color="#{:02x}{:02x}{:02x}".format(*rgb))
        edge = Line(color="#5c5c5c", width=0.5, opacity=0.6, min_scale=NEAR)
        condition = Comparison("=", Property(field), Value(code.code))
        made.append(
            Rule(name=code.code, title=Title(f"{code.code} {code.name_zh}", f"{code.code} {code.name_en}".strip()),
                 filter=condition, symbolizers=(fill, edge, *_class_label(label)))
        )  # fmt: skip
    other = Fill(color=color("unknown"), opacity=0.5, outline=color("unknown"), outline_width=0.5)
    return (*made, _rule("other", Title("其他", "Other"), "", other, *_class_label(label)))


def _parent_rgb(known: codes.CodeTable, parent: str) -> codes.Rgb | None:
    found = known.get(parent) if parent else None
    return found.rgb if found else None


def _class_label(label: str) -> tuple[Text, ...]:
    return (map_label(label, 11, priority=2, min_scale=4_500.0),) if label else ()


def control_units(field: str, label: str) -> Rules:
    """生态环境管控单元: priority, key, general (生态环境分区管控)."""
    kinds = (("priority", "优先保护单元", "Priority unit", "优先", 0.30), ("key", "重点管控单元", "Key unit", "重点", 0.26),
             ("general", "一般管控单元", "General unit", "一般", 0.0))  # fmt: skip
    made = []
    for key, zh, en, word, opacity in kinds:
        paint = color(f"unit-{key}")
        # Every place lies in a unit: the general ones have no fill, else they veil the map.
        fill = (Fill(color=paint, opacity=opacity),) if opacity else ()
        edge = Line(color=paint, width=1.6, casing=color("paper"), casing_opacity=0.5, casing_width=3.2)
        where: Node | None = (
            parse_text(f"\"{field}\" LIKE '{word}%'") if key != "general" and field else None
        )
        name = (map_label(label, 12, priority=2, min_scale=NEAR / 2),) if label else ()
        made.append(Rule(name=key, title=Title(zh, en), filter=where, symbolizers=(*fill, edge, *name)))
    return tuple(made) if field else (made[-1],)


def _sign(name: str) -> tuple[Icon, Icon]:
    """Return a station's picture, smaller from afar."""
    return Icon(name=name, size=20, min_scale=TOWN), Icon(name=name, size=14, max_scale=TOWN, min_scale=CITY)


def stations(kind: str, label: str) -> Rules:
    """Points of observation, each kind with its picture."""
    title = {
        "env-station": Title("环境监测站", "Environment station"),
        "hydro-station": Title("水文站", "Hydrological station"),
        "weather-station": Title("气象站", "Weather station"),
        "camera": Title("交通摄像头", "Traffic camera"),
    }[kind]
    name = photo_label(
        label,
        12,
        priority=6,
        position="right",
        offset=11,
        min_scale=NEAR,
    )
    return (_rule(kind, title, "", *_sign(kind), name),)


def environment_stations(field: str, label: str) -> Rules:
    """环境监测站 by medium: water and noise have pictures of their own, the rest is air."""
    if not field:
        return stations("env-station", label)
    name = photo_label(label, 12, priority=6, position="right", offset=11, min_scale=NEAR)
    return (
        _rule("water", Title("水质监测站", "Water quality station"), f"\"{field}\" LIKE '%水%'", *_sign("water-station"), name),
        _rule("noise", Title("声环境监测点", "Noise station"), f"\"{field}\" LIKE '%声%'", *_sign("noise-station"), name),
        _rule("air", Title("空气监测站", "Air quality station"), "", *_sign("env-station"), name),
    )  # fmt: skip


def housing(floors: str, label: str) -> Rules:
    """房屋 by storeys."""
    kinds: Iterable[tuple[str, Title, str, str]] = (
        ("high", Title("7 层及以上", "7 storeys and more"), f'"{floors}" >= 7', "housing-high"),
        ("mid", Title("4–6 层", "4–6 storeys"), f'"{floors}" >= 4', "housing-mid"),
        ("low", Title("3 层及以下", "1–3 storeys"), "", "housing"),
    )
    return tuple(
        _rule(key, title, where, Fill(color=color(paint), opacity=0.75, outline=color("paper"), outline_width=0.8),
              *((map_label(label, 11, priority=2, min_scale=2_500.0),) if label else ()))
        for key, title, where, paint in kinds
        if floors or key == "low"
    )  # fmt: skip


def forest(label: str) -> Rules:
    """林地: green with a sparse hatch."""
    edge = Line(
        color=color("forest-edge"),
        width=1.2,
        casing=color("paper"),
        casing_opacity=0.4,
        casing_width=2.8,
    )
    hatch = Hatch(
        color=color("forest-edge"), angle=60, spacing=10, width=0.8, opacity=0.7, min_scale=TOWN * 2
    )
    return (
        _rule(
            "forest",
            Title("林地", "Forest"),
            "",
            Fill(color=color("forest"), opacity=0.42),
            hatch,
            edge,
        ),
    )


def irrigation(label: str) -> Rules:
    """灌溉渠系: blue with white casing, named along."""
    line = Line(
        color=color("canal-ditch"),
        width=2.4,
        casing=color("paper"),
        casing_opacity=0.8,
        casing_width=4.4,
    )
    name = photo_label(
        label, 12, placement="line", priority=5, repeat=380, spacing=160, min_scale=TOWN * 2
    )
    return (_rule("canal", Title("灌溉渠道", "Irrigation canal"), "", line, name),)
