"""Styles made, replaced, renamed and deleted by those who may edit the layer (OGC 20-009, manage-styles).

A style comes in any of our languages; what of it could not be taken over is told in the answer. `dry-run=true` only
checks; with `Prefer: handling=strict` a style of which anything would be dropped is refused.
"""

import json
import re
from dataclasses import replace
from typing import Any

from django.http import HttpResponse

from geoserver_app import caller
from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.answers import face
from geoserver_app.ogcapi.call import JSON, Call, invalid
from geoserver_app.ogcapi.styles.documents import MEDIA
from layers import access, styling
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import StyleSpec, Title
from layers.style.dropped import Imported
from layers.style.importing import imported
from layers.style.reading import write
from tiles import render

_TAKEN = frozenset(
    [*(each.partition(";")[0] for each in MEDIA.values()), JSON, "application/xml", "text/xml", "application/vnd.maplibre.style+json"]
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,58}", re.ASCII)


@face("edit", methods=("POST",), formats=("json",), parameters=("dry-run", "name", "collection"))
def create_anywhere(call: Call) -> HttpResponse:
    """Answer POST /styles: the collection is named by a parameter."""
    if "collection" not in call.parameters:
        raise invalid("collection", "须指明数据集", "name the collection")
    return _create(call, call.parameters["collection"])


@face("edit", methods=("POST",), formats=("json",), parameters=("dry-run", "name"))
def create(call: Call, collection: str) -> HttpResponse:
    """Answer POST /collections/{id}/styles: `name` or a free one made for it."""
    return _create(call, collection)


@face("edit", methods=("PUT",), formats=("json",), parameters=("dry-run",))
def put(call: Call, style: str) -> HttpResponse:
    """Answer PUT /styles/{id}: make or replace a style."""
    return _put(call, style)


@face("edit", methods=("PUT",), formats=("json",), parameters=("dry-run",))
def put_one(call: Call, collection: str, style: str) -> HttpResponse:
    """Answer PUT /collections/{id}/styles/{name}."""
    return _put(call, f"{collection}.{style}")


@face("edit", methods=("DELETE",), formats=("json",))
def delete(call: Call, style: str) -> HttpResponse:
    """Answer DELETE /styles/{id}."""
    return _delete(call, style)


@face("edit", methods=("DELETE",), formats=("json",))
def delete_one(call: Call, collection: str, style: str) -> HttpResponse:
    """Answer DELETE /collections/{id}/styles/{name}."""
    return _delete(call, f"{collection}.{style}")


def _put(call: Call, style: str) -> HttpResponse:
    view, name = _editable(call, style)
    known = render.styles_of(view)
    old = next((each for each in known if each.name == name), None)
    found = _read(call, view)
    title = old.title if old else Title(found.title or name)
    return _write(call, view, StyleSpec(name, title, write(found.rules)), found)


@face("edit", methods=("PUT", "PATCH"), formats=("json",))
def patch(call: Call, style: str) -> HttpResponse:
    """Answer PATCH (and PUT) of /styles/{id}/metadata: the title, in the request's language or both as {zh, en}."""
    view, name = _editable(call, style)
    old = next((each for each in render.styles_of(view) if each.name == name), None)
    if old is None:
        raise NotFound
    _check_media(call, (JSON, "application/merge-patch+json"))
    spec = replace(old, title=_title(call, old.title))
    styling.put(caller.actor(call.request), view, spec, render.styles_of(view), revision=_revision(call))
    return HttpResponse(status=204)


def _delete(call: Call, style: str) -> HttpResponse:
    view, name = _editable(call, style)
    styling.delete(caller.actor(call.request), view, name, revision=_revision(call))
    return HttpResponse(status=204)


def _create(call: Call, collection: str) -> HttpResponse:
    view = access.require(call.principal, collection, "edit")
    found = _read(call, view)
    taken = {each.name for each in render.styles_of(view)}
    name = call.parameters.get("name") or next(f"style-{n}" for n in range(1, len(taken) + 2) if f"style-{n}" not in taken)
    _check_name(name)
    return _write(call, view, StyleSpec(name, Title(found.title or name), write(found.rules)), found, is_new=True)


def _editable(call: Call, style: str) -> tuple[LayerView, str]:
    slug, _, name = style.partition(".")
    view = access.require(call.principal, slug, "edit")
    _check_name(name)
    return view, name


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise invalid("name", "样式名为小写字母、数字、- 与 _，至多 59 个", "a style's name is of a-z, 0-9, - and _, at most 59")


def _read(call: Call, view: LayerView) -> Imported:
    if view.spec.kind in ("map", "cascaded"):
        raise RequestFault("InvalidContent", "此图层不由本系统绘制样式 / This layer has no styles of its own", status=422)
    _check_media(call, _TAKEN)
    found = imported(call.request.body, view.spec.fields)
    if found.dropped and "handling=strict" in call.request.headers.get("Prefer", "").replace(" ", ""):
        first = found.dropped[0]
        words = f"{first.path}: {first.zh} / {first.en}"
        raise RequestFault("InvalidContent", f"有 {len(found.dropped)} 处不能读入；{words}", status=422)
    return found


def _check_media(call: Call, taken: Any) -> None:
    # None of these types can be sent by another site's form, so no token is asked for.
    if (call.request.content_type or "").lower() not in taken:
        words = ", ".join(sorted(taken))
        raise RequestFault("UnsupportedMediaType", f"须为 {words} / One of {words}", parameter="Content-Type", status=415)


def _write(call: Call, view: LayerView, style: StyleSpec, found: Imported, *, is_new: bool = False) -> HttpResponse:
    dropped = [{"path": each.path, "zh": each.zh, "en": each.en} for each in found.dropped]
    path = f"/styles/{view.spec.slug}.{style.name}"
    body = json.dumps({"id": f"{view.spec.slug}.{style.name}", "rules": len(found.rules), "dropped": dropped}, ensure_ascii=False)
    if _is_dry(call):
        return HttpResponse(body, content_type=JSON)
    made = styling.put(caller.actor(call.request), view, style, render.styles_of(view), is_new=is_new, revision=_revision(call))
    if made:
        return HttpResponse(body, content_type=JSON, status=201, headers={"Location": call.url(path)})
    return HttpResponse(body, content_type=JSON) if dropped else HttpResponse(status=204)


def _is_dry(call: Call) -> bool:
    asked = call.parameters.get("dry-run", "false").lower()
    if asked not in ("true", "false", ""):
        raise invalid("dry-run", "为 true 或 false", "true or false")
    return asked != "false"


def _revision(call: Call) -> int | None:
    """Read If-Match: the revision that X-Style-Revision told, in quotes; * and none ask nothing."""
    given = call.request.headers.get("If-Match", "*").strip()
    if given == "*":
        return None
    digits = given.strip('"')
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1


def _title(call: Call, old: Title) -> Title:
    try:
        body = json.loads(call.request.body)
    except (ValueError, RecursionError):
        raise RequestFault("InvalidBody", "不是合法的 JSON / The body is not JSON", parameter="body") from None
    given = body.get("title") if isinstance(body, dict) else None
    match given:
        case {"zh": str() as zh, "en": str() as en}:
            title = Title(zh, en)
        case str() if call.language == "en":
            title = Title(old.zh, given)
        case str():
            title = Title(given, old.en)
        case _:
            raise RequestFault("InvalidBody", "只能改 title / Only the title is changed", parameter="title")
    if not title.zh or max(len(title.zh), len(title.en)) > 120 or "\x00" in title.zh + title.en:
        raise RequestFault("InvalidBody", "题目 1–120 字 / A title has 1–120 characters", parameter="title")
    return title
