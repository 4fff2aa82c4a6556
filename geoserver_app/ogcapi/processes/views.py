"""The addresses of processes and jobs: list, description, execution, status, results, dismissal."""

import json
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from geoserver_app.http_errors import RequestFault
from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import HTML, JSON, Call, invalid
from geoserver_app.ogcapi.processes import writing
from geoserver_app.processes import running
from geoserver_app.processes.process import InvalidInput, Process
from geoserver_app.processes.registry import PROCESSES
from layers import jobs
from layers.errors import GeobaseError, NotFound
from layers.jobs import Job, Order

_TYPES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
_STATUSES = ("accepted", "running", "successful", "failed", "dismissed")


@face("query", parameters=("limit",))
def processes(call: Call) -> HttpResponse:
    """Answer /processes."""
    limit = _whole(call, "limit", 1000)
    body = {
        "processes": [writing.summary(call, each) for each in list(PROCESSES.values())[:limit]],
        "links": [call.link("self", "/processes", JSON, f="json"), call.link("alternate", "/processes", HTML, f="html")],
    }
    return document(call, body, page="processes")


@face("query")
def process(call: Call, process: str) -> HttpResponse:
    """Answer /processes/{id}."""
    body = writing.description(call, _process(process))
    if call.format == "html":
        return page_of(call, "process", {"document": body, "inputs": [
            {"name": name, **each, "text": json.dumps(each["schema"], ensure_ascii=False)[:200]} for name, each in body["inputs"].items()
        ]})  # fmt: skip
    return document(call, body)


@face("query", formats=("json",), methods=("POST",))
def execution(call: Call, process: str) -> HttpResponseBase:
    """Answer /processes/{id}/execution: at once, or as a job that a worker takes (Prefer: respond-async)."""
    found = _process(process)
    order = _order(call, found)
    wants_async = "respond-async" in call.request.headers.get("Prefer", "")
    is_async = wants_async or "sync-execute" not in found.modes
    job = jobs.create(call.principal, order)
    if is_async:
        running.run_job.enqueue(str(job.id))
        answer = document(call, writing.status(call, job))
        answer.status_code = 201
        answer["Location"] = call.url(f"/jobs/{job.id}")
        if wants_async:
            answer["Preference-Applied"] = "respond-async"
        return answer
    return writing.results(call, _at_once(call, job))


@face("query", parameters=("limit", "processID", "status"))
def job_list(call: Call) -> HttpResponse:
    """Answer /jobs: the caller's own."""
    status = call.parameters.get("status", "")
    if status and status not in _STATUSES:
        raise invalid("status", f"可选 {'、'.join(_STATUSES)}", f"of {', '.join(_STATUSES)}")
    found = jobs.of(call.principal, process=call.parameters.get("processID", ""), status=status, limit=_whole(call, "limit", 100))
    body = {
        "jobs": [writing.status(call, each) for each in found],
        "links": [call.link("self", "/jobs", JSON, f="json"), call.link("alternate", "/jobs", HTML, f="html")],
    }
    return document(call, body, page="jobs")


@face("query")
def job(call: Call, job: str) -> HttpResponse:
    """Answer /jobs/{id}."""
    found = _job(call, job)
    if call.format == "html":
        outputs = [{"name": name, "url": call.url(f"/jobs/{found.id}/results/{name}"), **stored} for name, stored in found.outputs.items()]
        return page_of(call, "job", {"document": writing.status(call, found), "ended": found.has_ended, "outputs": outputs,
                                     "title": PROCESSES[found.process].title(call.language)})  # fmt: skip
    return document(call, writing.status(call, found))


@face("query", formats=("json",), methods=("DELETE",))
def dismiss(call: Call, job: str) -> HttpResponse:
    """Answer DELETE /jobs/{id}."""
    _job(call, job)
    found = jobs.dismiss(call.principal, job)
    running.discard(found.id)
    return document(call, writing.status(call, found))


@face("query", formats=("json",))
def results(call: Call, job: str) -> HttpResponseBase:
    """Answer /jobs/{id}/results."""
    return writing.results(call, _done(call, job))


@face("query", formats=("json",))
def result(call: Call, job: str, output: str) -> HttpResponseBase:
    """Answer /jobs/{id}/results/{output}: one output as what it is."""
    found = _done(call, job)
    if output not in found.outputs:
        raise NotFound
    if "file" in found.outputs[output] and running.file_of(found, output) is None:
        raise RequestFault("Gone", "成果已过保留期 / The outcome is no longer kept", status=410)
    return writing.raw(call, found, output)


def _process(name: str) -> Process:
    if name not in PROCESSES:
        raise RequestFault("NoSuchProcess", "没有这个处理 / There is no such process", status=404, type=f"{_TYPES}no-such-process")
    return PROCESSES[name]


def _job(call: Call, text: str) -> Job:
    try:
        return jobs.get(call.principal, text)
    except NotFound:
        raise RequestFault("NoSuchJob", "没有这个作业 / There is no such job", status=404, type=f"{_TYPES}no-such-job") from None


def _done(call: Call, text: str) -> Job:
    found = _job(call, text)
    if found.status == "failed":
        raise RequestFault("JobFailed", found.message, status=400)
    if found.status != "successful":
        words = "作业还没有结果 / The job has no results yet"
        raise RequestFault("ResultNotReady", words, status=404, type=f"{_TYPES}result-not-ready")
    return found


def _at_once(call: Call, job: Job) -> Job:
    """Run a job while its caller waits; what is wrong with it is her answer."""
    begun = jobs.begin(job.id)
    assert begun is not None  # noqa: S101 - made a moment ago, nobody knows it yet
    try:
        jobs.finish(job.id, running.execute(job, call.principal, call.language))
    except GeobaseError as error:
        running.discard(job.id)
        jobs.fail(job.id, error.detail)
        raise
    return jobs.get(call.principal, str(job.id))


def _order(call: Call, found: Process) -> Order:
    body = _body(call)
    outputs = body.get("outputs", {})
    if not isinstance(outputs, dict) or (unknown := [name for name in outputs if name not in found.outputs]):
        raise InvalidInput("没有这个输出 / there is no such output", parameter=f"outputs.{unknown[0][:60]}" if isinstance(outputs, dict) else "outputs")
    response = body.get("response", "raw" if len(outputs) == 1 else "document")
    if response not in ("raw", "document"):
        raise invalid("response", "可选 raw、document", "raw or document")
    inputs = found.check(body.get("inputs", {}))
    return Order(found.id, inputs, tuple(outputs), response == "raw", call.language)


def _body(call: Call) -> dict[str, Any]:
    request = call.request
    if "json" not in (request.content_type or "json"):
        raise RequestFault("UnsupportedMediaType", "请求体须为 JSON / The body must be JSON", status=415)
    try:
        body = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        raise RequestFault("InvalidBody", "请求体不是 JSON / The body is not JSON") from None
    if not isinstance(body, dict):
        raise RequestFault("InvalidBody", "请求体须为对象 / The body must be an object")
    return body


def _whole(call: Call, name: str, default: int) -> int:
    text = call.parameters.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0):
        raise invalid(name, "须为正整数", "a whole number from 1")
    return min(int(text[:9]), 10_000)
