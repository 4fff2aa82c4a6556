"""What a layer's tiles are, in TileJSON 3.0."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils.translation import get_language

from layers.access import LayerView
from layers.errors import InvalidValue
from tiles import mvt, serve
from tiles.grids import Grid
from tiles.plan import extent, formats, leaves


def document(request: HttpRequest, view: LayerView, grid: Grid) -> dict[str, Any]:
    """Describe the vector tiles of a vector layer, else the pictures; `f=png|webp|jpg|pbf` chooses.

    TileJSON means Web Mercator; for other grids the matrix set and CRS are named beside (`tileMatrixSet`, `crs`) and
    the zooms are matrix identifiers.
    """
    offered = formats(view)
    extension = request.GET.get("f") or ("pbf" if "pbf" in offered else offered[0])
    if extension not in offered:
        raise InvalidValue(f"格式可选 {', '.join(offered)} / one of these", parameter="f")
    language = get_language() or "zh"
    style = request.GET.get("style", "")
    bounds = extent(view)
    found: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": view.spec.title(language),
        "description": view.spec.abstract(language),
        "attribution": view.spec.attribution,
        "scheme": "xyz",
        "tiles": [_template(request, view, extension, style)],
        "minzoom": int(grid.matrices[0].id),
        "maxzoom": int(grid.matrices[-1].id),
        "tileMatrixSet": grid.id,
        "crs": grid.document["crs"],
    }
    if bounds:
        west, south, east, north = bounds
        found |= {"bounds": bounds, "center": [(west + east) / 2, (south + north) / 2, 12]}
    if extension == "pbf":
        found["vector_layers"] = _vector_layers(view, language, grid)
    return found


def _template(request: HttpRequest, view: LayerView, extension: str, style: str) -> str:
    # From the request's own path, so that a key in the path stays in the links.
    folder = request.build_absolute_uri(request.path).rsplit("/", 1)[0]
    query = {"v": serve.version_name(view, style, extension)}
    query |= {name: value for name in ("style", "key") if (value := request.GET.get(name))}
    return f"{folder}/{{z}}/{{x}}/{{y}}.{extension}?{urlencode(query)}"


def _vector_layers(view: LayerView, language: str, grid: Grid) -> list[dict[str, Any]]:
    fields = mvt.fields(view)
    kinds = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    return [
        {
            "id": leaf.spec.slug,
            "description": leaf.spec.title(language),
            "fields": dict(fields[leaf.spec.slug]),
            "minzoom": int(grid.matrices[0].id),
            "maxzoom": int(grid.matrices[-1].id),
            **({"geometry_type": kinds[leaf.spec.geometry]} if leaf.spec.geometry in kinds else {}),
        }
        for leaf in leaves(view)
        if leaf.spec.kind == "vector"
    ]
