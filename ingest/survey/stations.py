"""What is watched where: environment, water and weather stations, cameras, control units, woods, houses."""

import numpy as np
import shapely

from ingest.survey import plan, roads
from ingest.survey.curves import Geometries
from ingest.survey.landuse import ellipsoidal_areas
from ingest.survey.table import Table
from ingest.survey.world import World
from layers import codes

_SAMPLE = "示例数据"
_ENVIRONMENT = (
    ("捷地镇区空气站", "空气", "PM2.5,PM10,SO2,NO2,O3,CO", 3520, 2230), ("工业园空气站", "空气", "PM2.5,PM10,VOCs", 4260, 1400),
    ("傅家圈空气站", "空气", "PM2.5,PM10", 1180, 3330), ("伊润新城空气站", "空气", "PM2.5,PM10,O3", 2620, 2020),
    ("南运河捷地断面", "地表水", "pH,DO,CODMn,NH3-N,TP", 3214, 2610), ("南运河龚堤口断面", "地表水", "pH,DO,CODMn,NH3-N", 3160, 3080),
    ("捷地减河舞来河断面", "地表水", "pH,DO,CODMn,NH3-N,TP", 4800, 3228), ("捷南干渠断面", "地表水", "pH,COD", 1450, 1180),
    ("G104 噪声点", "噪声", "Ld,Ln", 3842, 2140), ("京沪铁路噪声点", "噪声", "Ld,Ln", 2300, 2120),
    ("镇区功能区噪声点", "噪声", "Ld,Ln", 3420, 1780), ("张家场噪声点", "噪声", "Ld,Ln", 3980, 4420),
)  # fmt: skip
_HYDRO = (
    ("捷地水文站（南运河）", "水文站", 3262, 2700, 9.2), ("捷地减河闸下站", "水位站", 3360, 2790, 8.6),
    ("龚堤口水位站", "水位站", 3172, 3080, 9.4), ("曹庄子水位站", "水位站", 2650, 800, 8.9),
    ("尹家桥水位站", "水位站", 4905, 3290, 8.1),
)  # fmt: skip
_WEATHER = (("捷地区域气象站", 3460, 2460), ("傅庄子自动雨量站", 1380, 2120), ("大贾庄自动雨量站", 5290, 1470), ("杨庄子农气站", 600, 4150))


def _points(rows: list[tuple[float, float]]) -> Geometries:
    return np.array([shapely.Point(x, y) for x, y in rows], dtype=object)


def environment() -> Table:
    """Return 环境监测站: air, surface water and noise."""
    columns = {
        "BSM": [f"HJ130921{number:04d}" for number in range(1, len(_ENVIRONMENT) + 1)],
        "NAME": [row[0] for row in _ENVIRONMENT],
        "LX": [row[1] for row in _ENVIRONMENT],
        "JCXM": [row[2] for row in _ENVIRONMENT],
        "ZT": ["在用"] * len(_ENVIRONMENT),
        "SOURCE": [_SAMPLE] * len(_ENVIRONMENT),
    }
    return Table("环境监测站", "env-station", _points([row[3:] for row in _ENVIRONMENT]), columns)


def hydrology() -> Table:
    """Return 水文站 with the warning level in metres."""
    columns = {
        "BSM": [f"SW130921{number:04d}" for number in range(1, len(_HYDRO) + 1)],
        "NAME": [row[0] for row in _HYDRO],
        "LX": [row[1] for row in _HYDRO],
        "JJSW": np.array([row[4] for row in _HYDRO]),
        "SOURCE": [_SAMPLE] * len(_HYDRO),
    }
    return Table("水文站", "hydro-station", _points([(row[2], row[3]) for row in _HYDRO]), columns)


def weather() -> Table:
    """Return 气象站."""
    columns = {
        "BSM": [f"QX130921{number:04d}" for number in range(1, len(_WEATHER) + 1)],
        "NAME": [row[0] for row in _WEATHER],
        "YS": ["气温,降水,风,湿度" if "气" in row[0] else "降水" for row in _WEATHER],
        "HBGD": np.array([8.2, 7.6, 7.1, 8.0]),
        "SOURCE": [_SAMPLE] * len(_WEATHER),
    }
    return Table("气象站", "weather-station", _points([row[1:] for row in _WEATHER]), columns)


