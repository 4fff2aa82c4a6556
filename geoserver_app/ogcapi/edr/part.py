"""OGC API - EDR: what /ogc/ says of its data queries."""

from collections.abc import Mapping
from typing import Any

from geoserver_app.ogcapi.call import GEOJSON, JSON, Call
from geoserver_app.ogcapi.coveragejson import MEDIA as COVERAGEJSON
from geoserver_app.ogcapi.edr.describing import described, fields_of
from geoserver_app.ogcapi.edr.found import MEDIA
from geoserver_app.ogcapi.edr.places import METRES, Kind
from geoserver_app.ogcapi.edr.views import PARAMETERS, queries_of
from geoserver_app.ogcapi.openapi_writing import Node, formats, get, path, query
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.visible import title_of
from layers.access import LayerView

_FORMATS = formats(*MEDIA)
_JSON = formats("json")
_CONTENT = {COVERAGEJSON: "coverageJSON", GEOJSON: "jsonSchema", "text/csv": ""}


def kinds_of(view: LayerView) -> tuple[Kind, ...]:
    """Return the queries of a layer, with locations where it has stations."""
    found = tuple(queries_of(view))
    return (*found, "locations") if found and view.spec.kind == "vector" else found


def _members(call: Call, view: LayerView) -> Mapping[str, Any]:
    kinds = kinds_of(view)
    if not kinds:
        return {}
    found = described(call, view, f"/collections/{view.spec.slug}", kinds)
    # The extent with its time is the common part's.
    return {name: value for name, value in found.items() if name != "extent"}


def _links(call: Call, view: LayerView) -> Links:
    at, title = f"/collections/{view.spec.slug}", title_of(call, view)
    links = [call.link("data", f"{at}/{kind}", COVERAGEJSON if kind != "locations" else GEOJSON, f"{title} · {kind}") for kind in kinds_of(view)]
    if links:
        links.append(call.link("instances", f"{at}/instances", JSON, call.say("各版本", "Versions"), f="json"))
    return links


def _collection_paths(view: LayerView, say: Say) -> Paths:
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    kinds, at = kinds_of(view), f"/collections/{slug}"
    if not kinds:
        return {}
    instance = path("instanceId", {"type": "string"}, say("版本号", "Number of a version"))
    names = query(
        "parameter-name", {"type": "array", "items": {"type": "string", "enum": [each.name for each in fields_of(view)]}}, say("参数", "Parameters")
    )
    made: dict[str, Node] = {
        f"{at}/instances": get(f"{slug}.instances", title, {JSON: "jsonSchema"}, [_JSON], tag=slug),
        f"{at}/instances/{{instanceId}}": get(f"{slug}.instance", title, {JSON: "jsonSchema"}, [instance, _JSON], tag=slug),
    }
    for kind in kinds:
        own = [names if each == "parameter-name" else _required(say) if each == "coords" else _boxed(say) if each == "bbox" and kind == "cube" else each for each in PARAMETERS[kind]]
        content = _CONTENT if kind != "locations" else {GEOJSON: "jsonSchema"}
        made[f"{at}/{kind}"] = get(f"{slug}.{kind}", title, content, [*own, _FORMATS], tag=slug)
        made[f"{at}/instances/{{instanceId}}/{kind}"] = get(f"{slug}.instance.{kind}", title, content, [instance, *own, _FORMATS], tag=slug)
    if "locations" in kinds:
        location = path("locationId", {"type": "string"}, say("站点", "Station"))
        own = [names if each == "parameter-name" else each for each in PARAMETERS["locations"]]
        made[f"{at}/locations/{{locationId}}"] = get(f"{slug}.location", title, _CONTENT, [location, *own, _FORMATS], tag=slug)
    return made


def _required(say: Say) -> Node:
    return {**query("coords", {"type": "string"}, say("WKT 坐标", "WKT")), "required": True}


def _boxed(say: Say) -> Node:
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    return {**query("bbox", box, say("范围", "Box")), "required": True}


def _components(say: Say) -> Components:
    text, number = {"type": "string"}, {"type": "number"}
    whole, units = {"type": "integer", "minimum": 0}, {"type": "string", "enum": [*METRES], "default": "m"}
    made: dict[str, Node] = {
        "parameter_names": query("parameter_names", {"type": "array", "items": text}, say("同 parameter-name", "As parameter-name")),
        "z": query("z", text, say("高程层（地表数据无分层）", "Level (surfaces have none)")),
        "cube-z": query("cube-z", text, say("高程层（地表数据无分层）", "Level (surfaces have none)")),
        "within": query("within", number, say("半径", "Radius")),
        "within-units": query("within-units", units, say("半径单位", "Unit of the radius")),
        "corridor-width": query("corridor-width", number, say("走廊宽", "Width of the corridor")),
        "width-units": query("width-units", units, say("宽度单位", "Unit of the width")),
        "corridor-height": query("corridor-height", number, say("走廊高", "Height of the corridor")),
        "height-units": query("height-units", units, say("高度单位", "Unit of the height")),
        **{f"resolution-{axis}": query(f"resolution-{axis}", whole, say("取值个数，0 为原始分辨率", "How many values, 0 = native")) for axis in "xyz"},
    }  # fmt: skip
    schema = {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["Coverage", "CoverageCollection"]}}}
    return {"parameters": made, "schemas": {"coverageJSON": schema}}


_CORE = "ogcapi-edr-1/1.1/conf"
PARTS = (
    Part(
        "OGC API - Environmental Data Retrieval 1.1",
        "OGC 19-086r6",
        claims=(
            Claim(f"{_CORE}/core", "影像、高程与监测站取值", "values of imagery, elevation and stations"),
            Claim(f"{_CORE}/collections", "查询方式与参数写入数据集文档", "queries and parameters in the collections' documents"),
            Claim(f"{_CORE}/queries", "位置、区域、立方、半径、轨迹、走廊、站点、版本", "position, area, cube, radius, trajectory, corridor, locations, instances"),
            Claim(f"{_CORE}/json", "JSON", "JSON"),
            Claim(f"{_CORE}/covjson", "CoverageJSON", "CoverageJSON"),
            Claim(f"{_CORE}/geojson", "站点清单", "the list of stations"),
            Claim(f"{_CORE}/edr-geojson", "查询结果也可用 GeoJSON、CSV", "answers as GeoJSON too, and CSV"),
            Claim(f"{_CORE}/oas30", "写入接口定义", "in the API definition"),
            Claim(f"{_CORE}/html", "查询结果没有网页", "answers have no pages", is_met=False),
        ),
        members=_members,
        links=_links,
        collection_paths=_collection_paths,
        components=_components,
    ),
)
