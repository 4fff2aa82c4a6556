"""Version difference: what was added, changed and removed between two versions of a layer."""

import json
from collections.abc import Mapping
from typing import Any

from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import Input, InvalidInput, Output, Process, Raw, Run
from geoserver_app.processes.shapes import GEOJSON
from layers import differences, history
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import Title


def _run(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    view = run.view(given["collection"], "query")
    newer = int(given.get("to") or view.version)
    older = int(given.get("from") or max(1, newer - 1))
    for name, number in (("from", older), ("to", newer)):
        _check(view, name, number)
    found = differences.between(view, older, newer)
    added, changed, removed = differences.counts(found)
    run.report(40, run.say("比对要素", "Comparing features"))
    page = differences.features(found, limit=int(given.get("limit") or 1000))
    summary = {
        "collection": view.spec.slug, "from": older, "to": newer, "added": added, "changed": changed, "removed": removed,
        "areas": [{"code": each.code, "before": round(each.before, 2), "after": round(each.after, 2)} for each in differences.areas(found)],
        "isComplete": not page.more,
    }  # fmt: skip
    return {"summary": summary, "changes": Raw({"type": "FeatureCollection", "features": json.loads(f"[{page.body.decode()}]")}, GEOJSON)}


def _check(view: LayerView, name: str, number: int) -> None:
    try:
        history.at(view, number)
    except NotFound:
        raise InvalidInput("没有这个版本 / there is no such version", parameter=f"inputs.{name}") from None


_VERSION = {"type": "integer", "minimum": 1}
DIFFERENCE = Process(
    id="version-diff",
    title=Title("版本比对", "Version difference"),
    description=Title("两个版本之间新增、修改、删除的要素与按代码的面积", "Features added, changed and removed between two versions, areas by code"),
    inputs={
        "collection": kinds.layer(Title("图层", "Collection")),
        "from": Input(Title("旧版本，缺省为前一版", "Older version; the one before by default"), _VERSION, least=0),
        "to": Input(Title("新版本，缺省为现行版", "Newer version; the current one by default"), _VERSION, least=0),
        "limit": Input(Title("最多列出的要素", "Features listed at most"), {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000}, least=0),
    },
    outputs={
        "summary": Output(Title("汇总", "Summary"), {"type": "object"}),
        "changes": Output(Title("变化要素", "Changes"), {"type": "object", "contentMediaType": GEOJSON}),
    },
    run=_run,
)
