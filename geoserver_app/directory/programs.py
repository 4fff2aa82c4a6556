"""What to paste into which program, and where: one entry for each way a program reads a layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from layers.access import LayerView
from layers.spec import Operation, Title


@dataclass(frozen=True, slots=True)
class Way:
    """A way of reading: `url` is a template of {at} and {slug}; it is shown where the layer's kind and the rights fit."""

    name: str
    note: Title
    url: str
    kinds: tuple[str, ...] = ("vector", "imagery", "elevation", "map", "cascaded")
    operation: Operation = "view"
    crs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A client program: `steps` say where its address goes."""

    id: str
    title: Title
    steps: Title
    ways: tuple[Way, ...]


_GRIDS = ("4490", "4548", "3857")
_WMTS = Way("WMTS", Title("瓦片最快，推荐底图", "Fastest, for base maps"),
            "{at}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0", crs=_GRIDS)  # fmt: skip
_WMS = Way("WMS 1.3.0", Title("任意比例尺，可选样式", "Any scale, choice of styles"),
           "{at}/wms?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.3.0", crs=("4490", "4548", "4527", "3857"))  # fmt: skip
_WMS_OLD = Way("WMS 1.1.1", Title("坐标轴一律东在前", "x always first"),
               "{at}/wms?SERVICE=WMS&REQUEST=GetCapabilities&VERSION=1.1.1")  # fmt: skip
_FEATURES = Way("OGC API Features", Title("查询属性，自动翻页", "Attributes, paged by itself"), "{at}/ogc/",
                kinds=("vector",), operation="query")  # fmt: skip
_MVT = Way("MVT", Title("矢量瓦片", "Vector tiles"), "{at}/tiles/{slug}/WebMercatorQuad/{{z}}/{{x}}/{{y}}.pbf", kinds=("vector", "map"))
_ITEMS = Way("GeoJSON", Title("要素，CQL2 过滤", "Features, CQL2 filters"), "{at}/ogc/collections/{slug}/items?f=json&limit=100",
             kinds=("vector",), operation="query")  # fmt: skip
_XYZ = Way("XYZ", Title("OpenLayers、Leaflet、MapLibre", "OpenLayers, Leaflet, MapLibre"),
           "{at}/tiles/{slug}/WebMercatorQuad/{{z}}/{{x}}/{{y}}.png")  # fmt: skip
_TILEJSON = Way("TileJSON", Title("矢量瓦片说明", "Description of vector tiles"), "{at}/tiles/{slug}/WebMercatorQuad/tilejson.json",
                kinds=("vector", "map"))  # fmt: skip
_TIANDITU_C = Way("WMTS c", Title("经纬度网格，EPSG:4490", "Grid in degrees, EPSG:4490"),
                  "{at}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={slug}&STYLE=default&TILEMATRIXSET=c&FORMAT=tiles"
                  "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}")  # fmt: skip
_TIANDITU_W = Way("WMTS w", Title("球面墨卡托网格", "Grid in spherical Mercator"),
                  "{at}/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={slug}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
                  "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}")  # fmt: skip
_TIANDITU = Way("WMTS", Title("按天地图写法的能力文档（96 dpi 比例尺）", "Capabilities as TianDiTu writes them (96 dpi scales)"),
                "{at}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities&VERSION=1.0.0&profile=tianditu", crs=("4490", "3857"))  # fmt: skip

PROGRAMS = (
    Program("qgis", Title("QGIS"), Title(
        "图层 → 添加图层 → 添加 WMS/WMTS、WFS/OGC API 或矢量切片图层 → 新建，粘贴网址；有密钥的网址无需用户名",
        "Layer → Add Layer → Add WMS/WMTS, WFS/OGC API or Vector Tile Layer → New, paste the address; with a key no user name is asked",
    ), (_WMTS, _WMS, _FEATURES, _MVT)),
    Program("arcgis", Title("ArcGIS Pro"), Title(
        "插入 → 连接 → 服务器 → 新建 WMTS、WMS 或 OGC API 服务器，粘贴网址",
        "Insert → Connections → Server → New WMTS, WMS or OGC API Server, paste the address",
    ), (_WMTS, _WMS, _FEATURES)),
    Program("supermap", Title("SuperMap"), Title(
        "数据源 → 新建 → Web 数据源，类型选 OGC 或 WMTS，粘贴网址",
        "Datasources → New → Web datasource, type OGC or WMTS, paste the address",
    ), (_WMTS, _TIANDITU, _WMS_OLD)),
    Program("tianditu", Title("天地图", "TianDiTu"), Title(
        "级别 1–20 与天地图一致；网址中的 {z}{y}{x} 由程序代入",
        "Levels 1–20 are TianDiTu's own; the program fills in {z}{y}{x}",
    ), (_TIANDITU, _TIANDITU_C, _TIANDITU_W)),
    Program("code", Title("程序", "Code"), Title(
        "密钥可放在路径 /k/<密钥>/、参数 key、请求头 X-API-Key 或 Basic 密码中",
        "A key goes into the path /k/<key>/, the parameter key, the header X-API-Key or the password of Basic",
    ), (_ITEMS, _XYZ, _TILEJSON, _WMS)),
)  # fmt: skip


def program(name: str) -> Program:
    """Return a program by its id, the first one for any other."""
    return next((each for each in PROGRAMS if each.id == name), PROGRAMS[0])


def ways(chosen: Program, view: LayerView, at: str) -> Iterator[tuple[Way, str]]:
    """List the ways a program can read this view, each with its address."""
    for way in chosen.ways:
        if view.spec.kind in way.kinds and way.operation in view.operations:
            yield way, way.url.format(at=at, slug=quote(view.spec.slug))
