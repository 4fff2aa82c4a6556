"""Which tile sets a collection, or the dataset, has, in every tile matrix set, and what each one says of itself (OGC 20-057)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpResponse

from geoserver_app.ogcapi.answers import document, face, page_of
from geoserver_app.ogcapi.call import HTML, JSON, Call
from geoserver_app.ogcapi.features.schemas import properties_of
from geoserver_app.ogcapi.maps.views import chosen
from geoserver_app.ogcapi.visible import CRS84, bounds_of, service_title, title_of, view_of, visible
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


@dataclass(frozen=True, slots=True)
class Source:
    """What is tiled: one collection, or several of the dataset; `path` is its own, `collections` those asked by name."""

    path: str
    title: str
    kind: DataType
    views: tuple[LayerView, ...]
    collections: str = ""

    @property
    def tiles(self) -> str:
        """The path of its tile sets."""
        return f"{self.path}/{PATHS[self.kind]}"

    @property
    def asked(self) -> dict[str, str]:
        """The parameter that names the collections again, in links."""
        return {"collections": self.collections} if self.collections else {}


@face("view")
def vector_tilesets(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/tiles."""
    return _list(call, of_collection(call, collection, "vector"))


@face("view")
def map_tilesets(call: Call, collection: str) -> HttpResponse:
    """Answer /collections/{id}/map/tiles."""
    return _list(call, of_collection(call, collection, "map"))


@face("view")
def vector_tileset(call: Call, collection: str, grid: str) -> HttpResponse:
    """Answer /collections/{id}/tiles/{tileMatrixSetId}."""
    return _one(call, of_collection(call, collection, "vector"), grid_of(grid))


@face("view")
def map_tileset(call: Call, collection: str, grid: str) -> HttpResponse:
    """Answer /collections/{id}/map/tiles/{tileMatrixSetId}."""
    return _one(call, of_collection(call, collection, "map"), grid_of(grid))


@face("view", parameters=("collections",))
def dataset_vector_tilesets(call: Call) -> HttpResponse:
    """Answer /tiles (OGC 20-057 §12, dataset tile sets)."""
    return _list(call, of_dataset(call, "vector"))


@face("view", parameters=("collections",))
def dataset_map_tilesets(call: Call) -> HttpResponse:
    """Answer /map/tiles."""
    return _list(call, of_dataset(call, "map"))


@face("view", parameters=("collections",))
def dataset_vector_tileset(call: Call, grid: str) -> HttpResponse:
    """Answer /tiles/{tileMatrixSetId}."""
    return _one(call, of_dataset(call, "vector"), grid_of(grid))


@face("view", parameters=("collections",))
def dataset_map_tileset(call: Call, grid: str) -> HttpResponse:
    """Answer /map/tiles/{tileMatrixSetId}."""
    return _one(call, of_dataset(call, "map"), grid_of(grid))


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


def of_collection(call: Call, slug: str, kind: DataType) -> Source:
    """Return a visible layer that has tiles of this kind."""
    view = view_of(call, slug)
    if kind == "vector" and view.spec.kind != "vector":
        raise NotFound
    return Source(f"/collections/{slug}", title_of(call, view), kind, (view,))


def of_dataset(call: Call, kind: DataType) -> Source:
    """Return the layers that `collections` names, bottom first, else those shown at first opening, that have such tiles."""
    views = tuple(view for view in chosen(call) if kind == "map" or view.spec.kind == "vector")
    if not views and kind == "vector" and "collections" not in call.parameters:
        views = tuple(view for view in visible(call) if view.spec.kind == "vector")
    if not views:
        raise NotFound
    return Source("", service_title(call), kind, views, call.parameters.get("collections", ""))


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


def _list(call: Call, source: Source) -> HttpResponse:
    if call.format == "html":
        return _page(call, source, list(grids.grids().values()))
    links = [call.link("self", source.tiles, JSON, f="json", **source.asked), call.link("alternate", source.tiles, HTML, f="html", **source.asked)]
    return document(call, {"links": links, "tilesets": [_item(call, source, grid) for grid in grids.grids().values()]})


def _item(call: Call, source: Source, grid: Grid) -> dict[str, Any]:
    return {
        "title": f"{source.title} · {grid.id}",
        "dataType": source.kind,
        "crs": _crs(grid),
        "tileMatrixSetURI": uri_of(call, grid),
        "links": [
            call.link("self", f"{source.tiles}/{grid.id}", JSON, f="json", **source.asked),
            call.link(TILING_SCHEME, f"/tileMatrixSets/{grid.id}", JSON, grid.title, f="json"),
            *_templates(call, source, grid),
            *_tilejson(call, source, grid),
        ],
    }


def _templates(call: Call, source: Source, grid: Grid) -> list[dict[str, Any]]:
    path = f"{source.tiles}/{grid.id}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"
    return [{**call.link("item", path, media, f=name, **source.asked), "templated": True} for name, media in MEDIA[source.kind].items()]


def _tilejson(call: Call, source: Source, grid: Grid) -> list[dict[str, Any]]:
    """Link to TileJSON 3.0 of a collection's tiles."""
    if len(source.views) != 1 or not source.path:
        return []
    address = f"{call.base.removesuffix('/ogc')}/tiles/{source.views[0].spec.slug}/{grid.id}/tilejson.json"
    key = f"&key={call.parameters['key']}" if "key" in call.parameters else ""
    return [{"rel": "describedby", "type": "application/json", "title": "TileJSON", "href": f"{address}?f={'pbf' if source.kind == 'vector' else 'png'}{key}"}]


def _one(call: Call, source: Source, grid: Grid) -> HttpResponse:
    if call.format == "html":
        return _page(call, source, [grid])
    body = {**_item(call, source, grid), "layers": [_layer(call, view, source.kind) for view in source.views]}
    boxes = [box for view in source.views if (box := bounds_of(view))]
    if boxes:
        west, south, east, north = (pick(each) for pick, each in zip((min, min, max, max), zip(*boxes, strict=True), strict=True))
        body["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
        spans = ((matrix, grid.span(matrix, (west, south, east, north))) for matrix in grid.matrices)
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


def _page(call: Call, source: Source, chosen_grids: list[Grid]) -> HttpResponse:
    rows = [
        {
            "title": grid.id,
            "url": call.url(f"{source.tiles}/{grid.id}", f="html", **source.asked),
            "crs": f"EPSG:{grid.srid}",
            "template": _templates(call, source, grid)[0]["href"],
        }
        for grid in chosen_grids
    ]
    context = {
        "title": source.title,
        "collection": call.url(source.path or "/", f="html"),
        "heading": call.say("矢量瓦片", "Vector tiles") if source.kind == "vector" else call.say("地图瓦片", "Map tiles"),
        "rows": rows,
        "matrices": chosen_grids[0].matrices if len(chosen_grids) == 1 else (),
    }
    return page_of(call, "tilesets", context)
