"""What a whole county's land-use parcels look like to a benchmark: any number of them, 9 to 60 vertices."""

from math import ceil, sqrt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely

from ingest.survey import deliveries, plan
from ingest.survey.curves import Floats, Geometries
from ingest.survey.table import Table, write_dataset, write_shapefile
from layers import codes

# Mean side of a parcel in metres: 300,000 of them fill the county's 1,500 km².
SIDE = 70.0
CENTRE = (488_500.0, 4_232_000.0)
_CODES = ("0102", "0103", "0201", "0301", "0404", "0702", "1006", "1104", "1107", "1202")
_SHARES = (0.70, 0.05, 0.04, 0.05, 0.02, 0.06, 0.03, 0.01, 0.03, 0.01)
DELIVERY = deliveries.Delivery(
    "90_三调_全县", "沧县地类图斑（性能测试）", "County land-use parcels for benchmarks", "2026-05-18", 5000, ("dltb",)
)


def write(out: Path, count: int, seed: int, *, with_gpkg: bool = False) -> Path:
    """Write a delivery of `count` parcels as a GBK shapefile in EPSG:4548; returns its folder."""
    folder = deliveries.folder(out, DELIVERY)
    table = parcels(count, seed)
    write_shapefile(table, folder)
    if with_gpkg:
        write_dataset([table], out / "DLTB.gpkg", "GPKG")
    deliveries.write_card(DELIVERY, folder, (table,))
    return folder


def parcels(count: int, seed: int) -> Table:
    """Return `count` parcels: a coverage of warped cells whose shared edges have shared vertices."""
    rng = np.random.default_rng([seed, 90])
    shapes = _cells(count, rng)
    sandiao = codes.table("landuse_sandiao")
    pick = rng.choice(len(_CODES), size=count, p=_SHARES)
    code = np.array(_CODES, dtype=object)[pick]
    name = np.array([sandiao.name_zh(each) for each in _CODES], dtype=object)[pick]
    village = rng.integers(0, len(plan.VILLAGES), size=count)
    unit = np.array([f"{plan.TOWN_CODE}{v.code}0000000" for v in plan.VILLAGES], dtype=object)[village]
    unit_name = np.array([v.name for v in plan.VILLAGES], dtype=object)[village]
    area = np.round(shapely.area(shapes), 2)
    columns = {
        "BSM": np.array([f"130921{number:012d}" for number in range(1, count + 1)], dtype=object),
        "YSDM": np.full(count, "2001010100", dtype=object),
        "TBBH": np.array([f"{number % 100_000:05d}" for number in range(1, count + 1)], dtype=object),
        "DLBM": code,
        "DLMC": name,
        "QSDWDM": unit,
        "QSDWMC": unit_name,
        "ZLDWDM": unit,
        "ZLDWMC": unit_name,
        "TBMJ": area,
    }
    return Table("DLTB", "dltb", shapes, columns, is_local=False, kind="Polygon")


def _cells(count: int, rng: np.random.Generator) -> Geometries:
    """Warp a lattice: every lattice edge gets 2 to 14 points of its own, used by both neighbours."""
    wide = ceil(sqrt(count))
    high = ceil(count / wide)
    nodes = np.stack(np.meshgrid(np.arange(wide + 1.0), np.arange(high + 1.0)), axis=-1) * SIDE
    nodes += rng.uniform(-0.22, 0.22, nodes.shape) * SIDE
    nodes += np.asarray(CENTRE) - np.array([wide, high]) * SIDE / 2
    level = _edges(nodes[:, :-1].reshape(-1, 2), nodes[:, 1:].reshape(-1, 2), rng)
    upright = _edges(nodes[:-1].reshape(-1, 2), nodes[1:].reshape(-1, 2), rng)
    cell = np.arange(count)
    row, column = cell // wide, cell % wide
    south, north = row * wide + column, (row + 1) * wide + column
    west, east = row * (wide + 1) + column, row * (wide + 1) + column + 1
    # The north-eastern corner is the one node that none of the four sides brings itself.
    points, owner, order = [nodes[row + 1, column + 1]], [cell], [np.full(count, 199)]
    for number, (edges, index) in enumerate(((level, south), (upright, east), (level, north), (upright, west))):
        xy, who, place = _side(edges, index)
        place = place if number < 2 else 99 - place
        kept = np.ones(len(who), dtype=bool) if number < 3 else place < 99
        points.append(xy[kept])
        owner.append(who[kept])
        order.append(place[kept] + number * 100)
    xy, cell_of = np.concatenate(points), np.concatenate(owner)
    ranked = np.lexsort((np.concatenate(order), cell_of))
    rings = shapely.linearrings(np.round(xy[ranked], 3), indices=cell_of[ranked])
    return np.asarray(shapely.polygons(rings))


type _Edges = tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]


def _edges(start: Floats, end: Floats, rng: np.random.Generator) -> _Edges:
    """Return every edge's points (its start first, its end left out), where each edge begins, and how many it has."""
    count = rng.integers(2, 15, size=len(start))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    owner = np.repeat(np.arange(len(start)), count)
    share = (np.arange(len(owner)) - first[owner]) / count[owner]
    along = (end - start)[owner]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    bend = np.where(share > 0, rng.uniform(-0.03, 0.03, len(owner)), 0.0)
    return start[owner] + along * share[:, None] + across * bend[:, None], first, count


def _side(
    edges: _Edges, index: npt.NDArray[np.int64]
) -> tuple[Floats, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the points of one side of every cell, the cells they belong to, their places along the side."""
    points, first, count = edges
    taken = count[index]
    owner = np.repeat(np.arange(len(index)), taken)
    place = np.arange(len(owner)) - np.repeat(np.concatenate([[0], np.cumsum(taken)[:-1]]), taken)
    return points[first[index][owner] + place], owner, place
