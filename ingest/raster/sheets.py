"""One delivered raster becomes a staged COG of a layer: may it be taken, where does it lie, what is it?"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings

from ingest import formats
from ingest.errors import full_disk
from ingest.findings import Finding, Refused, refuse
from ingest.georeference import Georeference, georeference
from ingest.originals import digest
from ingest.raster.ground import multipolygon
from ingest.read import died, environment
from layers import crs
from layers.mosaics import StagedFile
from layers.spec import Bounds, Kind
from layers.store import Store

MAX_PIXELS = 20_000_000_000
"""More than that is a file made to fill disks: a city at 0.05 m is delivered in sheets."""
_SPARSE_PIXELS, _SPARSE_RATIO = 2_000_000_000, 2000
_EXAMINE_S, _CONVERT_S = 120, 6 * 3600
_ELEVATION_WORDS = re.compile(r"dem|dsm|dtm|高程|地形")
_GRIDS = ("aaigrid", "gsag", "gsbg", "gs7bg", "nwt", "hgt", "dted", "usgsdem", "nsdtf")
_HEIGHTS = ("float32", "float64", "int16", "int32")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A raster that can be taken: what it is and how it lies."""

    path: Path
    facts: dict[str, Any]
    where: Georeference
    kind: Kind
    format: formats.Format
    bounds: Bounds


def examine(path: Path) -> tuple[Sheet, list[Finding]]:
    """Look at a raster; raises Refused with the reason when it cannot be taken."""
    source = formats.recognise(path)
    if source.format is None:
        raise Refused(source.finding or Finding("format-unknown", "blocking", "不认识的格式", "unknown format", path.name))
    facts = _child("examine", source.format, path)
    _check_size(facts, path.name)
    if "complex" in facts["dtype"]:
        raise refuse("raster-complex", "复数影像（SAR 单视复数）不接收；请提供幅度影像",
                     "complex pixels (SAR single look) are not taken; deliver the amplitude", path.name)  # fmt: skip
    findings: list[Finding] = []
    points, declared = facts["corners"], facts["crs"] or _prj(path)
    if not facts["has_transform"]:
        if not (facts["gcps"] and facts["gcp_crs"]):
            raise refuse("raster-unplaced", "没有坐标（缺 .tfw 或内部坐标）", "has no position (.tfw or internal)", path.name)
        points, declared = facts["gcps"], facts["gcp_crs"]
        findings.append(_rectified(len(points), path.name))
    xs, ys = [each[0] for each in points], [each[1] for each in points]
    box: Bounds = (min(xs), min(ys), max(xs), max(ys))
    where, more = georeference(declared, box, settings.GEOBASE.city_bounds, path.name)
    if where.is_swapped:
        raise refuse("raster-swapped", "纵横坐标互换，请改正 .tfw", "x and y are swapped; mend the .tfw", path.name)
    sheet = Sheet(path, {**facts, "declared": declared}, where, _kind(path, facts, source.format), source.format, box)
    said = [Finding(rule, severity, zh, en, path.name) for rule, severity, zh, en in facts["said"]]
    return sheet, said + findings + more + _oddities(sheet) + _heights(sheet)


def stage(sheet: Sheet, slug: str, survey_date: date | None) -> StagedFile:
    """Convert a raster into the store; raises Refused when its pixels cannot be read."""
    store = Store(settings.GEOBASE.store)
    cog = store.incoming(".tif")
    shade = store.incoming(".tif") if sheet.kind == "elevation" else None
    source, name = digest(sheet.path), sheet.path.name
    try:
        made = _child(
            "convert", sheet.format, sheet.path, _missing_srs(sheet), _missing_nodata(sheet), str(cog), *([str(shade)] if shade else [])
        )  # fmt: skip
        if not made["footprint"] or all(each is None for each in made["stats"]["bands"]):
            raise refuse("raster-empty", "没有有效像素（全部为无数据）", "has no valid pixel", name)
        footprint = multipolygon(made["footprint"], sheet.where.path)
        if footprint.is_empty:
            raise refuse("raster-off-earth", "像素都不在地球上：坐标超出该坐标系", "lies off the earth in its CRS", name)
        stored, sha256 = store.adopt(cog, "cog")
        shade_name = store.adopt(shade, "shade")[0] if shade else ""
    finally:
        for path in (cog, shade):
            if path:
                store.discard(path)
    source_crs = crs.read(made["crs"])
    code = crs.code(source_crs)
    return StagedFile(
        slug=slug, name=name, sha256=sha256, source_sha256=source, path=stored, shade_path=shade_name,
        srs=f"EPSG:{code}" if code else made["crs"], footprint=bytes(shapely.to_wkb(footprint)),
        width=made["width"], height=made["height"], bands=sheet.facts["bands"], dtype=sheet.facts["dtype"],
        nodata=made["nodata"], pixel_size_m=_pixel_m(made["pixel"], source_crs, footprint), survey_date=survey_date,
        stats=made["stats"],
    )  # fmt: skip


def _check_size(facts: dict[str, Any], name: str) -> None:
    pixels = facts["width"] * facts["height"]
    raw = pixels * facts["bands"]
    if pixels > MAX_PIXELS or (raw > _SPARSE_PIXELS and raw > facts["bytes"] * _SPARSE_RATIO):
        raise refuse("raster-huge", f"{facts['width']} × {facts['height']} 像素超过上限或几乎全空；请分幅",
                     f"{facts['width']} × {facts['height']} pixels are too many, or nearly all empty; cut it into sheets",
                     name)  # fmt: skip


