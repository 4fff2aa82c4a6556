"""Which land-use parcels the town has: 地类图斑 (DLTB) of a survey year, with the fields of the 三调 database."""

import numpy as np
import pyproj
import shapely

from ingest.survey import plan
from ingest.survey.curves import Floats, Geometries
from ingest.survey.patches import BUILT, KINDS
from ingest.survey.table import Table
from ingest.survey.world import World, to_grid
from layers import codes

_SANDIAO = codes.table("landuse_sandiao")
_GEOD = pyproj.Geod(a=6378137, rf=298.257222101)
_TO_LONLAT = pyproj.Transformer.from_crs(4548, 4490, always_xy=True)
# Fields that became something else between the surveys, apart from what was built: about one in a hundred.
_CHANGED_SHARE = 0.008
_TOWN_BUILT = frozenset({"捷地镇区", "捷地工业园", "伊润新城"})


def ellipsoidal_areas(shapes: Geometries) -> Floats:
    """Return areas in m² on the CGCS2000 ellipsoid of polygons in local metres."""
    lonlat = shapely.transform(to_grid(shapes), lonlats)
    return np.array([round(abs(_GEOD.geometry_area_perimeter(shape)[0]), 2) for shape in lonlat])


def lonlats(xy: Floats) -> Floats:
    """Bring EPSG:4548 (east, north) to EPSG:4490 longitude, latitude."""
    return np.column_stack(_TO_LONLAT.transform(xy[:, 0], xy[:, 1]))


def kinds(world: World, year: int) -> list[str]:
    """Return the kind of every parcel in a year, the few changed fields included."""
    rng = world.rng(20)
    found = [world.kind(index, year) for index in range(len(world.parcels))]
    for index, parcel in enumerate(world.parcels):
        if parcel.kind == "field" and rng.random() < _CHANGED_SHARE and year == 2026:
            found[index] = str(rng.choice(["orchard", "forest", "nursery", "dry-field"]))
    return found


def table(world: World, year: int, stem: str = "DLTB") -> Table:
    """Return the town's parcels of a year: a gap-free coverage, BSM the identity."""
    rows = world.in_town
    shapes = world.shapes[rows]
    kind = kinds(world, year)
    named = [(KINDS[kind[row]], world.parcels[row]) for row in rows]
    villages = [plan.VILLAGES[parcel.village] for _, parcel in named]
    code = [each.code for each, _ in named]
    unit = [f"{plan.TOWN_CODE}{village.code}{'0' * 7}" for village in villages]
    owner = ["国有" if each.state else village.name for (each, _), village in zip(named, villages, strict=True)]
    area = ellipsoidal_areas(shapes)
    numbers = _numbers(villages)
    columns = {
        "BSM": [f"{plan.COUNTY_CODE}{plan.TOWN_CODE[-3:]}{row:09d}" for row in rows],
        "YSDM": ["2001010100"] * len(rows),
        "TBBH": numbers,
        "DLBM": code,
        "DLMC": [_SANDIAO.name_zh(each) for each in code],
        "QSXZ": ["20" if each.state else "30" for each, _ in named],
        "QSDWDM": [f"{plan.TOWN_CODE}{'0' * 10}" if who == "国有" else u for who, u in zip(owner, unit, strict=True)],
        "QSDWMC": owner,
        "ZLDWDM": unit,
        "ZLDWMC": [village.name for village in villages],
        "TBMJ": area,
        "KCXS": np.zeros(len(rows)),
        "KCMJ": np.zeros(len(rows)),
        "TBDLMJ": area,
        "CZCSXM": [_settlement(kind[row], world.parcels[row].name) for row in rows],
        "SJNF": np.full(len(rows), year, dtype=np.int32),
    }
    return Table(stem, "dltb", shapes, columns)


def _numbers(villages: list[plan.Village]) -> list[str]:
    """Number the parcels village by village."""
    counts: dict[str, int] = {}
    found = []
    for village in villages:
        counts[village.code] = counts.get(village.code, 0) + 1
        found.append(f"{counts[village.code]:05d}")
    return found


def _settlement(kind: str, name: str) -> str:
    if kind not in BUILT and kind not in {"street", "park", "vacant", "site"}:
        return ""
    return "202" if any(name.startswith(town) for town in _TOWN_BUILT) else "203"
