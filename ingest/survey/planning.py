"""What the plan allows where: 用地用海规划, 城镇开发边界, 永久基本农田, 生态保护红线."""

import numpy as np
import shapely

from ingest.survey import plan
from ingest.survey.curves import Geometries
from ingest.survey.landuse import ellipsoidal_areas
from ingest.survey.patches import FARMED
from ingest.survey.table import Table
from ingest.survey.world import World
from layers import codes

_YDYH = codes.table("yongdi_yonghai_2023")
# Planned use of today's kinds: code, floor area ratio from and to, height limit in metres.
_PLANNED: dict[str, tuple[str, float, float, int]] = {
    "old-town": ("0701", 1.0, 1.8, 24), "flats": ("0701", 1.2, 2.2, 36), "shops": ("0901", 1.0, 2.0, 24),
    "offices": ("0801", 0.6, 1.5, 24), "school": ("0804", 0.5, 0.9, 20), "park": ("1401", 0, 0.05, 6),
    "utility": ("1303", 0, 0.6, 12), "factory": ("1001", 0.8, 2.0, 24), "warehouse": ("1101", 0.8, 1.6, 20),
    "vacant": ("1403", 0, 0.1, 8), "site": ("0701", 1.2, 2.2, 36), "street": ("1207", 0, 0, 0),
    "pond": ("1704", 0, 0, 0),
}  # fmt: skip
_AREAS = {"捷地镇区": "捷地镇区", "捷地工业": "捷地工业园", "伊润新城": "伊润新城"}
# A low rim by the canal: the buffer zone caps heights there.
_CANAL_HEIGHT = 18


def _name(parcel_name: str) -> str:
    return next((name for start, name in _AREAS.items() if parcel_name.startswith(start)), "")


def land_use(world: World) -> Table:
    """Return 用地用海规划 for the blocks inside the urban boundary; some old blocks get a new use."""
    rng = world.rng(30)
    near_canal = world.waters.canal.buffer(340)
    rows = []
    for index in world.in_town:
        parcel = world.parcels[index]
        if parcel.kind in _PLANNED and (_name(parcel.name) or parcel.name == "已填坑塘"):
            code, low, high, height = _PLANNED[parcel.kind]
            if parcel.kind == "old-town" and rng.random() < 0.45:
                code, low, high, height = _PLANNED[str(rng.choice(["shops", "park", "school", "flats", "offices"]))]
            if rng.random() < 0.03 and code != "1207":
                code, low, high, height = "16", 0.0, 0.0, 0
            height = min(height, _CANAL_HEIGHT) if near_canal.intersects(parcel.shape) else height
            rows.append((index, code, low, high, height))
    shapes = world.shapes[[row[0] for row in rows]]
    place = [plan.VILLAGES[world.parcels[row[0]].village].name for row in rows]
    area = ellipsoidal_areas(shapes)
    blocks = _block_codes(shapes)
    columns = {
        "BSM": [f"1309212017{number:08d}" for number in range(1, len(rows) + 1)],
        "YSDM": ["2090020820"] * len(rows),
        "DKBM": blocks,
        "YDYHFLDM": [row[1] for row in rows],
        "YDYHFLMC": [_YDYH.name_zh(row[1]) for row in rows],
        "ZL": [f"沧县 捷地回族乡 {_name(world.parcels[row[0]].name) or '伊润新城'}" for row in rows],
        "CJ": place,
        "RJL_MIN": np.array([row[2] for row in rows]),
        "RJL_MAX": np.array([row[3] for row in rows]),
        "JZGD": np.array([row[4] for row in rows], dtype=np.int32),
        "LDL": np.array([35.0 if row[1].startswith("07") else 20.0 for row in rows]),
        "MJ": area,
        "PFWH": ["沧政字〔2025〕示例"] * len(rows),
        "GHQX": ["2021-2035"] * len(rows),
        "BZ": ["示例数据"] * len(rows),
    }
    return Table("YDYHGH", "ydyh", shapes, columns)


