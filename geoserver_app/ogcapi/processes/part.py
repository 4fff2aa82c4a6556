"""OGC API - Processes Part 1: what /ogc/ says of its processes."""

from typing import Any

from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.openapi_writing import Node, faults, formats, get, path, query, reference
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.processes.registry import PROCESSES

_TEXT = {"type": "string"}
_REL = "http://www.opengis.net/def/rel/ogc/1.0"
_STATUS = {"type": "string", "enum": ["accepted", "running", "successful", "failed", "dismissed"]}


def _landing(call: Call) -> Links:
    words = call.say("处理", "Processes")
    return [
        call.link(f"{_REL}/processes", "/processes", JSON, words, f="json"),
        call.link(f"{_REL}/job-list", "/jobs", JSON, call.say("作业", "Jobs"), f="json"),
    ]


def _paths(say: Say) -> Paths:
    job = path("jobId", _TEXT, say("作业编号", "Job"))
    limit = query("limit", {"type": "integer", "minimum": 1, "maximum": 10_000}, say("最多列出", "At most"))
    asked: list[str | Node] = [limit, query("processID", _TEXT, say("处理", "Process")), query("status", _STATUS, say("状态", "Status"))]
    words, jobs = say("处理", "Processes"), say("作业", "Jobs")
    output = path("outputId", _TEXT, say("输出", "Output"))
    one = get("job.status", jobs, {JSON: "statusInfo", HTML: ""}, [job], tag="processes")
    return {
        "/processes": get("processes", words, {JSON: "processList", HTML: ""}, [limit], tag="processes"),
        **{f"/processes/{name}": get(f"process.{name}", each.title(say("zh", "en")), {JSON: "process", HTML: ""}, tag="processes")
           for name, each in PROCESSES.items()},
        **{f"/processes/{name}/execution": _execution(name, each.title(say("zh", "en"))) for name, each in PROCESSES.items()},
        "/jobs": get("jobs", jobs, {JSON: "jobList", HTML: ""}, asked, tag="processes"),
        "/jobs/{jobId}": {**one, "delete": {**one["get"], "operationId": "job.dismiss"}},
        "/jobs/{jobId}/results": get("job.results", jobs, {JSON: "jsonSchema"}, [job, formats("json")], tag="processes"),
        "/jobs/{jobId}/results/{outputId}": get("job.result", jobs, {"*/*": "*"}, [job, output, formats("json")], tag="processes"),
    }  # fmt: skip


def _execution(name: str, title: str) -> Node:
    body = {"content": {JSON: {"schema": {"$ref": "#/components/schemas/execute"}}}, "required": True}
    answers = {
        "200": {"description": "OK", "content": {JSON: {"schema": {}}}},
        "201": {"description": "Created", "content": {JSON: {"schema": {"$ref": "#/components/schemas/statusInfo"}}}},
        **faults({"400": "Invalid", "404": "NotFound", "500": "Failed"}),
    }
    return {"post": {"operationId": f"execute.{name}", "summary": title, "tags": ["processes"], "requestBody": body,
                     "parameters": [reference("lang")], "responses": answers}}  # fmt: skip


def _components(_say: Say) -> Components:
    links: Any = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
    summary: dict[str, Any] = {"type": "object", "required": ["id", "version"], "properties": {
        "id": _TEXT, "version": _TEXT, "title": _TEXT, "description": _TEXT, "jobControlOptions": {"type": "array", "items": _TEXT},
        "outputTransmission": {"type": "array", "items": {"type": "string", "enum": ["value", "reference"]}}, "links": links}}  # fmt: skip
    whole = {**summary, "properties": {**summary["properties"], "inputs": {"type": "object"}, "outputs": {"type": "object"}}}
    status = {"type": "object", "required": ["jobID", "status", "type"], "properties": {
        "processID": _TEXT, "type": {"type": "string", "enum": ["process"]}, "jobID": _TEXT, "status": _STATUS, "message": _TEXT,
        "progress": {"type": "integer", "minimum": 0, "maximum": 100}, "links": links}}  # fmt: skip
    return {"schemas": {
        "processList": {"type": "object", "required": ["processes", "links"], "properties": {
            "processes": {"type": "array", "items": summary}, "links": links}},
        "process": whole,
        "statusInfo": status,
        "jobList": {"type": "object", "required": ["jobs", "links"], "properties": {"jobs": {"type": "array", "items": status}, "links": links}},
        "execute": {"type": "object", "properties": {"inputs": {"type": "object"}, "outputs": {"type": "object"},
                                                     "response": {"type": "string", "enum": ["raw", "document"]}}},
    }}  # fmt: skip


_CONF = "ogcapi-processes-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Processes - Part 1: Core",
        "OGC 18-062r2",
        claims=(
            Claim(f"{_CONF}/core", "同步与异步执行", "sync and async execution"),
            Claim(f"{_CONF}/ogc-process-description", "输入输出以 JSON Schema 描述", "inputs and outputs as JSON schemas"),
            Claim(f"{_CONF}/json", "JSON", "JSON"),
            Claim(f"{_CONF}/html", "处理与作业网页", "pages of processes and jobs"),
            Claim(f"{_CONF}/oas30", "写入接口定义", "in the API definition"),
            Claim(f"{_CONF}/job-list", "各人只见自己的作业", "each caller's own jobs"),
            Claim(f"{_CONF}/dismiss", "取消与删除作业", "jobs are called off and removed"),
            Claim(f"{_CONF}/callback", "不向外回调，改用作业状态", "nothing is called back; ask the job", is_met=False),
        ),
        landing=_landing,
        paths=_paths,
        components=_components,
    ),
)
