"""What a catalogue tells of a layer: one record for each view, in the terms of ISO 19115 (GB/T 19710-2005).

A record is made from the caller's `LayerView`, so a layer she may not see has none; counts of rows are told only
where nothing is narrowed. Search is by words (Chinese as it stands), pinyin and pinyin initials.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.db import connection
from psycopg2 import sql
from pypinyin import Style, lazy_pinyin

from layers import access
from layers.access import LayerView
from layers.filters import ColumnRef, Node, to_sql
from layers.spec import Bounds, FieldType, MetadataSpec, Title

TOPICS: Mapping[str, str] = {
    "base": "location", "imagery": "imageryBaseMapsEarthCover", "terrain": "elevation", "planning": "planningCadastre",
    "land": "planningCadastre", "nature": "environment", "transport": "transportation", "housing": "structure",
    "environment": "environment", "agriculture": "farming", "heritage": "society", "admin": "boundaries",
}  # fmt: skip
"""Theme → MD_TopicCategoryCode (ISO 19115-1 B.5.27); other themes are `location`."""
LEVELS: Sequence[Title] = (Title("公开", "Public"), Title("内部", "Internal"), Title("敏感", "Sensitive"))
KINDS: Mapping[str, Title] = {
    "vector": Title("矢量", "Vector"), "imagery": Title("影像", "Imagery"), "elevation": Title("高程", "Elevation"),
    "cascaded": Title("级联服务", "Cascaded service"), "map": Title("地图", "Map"),
}  # fmt: skip
FREQUENCIES: Mapping[str, Title] = {
    "continual": Title("实时更新", "Continually"), "daily": Title("每日更新", "Daily"), "monthly": Title("每月更新", "Monthly"),
    "quarterly": Title("每季更新", "Quarterly"), "annually": Title("每年更新", "Annually"), "asNeeded": Title("按需更新", "As needed"),
    "irregular": Title("不定期更新", "Irregularly"), "notPlanned": Title("不再更新", "No update planned"),
    "unknown": Title("更新频率未说明", "Update frequency not told"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Record:
    """A layer in the catalogue; `bounds` lon/lat (EPSG:4490), `resolution_m` of rasters, `count` of whole layers."""

    slug: str
    view: LayerView
    title: Title
    abstract: Title
    keywords: tuple[str, ...]
    theme: Title
    topic: str
    told: MetadataSpec
    bounds: Bounds | None
    surveyed: date | None
    published: datetime | None
    lineage: Title
    count: int | None
    resolution_m: float | None

    @property
    def day(self) -> date | None:
        """The content's date: of the survey, else of the publication."""
        return self.surveyed or (self.published.date() if self.published else None)


def record(view: LayerView) -> Record:
    """Make the record of one view."""
    spec, current = view.spec, view.spec.current
    dates = [each.spec.current for each, _ in view.members if each.spec.current]
    newest = current or max(dates, key=lambda each: each.published, default=None)
    return Record(
        slug=spec.slug,
        view=view,
        title=spec.title,
        abstract=Title(spec.abstract("zh") or _plain(view, "zh"), spec.abstract("en") or _plain(view, "en")),
        keywords=tuple(dict.fromkeys([*spec.keywords, *(["示例数据"] if spec.is_sample else [])])),
        theme=_themes().get(spec.theme, Title(spec.theme)),
        topic=TOPICS.get(spec.theme, "location"),
        told=spec.metadata,
        bounds=bounds(view),
        surveyed=current.survey_date if current else None,
        published=newest.published if newest else None,
        lineage=_lineage(view),
        count=current.count if current and not view.pieces and spec.kind == "vector" else None,
        resolution_m=spec.raster.pixel_size_m if spec.raster else None,
    )


def bounds(view: LayerView) -> Bounds | None:
    """Return the extent (EPSG:4490) of a layer, or of a composed map's members together."""
    boxes = [view.spec.extent] if view.spec.extent else [each.spec.extent for each, _ in view.members if each.spec.extent]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def matches(found: Record, words: Sequence[str]) -> bool:
    """Whether every word is in the record's texts, or begins a pinyin reading of its title or theme."""
    text, sounds = _searched(found.title, found.abstract, found.theme, found.told.owner, found.keywords, found.slug)
    return all(word in text or any(word in sound for sound in sounds) for word in (each.casefold() for each in words))