def _rectified(points: int, name: str) -> Finding:
    return Finding("raster-rectified", "warning", f"只有控制点（{points} 个），已按薄板样条纠正为规则格网",
                   f"has ground control points only ({points}); rectified by a thin plate spline", name)  # fmt: skip


def _oddities(sheet: Sheet) -> list[Finding]:
    """Say what GDAL warned of, and whether a world file says otherwise than the file itself."""
    name = sheet.path.name
    said = [_plain(each) for each in sheet.facts["warnings"]]
    found = [Finding("raster-odd", "warning", f"文件不规范，已按可读内容接收：{text}", f"irregular, taken as far as it can be read: {text}", name)
             for text in said]  # fmt: skip
    world, inside = _world_file(sheet.path), sheet.facts["transform"]
    if world and sheet.facts["has_transform"]:
        tolerance = sheet.facts["pixel"] / 100
        # A world file's position is the first pixel's centre.
        x = inside[2] + (inside[0] + inside[1]) / 2
        y = inside[5] + (inside[3] + inside[4]) / 2
        if abs(world[4] - x) > tolerance or abs(world[5] - y) > tolerance:
            found.append(Finding("raster-world-file", "warning", "坐标文件（.tfw）与文件内部坐标不一致，以内部坐标为准",
                                 "the world file contradicts the position inside the file, which is taken", name))  # fmt: skip
    return found


def _world_file(path: Path) -> list[float]:
    found = next((each for each in path.parent.glob(path.stem + ".*") if each.suffix.lower() in (".tfw", ".tifw")), None)
    try:
        values = [float(word) for word in found.read_text("ascii").split()] if found else []
    except ValueError:
        return []
    return values if len(values) == 6 else []


def _plain(said: str) -> str:
    """Return a message of GDAL's without the folders of ours in it."""
    return re.sub(r"\S*/", "", said)[:200]


def _heights(sheet: Sheet) -> list[Finding]:
    """Say what is taken for granted about heights that do not declare it."""
    if sheet.kind != "elevation":
        return []
    findings = []
    if sheet.facts["void"] is not None:
        findings.append(Finding("dem-void", "warning", f"未声明无效值，按 {sheet.facts['void']:g} 处理",
                                f"no no-data value declared; {sheet.facts['void']:g} is taken for it", sheet.path.name))  # fmt: skip
    if sheet.format.name in ("hgt", "dted"):
        findings.append(Finding("dem-datum", "warning", f"{sheet.format.title} 高程基准为 EGM96 大地水准面，不是 1985 国家高程基准",
                                f"heights of {sheet.format.title} refer to EGM96, not the 1985 datum", sheet.path.name))  # fmt: skip
    elif "VERT" not in sheet.facts["declared"]:
        findings.append(Finding("dem-datum", "info", "未声明高程基准，按 1985 国家高程基准、单位米登记",
                                "no vertical datum declared; registered as metres of the 1985 datum", sheet.path.name))  # fmt: skip
    if sheet.facts["unit"] not in ("", "m", "metre", "meter", "metres", "meters"):
        findings.append(Finding("dem-unit", "warning", f"高程单位为 {sheet.facts['unit']}，不是米", f"heights are in {sheet.facts['unit']}, not in metres",
                                sheet.path.name))  # fmt: skip
    return findings


def _kind(path: Path, facts: dict[str, Any], found: formats.Format) -> Kind:
    if found.name in _GRIDS:
        return "elevation"
    if facts["bands"] != 1 or facts["palette"] or facts["dtype"] == "uint8":
        return "imagery"
    is_named = bool(_ELEVATION_WORDS.search(path.name.lower()))
    return "elevation" if is_named or facts["dtype"] in _HEIGHTS else "imagery"


def _prj(path: Path) -> str:
    """Return the text of a .prj beside the raster: GDAL looks at it for shapefiles only."""
    found = next((each for each in path.parent.glob(path.stem + ".*") if each.suffix.lower() == ".prj"), None)
    return found.read_text("utf-8-sig", "replace").strip() if found else ""


def _missing_srs(sheet: Sheet) -> str:
    """Return the CRS that must be written into the COG because the file does not say it, else ""."""
    if sheet.facts["crs"] or not sheet.facts["has_transform"]:
        return ""
    return crs.read(sheet.facts["declared"]).to_wkt() if sheet.facts["declared"] else sheet.where.name


def _missing_nodata(sheet: Sheet) -> str:
    void = sheet.facts["void"] if sheet.kind == "elevation" else None
    return "" if void is None else repr(void)


def _pixel_m(size: float, source: Any, footprint: shapely.MultiPolygon) -> float:
    """Return a pixel's width in metres, nominal for its CRS."""
    if source.is_geographic:
        return size * crs.degree_m(footprint.centroid.y)[1]
    return size * float(source.axis_info[0].unit_conversion_factor or 1.0)


def _child(command: str, found: formats.Format, path: Path, *rest: str) -> dict[str, Any]:
    arguments = [sys.executable, "-m", "ingest.raster.child", command, found.name, str(path), *rest]
    # A small block cache: memory must not grow with the raster.
    cage = {**environment(), "GDAL_CACHEMAX": "384", "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE"}
    seconds = _EXAMINE_S if command == "examine" else _CONVERT_S
    try:
        done = subprocess.run(arguments, capture_output=True, env=cage, timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise refuse("reader-slow", "读取超时", "reading took too long", path.name) from None
    if done.returncode != 0:
        full_disk(Path(settings.GEOBASE.store), done.stderr)
        raise died(found, done.returncode, done.stderr.decode("utf-8", "replace"), path.name)
    result: dict[str, Any] = json.loads(done.stdout)
    if "refused" in result:
        rule, zh, en = result["refused"]
        raise refuse(rule, zh, en, path.name)
    return result
