"""How processes, jobs and results are told (OGC 18-062r2 §7.9, 7.12, 7.13)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase

from geoserver_app.ogcapi.answers import document
from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.processes.process import Process
from geoserver_app.processes.running import file_of
from layers.jobs import Job

_EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
_RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"


def summary(call: Call, process: Process) -> dict[str, Any]:
    """Tell a process in the list."""
    path = f"/processes/{process.id}"
    return {
        "id": process.id,
        "version": process.version,
        "title": process.title(call.language),
        "description": process.description(call.language),
        "keywords": list(process.keywords),
        "jobControlOptions": [*list(process.modes), "dismiss"],
        "outputTransmission": ["value", "reference"],
        "links": [call.link("self", path, JSON, process.title(call.language), f="json"), call.link("alternate", path, HTML, f="html"),
                  call.link(_EXECUTE, f"{path}/execution", JSON)],
    }  # fmt: skip


def description(call: Call, process: Process) -> dict[str, Any]:
    """Tell a process whole."""
    inputs = {
        name: {"title": each.title(call.language), "schema": dict(each.schema), "minOccurs": each.least,
               "maxOccurs": each.most if each.most is not None else "unbounded"}
        for name, each in process.inputs.items()
    }  # fmt: skip
    outputs = {name: {"title": each.title(call.language), "schema": dict(each.schema)} for name, each in process.outputs.items()}
    return {**summary(call, process), "inputs": inputs, "outputs": outputs}


def status(call: Call, job: Job) -> dict[str, Any]:
    """Tell how far a job is."""
    path = f"/jobs/{job.id}"
    links = [call.link("self", path, JSON, f="json"), call.link("alternate", path, HTML, f="html")]
    if job.status == "successful":
        links.append(call.link(_RESULTS, f"{path}/results", JSON, f="json"))
    told: dict[str, Any] = {
        "processID": job.process, "type": "process", "jobID": str(job.id), "status": job.status, "message": job.message,
        "created": _moment(job.created), "started": _moment(job.started), "finished": _moment(job.finished),
        "updated": _moment(job.finished or job.started or job.created), "progress": job.progress, "links": links,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value not in (None, "")}


def results(call: Call, job: Job) -> HttpResponseBase:
    """Answer a job's outcome: one raw output, several in parts, or all in one document."""
    wanted = [name for name in job.wanted if name in job.outputs] or list(job.outputs)
    if not job.is_raw:
        return document(call, {name: _value(call, job, name) for name in wanted})
    if len(wanted) == 1:
        return raw(call, job, wanted[0])
    return _parts(call, job, wanted)


def raw(call: Call, job: Job, output: str) -> HttpResponseBase:
    """Answer one output as what it is: a file, a document, a text or a number."""
    if found := file_of(job, output):
        path, media = found
        return FileResponse(path.open("rb"), content_type=media, as_attachment=True, filename=f"{job.process}-{path.name}")
    body, media = _body(call, job, output)
    return HttpResponse(body, content_type=media)


def _body(call: Call, job: Job, output: str) -> tuple[bytes, str]:
    stored = job.outputs[output]
    if "file" in stored:
        return json.dumps(_value(call, job, output), ensure_ascii=False).encode(), JSON
    value = stored.get("value")
    if isinstance(value, str):
        return value.encode(), "text/plain; charset=utf-8"
    return json.dumps(value, ensure_ascii=False).encode(), str(stored.get("media") or JSON)


def _value(call: Call, job: Job, output: str) -> Any:
    """Write an output in a document: simple values as they are, objects and arrays qualified, files as links."""
    stored: Mapping[str, Any] = job.outputs[output]
    if "file" in stored:
        return {"href": call.url(f"/jobs/{job.id}/results/{output}"), "type": stored["media"], "length": stored["bytes"]}
    value = stored.get("value")
    if isinstance(value, dict):
        return {"value": value, "mediaType": stored.get("media") or JSON}
    return value


def _parts(call: Call, job: Job, wanted: list[str]) -> HttpResponse:
    """Write several raw outputs as multipart/related (RFC 2387)."""
    mark = f"geobase-{uuid4().hex}"
    body = b""
    for name in wanted:
        content, media = _body(call, job, name)
        body += f"--{mark}\r\nContent-Type: {media}\r\nContent-ID: <{name}>\r\n\r\n".encode() + content + b"\r\n"
    return HttpResponse(body + f"--{mark}--\r\n".encode(), content_type=f'multipart/related; boundary="{mark}"')


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None
