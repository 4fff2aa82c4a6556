"""Clip and ship: an area of some layers, packed in the format and CRS asked, with metadata, licence and lineage."""

import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import shapely
from django.conf import settings
from lxml import etree

from geoserver_app.catalogue import iso19139
from geoserver_app.processes import inputs as kinds
from geoserver_app.processes.process import File, Input, InvalidInput, Output, Process, Run
from layers import crs, extraction, metadata, rows, sheets
from layers.access import LayerView
from layers.filters import parse_json
from layers.rows import RowQuery
from layers.spec import Title

_ZIP = "application/zip"
_MOST_LAYERS = 40
FORMATS = ("gpkg", "shp", "geojson", "fgb", "csv", "dxf")
COUNTIES = "county"
"""The layer whose features counties are found in, by name or code."""


def _run(run: Run, given: Mapping[str, Any]) -> Mapping[str, Any]:
    views = [run.view(slug, "download") for slug in dict.fromkeys(given["collections"])]
    area, words = _area(run, given)
    wkb = bytes(shapely.to_wkb(area)) if area is not None else None
    _check_rows(views, wkb)
    target = crs.offered(given.get("crs") or "EPSG:4490")
    package = _Package(run.folder / "package", area, wkb, given.get("format") or "gpkg", target)
    package.folder.mkdir()
    lines: list[str] = []
    for place, view in enumerate(views):
        start, title = 100 * place // len(views), view.spec.title(run.language)
        run.report(start, title)
        written = _write(package, view, lambda _rows, s=start, t=title: run.report(s, t))  # type: ignore[misc]
        lines.append(_line(run, view, written))
        told = etree.tostring(iso19139.write(metadata.record(view), []), xml_declaration=True, encoding="UTF-8")
        (package.folder / f"{view.spec.slug}.xml").write_bytes(told)
    (package.folder / "README.txt").write_text(_readme(run, views, words, target.name, lines), encoding="utf-8-sig")
    run.report(95, run.say("打包", "Packing"))
    return {"package": File(_zipped(package.folder, run.folder / "geobase.zip"), _ZIP)}


@dataclass(frozen=True, slots=True)
class _Package:
    """How every layer of one package is written: `area` a shape and its WKB in EPSG:4490, None = everything."""

    folder: Path
    area: Any
    wkb: bytes | None
    format: str
    crs: crs.Offered


def _write(package: _Package, view: LayerView, report: Callable[[int], None]) -> int:
    # GDAL's vector drivers are for workers: web processes load this module for its description alone.
    packing: Any = import_module("geoserver_app.processes.packing")
    if view.spec.kind == "vector":
        return int(packing.vector(view, package.wkb, package.crs.srid, package.format, package.folder, report))
    if view.spec.kind in ("imagery", "elevation"):
        srid = None if crs.is_degrees(package.crs.srid) else package.crs.srid
        most = settings.GEOBASE.download_megavalues * 1_000_000
        return int(packing.raster(view, package.area, srid, package.folder / f"{view.spec.slug}.tif", most))
    raise InvalidInput(f"{view.spec.slug} 不能下载，请选它的组成图层 / cannot be downloaded: choose its members", parameter="inputs.collections")


def _check_rows(views: Sequence[LayerView], area: bytes | None) -> None:
    limit = settings.GEOBASE.download_features
    total = sum(extraction.count(view, area) for view in views if view.spec.kind == "vector")
    if total > limit:
        raise InvalidInput(f"共 {total} 个要素，超过上限 {limit}；请缩小范围或分批 / {total} features exceed {limit}: choose a smaller area",
                           parameter="inputs.area")  # fmt: skip


