"""The directory's page: facets, list, and one layer with its addresses; every state is in the address."""

from collections import Counter
from collections.abc import Mapping
from math import log2
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from geoserver_app.caller import caller, zone
from geoserver_app.catalogue import search
from geoserver_app.catalogue.addresses import home
from geoserver_app.census import operation
from geoserver_app.directory.programs import PROGRAMS, program, ways
from geoserver_app.http_errors import fault, refusal
from layers import codes, metadata
from layers.errors import NotFound
from layers.metadata import Record
from layers.spec import Title
from tiles.render import style_of, styles_of

_RIGHTS = {"discover": Title("可发现", "Discover"), "view": Title("浏览", "View"), "query": Title("查询", "Query"),
           "download": Title("下载", "Download"), "edit": Title("编辑", "Edit"), "publish": Title("发布", "Publish")}  # fmt: skip
_ZONES = (Title("互联网", "Internet"), Title("政务外网", "Extranet"), Title("政务内网", "Intranet"))
_TABS = {"use": Title("在客户端中使用", "Use in a program"), "about": Title("说明与元数据", "Metadata"),
         "fields": Title("字段", "Fields"), "styles": Title("样式", "Styles")}  # fmt: skip
_SORTS = {"": Title("按目录次序", "In order"), "date": Title("按日期", "By date"), "title": Title("按名称", "By title")}
_FACETS = {"theme": Title("主题", "Theme"), "kind": Title("类型", "Kind"), "right": Title("我的权限", "My rights")}
_MOST_WORDS = 20
_PIXEL_M, _METRES_PER_DEGREE = 0.00028, 111_319.49


@operation("discover")
@require_safe
def directory(request: HttpRequest) -> HttpResponse:
    """Show the directory; a layer nobody may discover is answered as one that is not there."""
    try:
        page = _Page(request)
        return render(request, "directory/directory.html", page.context())
    except Exception as error:
        found = fault(error)
        if found is None:
            raise
        return refusal(request, found)


