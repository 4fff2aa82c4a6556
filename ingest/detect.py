"""识别 detect: what does a delivery hold, and which layer does each part of it go to?"""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import shapely
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

from ingest import extent, formats, names, target
from ingest.findings import Finding, Refused, refuse
from ingest.georeference import placed
from ingest.manifest import Manifest, manifest
from ingest.raster import sheets
from ingest.read import SourceLayer, layers
from ingest.work import Part, Work
from layers import models, services
from layers.errors import NotFound


def detect(work: Work) -> None:
    """Find the parts of a delivery and say of everything else why it is none."""
    try:
        work.told = manifest(work.folder)
        _take_down(work)
        _choose(work)
    except Refused as refused:
        work.say(refused.finding)
        return
    work.parts = [*_vectors(work), *_rasters(work)]
    if work.options.as_layer and _targets(work.parts) != 1:
        names = "、".join(each.row.key for each in work.parts)
        work.say(Finding("as-layer-many", "blocking", f"--as-layer 只能用于一个图层，此处有：{names}",
                         f"--as-layer takes one layer; here are: {names}"))  # fmt: skip
        for part in work.parts:
            part.row.state = "refused"
    for part in work.parts:
        work.save(part)


def _targets(parts: list[Part]) -> int:
    """Count the layers a delivery would be without mapping: each vector layer is one, all rasters are one."""
    rasters = sum(1 for each in parts if each.sheet)
    return len(parts) - rasters + min(rasters, 1)


def _take_down(work: Work) -> None:
    """Copy what the delivery says of itself into its record."""
    delivery, told = work.delivery, work.told
    delivery.title, delivery.contractor = told.title, told.contractor
    delivery.survey_date, delivery.is_sample, delivery.scale = told.survey_date, told.is_sample, told.scale
    delivery.mode = told.mode or delivery.options.get("mode", "replace")
    delivery.removals = {slug: list(each) for slug, each in told.remove.items()}
    if told.area:
        delivery.area = cast(MultiPolygon, GEOSGeometry(memoryview(shapely.to_wkb(extent.resolve(told.area, told.scale))), srid=4490))


def _choose(work: Work) -> None:
    """Fetch the local transformation that was named; raises Refused when there is none such for this person."""
    name = work.options.transformation or work.told.transformation
    if not name:
        return
    try:
        work.local = services.use_transformation(work.options.actor, name)
    except NotFound:
        raise refuse("transformation-unknown", f"没有名为 {name} 的已登记转换参数，或无权使用",
                     f"there is no registered transformation {name}, or you may not use it") from None  # fmt: skip


def _sources(work: Work) -> Iterator[formats.Source]:
    for each in formats.sources(work.folder):
        if each.finding:
            work.say(each.finding)
        yield each


def _vectors(work: Work) -> Iterator[Part]:
    for source in _sources(work):
        if source.kind == "vector":
            for layer in _open(source.path, work):
                yield _vector(layer, work)


def _open(path: Path, work: Work) -> Iterator[SourceLayer]:
    try:
        found, findings = layers(path)
    except Refused as refused:
        work.say(refused.finding)
        return
    work.say(*findings)
    usable = [each for each in found if each.geometry or each.count]
    if not usable:
        work.say(Finding("no-layers", "blocking", "没有图层", "there are no layers", path.name))
    yield from usable


def _vector(layer: SourceLayer, work: Work) -> Part:
    key = f"{layer.path.relative_to(work.folder)}#{layer.name}"
    likely = target.guess(layer, work.told.layers)
    usual = work.options.as_layer or likely.slug
    if not work.options.as_layer and (said := likely.finding(layer.file, layer.name)):
        work.say(said)
    row = _row(work, key, "vector", usual)
    row.facts = {
        "file": layer.file, "layer": layer.name, "geometry": layer.geometry, "count": layer.count, "crs": layer.crs[:200],
        "bounds": layer.bounds, "fields": layer.fields, "encoding": layer.encoding,
    }  # fmt: skip
    return Part(row, layer=layer)


def _rasters(work: Work) -> Iterator[Part]:
    paths = [each.path for each in formats.sources(work.folder) if each.kind == "raster"]
    for place, path in enumerate(paths, 1):
        work.hear(path.name, place, len(paths))
        try:
            sheet, findings = sheets.examine(path)
        except Refused as refused:
            work.say(refused.finding)
            continue
        work.say(*findings, *_named(sheet))
        usual = work.options.as_layer or _raster_slug(sheet, work.told)
        row = _row(work, str(path.relative_to(work.folder)), sheet.kind, usual)
        row.facts = {name: sheet.facts[name] for name in ("width", "height", "bands", "dtype")} | {
            "file": path.name, "crs": sheet.where.name}  # fmt: skip
        yield Part(row, sheet=sheet)


def _named(sheet: sheets.Sheet) -> list[Finding]:
    """Say which sheet of the division a raster is, by name and by place."""
    box = placed(sheet.where, sheet.bounds)
    return names.said_of(sheet.path.stem, box, sheet.path.name) if box else []


def _raster_slug(sheet: sheets.Sheet, told: Manifest) -> str:
    usual = "dem" if sheet.kind == "elevation" else "ortho"
    return told.layers.get(sheet.path.stem.lower(), told.layers.get("*", usual))


def _row(work: Work, key: str, kind: str, usual: str) -> models.DeliveryPart:
    """Return what is kept of a part: the row of an earlier look, unless its target has changed since."""
    chosen = work.delivery.mapping.get(key, usual)
    if work.options.dry_run:
        return models.DeliveryPart(delivery=work.delivery, key=key, kind=kind, target=chosen)
    row, _ = models.DeliveryPart.objects.get_or_create(
        delivery=work.delivery, key=key, defaults={"kind": kind, "target": chosen}
    )
    if (row.target, row.kind) != (chosen, kind):
        row.target, row.kind, row.state, row.file = chosen, kind, "found", None
    if not chosen:
        row.state = "left out"
    elif row.state in ("refused", "left out"):
        row.state = "found"
    return row
