"""The order of a delivery's steps, and the only place that knows it: receive, read, check, stage, publish."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg2 import sql

from ingest import archive, formats, originals, target
from ingest.findings import Finding, Refused
from ingest.georeference import georeference
from ingest.load import load
from ingest.raster import sheets
from ingest.read import SourceLayer, batches, layers
from layers import models, services, versions
from layers.errors import NotFound
from layers.mosaics import StagedFile
from layers.spec import LayerSpec


@dataclass(frozen=True, slots=True)
class Options:
    """How a delivery is to be treated; `level` None = the layer's usual one."""

    actor: str = "ingest"
    dry_run: bool = False
    publish: bool = True
    as_layer: str = ""
    level: int | None = None


@dataclass(slots=True)
class Report:
    """What became of a delivery."""

    delivery: str = ""
    findings: list[Finding] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    published: tuple[services.Published, ...] = ()

    @property
    def is_blocked(self) -> bool:
        """Whether something was refused."""
        return any(each.severity == "blocking" for each in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "delivery": self.delivery,
            "rows": self.rows,
            "published": [
                {"layer": each.slug, "version": each.version, "added": each.added, "changed": each.changed, "removed": each.removed}
                for each in self.published
            ],
            "findings": [each.as_json() for each in self.findings],
        }  # fmt: skip


def run(source: Path, options: Options, progress: Callable[[str, int, int], None] = lambda *_: None) -> Report:
    """Take one delivery; `progress` hears (what, done, total). Raises nothing a delivery can cause."""
    report = Report()
    geobase = settings.GEOBASE
    sha256 = report.delivery = originals.digest(source)
    if not options.dry_run:
        originals.keep(source, geobase.deliveries, sha256)
    with tempfile.TemporaryDirectory(prefix="geobase-ingest-") as folder:
        work = Path(folder)
        report.findings += [each.finding for each in archive.unpack(source, work, geobase.upload_megabytes << 20)]
        try:
            told = target.manifest(work)
            delivery = None if options.dry_run else _record(source, sha256, told)
            _take(work, _Run(told, options, report, progress), delivery)
        except Refused as refused:
            report.findings.append(refused.finding)
    if not options.dry_run:
        models.Delivery.objects.filter(sha256=sha256).update(report=report.as_json(), status=_status(report, options))
    return report


@dataclass(frozen=True, slots=True)
class _Run:
    """What every step of one delivery shares."""

    told: target.Manifest
    options: Options
    report: Report
    progress: Callable[[str, int, int], None]


def _take(work: Path, run_: _Run, delivery: models.Delivery | None) -> None:
    options, report = run_.options, run_.report
    sources, rasters = _sources(work, report)
    if options.as_layer and len(sources) + min(len(rasters), 1) != 1:
        names = "、".join([*(f"{each.file}/{each.name}" for each in sources), *(each.name for each in rasters)])
        report.findings.append(Finding("as-layer-many", "blocking", f"--as-layer 只能用于一个图层，此处有：{names}",
                                       f"--as-layer takes one layer; here are: {names}"))  # fmt: skip
        return
    staged: list[services.StagedRows] = []
    try:
        for place, layer in enumerate(sources):
            name = options.as_layer or target.slug(layer.name, layer.path.stem, run_.told.layers)
            if rows := _tried(run_, lambda each=layer, slug=name, n=place: _stage(each, slug, n, run_)):  # type: ignore[misc]
                staged.append(rows)
        files = _stage_rasters(rasters, run_)
        if (staged or files) and options.publish and not options.dry_run:
            report.published = services.publish(options.actor, delivery, _merged(staged), files)
    finally:
        for each in staged:
            versions.drop_stage(each.stage)


def _tried[Made](run_: _Run, step: Callable[[], Made]) -> Made | None:
    """Take a step; what it refuses becomes a finding."""
    try:
        return step()
    except Refused as refused:
        run_.report.findings.append(refused.finding)
        return None


def _stage_rasters(paths: list[Path], run_: _Run) -> list[StagedFile]:
    files: list[StagedFile] = []
    for place, path in enumerate(paths, 1):
        examined = _tried(run_, lambda each=path: sheets.examine(each))  # type: ignore[misc]
        if examined is None:
            continue
        sheet, findings = examined
        run_.report.findings += findings
        name = run_.options.as_layer or _raster_slug(sheet, run_.told)
        run_.report.rows[name] = run_.report.rows.get(name, 0) + 1
        run_.progress(name, place, len(paths))
        if run_.options.dry_run:
            continue
        made = _tried(run_, lambda each=sheet, slug=name: sheets.stage(each, slug, run_.told.survey_date))  # type: ignore[misc]
        if made:
            _raster_layer(sheet, name, run_)
            files.append(made)
    return files