def _area(run: Run, given: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the area asked (EPSG:4490; None = everything) and its words: a polygon, a county or a sheet."""
    asked = [name for name in ("area", "county", "sheet") if given.get(name) is not None]
    if len(asked) > 1:
        raise InvalidInput("area、county、sheet 只给一个 / give one of area, county, sheet", parameter=f"inputs.{asked[1]}")
    match asked:
        case ["area"]:
            return kinds.shape("area", given["area"]), run.say("所给范围", "the area given")
        case ["county"]:
            return _county(run, given["county"]), given["county"]
        case ["sheet"]:
            return _sheet(given["sheet"]), given["sheet"]
    return None, run.say("全部", "everything")


def _county(run: Run, name: str) -> Any:
    view = run.view(COUNTIES, "query")
    texts = [each.name for each in view.fields if each.type == "string"]
    node = parse_json({"op": "or", "args": [{"op": "=", "args": [{"property": each}, name]} for each in [*texts, texts[0]]]})
    found = rows.rows(view, RowQuery(filter=node, limit=50, columns=()))
    if not found:
        raise InvalidInput("没有这个区县 / there is no such county", parameter="inputs.county")
    return shapely.union_all([shapely.from_geojson(each["geometry"]) for each in found])


def _sheet(number: str) -> Any:
    try:
        return shapely.box(*sheets.sheet(number).bounds)
    except sheets.InvalidSheet:
        raise InvalidInput("图幅号无效，如 J50G041046 / not a sheet number, as J50G041046", parameter="inputs.sheet") from None


def _line(run: Run, view: LayerView, written: int) -> str:
    record = metadata.record(view)
    unit = run.say("个要素", "features") if view.spec.kind == "vector" else run.say("个像元值", "pixel values")
    licence = record.told.license or metadata.LEVELS[view.spec.level](run.language)
    owner = record.told.owner(run.language)
    return (
        f"{view.spec.title(run.language)} ({view.spec.slug})\n  {written} {unit}\n  {record.lineage(run.language)}\n"
        f"  {run.say('许可', 'Licence')}: {licence}\n" + (f"  {run.say('责任单位', 'Owner')}: {owner}\n" if owner else "")
    )


def _readme(run: Run, views: Sequence[LayerView], words: str, name: str, lines: Sequence[str]) -> str:
    sample = run.say("含示例数据，非真实测绘成果。", "Holds sample data, not a real survey.") if any(each.spec.is_sample for each in views) else ""
    return "\n".join([
        run.say(f"{settings.GEOBASE.city_zh}地理空间基础库数据包", f"Data package of {settings.GEOBASE.city_en}'s geographic base database"),
        f"{run.say('制作时间', 'Made')}: {datetime.now(UTC).isoformat(timespec='seconds')}", f"{run.say('范围', 'Area')}: {words}",
        f"{run.say('坐标系', 'CRS')}: {name}", sample, "", *lines,
        run.say("每个图层的 ISO 19139（GB/T 19710）元数据见同名 .xml。", "ISO 19139 metadata of each layer are in the .xml of its name."), "",
    ])  # fmt: skip


def _zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=3, allowZip64=True) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
            path.unlink()
    folder.rmdir()
    return target


SHIPPING = Process(
    id="clip-and-ship",
    title=Title("裁切下载", "Clip and ship"),
    description=Title("按范围、区县或图幅裁切图层，打包下载，附元数据、许可与数据志", "Layers cut to an area, county or sheet, with metadata, licence and lineage"),
    inputs={
        "collections": kinds.layer(Title("图层", "Collections"), 1, _MOST_LAYERS),
        "area": kinds.area(least=0),
        "county": Input(Title("区县名称或代码", "Name or code of a county"), {"type": "string", "minLength": 1, "maxLength": 40}, least=0),
        "sheet": Input(Title("图幅号（GB/T 13989）", "Sheet number (GB/T 13989)"), {"type": "string", "maxLength": 20}, least=0),
        "format": Input(Title("矢量格式", "Format of vectors"), {"type": "string", "enum": list(FORMATS), "default": "gpkg"}, least=0),
        "crs": Input(Title("坐标系", "CRS"), {"type": "string", "enum": [each.name for each in crs.OFFERED], "default": "EPSG:4490"}, least=0),
    },
    outputs={"package": Output(Title("数据包", "Package"), {"type": "string", "contentMediaType": _ZIP, "contentEncoding": "binary"})},
    run=_run,
    modes=("async-execute",),
)
