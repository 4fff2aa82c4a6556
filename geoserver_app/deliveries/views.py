"""The deliveries' REST (docs/deliveries.md): uploads in pieces, states, previews, and what is done with a delivery."""

import re

from django.http import HttpResponse

from geoserver_app.deliveries.answers import Call, answer, resource
from geoserver_app.http_errors import RequestFault
from ingest import belonging, desk, documents, uploads

_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
_OPTIONS = {"as_layer": str, "level": int}


def _begin(call: Call) -> HttpResponse:
    """POST uploads: {"name", "files": [{"path", "size", "sha256"?}], "options"?: {"as_layer", "level"}}."""
    told = call.document()
    files = told.get("files")
    if not isinstance(files, list) or not all(isinstance(each, dict) for each in files):
        raise RequestFault("InvalidBody", "files 应为列表 / files is a list of objects", parameter="files")
    chosen = told.get("options") or {}
    wrong = [name for name, value in chosen.items() if name not in _OPTIONS or not isinstance(value, _OPTIONS[name])]
    if wrong or chosen.get("level", 0) not in (0, 1, 2):
        raise RequestFault("InvalidBody", "options 有误 / options are wrong", parameter="options")
    options = {"as_layer": chosen.get("as_layer", ""), "level": chosen.get("level")}
    made = uploads.begin(call.actor, str(told.get("name", "")), files, options)
    done = answer(documents.upload(made), 201)
    done["Location"] = f"/deliveries/api/uploads/{made.pk}"
    return done


def _upload(call: Call, upload: str) -> HttpResponse:
    return answer(documents.upload(uploads.find(call.actor, upload)))


def _discard(call: Call, upload: str) -> HttpResponse:
    uploads.discard(uploads.find(call.actor, upload))
    return HttpResponse(status=204)


def _piece(call: Call, upload: str, number: str) -> HttpResponse:
    """PUT a piece; where it begins is told by Content-Range or Upload-Offset, else it is the first."""
    found = uploads.find(call.actor, upload)
    if not number.isdecimal():
        raise RequestFault("NotFound", "没有这个文件 / no such file", status=404)
    size = uploads.write(found, int(number[:6]), _offset(call), call.request)
    done = answer({"offset": size, "size": found.files[int(number)]["size"]})
    done["Upload-Offset"] = str(size)
    return done


def _offset(call: Call) -> int:
    text = call.request.headers.get("Content-Range", "")
    if text:
        match = _RANGE.fullmatch(text)
        if match is None:
            raise RequestFault("InvalidParameterValue", "Content-Range 有误 / Content-Range is wrong", parameter="Content-Range")
        return int(match[1])
    offset = call.request.headers.get("Upload-Offset", "0")
    if not offset.isdecimal() or len(offset) > 15:
        raise RequestFault("InvalidParameterValue", "Upload-Offset 有误 / Upload-Offset is wrong", parameter="Upload-Offset")
    return int(offset)


def _finish(call: Call, upload: str) -> HttpResponse:
    """POST finish: 201 with the delivery, or 202 while a large one is being hashed."""
    found = uploads.find(call.actor, upload)
    desk.finish(found)
    if found.state == "open":
        raise RequestFault("ChecksumMismatch", found.problem, parameter="files.sha256", status=409)
    return answer(documents.upload(found), 201 if found.delivery else 202)


def _list(call: Call) -> HttpResponse:
    limit = call.number("limit", 50, 500)
    found = desk.listing(
        call.principal, status=call.request.GET.get("status", ""), text=call.request.GET.get("q", ""), before=call.number("before", 0, 1 << 60), limit=limit + 1
    )
    body = {"deliveries": [documents.brief(each) for each in found[:limit]]}
    links = {"next": f"/deliveries/api/deliveries?limit={limit}&before={found[limit - 1].pk}"} if len(found) > limit else {}
    return answer({**body, "links": links})


def _show(call: Call, delivery: str) -> HttpResponse:
    return answer(documents.whole(belonging.find(call.principal, delivery)))


def _findings(call: Call, delivery: str) -> HttpResponse:
    """GET findings, as they stand while the check goes on; `severity`, `layer` and `id` narrow them."""
    found = belonging.find(call.principal, delivery).report.get("findings", [])
    asked = {name: call.request.GET[name] for name in ("severity", "layer", "id", "step") if name in call.request.GET}
    kept = [each for each in found if all(str(each.get(name, "")) == value for name, value in asked.items())]
    start, limit = call.number("offset", 0, 1 << 40), call.number("limit", 500, 5000)
    return answer({"total": len(kept), "findings": kept[max(start, 0) : max(start, 0) + limit]})


def _changes(call: Call, delivery: str) -> HttpResponse:
    """GET changes?layer=…: what publication would add, change and remove, as GeoJSON in EPSG:4490, lon first."""
    slug, limit = call.request.GET.get("layer", ""), max(call.number("limit", 1000, 10_000), 1)
    after = call.number("after", 0, 1 << 60) if "after" in call.request.GET else None
    page = desk.changes(belonging.find(call.principal, delivery), call.principal, slug, after=after, limit=limit)
    rest = f',"next":"/deliveries/api/deliveries/{delivery}/changes?layer={slug}&limit={limit}&after={page.last}"' if page.more else ""
    text = f'{{"type":"FeatureCollection","numberReturned":{page.returned}{rest},"features":['
    return HttpResponse(text.encode() + page.body + b"]}", content_type="application/geo+json")


def _mapping(call: Call, delivery: str) -> HttpResponse:
    """PUT mapping: {"mapping": {part key: layer slug or ""}, "mode"?: "replace" | "patch"}; confirms it."""
    told = call.document()
    mapping = told.get("mapping", {})
    if not isinstance(mapping, dict) or not all(isinstance(each, str) for each in mapping.values()):
        raise RequestFault("InvalidBody", "mapping 有误 / mapping is wrong", parameter="mapping")
    found = belonging.find(call.principal, delivery)
    desk.confirm(found, call.actor, mapping, str(told.get("mode", "")))
    return answer(documents.whole(found), 202)


def _act(call: Call, delivery: str, action: str) -> HttpResponse:
    """POST publish, approve, cancel, retry, rollback or withdraw: 202, the delivery as it is now; a job does it."""
    found = belonging.find(call.principal, delivery)
    match action:
        case "publish":
            desk.publish(found, call.principal, call.actor)
        case "approve":
            desk.approve(found, call.principal, call.actor)
        case "cancel":
            desk.cancel(found, call.actor)
        case "retry":
            desk.retry(found, call.actor)
        case "rollback" | "withdraw":
            desk.roll_back(found, call.principal, call.actor, hide=action == "withdraw")
        case _:
            raise RequestFault("NotFound", "没有这个操作 / no such action", status=404)
    return answer(documents.whole(found), 202)


uploads_view = resource(POST=_begin)
upload_view = resource(GET=_upload, DELETE=_discard)
piece_view = resource(PUT=_piece)
finish_view = resource(POST=_finish)
list_view = resource(GET=_list)
delivery_view = resource(GET=_show)
findings_view = resource(GET=_findings)
changes_view = resource(GET=_changes)
mapping_view = resource(PUT=_mapping)
action_view = resource(POST=_act)
