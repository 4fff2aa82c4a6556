"""OGC API - Tiles Part 1 and tile matrix sets: what /ogc/ says of its tile sets."""

import json
from pathlib import Path

from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.openapi_writing import Node, formats, get, path
from geoserver_app.ogcapi.part import Claim, Components, Links, Part, Paths, Say
from layers.access import LayerView
from tiles import grids

TILING_SCHEMES = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
_VECTOR_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_MAP_TILES = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-map"
_COMPONENTS = json.loads(Path(__file__).with_name("tiles.json").read_text())
_TILE = ("tileMatrixSetId", "tileMatrix", "tileRow", "tileCol")
_PICTURES = {"image/png": "*", "image/jpeg": "*", "image/webp": "*"}


def _landing(call: Call) -> Links:
    return [call.link(TILING_SCHEMES, "/tileMatrixSets", JSON, call.say("瓦片矩阵集", "Tile matrix sets"), f="json")]


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
    }


def _collection_paths(view: LayerView, say: Say) -> Paths:
    maps = _tiles(view, say, "map/tiles", _PICTURES, formats("png", "jpeg", "webp"))
    if view.spec.kind != "vector":
        return maps
    return {**maps, **_tiles(view, say, "tiles", {"application/vnd.mapbox-vector-tile": "*"}, formats("mvt"))}


def _tiles(view: LayerView, say: Say, kind: str, media: dict[str, str], chosen: Node) -> dict[str, Node]:
    slug, title = view.spec.slug, say(view.spec.title("zh"), view.spec.title("en"))
    name, at = f"{slug}.{kind.replace('/', '.')}", f"/collections/{slug}/{kind}"
    return {
        at: get(f"{name}.list", title, {JSON: "tileSets", HTML: ""}, tag=slug),
        f"{at}/{{tileMatrixSetId}}": get(name, title, {JSON: "tileSet", HTML: ""}, _TILE[:1], tag=slug),
        f"{at}/{{tileMatrixSetId}}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": get(
            f"{name}.tile", title, media, (*_TILE, chosen), tag=slug
        ),
    }


def _components(say: Say) -> Components:
    whole = {"type": "integer", "minimum": 0}
    sets = {"type": "string", "enum": list(grids.grids())}
    parameters = {
        "tileMatrixSetId": path("tileMatrixSetId", sets, say("瓦片矩阵集", "Tile matrix set")),
        "tileMatrix": path("tileMatrix", {"type": "string"}, say("级别", "Level")),
        "tileRow": path("tileRow", whole, say("行", "Row")),
        "tileCol": path("tileCol", whole, say("列", "Column")),
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
