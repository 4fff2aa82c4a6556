"""OGC API - Features Part 4: create, replace, update and delete; several at once are one version (OGC 20-002)."""

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse

from geoserver_app import caller
from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.answers import face
from geoserver_app.ogcapi.call import JSON, Call
from geoserver_app.ogcapi.features import bodies
from geoserver_app.ogcapi.features.tags import fid_of
from geoserver_app.ogcapi.visible import features_of
from layers import access, editing
from layers.access import LayerView
from layers.editing import Change, Edited
from layers.errors import InvalidContent, NotFound

_ACTIONS = ("create", "replace", "update", "delete")


def editable(call: Call, slug: str) -> LayerView:
    """Return the caller's view for edits; NotFound or NotAllowed as for every operation."""
    view = access.require(call.principal, slug, "edit")
    if view.spec.kind != "vector" or not view.spec.version:
        raise NotFound
    return view


@face("edit", methods=("POST",), formats=("json",))
def create(call: Call, collection: str) -> HttpResponse:
    """Answer POST /collections/{id}/items: one feature, or a collection of them as one version."""
    view, body = editable(call, collection), bodies.document(call.request)
    if body.get("type") == "FeatureCollection":
        done = _edit(call, view, [bodies.change(call, "create", each) for each in _features(body, "features")])
        return _told(done, 201)
    done = _edit(call, view, [bodies.change(call, "create", body)])
    answer = HttpResponse(status=201)
    answer["Location"] = call.url(f"/collections/{collection}/items/{done.fids[0]}")
    return answer


@face("edit", methods=("PUT",), formats=("json",))
def replace(call: Call, collection: str, feature: str) -> HttpResponse:
    """Answer PUT /collections/{id}/items/{fid}: fields that are not named become empty."""
    return _one(call, collection, feature, "replace")


@face("edit", methods=("PATCH",), formats=("json",))
def update(call: Call, collection: str, feature: str) -> HttpResponse:
    """Answer PATCH /collections/{id}/items/{fid}: a JSON merge patch (RFC 7396)."""
    return _one(call, collection, feature, "update")


@face("edit", methods=("DELETE",), formats=("json",))
def delete(call: Call, collection: str, feature: str) -> HttpResponse:
    """Answer DELETE /collections/{id}/items/{fid}."""
    view = editable(call, collection)
    _edit(call, view, [Change("delete", fid_of(feature), **bodies.conditions(call.request))])
    return HttpResponse(status=204)


@face("edit", methods=("POST",), formats=("json",))
def transaction(call: Call, collection: str) -> HttpResponse:
    """Answer POST /collections/{id}/transactions: lists of create, replace, update, delete; all of it or nothing."""
    view, body = editable(call, collection), bodies.document(call.request)
    for name in body.keys() - {*_ACTIONS}:
        raise InvalidContent("可用 create、replace、update、delete / create, replace, update, delete", parameter=name[:64])
    return _told(_edit(call, view, list(_changes(call, body))), 200)


@face("query", methods=("OPTIONS",), formats=("json",))
def items_options(call: Call, collection: str) -> HttpResponse:
    """Tell which methods items take from this caller: QGIS asks before it edits."""
    return _options(call, collection, ("POST",))


@face("query", methods=("OPTIONS",), formats=("json",))
def item_options(call: Call, collection: str, feature: str) -> HttpResponse:
    """Tell which methods an item takes from this caller."""
    return _options(call, collection, ("PUT", "PATCH", "DELETE"))


def _options(call: Call, collection: str, writing: tuple[str, ...]) -> HttpResponse:
    may_edit = "edit" in features_of(call, collection).operations
    methods = ("GET", "HEAD", "OPTIONS", *(writing if may_edit else ()))
    return HttpResponse(status=204, headers={"Allow": ", ".join(methods)})


def _one(call: Call, collection: str, feature: str, action: str) -> HttpResponse:
    view, body = editable(call, collection), bodies.document(call.request)
    _edit(call, view, [bodies.change(call, action, body, fid_of(feature), **bodies.conditions(call.request))])
    return HttpResponse(status=204)


def _edit(call: Call, view: LayerView, changes: list[Change]) -> Edited:
    return editing.edit(caller.actor(call.request), view, changes)


def _changes(call: Call, body: dict[str, Any]) -> Iterator[Change]:
    for action in _ACTIONS:
        for each in _features(body, action) if action in body else ():
            fid = 0 if action == "create" else fid_of(str(each.get("id", "")))
            when: dict[str, Any] = {"states": bodies.states(str(each["ifMatch"]))} if "ifMatch" in each else {}
            yield Change("delete", fid, **when) if action == "delete" else bodies.change(call, action, each, fid, **when)


def _features(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = body.get(name)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise RequestFault("InvalidBody", "应为要素的列表 / A list of features is expected", parameter=name)
    return found


def _told(done: Edited, status: int) -> HttpResponse:
    text = json.dumps({"version": done.version, "ids": list(done.fids)})
    return HttpResponse(text, content_type=JSON, status=status)
