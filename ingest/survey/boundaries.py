"""Which district a place is in, and what places are called: counties, town, villages, place names."""

import numpy as np
import shapely

from ingest.survey import facts, plan
from ingest.survey.table import Table
from ingest.survey.world import World


def counties() -> Table:
    """Return 县级行政区 from the real boundaries, in EPSG:4490."""
    found = facts.counties()
    shapes = np.array([county.shape for county in found], dtype=object)
    columns = {
        "GB": np.full(len(found), 650100, dtype=np.int32),
        "PAC": [county.code for county in found],
        "NAME": [county.name for county in found],
        "SOURCE": [facts.TIANDITU] * len(found),
    }
    return Table("BOUA_县", "county", shapes, columns, srid=4490, is_local=False)


def town(world: World) -> Table:
    """Return 乡级行政区: the one town surveyed."""
    columns = {
        "BSM": ["130921201000000001"],
        "GB": np.array([660100], dtype=np.int32),
        "PAC": [plan.TOWN_CODE],
        "NAME": [plan.TOWN_NAME],
        "COUNTY": [plan.COUNTY_NAME],
    }
    return Table("BOUA_乡", "town", np.array([world.town], dtype=object), columns)


def villages(world: World) -> Table:
    """Return 村级行政区: each village's parcels put together."""
    owner = np.array([parcel.village for parcel in world.parcels])
    indices = [index for index in range(len(plan.VILLAGES)) if (owner == index).any()]
    shapes = np.array([shapely.coverage_union_all(world.shapes[owner == index]) for index in indices], dtype=object)
    found = [plan.VILLAGES[index] for index in indices]
    columns = {
        "BSM": [f"130921201{village.code}000001" for village in found],
        "GB": np.full(len(found), 670500, dtype=np.int32),
        "PAC": [f"{plan.TOWN_CODE}{village.code}" for village in found],
        "NAME": [village.name for village in found],
        "TOWN": [plan.TOWN_NAME] * len(found),
    }
    return Table("BOUA_村", "village", shapes, columns)


def places(world: World) -> Table:
    """Return 地名: the town and its villages, waters and works.

    The counties' names come with their areas: where their seats lie, the facts do not say.
    """
    rows: list[tuple[shapely.Point, str, str, str, str]] = []
    rows.append((shapely.Point(3560, 2080), plan.TOWN_NAME, "AJ", plan.TOWN_CODE, facts.GAZETTEER))
    for village in plan.VILLAGES:
        if village.name == "捷地村":
            point = shapely.Point(3440, 1620)
        else:
            point = shapely.Point(village.x, village.y)
        code = f"{plan.TOWN_CODE}{village.code}"
        rows.append((point, village.name.removesuffix("社区"), "BB", code, facts.GAZETTEER))
    for x, y, name in (
        (3305, 4050, "南运河"), (4560, 3120, "捷地减河"), (4280, 1560, "捷地工业园"),
        (1750, 1560, "傅庄子设施农业园"), (5530, 4030, "舞来河设施农业园"),
    ):  # fmt: skip
        rows.append((shapely.Point(x, y), name, "HA" if "河" in name[-2:] else "GA", plan.TOWN_CODE, "示例数据"))
    columns = {
        "CLASS": [kind for _, _, kind, _, _ in rows],
        "NAME": [name for _, name, _, _, _ in rows],
        "PAC": [code for *_, code, _ in rows],
        "SOURCE": [source for *_, source in rows],
    }
    return Table("AGNP", "place", np.array([row[0] for row in rows], dtype=object), columns)
