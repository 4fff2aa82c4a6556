"""How the line map looks: over imagery (style `default`) and as the light base map (style `vec`)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from layers.filters import parse_text
from layers.spec import Title
from layers.style.model import Fill, Line, Mark, Rule, Symbolizer, Text
from layers.style.palettes import color

type Rules = tuple[Rule, ...]

NEAR, TOWN, DISTRICT, CITY = 9_000.0, 18_000.0, 70_000.0, 280_000.0
"""Denominators between two zoom levels of the web: streets, a town, a county town's land, the city."""
# Upper ends of the bands of scale that road widths are given for, largest scale first.
_BANDS = (4_500.0, NEAR, TOWN, DISTRICT, CITY, 0.0)


def photo_label(text: str, size: float, **choices: object) -> Text:
    """Return a label for imagery: white on a dark halo."""
    return Text(text=text, size=size, color=color("paper"), halo=color("dark"), **choices)  # type: ignore[arg-type]


def map_label(text: str, size: float, **choices: object) -> Text:
    """Return a label for a light ground: ink on a white halo."""
    return Text(text=text, size=size, color=color("ink"), halo=color("paper"), **choices)  # type: ignore[arg-type]


def bands(widths: Sequence[float], **look: object) -> tuple[Symbolizer, ...]:
    """Return one line for each band of scale; width 0 = not drawn there."""
    lines = []
    low = 0.0
    for width, high in zip(widths, _BANDS, strict=True):
        if width:
            casing = (
                {"casing_width": width + (2 if width > 3 else 1.2)} if look.get("casing") else {}
            )
            lines.append(Line(width=width, min_scale=high, max_scale=low, **look, **casing))  # type: ignore[arg-type]
        low = high
    return tuple(lines)


def _shield(plate: str, ink: str, until: float = DISTRICT * 2) -> Text:
    return Text(
        text="{RN}", size=11, color=color(ink), weight="bold", shield=color(plate), priority=8, repeat=420,
        spacing=260, min_scale=until,
    )  # fmt: skip


def roads(*, over_imagery: bool, name: str) -> Rules:
    """Return the classes of roads by their number's letter, then by technical grade."""
    look: Callable[[str, Sequence[float]], tuple[Symbolizer, ...]] = (
        _photo_road if over_imagery else _map_road
    )
    along = _along("{" + name + "}", over_imagery)
    graded = "RN LIKE 'Y%' OR RTEG IN ('一级', '二级', '三级', '四级')"
    return (
        _rule("motorway", Title("高速公路", "Motorway"), "RTEG = '高速' OR RN LIKE 'G____%'",
              look("motorway", (14, 10, 7, 4.5, 3.2, 2.2)), _shield("shield-national", "paper", CITY * 4)),
        _rule("national", Title("国道", "National road"), "RN LIKE 'G%'",
              look("national", (16, 11, 8, 5, 2.6, 1.4)), _shield("shield-national", "paper"), along),
        _rule("provincial", Title("省道", "Provincial road"), "RN LIKE 'S%'",
              look("provincial", (14, 9.5, 7, 4, 2, 1)), _shield("shield-provincial", "ink"), along),
        _rule("county-road", Title("县道", "County road"), "RN LIKE 'X%'",
              look("county-road", (11, 8, 5.5, 3, 1.4, 0)), _shield("shield-county", "ink", DISTRICT), along),
        _rule("village-road", Title("乡道、城镇道路", "Town road"), graded,
              look("village-road", (9, 6.5, 4.2, 1.8, 0, 0)), along),
        _rule("lane", Title("其他道路", "Other roads"), "",
              look("village-road", (6, 4, 1.6, 0, 0, 0)), replace(along, min_scale=NEAR)),
    )  # fmt: skip


def _rule(name: str, title: Title, where: str, *parts: tuple[Symbolizer, ...] | Symbolizer) -> Rule:
    flat = [part for each in parts for part in (each if isinstance(each, tuple) else (each,))]
    return Rule(
        name=name, title=title, filter=parse_text(where) if where else None, symbolizers=tuple(flat)
    )


def _map_road(name: str, widths: Sequence[float]) -> tuple[Symbolizer, ...]:
    return bands(widths, color=color(name), casing=color(f"{name}-edge"))


