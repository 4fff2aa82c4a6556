"""The echo process: gives back what it was given, after a pause; for trying clients and the standard's own tests."""

import time
from collections.abc import Mapping
from typing import Any

from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import Input, Output, Process, Run
from layers.spec import Title

_BBOX = {
    "type": "object", "required": ["bbox"], "format": "ogc-bbox",
    "properties": {
        "bbox": {"type": "array", "items": {"type": "number"}, "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}]},
        "crs": {"type": "string", "format": "uri", "default": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"},
    },
}  # fmt: skip
_COMPLEX = {"type": "object", "required": ["property1", "property5"],
            "properties": {"property1": {"type": "string"}, "property2": {"type": "string", "format": "uri"},
                           "property3": {"type": "number"}, "property4": {"type": "string", "format": "date-time"},
                           "property5": {"type": "boolean"}}}  # fmt: skip
_KINDS: Mapping[str, tuple[Title, Mapping[str, Any], int | None]] = {
    "stringInput": (Title("文字", "Text"), {"type": "string", "enum": ["Value1", "Value2", "Value3"]}, 1),
    "measureInput": (Title("量", "Measure"), {"type": "object", "required": ["measurement", "uom"], "properties": {
        "measurement": {"type": "number"}, "uom": {"type": "string"}, "reference": {"type": "string", "format": "uri"}}}, 1),
    "dateInput": (Title("时间", "Time"), {"type": "string", "format": "date-time"}, 1),
    "doubleInput": (Title("数", "Number"), {"type": "number", "minimum": 0, "maximum": 10, "default": 5}, 1),
    "arrayInput": (Title("数组", "Array"), {"type": "array", "minItems": 2, "maxItems": 10, "items": {"type": "integer"}}, 1),
    "complexObjectInput": (Title("对象", "Object"), _COMPLEX, 1),
    "geometryInput": (Title("图形", "Geometry"), kinds.geometry("Point", "LineString", "Polygon", "MultiPolygon"), 5),
    "boundingBoxInput": (Title("外包框", "Bounding box"), _BBOX, 1),
    "textsInput": (Title("多个文字或数", "Texts or numbers"), {"oneOf": [{"type": "string"}, {"type": "number"}]}, None),
}  # fmt: skip


def _run(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    seconds = float(given.get("pause") or 0)
    for step in range(int(seconds * 10)):
        if step % 10 == 0:
            run.report(round(step / (seconds * 10) * 100), run.say("等待", "Pausing"))
        time.sleep(0.1)
    return {name.replace("Input", "Output"): value for name, value in given.items() if name != "pause"}


ECHO = Process(
    id="echo",
    title=Title("回显", "Echo"),
    description=Title("原样返回输入，供调试客户端", "Gives back its inputs, for trying clients"),
    inputs={
        **{name: Input(title, schema, least=0, most=most) for name, (title, schema, most) in _KINDS.items()},
        "pause": Input(Title("停顿（秒）", "Pause (s)"), {"type": "number", "minimum": 0, "maximum": 30, "default": 0}, least=0),
    },
    outputs={name.replace("Input", "Output"): Output(title, schema) for name, (title, schema, _) in _KINDS.items()},
    run=_run,
)
