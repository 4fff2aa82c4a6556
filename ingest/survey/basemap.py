"""Which features the line map (DLG) holds: water, buildings, roads, railway, with GB/T 13923 codes."""

import numpy as np
import shapely

from ingest.survey import facts, plan, roads
from ingest.survey.curves import Geometries
from ingest.survey.table import Table
from ingest.survey.world import World

_WATER_CODES = {"canal": (210101, "常年河"), "pond": (230102, "池塘"), "trunk": (220200, "干渠")}
_ROAD_CODES = {"G": 420100, "X": 420300, "Y": 420400}
# Use of a building: GB code and type as the line map writes them.
_TYPES = {
    "house": (310300, "砖"), "wing": (310300, "砖"), "flats": (310300, "混"), "shop": (310300, "混"),
    "office": (310300, "混"), "school": (310300, "混"), "shed": (310300, "钢"), "utility": (310300, "砖"),
    "sluice": (310300, "砼"),
}  # fmt: skip


def water_areas(world: World) -> Table:
    """Return 水系面: rivers, pools and trunk ditches as they are drawn on the imagery."""
    waters: dict[tuple[str, str], list[shapely.Geometry]] = {}
    for index, parcel in enumerate(world.parcels):
        if parcel.kind in _WATER_CODES:
            # Parcels end at village boundaries, waters do not; each pool is a water of its own.
            key = f"坑塘 {index}" if parcel.name == "坑塘" else parcel.name
            waters.setdefault((parcel.kind, key), []).append(parcel.shape)
    found = [
        (kind, name, part)
        for (kind, name), shapes in waters.items()
        for part in shapely.get_parts(shapely.coverage_union_all(np.array(shapes, dtype=object)))
    ]
    columns = {
        "GB": np.array([220100 if name == "南运河" else _WATER_CODES[kind][0] for kind, name, _ in found], dtype=np.int32),
        "HYDC": ["JA" if kind == "canal" else "" for kind, *_ in found],
        "NAME": ["" if name.startswith("坑塘") else name for _, name, _ in found],
        "PERIOD": ["常年" if kind != "trunk" else "时令" for kind, *_ in found],
        "TYPE": [_WATER_CODES[kind][1] for kind, *_ in found],
    }
    return Table("HYDA", "hyda", np.array([shape for *_, shape in found], dtype=object), columns)


def water_lines(world: World) -> Table:
    """Return 水系线: centre lines in the town, and the region's rivers and coast from real facts."""
    lines = [(220100, "南运河", world.waters.canal), (210101, "捷地减河", world.waters.spillway)]
    lines += [(220200, name, line) for name, _, line in world.waters.trunks]
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    local = shapely.intersection(np.array([line for *_, line in lines], dtype=object), frame)
    region = facts.rivers()
    shapes = np.concatenate([local, facts.to_local(np.array([r.shape for r in region], dtype=object))])
    columns = {
        "GB": np.array([gb for gb, *_ in lines] + [r.code for r in region], dtype=np.int32),
        "HYDC": [""] * len(shapes),
        "NAME": [name for _, name, _ in lines] + [r.name for r in region],
        "PERIOD": ["常年"] * len(shapes),
        "SOURCE": ["示例数据"] * len(lines) + [r.source for r in region],
    }
    return Table("HYDL", "hydl", shapes, columns)


def settlements(world: World) -> Table:
    """Return 居民地 (buildings) with storeys, use and construction."""
    kept = [b for b in world.buildings if b.use in _TYPES and world.parcels[b.parcel].village >= 0]
    columns = {
        "GB": np.array([310500 if b.floors > 9 else _TYPES[b.use][0] for b in kept], dtype=np.int32),
        "NAME": [world.parcels[b.parcel].name if b.use in {"school", "sluice"} else "" for b in kept],
        "TYPE": [_TYPES[b.use][1] for b in kept],
        "FLOOR": np.array([b.floors for b in kept], dtype=np.int32),
        "HEIGHT": np.array([round(b.height, 1) for b in kept]),
        "CLASS": [b.use for b in kept],
    }
    return Table("RESA", "resa", np.array([b.shape for b in kept], dtype=object), columns)


def road_lines(world: World) -> Table:
    """Return 道路: through roads, levee roads and streets' and tracks' centre lines are parcels' affair."""
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    through = roads.centre_lines()
    shapes: list[shapely.Geometry] = [line.intersection(frame) for _, line in through]
    rows = [(_ROAD_CODES[r.number[0]], r.number, r.name, r.grade, r.paved) for r, _ in through]
    for shape, name, width, code in _minor(world):
        shapes.append(shape)
        rows.append((code, "", name, "等外", width))
    flat = _parts(np.array(shapes, dtype=object))
    rows = [rows[i] for i in flat[1]]
    columns = {
        "GB": np.array([row[0] for row in rows], dtype=np.int32),
        "RN": [row[1] for row in rows],
        "NAME": [row[2] for row in rows],
        "RTEG": [row[3] for row in rows],
        "LANE": np.array([4 if row[1].startswith("G") else 2 if row[1] else 1 for row in rows], dtype=np.int32),
        "WIDTH": np.array([float(row[4]) for row in rows]),
    }
    return Table("LRDL", "lrdl", flat[0], columns)


def _minor(world: World) -> list[tuple[shapely.Geometry, str, float, int]]:
    """Return the centre lines of long narrow parcels: field tracks, as their longest middle line."""
    found: list[tuple[shapely.Geometry, str, float, int]] = []
    for parcel in world.parcels:
        if parcel.kind != "track" or parcel.village < 0 or parcel.shape.interiors:
            continue
        ring = shapely.minimum_rotated_rectangle(parcel.shape)
        corners = shapely.get_coordinates(ring)[:5]
        sides = np.hypot(*np.diff(corners, axis=0).T)
        if min(sides[:2]) > 9 or max(sides[:2]) < 60:
            continue
        short = int(np.argmin(sides[:2]))
        ends = (corners[short] + corners[short + 1]) / 2, (corners[short + 2] + corners[(short + 3) % 4]) / 2
        found.append((shapely.LineString(ends), "", 4.0, 440100))
    return found


def railway_lines(world: World) -> Table:
    """Return 铁路: the double-track main line."""
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    shapes = np.array([roads.railway().intersection(frame)], dtype=object)
    columns = {"GB": np.array([410102], dtype=np.int32), "RN": ["JH"], "NAME": ["京沪铁路"], "TYPE": ["复线电气化"]}
    return Table("LRRL", "lrrl", shapes, columns)


def irrigation(world: World) -> Table:
    """Return 灌溉渠系: trunk ditches and the field ditches' long lines."""
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    shapes = np.array([line.intersection(frame) for *_, line in world.waters.trunks], dtype=object)
    columns = {
        "NAME": [name for name, *_ in world.waters.trunks],
        "GRADE": ["干渠"] * len(shapes),
        "WIDTH": np.array([float(width) for _, width, _ in world.waters.trunks]),
        "LENGTH_M": np.round(shapely.length(shapes), 1),
        "FLOW_M3S": np.array([3.5, 3.0, 2.8, 2.6]),
        "NOTE": ["示例数据"] * len(shapes),
    }
    return Table("灌溉渠系", "irrigation", shapes, columns)


def _parts(shapes: Geometries) -> tuple[Geometries, list[int]]:
    parts, index = shapely.get_parts(shapes, return_index=True)
    return np.asarray(parts, dtype=object), [int(i) for i in index]