def _raster_slug(sheet: sheets.Sheet, told: target.Manifest) -> str:
    usual = "dem" if sheet.kind == "elevation" else "ortho"
    return told.layers.get(sheet.path.stem.lower(), told.layers.get("*", usual))


def _raster_layer(sheet: sheets.Sheet, name: str, run_: _Run) -> None:
    try:
        services.spec(name)
    except NotFound:
        made = target.raster_draft(name, sheet.path.stem, sheet.kind, level=run_.options.level, is_sample=run_.told.is_sample)
        services.make_layer(run_.options.actor, made)


def _sources(work: Path, report: Report) -> tuple[list[SourceLayer], list[Path]]:
    """Find the vector layers and the rasters that can be read, and say of everything else why not."""
    found: list[SourceLayer] = []
    rasters: list[Path] = []
    for each in formats.sources(work):
        if each.finding:
            report.findings.append(each.finding)
        if each.kind == "vector":
            found += _open(each.path, report)
        elif each.kind == "raster":
            rasters.append(each.path)
    return found, rasters


def _open(path: Path, report: Report) -> Iterator[SourceLayer]:
    try:
        found, findings = layers(path)
    except Refused as refused:
        report.findings.append(refused.finding)
        return
    report.findings += findings
    usable = [each for each in found if each.geometry or each.count]
    if not usable:
        report.findings.append(Finding("no-layers", "blocking", "没有图层", "there are no layers", path.name))
    yield from usable


def _stage(layer: SourceLayer, name: str, place: int, run_: _Run) -> services.StagedRows | None:
    report = run_.report
    where, findings = georeference(layer.crs, layer.bounds, settings.GEOBASE.city_bounds, layer.file)
    report.findings += findings
    if run_.options.dry_run:
        report.rows[name] = report.rows.get(name, 0) + layer.count
        return None
    spec = _layer(layer, name, run_.told, run_.options)
    stage = versions.create_table(spec.id, spec.fields, f"s_{spec.id}_{place}")
    done = load(layer, where, target.matched(layer, spec.fields), stage, lambda rows: run_.progress(name, rows, layer.count))
    report.findings += done.findings(layer.file, name)
    report.rows[name] = report.rows.get(name, 0) + done.rows
    return services.StagedRows(name, stage, run_.told.survey_date)


def _layer(layer: SourceLayer, name: str, told: target.Manifest, options: Options) -> LayerSpec:
    try:
        return services.spec(name)
    except NotFound:
        with batches(layer) as found:
            first = next(found, None)
        if first is None:
            raise Refused(Finding("no-features", "blocking", "没有要素", "there are no features", layer.file)) from None
        made = target.draft(layer, first.schema, name, level=options.level, is_sample=told.is_sample)
        return services.make_layer(options.actor, made)


def _merged(staged: list[services.StagedRows]) -> list[services.StagedRows]:
    """Join the sheets of one layer into its first stage, their row numbers running on."""
    by_slug: dict[str, services.StagedRows] = {}
    for each in staged:
        first = by_slug.setdefault(each.slug, each)
        if first is each:
            continue
        columns = sql.SQL(", ").join(
            sql.Identifier(name)
            for name in ("since", "geom", *(f.column for f in services.spec(each.slug).fields), "src_row", "hash")
        )
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(
                "INSERT INTO {a} (fid, {c}) SELECT (SELECT coalesce(max(fid), 0) FROM {a}) + fid, {c} FROM {b}"
            ).format(a=first.stage, b=each.stage, c=columns))  # fmt: skip
    return list(by_slug.values())


def _record(source: Path, sha256: str, told: target.Manifest) -> models.Delivery:
    found = models.Delivery.objects.filter(sha256=sha256).first()
    return found or models.Delivery.objects.create(
        sha256=sha256, name=source.name, title=told.title, contractor=told.contractor,
        survey_date=told.survey_date, is_sample=told.is_sample,
    )  # fmt: skip


def _status(report: Report, options: Options) -> str:
    if not report.published:
        return "refused" if report.is_blocked else "staged"
    return "published" if any(each.added or each.changed or each.removed for each in report.published) else "unchanged"
