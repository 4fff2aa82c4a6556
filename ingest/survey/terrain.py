"""How high the ground is: a gently sloping plain with levees, embankments, village mounds, ditches and water levels."""

from pathlib import Path

import numpy as np
import rasterio
import shapely
from PIL import Image, ImageDraw
from rasterio.transform import from_origin

from ingest.survey import noise, plan, roads
from ingest.survey.noise import Grid
from ingest.survey.water import LEVEE_ROAD_AT
from ingest.survey.world import World

CELL = 2.5
_WIDTH, _HEIGHT = round(plan.WIDTH / CELL), round(plan.HEIGHT / CELL)
_LEVEE = 2.6
# Metres above or below the plain, by kind of parcel.
_RELIEF = {"trunk": -1.3, "ditch": -0.7, "street": 0.45, "houses": 0.6, "old-town": 0.6, "flats": 0.7, "shops": 0.7,
           "offices": 0.7, "school": 0.6, "factory": 0.7, "warehouse": 0.7, "graves": 0.3, "levee-road": 0.0}  # fmt: skip


def elevation(world: World) -> Grid:
    """Return heights in metres (1985 datum in name only: 示例数据), north row first, CELL metres apart."""
    plain = _plain(world.seed)
    raised = _drawn([(p.shape, _RELIEF[p.kind]) for p in world.parcels if p.kind in _RELIEF])
    banks = _banks(world)
    for road, line in sorted(roads.centre_lines(), key=lambda each: each[0].land):
        height = 1.4 if road.number == "G104" else 0.7
        banks.append((line.buffer(road.paved / 2 + 2), height))
    banks.append((roads.railway().buffer(7), 2.4))
    embanked = _drawn(banks)
    ground = plain + np.where(embanked > 0, np.maximum(embanked, raised), raised)
    return _watered(world, _smoothed(ground))


def write(world: World, folder: Path) -> Path:
    """Write the model as a float32 GeoTIFF in EPSG:4548."""
    path = folder / "DEM_2.5m.tif"
    corner = from_origin(plan.ORIGIN[0], plan.ORIGIN[1] + plan.HEIGHT, CELL, CELL)
    options = {"compress": "deflate", "predictor": 3, "tiled": True, "blockxsize": 256, "blockysize": 256}
    with rasterio.open(
        path, "w", "GTiff", _WIDTH, _HEIGHT, 1, f"EPSG:{plan.SRID}", corner, "float32", nodata=-9999.0, **options
    ) as tif:
        tif.write(np.round(elevation(world), 2), 1)
        tif.set_band_description(1, "elevation, metres (示例数据)")
    return path


def _plain(seed: int) -> Grid:
    """Return the plain: 8.6 m in the south-west falling to 6.7 m in the north-east, softly waved."""
    slope = 8.6 - 1.3 * np.linspace(0, 1, _WIDTH)[None, :] - 0.6 * np.linspace(1, 0, _HEIGHT)[:, None]
    waves = noise.coarse(seed, 0, plan.WIDTH, plan.WIDTH, _WIDTH)[_WIDTH - _HEIGHT :]
    return np.asarray(slope + 0.28 * waves, dtype=np.float32)


def _drawn(shapes: list[tuple[shapely.Geometry, float]]) -> Grid:
    """Return a grid where each shape's cells have its value, later shapes over earlier ones."""
    image = Image.new("F", (_WIDTH, _HEIGHT), 0.0)
    draw = ImageDraw.Draw(image)
    for shape, value in shapes:
        for part in shapely.get_parts(shape):
            if isinstance(part, shapely.Polygon):
                xy = np.asarray(part.exterior.coords)
                pixels = np.column_stack([xy[:, 0], plan.HEIGHT - xy[:, 1]]) / CELL
                draw.polygon([float(each) for each in pixels.ravel()], fill=value)
    return np.asarray(image)


def _banks(world: World) -> list[tuple[shapely.Geometry, float]]:
    """Return nested strips across both rivers: outer slope, crest with its road, inner slope."""
    found: list[tuple[shapely.Geometry, float]] = []
    rivers = ((world.waters.spillway, plan.SPILLWAY_WIDTH / 2), (world.waters.canal, plan.CANAL_WIDTH / 2))
    for distance in np.arange(44.0, -1, -CELL):
        for line, half in rivers:
            away = abs(distance - LEVEE_ROAD_AT)
            height = _LEVEE * float(np.clip(1 - max(0.0, away - 3.5) / 20, 0, 1))
            found.append((shapely.simplify(line.buffer(half + distance, quad_segs=4), 0.5), max(height, 0.01)))
    return found


def _watered(world: World, ground: Grid) -> Grid:
    """Set water to level surfaces: rivers falling northwards, each pool its own level."""
    found = ground.copy()
    north = np.linspace(0.25, 0, _HEIGHT, dtype=np.float32)[::-1, None]
    rivers = _drawn([(shape, 1.0 + place) for place, (_, shape) in enumerate(world.waters.surfaces)])
    found = np.where(rivers == 1, 5.9 - north, np.where(rivers == 2, 5.2 - north, found))
    pools = [parcel.shape for parcel in world.parcels if parcel.kind == "pond"]
    levels = [float(ground[_cell(pool)]) - 1.5 for pool in pools]
    level = _drawn(list(zip(pools, levels, strict=True)))
    return np.asarray(np.where(level > 0, level, found), dtype=np.float32)


def _cell(shape: shapely.Geometry) -> tuple[int, int]:
    point = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
    return int((plan.HEIGHT - point[1]) / CELL), int(point[0] / CELL)


def _smoothed(field: Grid, reach: int = 1) -> Grid:
    """Average over a square of 2 reach + 1 cells, twice."""
    for axis in (0, 1, 0, 1):
        padded = np.concatenate([np.take(field, [0] * reach, axis), field, np.take(field, [-1] * reach, axis)], axis)
        count = field.shape[axis]
        parts = [np.take(padded, range(k, k + count), axis) for k in range(2 * reach + 1)]
        field = np.mean(parts, axis=0, dtype=np.float32)
    return field
