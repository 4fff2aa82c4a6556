"""Area statistics by code: how much of each land class, zone or grade lies in an area."""

from collections.abc import Mapping
from typing import Any

import shapely
from django.conf import settings

from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import Input, InvalidInput, Output, Process, Run
from layers import codes, statistics
from layers.access import LayerView
from layers.spec import FieldSpec, Title

M2_PER_MU = 10_000 / 15
"""A mu (亩) is a fifteenth of a hectare."""
_ROW = {
    "type": "object",
    "properties": {
        "code": {"type": "string"}, "name": {"type": "string"}, "count": {"type": "integer"},
        "ellipsoidalArea": {"type": "number", "description": "m², CGCS2000"}, "planeArea": {"type": "number", "description": "m²"},
        "mu": {"type": "number"}, "length": {"type": "number", "description": "m"}, "share": {"type": "number", "description": "0–1"},
    },
}  # fmt: skip


def _run(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    view = run.view(given["collection"], "query")
    field = _field(view, given.get("property"))
    area = kinds.shape("area", given["area"]) if "area" in given else None
    wkb = bytes(shapely.to_wkb(area)) if area is not None else None
    found = statistics.shares(view, field, wkb, settings.GEOBASE.gauss_crs)
    total = sum(each.ellipsoidal_m2 for each in found)
    names = {each.code: each.name_zh for each in codes.table(field.codes).codes.values()} if field and field.codes in codes.names() else {}
    rows = [
        {
            "code": each.value, "name": names.get(each.value, ""), "count": each.count, "length": round(each.length_m, 2),
            "ellipsoidalArea": round(each.ellipsoidal_m2, 2), "planeArea": round(each.plane_m2, 2),
            "mu": round(each.ellipsoidal_m2 / M2_PER_MU, 4), "share": round(each.ellipsoidal_m2 / total, 6) if total else 0,
        }
        for each in found
    ]  # fmt: skip
    return {
        "statistics": {
            "collection": view.spec.slug, "version": view.version, "property": field.name if field else None, "rows": rows,
            "totalEllipsoidalArea": round(total, 2), "totalMu": round(total / M2_PER_MU, 4),
            "planeCrs": f"http://www.opengis.net/def/crs/EPSG/0/{settings.GEOBASE.gauss_crs}",
        }
    }  # fmt: skip


def _field(view: LayerView, name: str | None) -> FieldSpec | None:
    """Return the field asked, else the layer's first coded one; a hidden field is one that is not there."""
    if name is None:
        return next((each for each in view.fields if each.codes), None)
    found = next((each for each in view.fields if each.name == name), None)
    if found is None:
        raise InvalidInput("没有这个属性 / there is no such property", parameter="inputs.property")
    return found


STATISTICS = Process(
    id="area-statistics",
    title=Title("面积统计", "Area statistics"),
    description=Title("按代码统计范围内的个数、椭球面积、平面面积与长度", "Counts, ellipsoidal and plane areas and lengths in an area, by code"),
    inputs={
        "collection": kinds.layer(Title("图层", "Collection")),
        "property": Input(Title("统计属性，缺省为首个代码属性", "Property; the first coded one by default"), {"type": "string"}, least=0),
        "area": kinds.area(least=0),
    },
    outputs={"statistics": Output(Title("统计表", "Table"), {"type": "object", "properties": {"rows": {"type": "array", "items": _ROW}}})},
    run=_run,
)
