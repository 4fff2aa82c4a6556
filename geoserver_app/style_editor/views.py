"""The style editor: its page, the picture of a draft, checking and importing, exporting, saving.

A draft is drawn for the caller who edits it, through the same door as every map; it is kept nowhere until it is saved.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render as page
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from geoserver_app.caller import actor, caller
from geoserver_app.census import operation
from geoserver_app.http_errors import fault
from geoserver_app.ogcapi.styles.documents import MEDIA
from geoserver_app.style_editor.pictures import picture
from layers import access, styling
from layers.access import LayerView
from layers.errors import GeobaseError, InvalidValue, NotFound
from layers.spec import StyleSpec, Title
from layers.style import maplibre, sld
from layers.style.dropped import Dropped, Imported
from layers.style.form import from_form, kinds, to_form
from layers.style.importing import imported
from layers.style.palettes import palettes
from layers.style.reading import read, write
from tiles import render

MAX_BODY = 2 * 1024 * 1024
_EXTENSIONS = {"maplibre": "json", "sld10": "sld", "sld11": "sld", "native": "json"}
_EXPORTS = (("sld10", "SLD 1.0"), ("sld11", "SLD 1.1"), ("maplibre", "MapLibre"), ("native", "JSON"))
type Action = Callable[[HttpRequest, LayerView, str], HttpResponse]


def _for_staff(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let staff of the admin in, by GET."""
    return operation("edit")(admin.site.admin_view(require_GET(view)))


def _answering(action: Action) -> Callable[..., HttpResponse]:
    """Make a view of an action: staff with the edit right on the layer; faults as JSON {error}."""

    @wraps(action)
    def view(request: HttpRequest, layer: str, style: str) -> HttpResponse:
        try:
            return action(request, access.require(caller(request), layer, "edit"), style)
        except GeobaseError as error:
            found = fault(error)
            if found is None:
                raise
            return JsonResponse({"error": found.text}, status=found.status, json_dumps_params={"ensure_ascii": False})

    return operation("edit")(admin.site.admin_view(view))


@_for_staff
def index(request: HttpRequest) -> HttpResponse:
    """List the layers whose styles the caller may edit."""
    views = [each for each in access.views(caller(request), "edit") if each.spec.kind not in ("map", "cascaded") and each.spec.version]
    rows = [
        {"title": view.spec.title(_language()), "slug": view.spec.slug, "styles": [(each.name, each.title(_language()) or each.name) for each in render.styles_of(view)]}
        for view in views
    ]
    return page(request, "style_editor/index.html", {**_shared(request), "rows": rows})


@_for_staff
def edit(request: HttpRequest, layer: str, style: str) -> HttpResponse:
    """Show the editor of one style."""
    try:
        view = access.require(caller(request), layer, "edit")
        spec = _style(view, style)
    except GeobaseError:
        raise Http404 from None
    data = {
        "layer": layer,
        "style": style,
        "title": {"zh": spec.title.zh, "en": spec.title.en},
        "revision": spec.revision,
        "rules": to_form(read(spec.body).rules),
        "kinds": _kinds(view),
        "fields": [{"name": each.name, "type": each.type, "title": each.title(_language())} for each in view.spec.fields],
        "palettes": _palettes(),
        "extent": view.spec.extent,
        "bases": _bases(request, layer),
        "language": _language(),
    }
    titles = {"layer_title": view.spec.title(_language()), "style_title": spec.title(_language()) or style}
    return page(request, "style_editor/edit.html", {**_shared(request), "data": data, "layer": layer, "style": style, "exports": _EXPORTS, **titles})


@require_POST
@_answering
def preview(request: HttpRequest, view: LayerView, style: str) -> HttpResponse:
    """Draw the draft at a place and scale: {rules, lon, lat, scale, width, height, base} → PNG."""
    body = _body(request)
    draft = imported(from_form(body).encode(), view.spec.fields)
    return HttpResponse(picture(request, view, read(write(draft.rules)), body), content_type="image/png")


@require_POST
@_answering
def take(request: HttpRequest, view: LayerView, style: str) -> HttpResponse:
    """Read a document sent as it is (SLD, MapLibre or ours) and give it as rules of the form with what was dropped."""
    found = imported(request.body, view.spec.fields)
    return JsonResponse({"rules": to_form(found.rules), "title": found.title, "dropped": _told(found)}, json_dumps_params={"ensure_ascii": False})