def _photo_road(name: str, widths: Sequence[float]) -> tuple[Symbolizer, ...]:
    # The photograph shows the road itself: a thin light line says which it is, lesser ones fainter.
    is_lesser = name == "village-road"
    thin = tuple(min(width, 2.2 if is_lesser else 3.0) * 0.8 for width in widths)
    if is_lesser:
        return bands(thin, color=color(name), opacity=0.5)
    return bands(thin, color=color(name), opacity=0.85, casing=color("dark"), casing_opacity=0.35)


def _along(text: str, over_imagery: bool) -> Text:
    label = photo_label if over_imagery else map_label
    return label(text, 12, placement="line", priority=4, repeat=360, spacing=120, min_scale=TOWN)


def railways(*, over_imagery: bool, name: str) -> Rules:
    """Return the railway: black and white, as on every Chinese map."""
    label = photo_label if over_imagery else map_label
    symbolizers: list[Symbolizer] = []
    for width, dash, low, high in (
        (4.6, (14.0, 14.0), 0.0, TOWN),
        (3.2, (9.0, 9.0), TOWN, DISTRICT * 4),
    ):
        symbolizers.append(
            Line(color=color("rail-gap"), width=width - 1.4, dash=dash, casing=color("rail"), casing_width=width,
                 max_scale=low, min_scale=high)
        )  # fmt: skip
    symbolizers.append(Line(color=color("rail"), width=1.2, max_scale=DISTRICT * 4))
    symbolizers.append(
        label(
            "{" + name + "}",
            12,
            placement="line",
            priority=6,
            repeat=420,
            spacing=200,
            min_scale=DISTRICT,
        )
    )
    return (Rule(name="railway", title=Title("铁路", "Railway"), symbolizers=tuple(symbolizers)),)


def water_areas(*, over_imagery: bool, name: str) -> Rules:
    """Return areas of water; over imagery only their edge and name.

    Flowing water has its name along its line (`water_lines`), so only standing water is named here.
    """
    if over_imagery:
        look: Symbolizer = Line(color=color("water-photo"), width=0.8, opacity=0.55, min_scale=TOWN)
    else:
        look = Fill(color=color("water"), outline=color("water-edge"), outline_width=0.6)
    return (
        _rule("flowing", Title("河流、渠道", "River, canal"), "GB < 230000", look),
        _rule("standing", Title("湖泊、坑塘", "Lake, pool"), "", look,
              _water_text(name, 13, over_imagery, priority=6, spacing=300, min_scale=TOWN)),
    )  # fmt: skip


def _water_text(name: str, size: float, over_imagery: bool, **choices: object) -> Text:
    """Return the name of a water: leaning, as on every Chinese map."""
    ink, halo = ("water-photo", "dark") if over_imagery else ("water-text", "paper")
    return Text(text="{" + name + "}", size=size, color=color(ink), halo=color(halo), slant=True, **choices)  # type: ignore[arg-type]


def water_lines(*, over_imagery: bool, name: str) -> Rules:
    """Return rivers and ditches along their lines; over imagery their names, and from afar the rivers."""
    along: dict[str, object] = {"placement": "line", "repeat": 520, "spacing": 220}
    big = _water_text(name, 17, over_imagery, priority=7, min_scale=CITY * 4, **along)
    small = _water_text(name, 13, over_imagery, priority=4, min_scale=TOWN, **along)
    # On the map the line is of the colour of the areas it runs through.
    paint = color("water-photo" if over_imagery else "water")
    river = bands((0.0, 0.0, 0.0 if over_imagery else 2.4, 0.0 if over_imagery else 2.2, 1.8, 1.3), color=paint)
    ditch = () if over_imagery else bands((1.6, 1.4, 1.2, 0.8, 0.0, 0.0), color=paint)
    return (
        _rule("coast", Title("海岸线", "Coastline"), "GB >= 250000 AND GB < 260000", bands((1.6,) * 6, color=color("water-edge"))),
        _rule("river", Title("河流", "River"), "GB < 220200 OR GB > 229999", river, big),
        _rule("ditch", Title("沟渠", "Canal, ditch"), "", ditch, small),
    )  # fmt: skip