@lru_cache(maxsize=4096)
def _searched(
    title: Title, abstract: Title, theme: Title, owner: Title, keywords: tuple[str, ...], slug: str
) -> tuple[str, tuple[str, ...]]:
    texts = [title.zh, title.en, abstract.zh, abstract.en, theme.zh, theme.en, owner.zh, owner.en, *keywords, slug]
    named = [title.zh, theme.zh]
    sounds = ["".join(lazy_pinyin(each, style=style)) for each in named for style in (Style.NORMAL, Style.FIRST_LETTER)]
    return "\n".join(texts).casefold(), tuple(sounds)


QUERYABLES: Mapping[str, FieldType] = {
    **dict.fromkeys(
        ("id", "type", "title", "title_en", "description", "theme", "kind", "level", "owner", "keywords", "frequency", "license", "anytext"),
        "string",
    ),
    "date": "date",
    "updated": "datetime",
}  # fmt: skip
"""What a filter on records may name, besides the geometry (EPSG:4490)."""


def filtered(found: Sequence[Record], node: Node, names: Mapping[str, str] | None = None) -> list[Record]:
    """Keep the records that match a filter; PostgreSQL decides, as for features. Raises InvalidFilter.

    `names` are further names of queryables: a protocol's own name → ours.
    """
    known = {**{name: name for name in QUERYABLES}, **(names or {})}
    condition = to_sql(node, {name: ColumnRef(sql.Identifier(own), QUERYABLES[own]) for name, own in known.items()})
    rows = sql.SQL(", ").join(_as_row(place, each) for place, each in enumerate(found))
    if not found:
        return []
    columns = sql.SQL(", ").join(map(sql.Identifier, ("place", *QUERYABLES, "geom")))
    statement = sql.SQL("SELECT place FROM (VALUES {}) AS record ({}) WHERE {} ORDER BY place").format(rows, columns, condition)
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [found[place] for (place,) in cursor.fetchall()]


def _as_row(place: int, each: Record) -> sql.Composable:
    texts = [
        each.slug, "dataset", each.title.zh, each.title.en, each.abstract.zh, each.theme.zh, KINDS[each.view.spec.kind].zh,
        LEVELS[each.view.spec.level].zh, each.told.owner.zh, " ".join(each.keywords), each.told.frequency, each.told.license,
        " ".join([each.title.zh, each.title.en, each.abstract.zh, each.abstract.en, each.theme.zh, *each.keywords]),
    ]  # fmt: skip
    box: sql.Composable = sql.SQL("NULL::geometry")
    if each.bounds:
        box = sql.SQL("ST_MakeEnvelope({}, 4490)").format(sql.SQL(", ").join(map(sql.Literal, each.bounds)))
    values: list[sql.Composable] = [sql.Literal(place), *map(sql.Literal, texts)]
    values += [sql.SQL("{}::date").format(sql.Literal(each.day)), sql.SQL("{}::timestamptz").format(sql.Literal(each.published)), box]
    return sql.SQL("({})").format(sql.SQL(", ").join(values))


def _themes() -> Mapping[str, Title]:
    return {theme.slug: theme.title for theme in access.themes()}


def _plain(view: LayerView, language: str) -> str:
    """Say in a sentence what a layer nobody described is."""
    spec = view.spec
    sample = ("。示例数据，非真实测绘成果", ". Sample data, not a real survey") if spec.is_sample else ("", "")
    what = KINDS[spec.kind]
    if language == "en":
        return f"{spec.title('en')} ({what.en.lower()}){sample[1]}"
    return f"{spec.title.zh}（{what.zh}）{sample[0]}"


def _lineage(view: LayerView) -> Title:
    current = view.spec.current
    if current is None:
        names = [each.spec.title for each, _ in view.members]
        zh, en = "、".join(each.zh for each in names), ", ".join(each("en") for each in names)
        return Title(f"由以下图层组成：{zh}", f"Composed of: {en}") if names else Title("")
    day = current.survey_date
    zh = f"第 {current.number} 版，{current.published:%Y-%m-%d} 发布"
    en = f"Version {current.number}, published {current.published:%Y-%m-%d}"
    if current.delivery:
        zh, en = f"{zh}，来自交付“{current.delivery}”", f"{en}, from the delivery “{current.delivery}”"
    if day:
        zh, en = f"{zh}，测量日期 {day}", f"{en}, surveyed {day}"
    return Title(f"{zh}。", f"{en}.")
