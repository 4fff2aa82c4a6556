"""What does the web map need to know of the layers a caller may see? One document, from LayerViews only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from layers import access, codes, history
from layers.access import LayerView
from layers.spec import Bounds, ThemeSpec, Title
from tiles import render, serve

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """The city the page is about: its names, extent in degrees (EPSG:4490) and Gauss–Krüger CRS."""

    name: Title
    bounds: Bounds
    gauss_srid: int


def layers(views: Sequence[LayerView]) -> list[Json]:
    """Describe layers for the map, in registry order (bottom first)."""
    return [_layer(view) for view in views]


def themes(views: Sequence[LayerView]) -> list[Json]:
    """Describe the themes that hold one of these layers, and the themes above them, in order."""
    known = {theme.slug: theme for theme in access.themes()}
    wanted: set[str] = set()
    for view in views:
        wanted |= _chain(known, view.spec.theme)
    return [
        {"slug": theme.slug, "title": _title(theme.title), "parent": theme.parent}
        for theme in known.values()
        if theme.slug in wanted
    ]


def extent(views: Sequence[LayerView], city: Bounds) -> Bounds:
    """Return where the map opens: the imagery base's extent, else the layers' shown, else the city's."""
    for chosen in (
        [view for view in views if view.spec.kind == "imagery" and view.spec.is_base],
        [view for view in views if view.spec.shown_at_start],
        views,
    ):
        boxes = [box for view in chosen if (box := _extent(view)) is not None]
        if boxes:
            return _union(boxes)
    return city


def code_names(views: Sequence[LayerView]) -> Json:
    """Return list → code → names, of the code lists that the fields of these layers use."""
    lists = {field.codes for view in views for field in view.fields if field.codes}
    return {name: _codes(name) for name in sorted(lists)}


def _layer(view: LayerView) -> Json:
    spec, current = view.spec, view.spec.current
    return {
        "slug": spec.slug,
        "title": _title(spec.title),
        "abstract": _title(spec.abstract),
        "theme": spec.theme,
        "kind": spec.kind,
        "geometry": spec.geometry,
        "version": view.version,
        "published": current.published.isoformat() if current else None,
        "surveyDate": current.survey_date.isoformat() if current and current.survey_date else None,
        "dates": _dates(view),
        "extent": _extent(view),
        "minScale": spec.min_scale,
        "maxScale": spec.max_scale,
        "opacity": spec.opacity,
        "blend": spec.blend,
        "shown": spec.shown_at_start,
        "isBase": spec.is_base,
        "sample": spec.is_sample,
        "queryable": "query" in view.operations,
        "attribution": spec.attribution,
        "styles": [{"name": style.name, "title": _title(style.title)} for style in spec.styles],
        "fields": [
            {"name": field.name, "title": _title(field.title), "type": field.type, "unit": field.unit, "codes": field.codes}
            for field in view.fields
        ],
        "titleField": spec.title_field if any(field.name == spec.title_field for field in view.fields) else "",
        "identity": spec.identity,
        "legend": _legend(view),
        "tiles": _tiles(view, "webp" if spec.kind == "imagery" else "png"),
        "mvt": _tiles(view, "pbf") if spec.kind == "vector" else None,
    }  # fmt: skip


def _dates(view: LayerView) -> list[Json]:
    """List the days of survey of an imagery layer, oldest first, each with the last version that shows it."""
    if view.spec.kind != "imagery":
        return []
    shown = {each.survey_date.isoformat(): each.number for each in history.versions(view) if each.survey_date}
    return [{"date": day, "version": number} for day, number in sorted(shown.items())]


def _tiles(view: LayerView, extension: str) -> str:
    """Write a tile address that names the very bytes: such tiles the browser may keep for ever."""
    name = serve.version_name(view, "", extension)
    return f"/tiles/{view.spec.slug}/WebMercatorQuad/{{z}}/{{x}}/{{y}}.{extension}?v={name}"


@lru_cache(maxsize=512)
def _legend(view: LayerView) -> list[Json]:
    return [{"title": _title(entry.title), "svg": entry.swatch} for entry in render.legend_classes(view, "")]


def _extent(view: LayerView) -> Bounds | None:
    if view.spec.extent is not None:
        return view.spec.extent
    boxes = [box for member, _ in view.members if (box := _extent(member)) is not None]
    return _union(boxes) if boxes else None


def _union(boxes: Iterable[Bounds]) -> Bounds:
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _chain(known: Mapping[str, ThemeSpec], slug: str) -> set[str]:
    found: set[str] = set()
    while slug in known and slug not in found:
        found.add(slug)
        slug = known[slug].parent
    return found


@lru_cache(maxsize=64)
def _codes(name: str) -> Json:
    try:
        table = codes.table(name)
    except codes.UnknownTable:
        return {}
    return {code.code: {"zh": code.name_zh, "en": code.name_en} for code in table}


def _title(title: Title) -> Json:
    return {"zh": title.zh, "en": title.en}
