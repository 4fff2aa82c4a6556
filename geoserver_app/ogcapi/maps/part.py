"""OGC API - Maps: what /ogc/ says of its maps."""

from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.maps.drawing import MEDIA
from geoserver_app.ogcapi.maps.views import PARAMETERS
from geoserver_app.ogcapi.openapi_writing import Node, formats, get, query
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from geoserver_app.ogcapi.visible import title_of
from layers.access import LayerView

MAP = "http://www.opengis.net/def/rel/ogc/1.0/map"
_CONTENT = dict.fromkeys(MEDIA.values(), "*")
_F = formats(*MEDIA)


def _landing(call: Call) -> Links:
    title = call.say("整库地图", "Map of the dataset")
    return [call.link(MAP, "/map", media, title, f=name) for name, media in MEDIA.items()]


def _links(call: Call, view: LayerView) -> Links:
    at, title = f"/collections/{view.spec.slug}/map", title_of(call, view)
    return [call.link(MAP, at, media, title, f=name) for name, media in MEDIA.items()]


def _paths(say: Say) -> Paths:
    return {"/map": get("map", say("整库地图", "Map of the dataset"), _CONTENT, [*PARAMETERS, "collections", _F])}


def _collection_paths(view: LayerView, say: Say) -> Paths:
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    at = f"/collections/{slug}"
    return {
        f"{at}/map": get(f"{slug}.map", title, _CONTENT, [*PARAMETERS, _F], tag=slug),
        f"{at}/styles/{{styleId}}/map": get(f"{slug}.styled.map", title, _CONTENT, ["styleId", *PARAMETERS, _F], tag=slug),
    }


def _components(say: Say) -> Components:
    number, whole, text = {"type": "number"}, {"type": "integer", "minimum": 1}, {"type": "string"}
    made: dict[str, Node] = {
        "subset": query("subset", text, say("各轴区间，如 Lat(38.1:38.3),Lon(116.7:116.9)", "Intervals of axes: Lat(38.1:38.3),Lon(116.7:116.9)")),
        "subset-crs": query("subset-crs", text, say("subset 的坐标系", "CRS of subset")),
        "center": query("center", {"type": "array", "minItems": 2, "maxItems": 2, "items": number}, say("中心", "Centre")),
        "center-crs": query("center-crs", text, say("center 的坐标系", "CRS of center")),
        "width": query("width", whole, say("宽（像素）", "Width, pixels")),
        "height": query("height", whole, say("高（像素）", "Height, pixels")),
        "scale-denominator": query("scale-denominator", number, say("比例尺分母", "Scale denominator")),
        "mm-per-pixel": query("mm-per-pixel", number, say("显示像素的毫米数", "Millimetres of a display's pixel")),
        "bgcolor": query("bgcolor", text, say("底色：0xRRGGBB 或颜色名", "Background: 0xRRGGBB or a colour's name")),
        "transparent": query("transparent", {"type": "boolean"}, say("底是否透明", "Whether the background is clear")),
        "void-color": query("void-color", text, say("坐标系之外的颜色", "Colour outside the CRS")),
        "void-transparent": query("void-transparent", {"type": "boolean"}, say("坐标系之外是否透明", "Whether outside the CRS is clear")),
    }  # fmt: skip
    return {"parameters": made}


_CORE = "ogcapi-maps-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Maps - Part 1: Core",
        "OGC 20-058",
        claims=(
            Claim(f"{_CORE}/core", "地图及其范围、坐标系、日期头", "maps, their bounds, CRS and date in headers"),
            Claim(f"{_CORE}/tilesets", "地图瓦片集", "map tile sets"),
            Claim(f"{_CORE}/background", "bgcolor、transparent、void-color", "bgcolor, transparent, void-color"),
            Claim(f"{_CORE}/collections-selection", "collections 选图层", "collections choose the layers"),
            Claim(f"{_CORE}/scaling", "width、height、scale-denominator", "width, height, scale-denominator"),
            Claim(f"{_CORE}/display-resolution", "mm-per-pixel", "mm-per-pixel"),
            Claim(f"{_CORE}/spatial-subsetting", "bbox、subset、center，可跨 180°", "bbox, subset, center; over 180° too"),
            Claim(f"{_CORE}/datetime", "调查日期", "day of survey"),
            Claim(f"{_CORE}/crs", "六个坐标系，轴序从 EPSG", "six CRSs, axes as EPSG has them"),
            Claim(f"{_CORE}/collection-map", "每个数据集", "of each collection"),
            Claim(f"{_CORE}/dataset-map", "整库", "of the dataset"),
            Claim(f"{_CORE}/styled-map", "指定样式", "in a style"),
            Claim(f"{_CORE}/png", "PNG", "PNG"),
            Claim(f"{_CORE}/jpeg", "JPEG", "JPEG"),
            Claim(f"{_CORE}/tiff", "GeoTIFF", "GeoTIFF"),
            Claim(f"{_CORE}/oas30", "写入接口定义", "in the API definition"),
            Claim(f"{_CORE}/general-subsetting", "无其他维度", "there are no other dimensions", is_met=False),
            Claim(f"{_CORE}/orientation", "未做旋转", "maps are not rotated", is_met=False),
            Claim(f"{_CORE}/projection", "只提供登记的坐标系", "only registered CRSs are offered", is_met=False),
            Claim(f"{_CORE}/svg", "未提供 SVG", "no SVG", is_met=False),
        ),
        landing=_landing,
        links=_links,
        paths=_paths,
        collection_paths=_collection_paths,
        components=_components,
    ),
)
