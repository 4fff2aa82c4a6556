"""Which tile sets a collection has, in every tile matrix set, and what each one says of itself (OGC 20-057)."""

from collections.abc import Mapping
from typing import Any, Literal

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.features.schemas import properties_of
from geoserver_app.ogcapi.visible import bounds_of, title_of, view_of
from layers.access import LayerView
from layers.errors import NotFound
from tiles import grids
from tiles.grids import Grid

type DataType = Literal["vector", "map"]
TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
MEDIA: Mapping[DataType, Mapping[str, str]] = {
    "vector": {"mvt": "application/vnd.mapbox-vector-tile"},
    "map": {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"},
}
PATHS: Mapping[DataType, str] = {"vector": "tiles", "map": "map/tiles"}
_DIMENSIONS = {"Point": 0, "LineString": 1, "Polygon": 2}


@face("view")
def vector_tilesets(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/tiles."""
    return _list(call, tiled(call, collection, "vector"), "vector")


@face("view")
def map_tilesets(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/map/tiles."""
    return _list(call, tiled(call, collection, "map"), "map")


@face("view")
def vector_tileset(call: Call, collection: str, grid: str) -> HttpResponse:
    """Answer /collections/{id}/tiles/{tileMatrixSetId}."""
    return _one(call, tiled(call, collection, "vector"), "vector", grid_of(grid))


@face("view")
def map_tileset(call: Call, collection: str, grid: str) -> HttpResponse:
    """Answer /collections/{id}/map/tiles/{tileMatrixSetId}."""
    return _one(call, tiled(call, collection, "map"), "map", grid_of(grid))


@face("none")
def tile_matrix_sets(call: Call) -> HttpResponse:
    """Answer /tileMatrixSets."""
    if call.format == "html":
        rows = [{"title": each.id, "url": call.url(f"/tileMatrixSets/{each.id}", f="html"), "crs": f"EPSG:{each.srid}", "template": each.title} for each in grids.grids().values()]
        heading = call.say("瓦片矩阵集", "Tile matrix sets")
        return page_of(call, "tilesets", {"title": heading, "heading": heading, "rows": rows})
    listed = [
        {"id": each.id, "title": each.title, "uri": uri_of(call, each), "crs": _crs(each), "links": [call.link("self", f"/tileMatrixSets/{each.id}", JSON, each.title, f="json")]}
        for each in grids.grids().values()
    ]
    links = [call.link("self", "/tileMatrixSets", JSON, f="json"), call.link("alternate", "/tileMatrixSets", HTML, f="html")]
    return document(call, {"links": links, "tileMatrixSets": listed})


@face("none")
def tile_matrix_set(call: Call, grid: str) -> HttpResponse:
    """Answer /tileMatrixSets/{tileMatrixSetId} (OGC 17-083r4)."""
    found = grid_of(grid)
    if call.format == "html":
        context = {"title": found.id, "heading": f"{found.id} · {found.title}", "matrices": found.matrices}
        row = {"title": found.id, "url": call.url(f"/tileMatrixSets/{found.id}", f="json"), "crs": f"EPSG:{found.srid}", "template": uri_of(call, found)}
        return page_of(call, "tilesets", {**context, "rows": [row]})
    return document(call, {**found.document, "uri": uri_of(call, found)})


def tiled(call: Call, slug: str, kind: DataType) -> LayerView:
    """Return a visible layer that has tiles of this kind."""
    view = view_of(call, slug)
    if kind == "vector" and view.spec.kind != "vector":
        raise NotFound
    return view


def grid_of(identifier: str) -> Grid:
    """Return a tile matrix set, or raise not found."""
    found = grids.grids().get(identifier)
    if found is None:
        raise NotFound(parameter="tileMatrixSetId")
    return found


def uri_of(call: Call, grid: Grid) -> str:
    """Return a tile matrix set's URI: the registered one, else its address here."""
    return grid.uri or f"{call.base}/tileMatrixSets/{grid.id}"


def _crs(grid: Grid) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{grid.srid}"


def _path(view: LayerView, kind: DataType) -> str:
    return f"/collections/{view.spec.slug}/{PATHS[kind]}"


def _list(call: Call, view: LayerView, kind: DataType) -> HttpResponse:
    if call.format == "html":
        return _page(call, view, kind, list(grids.grids().values()))
    path = _path(view, kind)
    links = [call.link("self", path, JSON, f="json"), call.link("alternate", path, HTML, f="html")]
    sets = [_item(call, view, kind, grid) for grid in grids.grids().values()]
    return document(call, {"links": links, "tilesets": sets})


def _item(call: Call, view: LayerView, kind: DataType, grid: Grid) -> dict[str, Any]:
    path = f"{_path(view, kind)}/{grid.id}"
    return {
        "title": f"{title_of(call, view)} · {grid.id}",
        "dataType": kind,
        "crs": _crs(grid),
        "tileMatrixSetURI": uri_of(call, grid),
        "links": [
            call.link("self", path, JSON, f="json"),
            call.link(TILING_SCHEME, f"/tileMatrixSets/{grid.id}", JSON, grid.title, f="json"),
            *_templates(call, view, kind, grid),
        ],
    }


def _templates(call: Call, view: LayerView, kind: DataType, grid: Grid) -> list[dict[str, Any]]:
    path = f"{_path(view, kind)}/{grid.id}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [{**call.link("item", path, media, f=name), "templated": True} for name, media in MEDIA[kind].items()]


def _one(call: Call, view: LayerView, kind: DataType, grid: Grid) -> HttpResponse:
    if call.format == "html":
        return _page(call, view, kind, [grid])
    body = {**_item(call, view, kind, grid), "layers": [_layer(call, view, kind)]}
    box = bounds_of(view)
    if box:
        body["boundingBox"] = {"lowerLeft": [box[0], box[1]], "upperRight": [box[2], box[3]], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}
        spans = ((matrix, grid.span(matrix, box)) for matrix in grid.matrices)
        body["tileMatrixSetLimits"] = [
            {"tileMatrix": matrix.id, "minTileRow": span[1], "maxTileRow": span[3], "minTileCol": span[0], "maxTileCol": span[2]}
            for matrix, span in spans
            if span is not None
        ]
    return document(call, body)


def _layer(call: Call, view: LayerView, kind: DataType) -> dict[str, Any]:
    found: dict[str, Any] = {"id": view.spec.slug, "title": title_of(call, view), "dataType": kind}
    if kind == "vector":
        if view.spec.geometry in _DIMENSIONS:
            found["geometryDimension"] = _DIMENSIONS[view.spec.geometry]
        found["propertiesSchema"] = {"type": "object", "properties": properties_of(call, view)}
    return found


def _page(call: Call, view: LayerView, kind: DataType, chosen: list[Grid]) -> HttpResponse:
    rows = [
        {
            "title": grid.id,
            "url": call.url(f"{_path(view, kind)}/{grid.id}", f="html"),
            "crs": f"EPSG:{grid.srid}",
            "template": _templates(call, view, kind, grid)[0]["href"],
        }
        for grid in chosen
    ]
    context = {
        "title": title_of(call, view),
        "collection": call.url(f"/collections/{view.spec.slug}", f="html"),
        "heading": call.say("矢量瓦片", "Vector tiles") if kind == "vector" else call.say("地图瓦片", "Map tiles"),
        "rows": rows,
        "matrices": chosen[0].matrices if len(chosen) == 1 else (),
    }
    return page_of(call, "tilesets", context)
