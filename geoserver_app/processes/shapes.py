"""Buffer: the area within some metres of a shape, in the city's Gauss–Krüger plane."""

import json
from collections.abc import Mapping
from typing import Any

import shapely
from django.conf import settings

from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import Input, InvalidInput, Output, Process, Raw, Run
from layers.spec import Title

GEOJSON = "application/geo+json"


def _run(_run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    srid = settings.GEOBASE.gauss_crs
    plane = kinds.to_plane(kinds.shape("geometry", given["geometry"]), srid)
    made: Any = shapely.buffer(plane, float(given["distance"]), quad_segs=16, cap_style=given.get("ends") or "round")
    if made.is_empty:
        raise InvalidInput("缩小到没有了 / nothing is left", parameter="inputs.distance")
    feature = {
        "type": "Feature",
        "geometry": json.loads(shapely.to_geojson(shapely.set_precision(kinds.to_degrees(made, srid), 1e-9))),
        "properties": {"distance": given["distance"], "planeArea": round(float(made.area), 2)},
    }
    return {"buffer": Raw(feature, GEOJSON)}


BUFFER = Process(
    id="buffer",
    title=Title("缓冲区", "Buffer"),
    description=Title("图形周围若干米的范围，负数向内", "The area within some metres of a shape; negative shrinks it"),
    inputs={
        "geometry": Input(Title("图形（GeoJSON，经纬度）", "Shape (GeoJSON, lon/lat)"), kinds.geometry(
            "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")),
        "distance": Input(Title("距离（米）", "Distance (m)"), {"type": "number", "minimum": -10_000, "maximum": 50_000}),
        "ends": Input(Title("线端", "Ends of lines"), {"type": "string", "enum": ["round", "flat", "square"], "default": "round"}, least=0),
    },
    outputs={"buffer": Output(Title("缓冲区", "Buffer"), {"type": "object", "contentMediaType": GEOJSON})},
    run=_run,
)  # fmt: skip
