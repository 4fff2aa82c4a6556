"""How layers look that no table knows: rasters by their values, unknown features by a hue of their own."""

import hashlib

from layers.spec import Title
from layers.style.base_map import map_label
from layers.style.model import Fill, Line, Mark, Raster, Rule, Symbolizer
from layers.style.palettes import color, colors

type Rules = tuple[Rule, ...]


def elevation(low: float, high: float) -> Rules:
    """高程: a ramp over the values with the shaded relief multiplied in."""
    row = colors("dem")
    step = max(high - low, 1.0) / (len(row) - 1)
    stops = tuple((round(low + step * place, 2), each) for place, each in enumerate(row))
    ramp, shade = Raster(ramp=stops), Raster(hillshade=True, multiply=True, opacity=0.55)
    return (Rule(name="elevation", title=Title("高程", "Elevation"), symbolizers=(ramp, shade)),)


def shade() -> Rules:
    """山体阴影: the shaded relief alone."""
    return (
        Rule(
            name="hillshade",
            title=Title("山体阴影", "Hillshade"),
            symbolizers=(Raster(hillshade=True),),
        ),
    )


def imagery(stretch: tuple[float, float] | None) -> Rules:
    """影像: natural colour."""
    return (
        Rule(
            name="imagery", title=Title("影像", "Imagery"), symbolizers=(Raster(stretch=stretch),)
        ),
    )


def plain(slug: str, geometry: str, label: str) -> Rules:
    """Any other layer: a hue of its own that stays the same wherever the layer is drawn."""
    hues = colors("hues")
    hue = hues[int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4]) % len(hues)]
    line = Line(color=hue, width=1.8, casing=color("paper"), casing_opacity=0.75, casing_width=3.6)
    dot = Mark(shape="circle", size=8, color=hue, outline=color("paper"), outline_width=1.4)
    fill = Fill(color=hue, opacity=0.25)
    looks: dict[str, tuple[Symbolizer, ...]] = {
        "Point": (dot,),
        "LineString": (line,),
        "Polygon": (fill, line),
    }
    parts = looks.get(geometry, (fill, line, dot))
    if label:
        is_line = geometry == "LineString"
        where = "line" if is_line else "point"
        beside = "right" if geometry == "Point" else "center"
        parts = (*parts, map_label(label, 12, priority=4, placement=where, position=beside, offset=8 if beside == "right" else 0,
                                   repeat=380 if is_line else 0, spacing=60, min_scale=25_000.0))  # fmt: skip
    return (Rule(name="all", title=Title(""), symbolizers=parts),)
