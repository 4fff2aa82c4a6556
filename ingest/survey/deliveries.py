"""Which folders a contractor hands in: what is in each, how it is written, and in which order it is taken."""

import shutil
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.survey import basemap, boundaries, heritage, landuse, planning, stations
from ingest.survey.table import Table, write_dataset, write_shapefile
from ingest.survey.world import World

_STAMP = (2026, 5, 18, 9, 0, 0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery: the folder's name (its order), titles, date of survey, scale, target layers."""

    folder: str
    title: str
    title_en: str
    survey_date: str
    scale: int
    slugs: tuple[str, ...]


LINE_MAP = Delivery(
    "01_基础测绘_DLG_2026", "捷地回族乡 1:2000 线划图", "Line map 1:2000 of Jiedi", "2026-05-18", 2000,
    ("hyda", "hydl", "resa", "lrdl", "lrrl", "county", "town", "village", "place"),
)  # fmt: skip
ORTHO_2024 = Delivery(
    "02_正射影像_2024", "捷地回族乡 0.5 米正射影像 2024", "Orthophoto 0.5 m of 2024", "2024-05-12", 5000, ("ortho",)
)
ORTHO_2026 = Delivery(
    "03_正射影像_2026", "捷地回族乡 0.5 米正射影像 2026", "Orthophoto 0.5 m of 2026", "2026-05-18", 5000, ("ortho",)
)
TERRAIN = Delivery("04_DEM", "捷地回族乡 2.5 米数字高程模型", "Elevation model 2.5 m", "2026-05-18", 5000, ("dem",))
LAND_2024 = Delivery(
    "05_三调变更_2024", "捷地回族乡国土变更调查 2024", "Land-use survey of 2024", "2024-12-31", 5000, ("dltb",)
)
LAND_2026 = Delivery(
    "06_三调变更_2026.zip", "捷地回族乡国土变更调查 2026", "Land-use survey of 2026", "2026-05-18", 5000, ("dltb",)
)
PLAN = Delivery(
    "07_国土空间规划", "捷地回族乡国土空间规划 2021-2035", "Spatial plan 2021-2035", "2025-08-02", 5000,
    ("ydyh", "czkfbj", "stbhhx", "yjjbnt"),
)  # fmt: skip
HERITAGE = Delivery(
    "08_文物保护", "大运河文物保护区划", "Heritage zones along the Grand Canal", "2025-11-01", 2000,
    ("heritage", "heritage-protect", "heritage-control", "canal-buffer"),
)  # fmt: skip
THEMES = Delivery(
    "09_部门专题", "环保、农林水气、交通、房屋专题", "Environment, water, weather, traffic, housing", "2026-03-31", 5000,
    ("env-station", "env-unit", "hydro-station", "weather-station", "irrigation", "camera", "forest", "housing"),
)  # fmt: skip
ALL = (LINE_MAP, ORTHO_2024, ORTHO_2026, TERRAIN, LAND_2024, LAND_2026, PLAN, HERITAGE, THEMES)


def write_vectors(world: World, out: Path) -> Iterator[Delivery]:
    """Write every vector delivery; yields each when it is done."""
    yield _line_map(world, out)
    yield _land_2024(world, out)
    yield _land_2026(world, out)
    yield _dataset(out, PLAN, "国土空间规划.gdb", "OpenFileGDB", (
        planning.land_use(world), planning.urban_boundary(world), planning.red_line(world), planning.farmland(world),
    ))  # fmt: skip
    yield _shapefiles(out, HERITAGE, (
        heritage.sites(), heritage.protection(), heritage.control(), heritage.canal_buffer(world),
    ))  # fmt: skip
    yield _dataset(out, THEMES, "部门专题.gpkg", "GPKG", (
        stations.environment(), stations.control_units(world), stations.hydrology(), stations.weather(),
        basemap.irrigation(world), stations.cameras(world), stations.forest(world), stations.housing(world),
    ))  # fmt: skip


def write_card(delivery: Delivery, folder: Path, tables: Sequence[Table] = ()) -> None:
    """Write delivery.toml: who made it, what it is, when it was surveyed, which layers it feeds."""
    lines = [
        'contractor = "示例数据"',
        f'title = "{delivery.title}"',
        f'title_en = "{delivery.title_en}"',
        f"survey_date = {delivery.survey_date}",
        f"scale = {delivery.scale}",
        "sample = true",
        "",
        "[layers]",
        *(f'"{table.stem}" = "{table.slug}"' for table in tables),
        *([] if tables else [f'"*" = "{delivery.slugs[0]}"']),
        "",
    ]
    (folder / "delivery.toml").write_text("\n".join(lines), encoding="utf-8")


def folder(out: Path, delivery: Delivery) -> Path:
    """Make the delivery's folder anew."""
    path = out / delivery.folder
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def _line_map(world: World, out: Path) -> Delivery:
    tables = (
        basemap.water_areas(world), basemap.water_lines(world), basemap.settlements(world), basemap.road_lines(world),
        basemap.railway_lines(world), boundaries.counties(), boundaries.town(world), boundaries.villages(world),
        boundaries.places(world),
    )  # fmt: skip
    return _shapefiles(out, LINE_MAP, tables, without_prj=frozenset({"RESA"}))


def _shapefiles(
    out: Path, delivery: Delivery, tables: Sequence[Table], without_prj: frozenset[str] = frozenset()
) -> Delivery:
    place = folder(out, delivery)
    for table in tables:
        write_shapefile(table, place, with_prj=table.stem not in without_prj)
    write_card(delivery, place, tables)
    return delivery


def _dataset(out: Path, delivery: Delivery, name: str, driver: str, tables: Sequence[Table]) -> Delivery:
    place = folder(out, delivery)
    write_dataset(tables, place / name, driver)
    write_card(delivery, place, tables)
    return delivery


def _land_2024(world: World, out: Path) -> Delivery:
    return _shapefiles(out, LAND_2024, (landuse.table(world, 2024),))


def _land_2026(world: World, out: Path) -> Delivery:
    """Write the newer survey as a zip whose names are GBK bytes without the UTF-8 flag."""
    place = out / "06_三调变更_2026"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    table = landuse.table(world, 2026, "DLTB_地类图斑")
    write_shapefile(table, place)
    write_card(LAND_2026, place, (table,))
    with zipfile.ZipFile(out / LAND_2026.folder, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(place.iterdir()):
            info = zipfile.ZipInfo(f"三调变更/{path.name}", _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(_gbk(info), path.read_bytes(), compresslevel=3)
    shutil.rmtree(place)
    return LAND_2026


class _GbkInfo(zipfile.ZipInfo):
    """A zip entry whose name is written as GBK bytes, as Windows packers in China do."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own hook
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def _gbk(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    made = _GbkInfo(info.filename, info.date_time)
    made.compress_type = info.compress_type
    return made
