"""OGC API - Tiles Part 1 and tile matrix sets: what /ogc/ says of its tile sets."""

import json
from pathlib import Path

from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.openapi_writing import Node, formats, get, path, query
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from layers.access import LayerView
from tiles import grids

TILING_SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
_VECTOR_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_MAP_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"
_COMPONENTS = json.loads(Path(__file__).with_name("tiles.json").read_text())
_TILE = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
_PICTURES = {"image/png": "*", "image/jpeg": "*", "image/webp": "*"}
_MVT = {"application/vnd.mapbox-vector-tile": "*"}
_MAP_F, _VECTOR_F = formats("png", "jpeg", "webp"), formats("mvt")
_GROUND = ("datetime", "bgcolor", "transparent")


def _landing(call: Call) -> Links:
    return [
        call.link(TILING_SCHEMES, "/tileMatrixSets", JSON, call.say("瓦片矩阵集", "Tile matrix sets"), f="json"),
        call.link(_VECTOR_TILES, "/tiles", JSON, call.say("整库矢量瓦片", "Vector tiles of the dataset"), f="json"),
        call.link(_MAP_TILES, "/map/tiles", JSON, call.say("整库地图瓦片", "Map tiles of the dataset"), f="json"),
    ]


def _links(call: Call, view: LayerView) -> Links:
    path_ = f"/collections/{view.spec.slug}"
    found = []
    if view.spec.kind == "vector":
        found.append(call.link(_VECTOR_TILES, f"{path_}/tiles", JSON, call.say("矢量瓦片", "Vector tiles"), f="json"))
    return [*found, call.link(_MAP_TILES, f"{path_}/map/tiles", JSON, call.say("地图瓦片", "Map tiles"), f="json")]


def _paths(say: Say) -> Paths:
    one = say("一个瓦片矩阵集", "A tile matrix set")
    return {
        "/tileMatrixSets": get("tileMatrixSets", say("瓦片矩阵集", "Tile matrix sets"), {JSON: "tileMatrixSets", HTML: ""}),
        "/tileMatrixSets/{tileMatrixSetId}": get("tileMatrixSet", one, {JSON: "tileMatrixSet", HTML: ""}, _TILE[:1]),
        **_tiles("dataset", "/map/tiles", "server", say("整库地图瓦片", "Map tiles of the dataset"), _PICTURES, [_MAP_F, "collections", *_GROUND]),
        **_tiles("dataset", "/tiles", "server", say("整库矢量瓦片", "Vector tiles of the dataset"), _MVT, [_VECTOR_F, "collections", "datetime"]),
    }


def _collection_paths(view: LayerView, say: Say) -> Paths:
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    maps = _tiles(slug, f"/collections/{slug}/map/tiles", slug, title, _PICTURES, [_MAP_F, *_GROUND])
    if view.spec.kind != "vector":
        return maps
    return {**maps, **_tiles(slug, f"/collections/{slug}/tiles", slug, title, _MVT, [_VECTOR_F, "datetime"])}


def _tiles(owner: str, at: str, tag: str, title: str, media: dict[str, str], own: list[str | Node]) -> dict[str, Node]:
    name = f"{owner}.{'map.tiles' if media is _PICTURES else 'tiles'}"
    which = ["collections"] if "collections" in own else []
    return {
        at: get(f"{name}.list", title, {JSON: "tileSets", HTML: ""}, which, tag=tag),
        f"{at}/{{tileMatrixSetId}}": get(name, title, {JSON: "tileSet", HTML: ""}, [*_TILE[:1], *which], tag=tag),
        f"{at}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": get(f"{name}.tile", title, media, [*_TILE, *own], tag=tag),
    }


def _components(say: Say) -> Components:
    whole = {"type": "integer", "minimum": 0}
    sets = {"type": "string", "enum": list(grids.grids())}
    parameters = {
        "tileMatrixSetId": path("tileMatrixSetId", sets, say("瓦片矩阵集", "Tile matrix set")),
        "tileMatrix": path("tileMatrix", {"type": "string"}, say("级别", "Level")),
        "tileRow": path("tileRow", whole, say("行", "Row")),
        "tileCol": path("tileCol", whole, say("列", "Column")),
        "collections": query("collections", {"type": "array", "items": {"type": "string"}}, say("图层，自下而上", "Layers, bottom first")),
    }
    return {**_COMPONENTS, "parameters": parameters}


_CORE = "ogcapi-tiles-1/1.0/conf"
PARTS = (
    Part(
        "OGC API - Tiles - Part 1: Core",
        "OGC 20-057",
        claims=(
            Claim(f"{_CORE}/core", "每块瓦片一个地址", "an address for each tile"),
            Claim(f"{_CORE}/tileset", "瓦片集元数据与范围", "tile set metadata with limits"),
            Claim(f"{_CORE}/tilesets-list", "瓦片集清单", "the list of tile sets"),
            Claim(f"{_CORE}/geodata-tilesets", "每个数据集的瓦片集", "tile sets of each collection"),
            Claim(f"{_CORE}/dataset-tilesets", "整库的瓦片集", "tile sets of the dataset"),
            Claim(f"{_CORE}/collections-selection", "collections 选图层", "collections choose the layers"),
            Claim(f"{_CORE}/datetime", "按调查日期的瓦片", "tiles as of a day of survey"),
            Claim(f"{_CORE}/mvt", "矢量瓦片", "Mapbox vector tiles"),
            Claim(f"{_CORE}/png", "PNG 地图瓦片", "map tiles as PNG"),
            Claim(f"{_CORE}/jpeg", "JPEG 地图瓦片", "map tiles as JPEG"),
            Claim(f"{_CORE}/oas30", "写入接口定义", "in the API definition"),
        ),
        links=_links,
        collection_paths=_collection_paths,
    ),
    Part(
        "Two Dimensional Tile Matrix Set 2.0",
        "OGC 17-083r4",
        claims=(
            Claim("tms/2.0/conf/tilematrixset", "通用墨卡托、天地图 c/w、高斯-克吕格", "WebMercatorQuad, TianDiTu c/w, Gauss-Krüger"),
            Claim("tms/2.0/conf/json-tilematrixset", "JSON 文档", "as JSON documents"),
        ),
        landing=_landing,
        paths=_paths,
        components=_components,
    ),
)