def _block_codes(shapes: Geometries) -> list[str]:
    """Number blocks CX-JD-unit-block: units of 500 m, blocks from the north-west inside each."""
    centres = shapely.get_coordinates(shapely.centroid(shapes))
    units = [(int(-y // 500), int(x // 500)) for x, y in centres]
    number = {unit: i + 1 for i, unit in enumerate(sorted(set(units)))}
    order = sorted(range(len(units)), key=lambda i: (units[i], -centres[i][1], centres[i][0]))
    found, counts = [""] * len(units), dict.fromkeys(number, 0)
    for index in order:
        counts[units[index]] += 1
        found[index] = f"CX-JD-{number[units[index]]:02d}-{counts[units[index]]:02d}"
    return found


def urban_boundary(world: World) -> Table:
    """Return 城镇开发边界: three areas of concentrated building and one of later extension."""
    town, industry, quarter = (
        shapely.Polygon(points) for points in (plan.TOWN_SEAT, plan.INDUSTRY, plan.NEW_QUARTER)
    )
    built = shapely.union_all([town, industry.buffer(12, join_style="mitre")])
    core = shapely.difference(shapely.buffer(built, 14, join_style="mitre"), world.waters.canal.buffer(62))
    later: shapely.Geometry = shapely.Polygon([(4240, 2600), (4560, 2480), (4590, 2020), (4240, 2020)])
    later = shapely.difference(later, core)
    new = quarter.buffer(10, join_style="mitre")
    shapes = np.array([shapely.set_precision(s, 0.01) for s in (core, new, later)], dtype=object)
    kinds = (("01", "城镇集中建设区"), ("01", "城镇集中建设区"), ("02", "城镇弹性发展区"))
    columns = {
        "BSM": [f"1309212018{number:08d}" for number in (1, 2, 3)],
        "YSDM": ["2090020500"] * 3,
        "XZQDM": [plan.COUNTY_CODE] * 3,
        "XZQMC": [plan.COUNTY_NAME] * 3,
        "GHFQDM": [code for code, _ in kinds],
        "GHFQMC": [name for _, name in kinds],
        "MJ": ellipsoidal_areas(shapes),
        "BZ": ["示例数据"] * 3,
    }
    return Table("CZKFBJ", "czkfbj", shapes, columns)


def farmland(world: World) -> Table:
    """Return 永久基本农田: the farmed parcels away from the urban boundary, put together by village."""
    limits = shapely.union_all([plan_area.buffer(160) for plan_area in _urban()])
    clumps: dict[int, list[int]] = {}
    blocks = _farm_blocks(world)
    for index in world.in_town:
        parcel = world.parcels[index]
        if parcel.kind in FARMED - {"nursery"} and not limits.intersects(parcel.shape) and blocks[index] % 4:
            clumps.setdefault(parcel.village * 1000 + blocks[index], []).append(index)
    shapes, village = [], []
    for key, members in sorted(clumps.items()):
        merged = shapely.coverage_union_all(world.shapes[members])
        # The plan draws whole blocks: tracks and ditches narrower than 8 m inside a block go with it.
        closed = merged.buffer(4, join_style="mitre").buffer(-4, join_style="mitre")
        for part in shapely.get_parts(shapely.set_precision(shapely.simplify(closed, 0.3), 0.01)):
            if part.area > 9000:
                shapes.append(part)
                village.append(plan.VILLAGES[key // 1000])
    found = np.array(shapes, dtype=object)
    columns = {
        "BSM": [f"1309212019{number:08d}" for number in range(1, len(found) + 1)],
        "YSDM": ["2005010300"] * len(found),
        "XZQDM": [plan.COUNTY_CODE] * len(found),
        "XZQMC": [plan.COUNTY_NAME] * len(found),
        "QSDWMC": [each.name for each in village],
        "JBNTLX": ["一般"] * len(found),
        "TBMJ": ellipsoidal_areas(found),
        "BZ": ["示例数据"] * len(found),
    }
    return Table("YJJBNTBHTB", "yjjbnt", found, columns)


def _urban() -> list[shapely.Polygon]:
    return [shapely.Polygon(points) for points in (plan.TOWN_SEAT, plan.INDUSTRY, plan.NEW_QUARTER)]


def _farm_blocks(world: World) -> list[int]:
    """Number blocks of about 700 m, so that protected land is neither everything nor crumbs."""
    centres = shapely.get_coordinates(shapely.centroid(world.shapes))
    return [int(x // 700) * 7 + int(y // 620) * 3 for x, y in centres]


def red_line(world: World) -> Table:
    """Return 生态保护红线: the spillway and its belts, and the canal's northern reach."""
    belts = [p.shape for p in world.parcels if p.kind in {"belt", "canal", "levee-road"} and p.village >= 0]
    water = shapely.union_all(np.array(belts, dtype=object))
    spillway = shapely.intersection(water, world.waters.spillway.buffer(75)).difference(
        world.waters.canal.buffer(90)
    )
    north = shapely.intersection(water, shapely.box(2900, 3300, 3700, plan.HEIGHT))
    parts = [max(shapely.get_parts(shape), key=lambda part: float(part.area)) for shape in (spillway, north)]
    shapes = np.array([shapely.set_precision(part, 0.01) for part in parts], dtype=object)
    columns = {
        "BSM": [f"1309212016{number:08d}" for number in (1, 2)],
        "YSDM": ["2090020400"] * 2,
        "XJXZQDM": [plan.COUNTY_CODE] * 2,
        "XJXZQMC": [plan.COUNTY_NAME] * 2,
        "HXMC": ["捷地减河水源涵养红线", "南运河生态廊道红线"],
        "LHLX": ["水源涵养", "生物多样性维护"],
        "MJ": ellipsoidal_areas(shapes),
        "BZ": ["示例数据"] * 2,
    }
    return Table("STBHHX", "stbhhx", shapes, columns)