@require_POST
@_answering
def export(request: HttpRequest, view: LayerView, style: str) -> HttpResponse:
    """Give the draft, saved or not, as a file in the language of `f`."""
    language = request.GET.get("f", "native")
    if language not in MEDIA:
        raise InvalidValue("f", parameter="f")
    rules = imported(from_form(_body(request)).encode(), view.spec.fields).rules
    text, dropped = _text(request, view, style, rules, language)
    name = f"{view.spec.slug}.{style}.{_EXTENSIONS[language]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Style-Dropped": str(len(dropped))}
    return HttpResponse(text, content_type=MEDIA[language], headers=headers)


@require_POST
@_answering
def save(request: HttpRequest, view: LayerView, style: str) -> HttpResponse:
    """Save the draft as the style, unless somebody else saved since it was opened."""
    body = _body(request)
    found = imported(from_form(body).encode(), view.spec.fields)
    old = _style(view, style)
    title = body.get("title") if isinstance(body.get("title"), dict) else {}
    spec = StyleSpec(style, Title(_words(title, "zh", old.title.zh or style), _words(title, "en", old.title.en)), write(found.rules))
    revision = body.get("revision")
    is_stored = bool(view.spec.styles)
    styling.put(actor(request), view, spec, render.styles_of(view), revision=revision if is_stored and isinstance(revision, int) else None)
    fresh = access.require(caller(request), view.spec.slug, "edit")
    return JsonResponse({"revision": _style(fresh, style).revision})


def _style(view: LayerView, name: str) -> StyleSpec:
    found = next((each for each in render.styles_of(view) if each.name == name), None)
    if found is None:
        raise NotFound
    return found


def _body(request: HttpRequest) -> dict[str, Any]:
    if len(request.body) > MAX_BODY:
        raise InvalidValue("内容太大 / The body is too large")
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError):
        raise InvalidValue("不是 JSON / not JSON") from None
    if not isinstance(body, dict):
        raise InvalidValue("须为对象 / must be an object")
    return body


def _words(title: Any, key: str, default: str) -> str:
    found = title.get(key) if isinstance(title, dict) else None
    if not isinstance(found, str):
        return default
    if len(found) > 120 or "\x00" in found:
        raise InvalidValue("题目至多 120 字 / A title has at most 120 characters", parameter="title")
    return found.strip() or default


def _told(found: Imported) -> list[dict[str, str]]:
    return [{"path": each.path, "words": each.en if _language() == "en" else each.zh} for each in found.dropped]


def _text(request: HttpRequest, view: LayerView, style: str, rules: Any, language: str) -> tuple[bytes, tuple[Dropped, ...]]:
    spec, home = view.spec, settings.GEOBASE.base_url or request.build_absolute_uri("/").rstrip("/")
    if language == "native":
        return write(rules).encode(), ()
    if language == "maplibre":
        tiles = f"{home}/tiles/{spec.slug}/WebMercatorQuad/tilejson.json"
        sources = maplibre.Sources(spec.slug, spec.title(_language()), spec.geometry, tiles, f"{home}/ogc/resources/{spec.slug}.{style}", spec.extent)
        document, dropped = maplibre.write(rules, sources)
        return json.dumps(document, ensure_ascii=False, indent=1).encode(), dropped
    named = sld.Named(spec.slug, style, _style(view, style).title, spec.geometry, f"{home}/ogc/resources")
    return sld.write(rules, named, "1.0.0" if language == "sld10" else "1.1.0")


def _kinds(view: LayerView) -> list[dict[str, Any]]:
    fitting = {"Point": ("mark", "icon", "text"), "LineString": ("line", "text"), "Polygon": ("fill", "hatch", "pattern", "line", "mark", "icon", "text")}
    everything = ("fill", "hatch", "pattern", "line", "mark", "icon", "text")
    chosen = ("raster",) if view.spec.kind != "vector" else fitting.get(view.spec.geometry, everything)
    return [each for each in kinds() if each["type"] in chosen]


def _palettes() -> list[dict[str, Any]]:
    return [
        {"title": each.title(_language()), "swatches": [[one.color, one.name, f"{one.source} ({one.confidence})" if one.confidence else one.source] for one in each.swatches]}
        for each in palettes()
    ]


def _bases(request: HttpRequest, layer: str) -> list[dict[str, str]]:
    views = access.views(caller(request), "view")
    return [{"slug": each.spec.slug, "title": each.spec.title(_language())} for each in views if each.spec.is_base and each.spec.slug != layer]


def _language() -> str:
    return "en" if (get_language() or "zh").startswith("en") else "zh"


def _shared(request: HttpRequest) -> dict[str, Any]:
    return {**admin.site.each_context(request), "is_english": _language() == "en", "title": "Style editor" if _language() == "en" else "样式编辑"}
