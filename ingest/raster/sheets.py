"""One delivered raster becomes a staged COG of a layer."""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from ingest.findings import Finding, refuse
from ingest.georeference import Georeference, georeference
from ingest.originals import digest
from ingest.raster.child import MAX_PIXELS
from ingest.read import environment
from layers import crs
from layers.mosaics import StagedFile
from layers.spec import Kind
from layers.store import Store

_EXAMINE_S, _CONVERT_S = 60, 3600
_ELEVATION_WORDS = ("dem", "dsm", "dtm", "高程")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A raster that can be taken: what it is and how it lies."""

    path: Path
    facts: dict[str, Any]
    where: Georeference
    kind: Kind


def examine(path: Path) -> tuple[Sheet, list[Finding]]:
    """Look at a raster; raises Refused with the reason when it cannot be taken."""
    facts = json.loads(_child("examine", path, _EXAMINE_S))
    if facts["width"] * facts["height"] > MAX_PIXELS:
        raise refuse("raster-huge", "像素数超过上限", "more pixels than are taken", path.name)
    if "complex" in facts["dtype"]:
        raise refuse("raster-complex", "复数影像（SAR）不接收", "complex (SAR) pixels are not taken", path.name)
    if not facts["has_transform"]:
        reason = ("只有控制点，须先纠正", "has ground control points only; rectify it first") if facts["has_gcps"] else (
            "没有坐标（缺 .tfw 或内部坐标）", "has no position (.tfw or internal)")  # fmt: skip
        raise refuse("raster-unplaced", reason[0], reason[1], path.name)
    box = tuple(facts["bounds"])
    box = (min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3]))
    where, findings = georeference(facts["crs"], box, settings.GEOBASE.city_bounds, path.name)
    if where.is_swapped:
        raise refuse("raster-swapped", "纵横坐标互换，请改正 .tfw", "x and y are swapped; mend the .tfw", path.name)
    return Sheet(path, facts, where, _kind(path, facts)), findings


def stage(sheet: Sheet, slug: str, survey_date: date | None) -> StagedFile:
    """Convert a raster into the store; raises Refused when its pixels cannot be read."""
    store = Store(settings.GEOBASE.store)
    cog, shade = store.incoming(".tif"), store.incoming(".tif") if sheet.kind == "elevation" else None
    source = digest(sheet.path)
    srs = "" if sheet.facts["crs"] else sheet.where.name
    try:
        made = json.loads(_child("convert", sheet.path, _CONVERT_S, srs, str(cog), *([str(shade)] if shade else [])))
        footprint = _footprint(made["footprint"], sheet.where, sheet.path.name)
        name, sha256 = store.adopt(cog, "cog")
        shade_name = store.adopt(shade, "shade")[0] if shade else ""
    finally:
        for path in (cog, shade):
            if path:
                path.unlink(missing_ok=True)
    facts = sheet.facts
    code = crs.code(crs.read(facts["crs"])) if facts["crs"] else None
    return StagedFile(
        slug=slug, name=sheet.path.name, sha256=sha256, source_sha256=source, path=name, shade_path=shade_name,
        srs=f"EPSG:{code}" if code else (facts["crs"] or srs), footprint=footprint, width=facts["width"],
        height=facts["height"], bands=facts["bands"], dtype=facts["dtype"], nodata=facts["nodata"],
        pixel_size_m=_pixel_m(sheet), survey_date=survey_date, stats=made["stats"],
    )  # fmt: skip


def _kind(path: Path, facts: dict[str, Any]) -> Kind:
    if facts["bands"] != 1 or facts["palette"] or facts["dtype"] in ("uint8", "uint16"):
        return "imagery"
    is_named = any(word in path.name.lower() for word in _ELEVATION_WORDS)
    return "elevation" if is_named or facts["dtype"] in ("float32", "float64", "int16", "int32") else "imagery"


def _footprint(rings: list[list[list[float]]], where: Georeference, file: str) -> bytes:
    polygons = [shapely.Polygon(where.path.transform(np.array(ring, dtype=float))) for ring in rings if len(ring) > 3]
    polygons = [each for each in polygons if np.isfinite(each.bounds).all()]
    if not polygons:
        raise refuse("raster-empty", "没有有效像素", "has no valid pixel", file)
    joined = shapely.union_all([shapely.make_valid(each) for each in polygons])
    parts = [each for each in shapely.get_parts(joined) if each.geom_type == "Polygon"]
    return bytes(shapely.to_wkb(shapely.multipolygons(parts)))


def _pixel_m(sheet: Sheet) -> float:
    size = float(sheet.facts["pixel"])
    source = crs.read(sheet.facts["crs"] or sheet.where.name)
    return size * 111_320.0 if source.is_geographic else size


def _child(command: str, path: Path, seconds: int, *rest: str) -> str:
    arguments = [sys.executable, "-m", "ingest.raster.child", command, str(path), *rest]
    try:
        done = subprocess.run(arguments, capture_output=True, env=environment(), timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise refuse("reader-slow", "读取超时", "reading took too long", path.name) from None
    if done.returncode != 0:
        raise refuse("unreadable", "无法打开或读取：文件损坏", "cannot be opened or read: damaged", path.name)
    return done.stdout.decode()
