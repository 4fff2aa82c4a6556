"""OGC API - Styles: what /ogc/ says of styles, and of changing them to those who may."""

from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.openapi_writing import content, formats, get, path, query, write
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.styles.documents import MEDIA
from layers.access import LayerView

STYLES = "http://www.opengis.net/def/rel/ogc/1.0/styles"
_OBJECT = {"type": "object"}
_SHEETS = {media: "styleObject" if media.endswith("json") else "*" for media in MEDIA.values()}


def _landing(call: Call) -> Links:
    return [call.link(STYLES, "/styles", JSON, call.say("样式", "Styles"), f="json")]


def _links(call: Call, view: LayerView) -> Links:
    if view.spec.kind in ("map", "cascaded"):
        return []
    return [call.link(STYLES, f"/collections/{view.spec.slug}/styles", JSON, call.say("样式", "Styles"), f="json")]


def _paths(say: Say) -> Paths:
    title, sheets = say("一个样式", "A style"), {**_SHEETS, HTML: ""}
    return {
        "/styles": get("styles", say("样式清单", "The list of styles"), {JSON: "styles", HTML: ""}),
        "/styles/{style}": get("style", title, sheets, ("style", formats(*MEDIA, "html"))),
        "/styles/{style}/metadata": get("style.metadata", say("样式元数据", "Style metadata"), {JSON: "styleMetadata", HTML: ""}, ("style",)),
        "/resources": get("resources", say("符号与图标", "Symbols and icons"), {JSON: "styleResources", HTML: ""}),
        "/resources/{resourceId}": get(
            "resource", say("图标，或样式的符号图", "An icon, or a style's sprite"), {"image/svg+xml": "*", "image/png": "*", JSON: "styleObject"},
            ("resourceId", formats("json")),
        ),
    }  # fmt: skip


def _collection_paths(view: LayerView, say: Say) -> Paths:
    slug, at = view.spec.slug, f"/collections/{view.spec.slug}/styles"
    if view.spec.kind in ("map", "cascaded"):
        return {}
    title, sheets = say(view.spec.title("zh"), view.spec.title("en")), {**_SHEETS, HTML: ""}
    listed = get(f"{slug}.styles", title, {JSON: "styles", HTML: ""}, tag=slug)
    found = {at: listed, f"{at}/{{styleId}}": get(f"{slug}.style", title, sheets, ("styleId", formats(*MEDIA, "html")), tag=slug)}
    if "edit" in view.operations:
        body = content(_SHEETS)
        answers = {"200": say("检查结果", "Checked"), "201": say("已新建", "Made")}
        listed["post"] = write(f"{slug}.style.create", say("新建样式", "Make a style"), ("dryRun", "styleName"), answers, body, tag=slug)
        one = write(f"{slug}.style.replace", say("替换样式", "Replace a style"), ("dryRun",), {"204": say("已替换", "Done")}, body, tag=slug)
        gone = write(f"{slug}.style.delete", say("删除样式", "Delete a style"), (), {"204": say("已删除", "Done")}, tag=slug)
        found[f"{at}/{{styleId}}"] |= {"put": _with_path(one), "delete": _with_path(gone)}
    return found


def _with_path(operation: dict[str, object]) -> dict[str, object]:
    parameters = operation["parameters"]
    return {**operation, "parameters": [{"$ref": "#/components/parameters/styleId"}, *(parameters if isinstance(parameters, list) else [])]}


def _components(say: Say) -> Components:
    link = {"type": "object", "required": ["href"], "properties": {"href": {"type": "string"}}}
    links = {"type": "array", "items": link}
    one = {"type": "object", "required": ["id", "links"], "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "links": links}}
    several = {"type": "array", "items": one}
    sheets = {"type": "array", "items": {"type": "object", "required": ["link"], "properties": {"link": link}}}
    metadata = {"type": "object", "required": ["id", "stylesheets"], "properties": {"id": {"type": "string"}, "title": {"type": "string"}, "stylesheets": sheets, "links": links}}
    text = {"type": "string"}
    return {
        "schemas": {
            "styles": {"type": "object", "required": ["styles", "links"], "properties": {"default": text, "styles": several, "links": links}},
            "styleMetadata": metadata,
            "styleResources": {"type": "object", "required": ["resources"], "properties": {"resources": {"type": "array", "items": _OBJECT}}},
            "styleObject": _OBJECT,
        },
        "parameters": {
            "style": path("style", text, say("图层.样式名", "layer.name")),
            "styleId": path("styleId", text, say("样式名", "The style's name")),
            "resourceId": path("resourceId", text, say("文件名", "File name")),
            "dryRun": query("dry-run", {"type": "boolean"}, say("只检查", "Only check")),
            "styleName": query("name", text, say("新样式的名", "Name of the new style")),
        },
    }


_CONF = "ogcapi-styles-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Styles",
        "OGC 20-009 (draft)",
        claims=(
            Claim(f"{_CONF}/core", "样式清单、样式与元数据", "the list, each style, its metadata"),
            Claim(f"{_CONF}/manage-styles", "有编辑权者新建、替换、改名、删除", "made, replaced, renamed, deleted by those who may edit"),
            Claim(f"{_CONF}/style-validation", "dry-run 与 Prefer: handling=strict", "dry-run and Prefer: handling=strict"),
            Claim(f"{_CONF}/resources", "图标与符号图", "icons and sprites"),
            Claim(f"{_CONF}/mapbox-style", "MapLibre/Mapbox 样式第 8 版", "MapLibre/Mapbox style 8"),
            Claim(f"{_CONF}/sld-10", "SLD 1.0", "SLD 1.0"),
            Claim(f"{_CONF}/sld-11", "SLD 1.1 / SE 1.1", "SLD 1.1 / SE 1.1"),
            Claim(f"{_CONF}/html", "网页", "as pages"),
            Claim(f"{_CONF}/manage-resources", "图标随系统发布，不接受上传", "icons come with the system, none are taken", is_met=False),
        ),
        landing=_landing,
        links=_links,
        paths=_paths,
        collection_paths=_collection_paths,
        components=_components,
    ),
)