class _Page:
    """One request to the directory: what is asked, and the records there are."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.is_english = (get_language() or "zh").startswith("en")
        self.language = "en" if self.is_english else "zh"
        self.at = home(request)
        self.words = request.GET.get("q", "").split()[:_MOST_WORDS]
        self.chosen = {name: set(request.GET.getlist(name)) for name in _FACETS}
        order = request.GET.get("sort", "")
        asked = search.Search(
            any_of=(tuple(self.words),) if self.words else (),
            sort=((order, order != "date"),) if order in _SORTS and order else (),
        )
        self.found = search.find(caller(request), asked)
        self.shown = [each for each in self.found if self._fits(each)]

    def context(self) -> dict[str, Any]:
        layer = self._selected()
        city = settings.GEOBASE
        return {
            "is_english": self.is_english,
            "city": Title(city.city_zh, city.city_en)(self.language),
            "zone": _ZONES[zone()](self.language),
            "csrf": get_token(self.request),
            "user": self.request.user,
            "words": " ".join(self.words),
            "facets": [self._facet(name) for name in _FACETS],
            "is_narrowed": bool(self.words or any(self.chosen.values())),
            "sorts": [{"id": key, "title": title(self.language), "on": key == self.request.GET.get("sort", "")}
                      for key, title in _SORTS.items()],
            "rows": [{**self._row(each), "on": layer is not None and each.slug == layer.slug,
                      "url": self._here(layer=each.slug)} for each in self.shown],
            "total": len(self.shown),
            "layer": self._detail(layer) if layer else None,
        }  # fmt: skip

    def _fits(self, each: Record) -> bool:
        own = self._values(each)
        return all(not wanted or wanted & own[name] for name, wanted in self.chosen.items())

    def _values(self, each: Record) -> Mapping[str, set[str]]:
        return {"theme": {each.view.spec.theme}, "kind": {each.view.spec.kind}, "right": {_right(each)}}

    def _facet(self, name: str) -> dict[str, Any]:
        """Count by one property among what the others leave, so that a choice never hides its alternatives."""
        counts: Counter[str] = Counter()
        for each in self.found:
            own = self._values(each)
            if all(not wanted or other == name or wanted & own[other] for other, wanted in self.chosen.items()):
                counts.update(own[name])
        titles = {**{each.view.spec.theme: each.theme for each in self.found}, **metadata.KINDS, **_RIGHTS}
        values = [
            {"id": value, "title": titles[value](self.language), "count": counts[value], "on": value in self.chosen[name]}
            for value in dict.fromkeys(value for each in self.found for value in self._values(each)[name])
        ]
        return {"name": name, "title": _FACETS[name](self.language), "values": values}

    def _selected(self) -> Record | None:
        slug = self.request.GET.get("layer", "")
        if not slug:
            return self.shown[0] if self.shown else None
        found = next((each for each in search.records(caller(self.request)) if each.slug == slug), None)
        if found is None:
            raise NotFound
        return found

    def _row(self, each: Record) -> dict[str, Any]:
        right, count = _right(each), each.count
        return {
            "slug": each.slug,
            "title": each.title(self.language),
            "owner": each.told.owner(self.language) or each.theme(self.language),
            "kind": metadata.KINDS[each.view.spec.kind](self.language),
            "count": count,
            "day": each.day,
            "frequency": metadata.FREQUENCIES[each.told.frequency](self.language) if each.told.frequency != "unknown" else "",
            "level": each.view.spec.level,
            "level_title": metadata.LEVELS[each.view.spec.level](self.language),
            "right": right,
            "right_title": _RIGHTS[right](self.language),
            "thumbnail": self._thumbnail(each),
        }

    def _thumbnail(self, each: Record) -> str:
        if "view" not in each.view.operations or not each.bounds:
            return ""
        west, south, east, north = each.bounds
        half = max(east - west, (north - south) * 1.25, 1e-4) / 2 * 1.05
        drawn = style_of(each.view).min_scale if styles_of(each.view) else 0.0
        for smallest in filter(None, (each.view.spec.min_scale, drawn)):
            # A layer that is not drawn from afar is shown from as near as it takes, round its middle.
            half = min(half, smallest * 0.9 * _PIXEL_M * 120 / _METRES_PER_DEGREE)
        x, y = (west + east) / 2, (south + north) / 2
        box = f"{x - half:.6f},{y - half * 0.8:.6f},{x + half:.6f},{y + half * 0.8:.6f}"
        asked = {"SERVICE": "WMS", "VERSION": "1.1.1", "REQUEST": "GetMap", "LAYERS": each.slug, "STYLES": "", "SRS": "EPSG:4490",
                 "BBOX": box, "WIDTH": "240", "HEIGHT": "192", "FORMAT": "image/png", "v": each.view.version}  # fmt: skip
        return f"{self.request.META.get('SCRIPT_NAME', '')}/wms?{urlencode(asked, safe=',:/')}"

    def _detail(self, each: Record) -> dict[str, Any]:
        chosen, tab = program(self.request.GET.get("program", "")), self.request.GET.get("tab", "use")
        tab = tab if tab in _TABS else "use"
        spec, view = each.view.spec, each.view
        return {
            **self._row(each),
            "abstract": each.abstract(self.language),
            "version": spec.version,
            "tab": tab,
            "tabs": [{"title": title(self.language), "on": name == tab, "url": self._here(layer=each.slug, tab=name)}
                     for name, title in _TABS.items() if name != "fields" or spec.kind == "vector"],
            "programs": [{"title": entry.title(self.language), "on": entry is chosen,
                          "url": self._here(layer=each.slug, tab="use", program=entry.id)} for entry in PROGRAMS],
            "steps": chosen.steps(self.language),
            "ways": [{"name": way.name, "note": way.note(self.language), "crs": way.crs, "url": url, "test": url}
                     for way, url in ways(chosen, view, self.at)],
            "about": _about(each, self.language),
            "record": f"{self.at}/ogc/collections/catalogue/items/{spec.slug}",
            "map": f"/#{_place(each)}l={spec.slug}*100",
            "fields": [{"name": field.name, "title": field.title(self.language), "type": field.type, "unit": field.unit,
                        "codes": field.codes in codes.names() and field.codes} for field in view.fields] if "query" in view.operations else [],
            "styles": [{"name": style.name, "title": style.title(self.language), "legend": self._legend(spec.slug, style.name)}
                       for style in spec.styles] if "view" in view.operations else [],
            "can_download": "download" in view.operations and spec.kind in ("vector", "imagery", "elevation"),
            "slug": spec.slug,
            "is_sample": spec.is_sample,
        }  # fmt: skip

    def _legend(self, slug: str, style: str) -> str:
        asked = {"SERVICE": "WMS", "VERSION": "1.3.0", "REQUEST": "GetLegendGraphic", "LAYER": slug, "STYLE": style, "FORMAT": "image/png"}
        return f"{self.request.META.get('SCRIPT_NAME', '')}/wms?{urlencode(asked, safe='/')}"

    def _here(self, **changes: str) -> str:
        given = self.request.GET.copy()
        for name, value in changes.items():
            given[name] = value
        return f"?{given.urlencode()}"


def _place(each: Record) -> str:
    """Write where a layer lies, for the map's permalink."""
    if not each.bounds:
        return ""
    west, south, east, north = each.bounds
    zoom = min(17.0, log2(360 / max(east - west, north - south, 1e-5)) + 1)
    return f"at={(west + east) / 2:.6f},{(south + north) / 2:.6f},{zoom:.2f}&"


def _right(each: Record) -> str:
    """Return the furthest thing the caller may do with a layer."""
    return next((name for name in reversed(_RIGHTS) if name in each.view.operations), "discover")


def _about(each: Record, language: str) -> list[tuple[str, Any]]:
    told = each.told
    rows = [
        (Title("责任单位", "Owner"), told.owner(language)), (Title("联系方式", "Contact"), told.contact),
        (Title("主题", "Theme"), each.theme(language)), (Title("关键词", "Keywords"), "、".join(each.keywords)),
        (Title("数据志", "Lineage"), each.lineage(language)), (Title("质量", "Quality"), told.quality(language)),
        (Title("测图比例尺", "Survey scale"), f"1:{told.scale}" if told.scale else ""),
        (Title("像元", "Pixel size"), f"{each.resolution_m:g} m" if each.resolution_m else ""),
        (Title("更新", "Upkeep"), metadata.FREQUENCIES[told.frequency](language)),
        (Title("许可", "Licence"), told.license), (Title("使用限制", "Limits of use"), told.use_limits(language)),
        (Title("范围（经纬度）", "Extent (lon/lat)"), ", ".join(f"{number:.4f}" for number in each.bounds) if each.bounds else ""),
        (Title("存储坐标系", "Storage CRS"), "EPSG:4490 CGCS2000"),
    ]  # fmt: skip
    return [(title(language), value) for title, value in rows if value]
