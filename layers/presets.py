"""What a well-known layer is called, where it belongs and how it first shows: one line each.

Ingest makes a layer from its preset the first time such data comes in; afterwards the registry's
own row counts. Scales are denominators (0 = no bound), order is bottom up.
"""

from dataclasses import dataclass

from layers.spec import Title


@dataclass(frozen=True, slots=True)
class Preset:
    """The standing facts of a well-known layer."""

    slug: str
    title: Title
    theme: str
    order: int
    identity: str = ""
    title_field: str = ""
    min_scale: float = 0.0
    opacity: float = 1.0
    blend: str = "normal"
    is_base: bool = False
    is_searchable: bool = False
    shown_at_start: bool = False
    public: bool = True
    level: int = 0


def _table(*presets: Preset) -> dict[str, Preset]:
    return {preset.slug: preset for preset in presets}


PRESETS = _table(
    Preset("dem", Title("高程", "Elevation"), "terrain", 10, is_base=True),
    Preset("ortho", Title("正射影像", "Orthophoto"), "imagery", 20, is_base=True, shown_at_start=True),
    Preset("hyda", Title("水系面", "Water areas"), "base", 100, title_field="NAME"),
    Preset("hydl", Title("水系线", "Water lines"), "base", 110, title_field="NAME"),
    Preset("resa", Title("居民地", "Settlements"), "base", 120, title_field="NAME", min_scale=50_000),
    Preset("lrrl", Title("铁路", "Railways"), "base", 130, title_field="NAME"),
    Preset("lrdl", Title("道路", "Roads"), "base", 140, title_field="NAME"),
    Preset("village", Title("村级行政区", "Villages"), "admin", 200, title_field="NAME", is_searchable=True, min_scale=100_000),
    Preset("town", Title("乡级行政区", "Towns"), "admin", 210, title_field="NAME", is_searchable=True),
    Preset("county", Title("县级行政区", "Counties"), "admin", 220, title_field="NAME", is_searchable=True),
    Preset("dltb", Title("地类图斑（三调变更）", "Land-use parcels"), "land", 300, identity="BSM", title_field="DLMC",
           min_scale=50_000, opacity=0.3, blend="multiply", shown_at_start=True),
    Preset("forest", Title("林地", "Forest"), "nature", 310, opacity=0.8),
    Preset("irrigation", Title("灌溉渠系", "Irrigation canals"), "agriculture", 320, title_field="NAME"),
    Preset("env-unit", Title("生态环境管控单元", "Environmental control units"), "environment", 330, opacity=0.6,
           shown_at_start=True),
    Preset("housing", Title("房屋", "Buildings and houses"), "housing", 340, min_scale=20_000, level=1, public=False),
    Preset("ydyh", Title("用地用海规划 2035", "Land-use plan 2035"), "planning", 400, title_field="YDYHFLMC", min_scale=100_000,
           opacity=0.62, blend="multiply", shown_at_start=True),
    Preset("yjjbnt", Title("永久基本农田", "Permanent basic farmland"), "planning", 410, opacity=0.85, shown_at_start=True),
    Preset("stbhhx", Title("生态保护红线", "Ecological red line"), "planning", 420, opacity=0.9, shown_at_start=True),
    Preset("czkfbj", Title("城镇开发边界", "Urban development boundary"), "planning", 430, shown_at_start=True),
    Preset("canal-buffer", Title("大运河遗产缓冲区", "Grand Canal buffer zone"), "heritage", 440, opacity=0.8,
           shown_at_start=True),
    Preset("heritage-control", Title("建设控制地带", "Construction control zone"), "heritage", 450, opacity=0.7,
           shown_at_start=True),
    Preset("heritage-protect", Title("文物保护范围", "Heritage protection zone"), "heritage", 460, shown_at_start=True),
    Preset("heritage", Title("文物点", "Heritage sites"), "heritage", 470, title_field="NAME", is_searchable=True,
           shown_at_start=True),
    Preset("env-station", Title("环境监测站", "Environment stations"), "environment", 500, title_field="NAME",
           is_searchable=True, shown_at_start=True),
    Preset("hydro-station", Title("水文站", "Hydrological stations"), "agriculture", 510, title_field="NAME", is_searchable=True),
    Preset("weather-station", Title("气象站", "Weather stations"), "agriculture", 520, title_field="NAME", is_searchable=True),
    Preset("camera", Title("交通摄像头", "Traffic cameras"), "transport", 530, title_field="NAME", level=1, public=False),
    Preset("place", Title("地名", "Place names"), "base", 600, title_field="NAME", is_searchable=True, shown_at_start=True),
)  # fmt: skip

_LINE_MAP = ("county", "town", "hyda", "hydl", "resa", "lrrl", "lrdl", "place")
COMPOSED: dict[str, tuple[Title, tuple[str, ...]]] = {
    "vec": (Title("电子地图", "Vector map"), _LINE_MAP),
    "vecnote": (Title("矢量注记", "Vector map labels"), _LINE_MAP),
    "imgnote": (Title("影像注记", "Imagery labels"), ("hyda", "hydl", "lrdl", "lrrl", "county", "place")),
}
"""Composed maps: slug → title and members, bottom first. `vecnote` repeats the names of `vec`, to lie above overlays."""
