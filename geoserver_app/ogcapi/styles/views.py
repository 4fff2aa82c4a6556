"""Styles listed and given: /styles, /styles/{id}, /styles/{id}/metadata, /collections/{id}/styles, /resources."""

from typing import Any

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of, tagged
from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.negotiation import picked
from geoserver_app.ogcapi.styles import documents
from geoserver_app.ogcapi.styles.documents import MEDIA, SPECIFICATIONS, Found
from geoserver_app.ogcapi.visible import title_of, view_of, visible
from layers.errors import NotFound
from layers.style.reading import ICONS, icon_names
from tiles import sprite

LANGUAGES = (*MEDIA, "html")
MAP = "http://www.opengis.net/def/rel/ogc/1.0/map"
_SVG = "image/svg+xml"


@face("view")
def styles(call: Call) -> HttpResponse:
    """Answer /styles: every style of every layer the caller sees."""
    return _list(call, "/styles", [each for view in visible(call) for each in documents.all_of(view)], "")


@face("view")
def collection_styles(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/styles, the default first."""
    view = view_of(call, collection)
    found = documents.all_of(view)
    return _list(call, f"/collections/{collection}/styles", found, found[0].spec.name if found else "")


@face("view", formats=LANGUAGES)
def style(call: Call, style: str) -> HttpResponse:
    """Answer /styles/{id} in the language that f or Accept asks."""
    return _style(call, by_id(call, style))


@face("view", formats=LANGUAGES)
def collection_style(call: Call, collection: str, style: str) -> HttpResponse:
    """Answer /collections/{id}/styles/{name}."""
    return _style(call, documents.one_of(view_of(call, collection), style))


@face("view")
def metadata(call: Call, style: str) -> HttpResponse:
    """Answer /styles/{id}/metadata (OGC 20-009 §9)."""
    found = by_id(call, style)
    return _page(call, found) if call.format == "html" else document(call, described(call, found))


@face("view")
def resources(call: Call) -> HttpResponse:
    """Answer /resources: the icons that styles may use, which SLD documents refer to."""
    rows = [{"id": f"{name}.svg", "link": call.link("item", f"/resources/{name}.svg", _SVG)} for name in icon_names()]
    if call.format == "html":
        page = [{"title": each["id"], "url": each["link"]["href"], "crs": _SVG, "template": each["link"]["href"]} for each in rows]  # type: ignore[index]
        words = call.say("符号", "Symbols")
        return page_of(call, "tilesets", {"title": words, "heading": words, "rows": page})
    return document(call, {"resources": rows, "links": [call.link("self", "/resources", JSON, f="json")]})


@face("view", formats=("json",))
def resource(call: Call, name: str) -> HttpResponse:
    """Answer /resources/{name}: an icon (name.svg), or a style's sprite ({id}.json, {id}.png, {id}@2x.…)."""
    stem, _, extension = name.rpartition(".")
    if extension == "svg" and stem in icon_names():
        answer = tagged(call, (ICONS / f"{stem}.svg").read_bytes(), _SVG)
        answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        return answer
    if extension not in ("json", "png"):
        raise NotFound
    found = by_id(call, stem.removesuffix("@2x"))
    picture, places = sprite.sprite(documents.images(found), 2 if stem.endswith("@2x") else 1)
    return tagged(call, picture, "image/png") if extension == "png" else document(call, places)


def by_id(call: Call, style: str) -> Found:
    """Return a style by its id in the service; raises NotFound."""
    slug, _, name = style.partition(".")
    return documents.one_of(view_of(call, slug), name)


def described(call: Call, found: Found) -> dict[str, Any]:
    """Return a style's metadata."""
    path = f"/styles/{found.id}"
    version, title = found.view.spec.current, found.spec.title(call.language)
    body: dict[str, Any] = {
        "id": found.id,
        "title": title or found.spec.name,
        "scope": "style",
        "version": str(found.spec.revision),
        "stylesheets": [_sheet(call, path, each) for each in MEDIA],
        "layers": [{"id": found.view.spec.slug, "type": _type(found), "title": title_of(call, found.view)}],
        "links": [call.link("self", f"{path}/metadata", JSON, f="json"), *_pictures(call, found)],
    }
    if found.view.spec.keywords:
        body["keywords"] = list(found.view.spec.keywords)
    if version:
        body["updated"] = version.published.isoformat()
    return body


def _list(call: Call, path: str, found: list[Found], default: str) -> HttpResponse:
    if call.format == "html":
        rows = [
            {"title": f"{title_of(call, each.view)} · {each.spec.title(call.language) or each.spec.name}",
             "url": call.url(f"/styles/{each.id}/metadata", f="html"), "crs": each.id, "template": call.url(f"/styles/{each.id}", f="maplibre")}
            for each in found
        ]  # fmt: skip
        words = call.say("样式", "Styles")
        return page_of(call, "styles", {"title": words, "rows": rows})
    body: dict[str, Any] = {
        "styles": [
            {"id": each.id, "title": each.spec.title(call.language) or each.spec.name, "links": style_links(call, each)} for each in found
        ],
        "links": [call.link("self", path, JSON, f="json"), call.link("alternate", path, HTML, f="html")],
    }
    if default:
        body["default"] = f"{found[0].id}"
    return document(call, body)


def style_links(call: Call, found: Found) -> list[dict[str, str]]:
    """Return the links of one style in a list: its stylesheets, metadata and pictures."""
    path = f"/styles/{found.id}"
    sheets = [call.link("stylesheet", path, MEDIA[each], SPECIFICATIONS[each][0], f=each) for each in MEDIA]
    return [*sheets, call.link("describedby", f"{path}/metadata", JSON, f="json"), *_pictures(call, found)]


def _pictures(call: Call, found: Found) -> list[dict[str, str]]:
    at = f"/collections/{found.view.spec.slug}/styles/{found.spec.name}"
    title = call.say("按此样式绘制的地图", "A map in this style")
    return [call.link(MAP, f"{at}/map", "image/png", title, f="png"), call.link("preview", f"{at}/map", "image/png", title, f="png")]


def _sheet(call: Call, path: str, language: str) -> dict[str, Any]:
    title, version, specification = SPECIFICATIONS[language]
    link = call.link("stylesheet", path, MEDIA[language], f=language)
    return {"title": title, "version": version, "specification": specification, "native": language == "native", "link": link}


def _type(found: Found) -> str:
    kinds = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    return kinds.get(found.view.spec.geometry, "geometry") if found.view.spec.kind == "vector" else "raster"


def _style(call: Call, found: Found) -> HttpResponse:
    if call.format == "html" or ("f" not in call.parameters and call.request.headers.get("Accept", "").startswith(HTML)):
        return _page(call, found)
    language = picked_language(call)
    body, dropped = documents.text(call, found, language)
    answer = tagged(call, body, MEDIA[language])
    answer["X-Style-Revision"] = str(found.spec.revision)
    if dropped:
        answer["X-Style-Dropped"] = str(len(dropped))
    return answer


def picked_language(call: Call) -> str:
    """Choose a language: f, else Accept with its version, else MapLibre."""
    accepted = call.request.headers.get("Accept", "").lower().replace(" ", "")
    if "f" not in call.parameters and "vnd.ogc.sld+xml;version=1.1" in accepted:
        return "sld11"
    return picked(call, MEDIA)


def _page(call: Call, found: Found) -> HttpResponse:
    sheets = [{"title": " ".join(SPECIFICATIONS[each][:2]), "url": call.url(f"/styles/{found.id}", f=each), "media": MEDIA[each]} for each in MEDIA]
    picture = _pictures(call, found)[0]["href"]
    context = {"title": found.spec.title(call.language) or found.spec.name, "found": found, "layer": title_of(call, found.view), "sheets": sheets,
               "collection": call.url(f"/collections/{found.view.spec.slug}", f="html"), "picture": picture,
               "styles_url": call.url("/styles", f="html")}  # fmt: skip
    return page_of(call, "style", context)