def cameras(world: World) -> Table:
    """Return 交通摄像头: along the highway every 600 m and where roads cross it."""
    lines = {road.number: line for road, line in roads.centre_lines()}
    highway = lines["G104"]
    points = [(f"G104 K{212 + i * 0.6:.1f}", highway.interpolate(500 + 600 * i)) for i in range(9)]
    for number, line in sorted(lines.items()):
        if number != "G104" and line.intersects(highway):
            points.append((f"G104 与 {number} 路口", shapely.centroid(line.intersection(highway))))
    kept = [(name, point) for name, point in points if shapely.contains(world.town, point)]
    columns = {
        "BSM": [f"SX130921{number:04d}" for number in range(1, len(kept) + 1)],
        "NAME": [name for name, _ in kept],
        "LX": ["卡口" if "路口" in name else "视频监控" for name, _ in kept],
        "SOURCE": [_SAMPLE] * len(kept),
    }
    return Table("交通摄像头", "camera", np.array([point for _, point in kept], dtype=object), columns)


def control_units(world: World) -> Table:
    """Return 生态环境管控单元: the canal and its spillway first, then built-up land, then the rest."""
    unit = codes.table("env", "unit")
    rivers = shapely.union(world.waters.canal, world.waters.spillway).buffer(120)
    priority = rivers.intersection(world.town)
    urban = [shapely.Polygon(points).buffer(25) for points in (plan.TOWN_SEAT, plan.INDUSTRY, plan.NEW_QUARTER)]
    urban_area = shapely.union_all(urban).intersection(world.town).difference(priority)
    rest = shapely.difference(world.town, shapely.union(priority, urban_area))
    shapes = np.array([shapely.set_precision(shape, 0.01) for shape in (priority, urban_area, rest)], dtype=object)
    columns = {
        "BSM": [f"ZH1309212000{number}" for number in (1, 2, 3)],
        "NAME": ["南运河-捷地减河优先保护单元", "捷地镇区及工业园重点管控单元", "捷地回族乡一般管控单元"],
        "LB": [unit.name_zh(number) for number in (1, 2, 3)],
        "LBDM": ["1", "2", "3"],
        "MJ": ellipsoidal_areas(shapes),
        "SOURCE": [_SAMPLE] * 3,
    }
    return Table("生态环境管控单元", "env-unit", shapes, columns)


def forest(world: World) -> Table:
    """Return 林地: belts, groves and woods of the town."""
    rows = [i for i in world.in_town if world.parcels[i].kind in {"belt", "grove", "forest"}]
    kinds = {"belt": "防护林", "grove": "四旁林", "forest": "用材林"}
    columns = {
        "BSM": [f"LD130921{row:06d}" for row in rows],
        "LZ": [kinds[world.parcels[row].kind] for row in rows],
        "SZ": ["杨树" if row % 3 else "白蜡" for row in rows],
        "QY": ["人工"] * len(rows),
        "MJ": ellipsoidal_areas(world.shapes[rows]),
        "SOURCE": [_SAMPLE] * len(rows),
    }
    return Table("林地小班", "forest", world.shapes[rows], columns)


def housing(world: World) -> Table:
    """Return 房屋 of the town: use, storeys, year built, kind of owner, floor area."""
    rng = world.rng(40)
    uses = {"house": "住宅", "flats": "住宅", "shop": "商业", "office": "办公", "school": "教育", "shed": "工业"}
    kept = [b for b in world.buildings if b.use in uses and world.parcels[b.parcel].village >= 0]
    year = [int(rng.integers(2024, 2027)) if b.is_recent else int(rng.integers(1978, 2023)) for b in kept]
    kind = [world.parcels[b.parcel].kind for b in kept]
    shapes = np.array([b.shape for b in kept], dtype=object)
    floors = np.array([b.floors for b in kept], dtype=np.int32)
    columns = {
        "FWBM": [f"130921201{number:08d}" for number in range(1, len(kept) + 1)],
        "YT": [uses[b.use] for b in kept],
        "CS": floors,
        "JG": ["钢结构" if b.use == "shed" else "砖混" if b.floors < 8 else "钢混" for b in kept],
        "JZNF": np.array(year, dtype=np.int32),
        "QLRLX": ["个人" if k in {"houses", "old-town", "flats"} else "单位" for k in kind],
        "JZMJ": np.round(ellipsoidal_areas(shapes) * floors, 2),
        "ZL": [f"捷地回族乡{world.parcels[b.parcel].name}" for b in kept],
        "SOURCE": [_SAMPLE] * len(kept),
    }
    return Table("房屋", "housing", shapes, columns)
