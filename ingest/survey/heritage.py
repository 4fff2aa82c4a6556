"""What is protected along the Grand Canal: sites, 保护范围, 建设控制地带, the canal's buffer zone."""

import numpy as np
import shapely

from ingest.survey import plan
from ingest.survey.curves import Frame, Geometries
from ingest.survey.landuse import ellipsoidal_areas
from ingest.survey.table import Table
from ingest.survey.world import World

_SOURCE = "名称、级别为公开名录；位置与范围为示例数据"
# Name, level, class, era, x, y, half sizes of the two zones, angle.
type Site = tuple[str, str, str, str, float, float, tuple[float, float], tuple[float, float], float]
SITES: tuple[Site, ...] = (
    ("捷地分洪设施", "全国重点文物保护单位", "古建筑", "明至民国", 3312, 2772, (62, 58), (150, 168), -8),
    ("捷地乾隆碑（示例）", "市级文物保护单位", "石窟寺及石刻", "清", 3225, 2440, (26, 24), (70, 66), -8),
    ("大龚堤口古堤遗址（示例）", "县级文物保护单位", "古遗址", "清", 3035, 3200, (40, 90), (90, 150), -28),
    ("舞来河清真寺（示例）", "县级文物保护单位", "古建筑", "清", 4752, 4010, (34, 30), (84, 78), -12),
)  # fmt: skip


def sites() -> Table:
    """Return 文物点; the first is a real national site, the others are samples."""
    shapes = np.array([shapely.Point(site[4], site[5]) for site in SITES], dtype=object)
    columns = {
        "BSM": [f"WW13092120{number:04d}" for number in range(1, len(SITES) + 1)],
        "NAME": [site[0] for site in SITES],
        "JB": [site[1] for site in SITES],
        "LB": [site[2] for site in SITES],
        "SD": [site[3] for site in SITES],
        "ZL": ["沧县捷地回族乡"] * len(SITES),
        "SOURCE": [_SOURCE] * len(SITES),
    }
    return Table("文物点", "heritage", shapes, columns)


def _zones(*, outer: bool) -> Geometries:
    found = []
    for site in SITES:
        u, v = site[7] if outer else site[6]
        found.append(Frame((site[4], site[5]), site[8]).rectangles(np.array([(-u, -v, u, v)]))[0])
    return np.array(found, dtype=object)


def protection() -> Table:
    """Return 保护范围."""
    return _zone_table("文物保护范围", "heritage-protect", _zones(outer=False), "保护范围", "BH")


def control() -> Table:
    """Return 建设控制地带, the protection zones cut out."""
    outer = shapely.difference(_zones(outer=True), _zones(outer=False))
    return _zone_table("建设控制地带", "heritage-control", outer, "建设控制地带", "KZ")


def _zone_table(stem: str, slug: str, shapes: Geometries, kind: str, mark: str) -> Table:
    columns = {
        "BSM": [f"{mark}13092120{number:04d}" for number in range(1, len(shapes) + 1)],
        "NAME": [f"{site[0]}{kind}" for site in SITES],
        "WWMC": [site[0] for site in SITES],
        "JB": [site[1] for site in SITES],
        "GKYQ": ["不得进行其他建设工程" if mark == "BH" else "建设方案须经文物部门同意，高度不超过 18 米"] * len(shapes),
        "MJ": ellipsoidal_areas(shapes),
        "SOURCE": [_SOURCE] * len(shapes),
    }
    return Table(stem, slug, shapes, columns)


def canal_buffer(world: World) -> Table:
    """Return 大运河遗产区 and 缓冲区 along the canal inside the surveyed block."""
    frame = shapely.box(0, 0, plan.WIDTH, plan.HEIGHT)
    canal = world.waters.canal
    core = shapely.simplify(canal.buffer(plan.CANAL_WIDTH / 2 + 12), 1).intersection(frame)
    # Opened widely: a limit on the ground has no cusps on the inside of a bend.
    wide = canal.buffer(415).buffer(-200)
    outer = shapely.simplify(wide, 3).intersection(frame).difference(core)
    shapes = np.array([core, outer], dtype=object)
    columns = {
        "BSM": ["DYH1309210001", "DYH1309210002"],
        "NAME": ["大运河南运河沧州段遗产区", "大运河南运河沧州段缓冲区"],
        "LX": ["遗产区", "缓冲区"],
        "GKYQ": ["严格保护遗产本体", "建筑高度不超过 18 米"],
        "MJ": ellipsoidal_areas(shapes),
        "SOURCE": ["示例数据"] * 2,
    }
    return Table("大运河遗产缓冲区", "canal-buffer", shapes, columns)
