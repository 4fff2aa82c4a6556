"""Terrain: elevation profile, slope and aspect, contours, viewshed; all on the caller's elevation layer."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import numpy as np
import rasterio
import shapely
from contourpy import LineType, contour_generator
from django.conf import settings
from pyproj import Geod
from rasterio import features

from geoserver_app.processes import heights as grids
from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import File, Input, InvalidInput, Output, Process, Raw, Run
from geoserver_app.processes.shapes import GEOJSON
from layers import pixels
from layers.spec import Title

_GEOTIFF = "image/tiff; application=geotiff"
_GEOD = Geod(ellps="GRS80")
"""CGCS2000's ellipsoid differs from GRS80's by 0.1 mm of the semi-minor axis (GB 22021-2008)."""
_MOST_SAMPLES, _MOST_CONTOURS = 5000, 50_000
_CLASSES = (2, 6, 15, 25)
"""Limits of the five slope grades of cultivated land in degrees (TD/T 1055-2019)."""
_DEM = kinds.layer(Title("高程图层，缺省为首个", "Elevation layer; the first by default"), least=0)
_CELL = Input(Title("格距（米），缺省为像元", "Cell (m); the pixel's by default"), {"type": "number", "exclusiveMinimum": 0, "maximum": 1000}, least=0)
_FEATURES = {"type": "object", "contentMediaType": GEOJSON}


def _profile(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    view = grids.elevation(run, given.get("collection"))
    line = kinds.shape("line", given["line"])
    places, distances = _along(line, int(given.get("samples") or 200))
    samples = pixels.sample(view, [(float(lon), float(lat)) for lon, lat in places])
    found = [each.values[0] if each else None for each in samples]
    points = [
        {"distance": round(float(distance), 3), "lon": round(float(lon), 9), "lat": round(float(lat), 9), "height": height}
        for (lon, lat), distance, height in zip(places, distances, found, strict=True)
    ]
    known = [height for height in found if height is not None]
    climbs = np.diff(known)
    return {"profile": {
        "collection": view.spec.slug, "version": view.version, "length": round(float(distances[-1]), 3), "points": points,
        "min": min(known, default=None), "max": max(known, default=None),
        "ascent": round(float(climbs[climbs > 0].sum()), 3), "descent": round(float(-climbs[climbs < 0].sum()), 3),
    }}  # fmt: skip


def _along(line: Any, count: int) -> tuple[Any, Any]:
    """Return places along a line, its vertices among them, and their geodesic distances from its start in metres."""
    vertices = shapely.get_coordinates(line)
    _, _, steps = _GEOD.inv(vertices[:-1, 0], vertices[:-1, 1], vertices[1:, 0], vertices[1:, 1])
    at = np.concatenate(([0.0], np.cumsum(steps)))
    wanted = np.union1d(at, np.linspace(0, at[-1], count))
    return np.column_stack((np.interp(wanted, at, vertices[:, 0]), np.interp(wanted, at, vertices[:, 1]))), wanted


def _slope(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    view = grids.elevation(run, given.get("collection"))
    area = kinds.shape("area", given["area"])
    run.report(10, run.say("读取高程", "Reading heights"))
    grid = grids.read(view, area, given.get("cell"))
    down, east = np.gradient(grid.values, grid.cell_m)
    slope = np.degrees(np.arctan(np.hypot(east, down)))
    # Clockwise from north, the direction the ground falls to; rows run southwards.
    aspect = np.degrees(np.arctan2(-east, down)) % 360
    inside = features.geometry_mask([kinds.to_plane(area, grid.srid)], slope.shape, grid.transform, invert=True)
    counted = slope[inside & np.isfinite(slope)]
    if not counted.size:
        raise InvalidInput("范围内没有高程 / there are no heights in the area", parameter="inputs.area")
    run.report(70, run.say("写出格网", "Writing the grids"))
    outcome: dict[str, Any] = {"statistics": _grades(counted, grid.cell_m)}
    for name, values in (("slope", slope), ("aspect", aspect)):
        path = run.folder / f"{name}.tif"
        grids.write(grid, np.where(inside, values, np.nan).astype("float32"), path, float("nan"))
        outcome[name] = File(path, _GEOTIFF)
    return outcome


def _grades(slope: Any, cell_m: float) -> dict[str, Any]:
    counts = np.bincount(np.digitize(slope, _CLASSES, right=True), minlength=5)
    limits = ("≤2°", "2°–6°", "6°–15°", "15°–25°", ">25°")
    grades = [
        {"grade": place + 1, "slope": words, "area": round(float(count) * cell_m**2, 2), "share": round(float(count) / slope.size, 6)}
        for place, (words, count) in enumerate(zip(limits, counts, strict=True))
    ]
    return {"mean": round(float(slope.mean()), 4), "max": round(float(slope.max()), 4), "grades": grades}


def _contours(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    view = grids.elevation(run, given.get("collection"))
    area = kinds.shape("area", given["area"])
    grid = grids.read(view, area, given.get("cell"))
    interval, base = float(given["interval"]), float(given.get("base") or 0)
    low, high = np.nanmin(grid.values), np.nanmax(grid.values)
    levels = base + interval * np.arange(np.ceil((low - base) / interval), np.floor((high - base) / interval) + 1)
    west, _, _, north = grid.bounds
    x = west + grid.cell_m * (np.arange(grid.values.shape[1]) + 0.5)
    y = north - grid.cell_m * (np.arange(grid.values.shape[0]) + 0.5)
    made: Any = contour_generator(x, y, np.ma.masked_invalid(grid.values), line_type=LineType.Separate)
    plane = kinds.to_plane(area, grid.srid)
    found: list[dict[str, Any]] = []
    for place, level in enumerate(levels):
        run.report(10 + round(80 * place / max(1, len(levels))), f"{level:g} m")
        cut = shapely.intersection([shapely.linestrings(each) for each in made.lines(level) if len(each) > 1], plane)
        lines = [each for each in shapely.get_parts(cut) if each.geom_type == "LineString" and not each.is_empty]
        is_index = round((level - base) / interval) % 5 == 0
        found += [{"type": "Feature", "geometry": json.loads(shapely.to_geojson(kinds.to_degrees(each, grid.srid))),
                   "properties": {"ELEV": round(float(level), 3), "index": is_index}} for each in lines]  # fmt: skip
        if len(found) > _MOST_CONTOURS:
            raise InvalidInput("等高线过多，请加大等高距或缩小范围 / too many contours: a wider interval or a smaller area", parameter="inputs.interval")
    return {"contours": Raw({"type": "FeatureCollection", "features": found}, GEOJSON)}


def _viewshed(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    view = grids.elevation(run, given.get("collection"))
    observer, radius = kinds.shape("observer", given["observer"]), float(given["radius"])
    grid = grids.read(view, observer, given.get("cell"), margin_m=radius)
    x, y = shapely.get_coordinates(kinds.to_plane(observer, settings.GEOBASE.gauss_crs))[0]
    source, seen = run.folder / "heights.tif", run.folder / "viewshed.tif"
    grids.write(grid, np.nan_to_num(grid.values, nan=-9999).astype("float32"), source, -9999.0)
    run.report(30, run.say("计算视线", "Looking along the sight lines"))
    asked = ["gdal_viewshed", "-q", "-ox", f"{x:.3f}", "-oy", f"{y:.3f}", "-oz", str(given.get("height") or 1.6), "-tz",
             str(given.get("target") or 0), "-md", f"{radius:.1f}", "-cc", "0.85714", "-vv", "1", "-iv", "0", "-ov", "255",
             "-a_nodata", "255", str(source), str(seen)]  # fmt: skip
    done = subprocess.run(asked, capture_output=True, timeout=300, check=False)  # noqa: S603 - numbers and paths of ours only
    source.unlink(missing_ok=True)
    if done.returncode or not seen.exists():
        raise InvalidInput("观察点不在高程范围内 / the observer stands outside the heights", parameter="inputs.observer")
    with rasterio.open(seen) as file:
        visible = file.read(1)
        shapes = [shapely.from_geojson(json.dumps(shape)) for shape, value in features.shapes(visible, visible == 1, transform=file.transform)]
    area = shapely.union_all(shapes) if shapes else shapely.MultiPolygon()
    feature = {
        "type": "Feature", "geometry": json.loads(shapely.to_geojson(kinds.to_degrees(area, grid.srid))) if shapes else None,
        "properties": {"area": round(float(area.area), 2), "share": round(float((visible == 1).sum() / max(1, (visible != 255).sum())), 6)},
    }  # fmt: skip
    return {"viewshed": Raw(feature, GEOJSON), "raster": File(seen, _GEOTIFF)}


def _number(title: Title, low: float, high: float, default: float | None = None, least: int = 1) -> Input:
    schema = {"type": "number", "minimum": low, "maximum": high, **({"default": default} if default is not None else {})}
    return Input(title, schema, least=least)


PROFILE = Process(
    "elevation-profile", Title("高程剖面", "Elevation profile"),
    Title("沿线的高程、长度与升降", "Heights along a line, its length, climb and fall"),
    {"line": Input(Title("线（GeoJSON，经纬度）", "Line (GeoJSON, lon/lat)"), kinds.geometry("LineString")), "collection": _DEM,
     "samples": Input(Title("采样数", "Samples"), {"type": "integer", "minimum": 2, "maximum": _MOST_SAMPLES, "default": 200}, least=0)},
    {"profile": Output(Title("剖面", "Profile"), {"type": "object"})}, _profile,
)  # fmt: skip
SLOPE = Process(
    "slope-aspect", Title("坡度坡向", "Slope and aspect"),
    Title("坡度分级统计与坡度、坡向格网", "Slope grades, and grids of slope and aspect in degrees"),
    {"area": kinds.area(), "collection": _DEM, "cell": _CELL},
    {"statistics": Output(Title("坡度分级", "Slope grades"), {"type": "object"}),
     "slope": Output(Title("坡度（度）", "Slope (degrees)"), {"type": "string", "contentMediaType": _GEOTIFF, "contentEncoding": "binary"}),
     "aspect": Output(Title("坡向（度，自北顺时针）", "Aspect (degrees from north)"), {"type": "string", "contentMediaType": _GEOTIFF, "contentEncoding": "binary"})},
    _slope,
)  # fmt: skip
CONTOURS = Process(
    "contour", Title("等高线", "Contours"), Title("按等高距生成等高线，每五条一条计曲线", "Contour lines, every fifth an index contour"),
    {"area": kinds.area(), "interval": _number(Title("等高距（米）", "Interval (m)"), 0.05, 1000),
     "base": _number(Title("起算高程（米）", "Base (m)"), -1000, 9000, 0.0, least=0), "collection": _DEM, "cell": _CELL},
    {"contours": Output(Title("等高线", "Contours"), _FEATURES)}, _contours,
)  # fmt: skip
VIEWSHED = Process(
    "viewshed", Title("可视域", "Viewshed"), Title("从一点能看见的地面，计地球曲率与折光", "The ground seen from a point, with curvature and refraction"),
    {"observer": Input(Title("观察点（GeoJSON，经纬度）", "Observer (GeoJSON, lon/lat)"), kinds.geometry("Point")),
     "radius": _number(Title("半径（米）", "Radius (m)"), 10, 30_000), "height": _number(Title("视点高（米）", "Eye height (m)"), 0, 1000, 1.6, least=0),
     "target": _number(Title("目标高（米）", "Target height (m)"), 0, 1000, 0.0, least=0), "collection": _DEM, "cell": _CELL},
    {"viewshed": Output(Title("可见范围", "Visible area"), _FEATURES),
     "raster": Output(Title("可见格网", "Visible cells"), {"type": "string", "contentMediaType": _GEOTIFF, "contentEncoding": "binary"})},
    _viewshed,
)  # fmt: skip