def buildings(*, over_imagery: bool, name: str) -> Rules:
    """Return buildings, higher ones darker; over imagery their outline alone."""
    if over_imagery:
        outline = Line(color=color("paper"), width=0.8, opacity=0.7, min_scale=NEAR)
        label = photo_label("{" + name + "}", 12, priority=5, min_scale=NEAR)
        return (
            Rule(name="building", title=Title("房屋", "Building"), symbolizers=(outline, label)),
        )
    label = map_label("{" + name + "}", 12, priority=5, min_scale=TOWN)
    kinds = (
        ("high", "高层房屋", "Tall building", "FLOOR >= 7", "building-high"),
        ("building", "房屋", "Building", "", "building"),
    )
    return tuple(
        Rule(
            name=key,
            title=Title(zh, en),
            filter=parse_text(where) if where else None,
            symbolizers=(
                Fill(
                    color=color(paint),
                    outline=color("building-edge"),
                    outline_width=0.6,
                    min_scale=NEAR * 2,
                ),
                Fill(color=color(paint), max_scale=NEAR * 2),
                label,
            ),
        )
        for key, zh, en, where, paint in kinds
    )


def boundaries(rank: str, *, over_imagery: bool, name: str) -> Rules:
    """Return administrative areas (county, town, village) by their boundary and name."""
    title, width, dash, size, low, high = {
        "county": (
            Title("县级界", "County boundary"),
            2.0,
            (10.0, 4.0, 2.0, 4.0),
            19.0,
            DISTRICT,
            0.0,
        ),
        "town": (
            Title("乡级界", "Town boundary"),
            1.5,
            (8.0, 4.0, 2.0, 4.0, 2.0, 4.0),
            15.0,
            TOWN * 2,
            CITY * 2,
        ),
        "village": (Title("村界", "Village boundary"), 1.2, (5.0, 4.0), 12.0, 6_000.0, TOWN),
    }[rank]
    edge = Line(color=color("paper") if over_imagery else color(f"boundary-{rank}"), width=width, dash=dash,
                opacity=0.85, casing=color(f"boundary-{rank}") if over_imagery else "",
                casing_width=width + 2.4, casing_opacity=0.5, min_scale=high)  # fmt: skip
    label = photo_label if over_imagery else map_label
    text = label("{" + name + "}", size, weight="bold" if rank != "village" else "regular", priority=9 if rank == "county" else 3, max_scale=low,
                 min_scale=high, spacing=60)  # fmt: skip
    ground = (Fill(color=color("land")),) if rank == "county" and not over_imagery else ()
    return (Rule(name=rank, title=title, symbolizers=(*ground, edge, text)),)


def places(*, over_imagery: bool, name: str) -> Rules:
    """Return place names by rank: the class letters of the DLG layer AGNP, else small."""
    label = photo_label if over_imagery else map_label
    named = "{" + name + "}"
    dot = Mark(
        shape="circle", size=6, color=color("paper"), outline=color("ink"), outline_width=1.4
    )
    # Names of waters (class H) lie along their lines, see `water_lines`; here they are for the search.
    made = [_rule("water-name", Title("水系名称", "Names of waters"), "CLASS LIKE 'H%'")]
    ranks = (
        ("city", Title("市", "City"), "CLASS IN ('AB', 'AC', 'AD')", 20.0, 10, 0.0, TOWN),
        (
            "county",
            Title("县、区", "County"),
            "CLASS IN ('AE', 'AF', 'AG')",
            17.0,
            9,
            CITY * 8,
            NEAR,
        ),
        (
            "town",
            Title("乡、镇、街道", "Town"),
            "CLASS IN ('AH', 'AI', 'AJ')",
            16.0,
            8,
            CITY * 2,
            2_000.0,
        ),
        ("place", Title("村庄、其他地名", "Village, other names"), "", 13.0, 6, DISTRICT, 0.0),
    )
    for key, title, where, size, priority, high, low in ranks:
        text = label(
            named, size, weight="bold", priority=priority, spacing=40, max_scale=low, min_scale=high
        )
        parts: tuple[Symbolizer, ...] = (text,)
        if high == 0 or high > DISTRICT:
            # Seen from afar a place is a dot with its name above it, from near a name over its land.
            far = replace(text, max_scale=DISTRICT, position="above", offset=5)
            parts = (
                replace(dot, max_scale=DISTRICT, min_scale=high),
                far,
                replace(text, min_scale=DISTRICT),
            )
        made.append(
            Rule(
                name=key,
                title=title,
                filter=parse_text(where) if where else None,
                symbolizers=parts,
            )
        )
    return tuple(made)
