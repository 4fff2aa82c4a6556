"""Which styles a layer has before anybody has styled it: by its name where it is a known one."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from layers.spec import FieldSpec, StyleSpec, Title
from layers.style import base_map, general, overlays, topographic
from layers.style.model import Rule, Text
from layers.style.reading import write

type Rules = tuple[Rule, ...]
type Values = tuple[float, float]

_PLAIN: dict[str, Callable[[str], Rules]] = {
    "yjjbnt": overlays.farmland,
    "stbhhx": overlays.ecology,
    "czkfbj": overlays.urban,
    "heritage-protect": overlays.protection,
    "heritage-control": overlays.control,
    "canal-buffer": overlays.canal,
    "heritage": overlays.heritage,
    "forest": overlays.forest,
    "irrigation": overlays.irrigation,
}
_BASE: dict[str, Callable[..., Rules]] = {
    "hyda": base_map.water_areas,
    "hydl": base_map.water_lines,
    "resa": base_map.buildings,
    "lrdl": base_map.roads,
    "lrrl": base_map.railways,
    "place": base_map.places,
}
_RANKS = ("county", "town", "village")
_STATIONS = ("hydro-station", "weather-station", "camera")
_UNIT_FIELDS = (
    "GKDYFL",
    "GKLX",
    "DYLX",
    "FLMC",
    "LX",
    "TYPE",
    "KIND",
    "CLASS",
    "LEVEL",
    "类型",
    "分类",
    "管控类型",
)
_MEDIUM_FIELDS = ("MEDIUM", "YSLX", "LX", "TYPE", "KIND", "CLASS", "类型", "要素", "类别")
_FLOOR_FIELDS = ("FLOOR", "FLOORS", "CS", "LC", "ZCS", "层数", "总层数")
_COLOURED = ("landuse_sandiao", "yongdi_yonghai_2023")
_LAND_CODES = {"dltb": ("landuse_sandiao", "DLBM"), "ydyh": ("yongdi_yonghai_2023", "YDYHFLDM")}

_BY_FIELD: dict[str, tuple[Callable[[str, str], Rules], Sequence[str]]] = {
    "env-unit": (overlays.control_units, _UNIT_FIELDS),
    "env-station": (overlays.environment_stations, _MEDIUM_FIELDS),
    "housing": (overlays.housing, _FLOOR_FIELDS),
}


def default_style(
    slug: str,
    fields: Sequence[FieldSpec],
    geometry: str,
    title_field: str = "",
    values: Values | None = None,
) -> tuple[StyleSpec, ...]:
    """Return a layer's styles, the default first.

    `geometry` is a `GeometryType`, or "imagery" or "elevation"; `values` are the least and greatest
    pixel value, for elevation and for imagery of more than 8 bits. Line-map layers have a second
    style `vec` for the light base map and `vecnote`, its names alone; elevation one called `hillshade`.
    """
    if geometry in ("imagery", "elevation"):
        return _rasters(geometry, values)
    if slug in _BASE or slug in _RANKS:
        return _line_map(slug, title_field)
    return (
        _spec("default", Title("默认", "Default"), _thematic(slug, fields, geometry, title_field)),
    )


def _rasters(kind: str, values: Values | None) -> tuple[StyleSpec, ...]:
    if kind == "imagery":
        return (_spec("default", Title("真彩色", "Natural colour"), general.imagery(values)),)
    low, high = values or (-5.0, 60.0)
    return (
        _spec("default", Title("分层设色", "Hypsometric tints"), general.elevation(low, high)),
        _spec("hillshade", Title("山体阴影", "Hillshade"), general.shade()),
    )


def _line_map(slug: str, title_field: str) -> tuple[StyleSpec, ...]:
    made = []
    for name, title, over_imagery in (
        ("default", Title("影像之上", "Over imagery"), True),
        ("vec", Title("电子地图", "Vector map"), False),
    ):
        if slug in _RANKS:
            rules = base_map.boundaries(slug, over_imagery=over_imagery, name=title_field or "NAME")
        else:
            rules = _BASE[slug](over_imagery=over_imagery, name=title_field or "NAME")
        made.append(_spec(name, title, rules))
    # The last rules are the light map's: its names alone, to be laid over what lies on the map.
    names = tuple(replace(each, symbolizers=tuple(part for part in each.symbolizers if isinstance(part, Text))) for each in rules)
    return (*made, _spec("vecnote", Title("矢量注记", "Vector map labels"), names))


def _thematic(slug: str, fields: Sequence[FieldSpec], geometry: str, title_field: str) -> Rules:
    label = "{" + title_field + "}" if title_field else ""
    named = label or "{NAME}"
    if slug in _PLAIN:
        return _PLAIN[slug](named)
    if slug in _STATIONS:
        return overlays.stations(slug, named)
    if slug in _LAND_CODES:
        table, field = _LAND_CODES[slug]
        return overlays.classed(
            table, _first(fields, (field, "YDYHFLDM", "YDYHDM", "DLBM", "DLDM")) or field, label
        )
    if slug in _BY_FIELD:
        make, names = _BY_FIELD[slug]
        return make(_first(fields, names), named if slug != "housing" else label)
    return _classified(fields, geometry, label) or general.plain(slug, geometry, label)


def _classified(fields: Sequence[FieldSpec], geometry: str, label: str) -> Rules:
    """Class an unknown layer by the first of its fields whose code list has colours or symbols."""
    for field in fields:
        if field.codes in topographic.TABLES:
            return topographic.classes(field.name, field.type, label)
        if geometry == "Polygon" and field.type == "string" and field.codes in _COLOURED:
            return overlays.classed(field.codes, field.name, label)
    return ()


def _first(fields: Sequence[FieldSpec], names: Sequence[str]) -> str:
    known = {field.name.upper(): field.name for field in fields}
    return next((known[name.upper()] for name in names if name.upper() in known), "")


def _spec(name: str, title: Title, rules: Rules) -> StyleSpec:
    return StyleSpec(name, title, write(rules))
