"""检查 check: every part into its staging table or store, its rows and pixels looked at on the way."""

from dataclasses import asdict

from django.conf import settings
from django.db import connection
from psycopg2 import sql

from ingest import names, shift, target
from ingest.findings import Finding, Refused, from_json
from ingest.georeference import Georeference, georeference, placed
from ingest.load import Stage, load, look
from ingest.raster import sheets
from ingest.read import SourceLayer, batches
from ingest.rules import metadata, mosaic, staged
from ingest.rules.metadata import Delivered
from ingest.rules.policy import Policy, policy_of
from ingest.rules.sources import field_findings, row_checks
from ingest.rules.staged import Staged
from ingest.staged import file_of, frozen, stage_of, thawed
from ingest.work import Part, Work
from layers import services, versions
from layers.spec import LayerSpec


def check(work: Work) -> None:
    """Stage all parts; one that was staged before a crash is not read again."""
    usable = [each for each in work.parts if each.row.state in ("found", "staged")]
    for part in usable:
        with work.refusals(part, part.target if part.layer else ""):
            if part.layer is not None:
                _rows(part, part.layer, work)
            elif part.sheet is not None:
                _pixels(part, part.sheet, work)
        work.save(part)
        if part.row.state != "refused":
            work.report.rows[part.target] = work.report.rows.get(part.target, 0) + (part.row.rows or 0)
    area = work.delivery.area
    files = tuple(dict.fromkeys(str(each.row.facts.get("file", "")) for each in usable))
    work.say(*metadata.check(Delivered(work.told, files, bytes(area.wkb) if area else None)))
    if not work.options.dry_run:
        _layers(work)
        _mosaics(work)


def _rows(part: Part, layer: SourceLayer, work: Work) -> None:
    found_at, findings = georeference(layer.crs, layer.bounds, settings.GEOBASE.city_bounds, layer.file, work.local)
    where, more = shift.undone(found_at, work.shift, layer.file)
    part.row.facts["georeference"] = where.name
    work.say(*findings, *more)
    if box := placed(where, layer.bounds):
        work.say(*names.said_of(f"{layer.path.stem} {layer.name}", box, layer.file))
    if work.options.dry_run:
        part.row.rows = layer.count
        work.say(*_seen(part, layer, where))
        return
    if part.row.state == "staged" and _is_there(part.row.stage):
        work.say(*map(from_json, part.row.findings))
        return
    spec = _spec(part, layer, work)
    stage = _stage(part, spec, work)
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DELETE FROM {} WHERE src_file = %s").format(stage), [part.row.pk])
        cursor.execute(sql.SQL("SELECT coalesce(max(fid), 0) FROM {}").format(stage))
        to = Stage(stage, part.row.pk, cursor.fetchone()[0])
    looking = row_checks(spec, layer)
    part.row.rows = load(layer, where, target.matched(layer, spec.fields), to, looking,
                         lambda rows: work.hear(part.target, rows, layer.count))  # fmt: skip
    shifted = shift.check(stage, part.row.pk, work.shift, layer.file)
    found = [*shifted, *field_findings(spec, layer), *looking.findings(layer.file, part.target)]
    work.say(*found)
    part.row.findings, part.row.state = [each.as_json() for each in found], "staged"


def _seen(part: Part, layer: SourceLayer, where: Georeference) -> list[Finding]:
    """Say what the rules of rows and fields find in a source that is not to be staged."""
    spec = services.known(part.target)
    if spec is None:
        with batches(layer) as found:
            first = next(found, None)
        if first is None:
            return []
        spec = services.spec_of(target.draft(layer, first.schema, part.target, level=None, is_sample=False), "geodata.none")
    looking = row_checks(spec, layer)
    look(layer, where, target.matched(layer, spec.fields), looking)
    return [*field_findings(spec, layer), *looking.findings(layer.file, part.target)]


def _layers(work: Work) -> None:
    """Look at each staged layer as a whole, its sheets together and beside what stays published."""
    delivery = work.delivery
    area = bytes(delivery.area.wkb) if delivery.area else None
    by_layer: dict[str, list[tuple[Part, SourceLayer]]] = {}
    for part in work.parts:
        if part.layer and part.row.state == "staged":
            by_layer.setdefault(part.target, []).append((part, part.layer))
    for slug, parts in by_layer.items():
        spec = _spec(*parts[0], work)
        policy = policy_of(spec)
        whole = Staged(
            spec, stage_of(parts[0][0].row), {part.row.pk: layer.file for part, layer in parts},
            area if delivery.mode == "area" else None, area, delivery.mode == "patch",
        )  # fmt: skip
        work.hear(slug, 0, 0)
        work.say(*policy.unknown(slug), *staged.check(whole, policy))


def _mosaics(work: Work) -> None:
    """Look at the sheets of each raster layer together, beside those that stay published."""
    by_layer: dict[str, list[tuple[Part, sheets.Sheet]]] = {}
    for part in work.parts:
        if part.sheet and part.row.state == "staged" and part.row.file:
            by_layer.setdefault(part.target, []).append((part, part.sheet))
    for slug, parts in by_layer.items():
        known = services.known(slug)
        files = [(file_of(part.row.file), sheet.facts) for part, sheet in parts if part.row.file]
        kind = parts[0][1].kind
        policy = policy_of(known) if known else Policy(frozenset({"raster", kind}), {})
        work.hear(slug, 0, 0)
        with work.refusals(layer=slug):
            work.say(*policy.unknown(slug), *mosaic.check(mosaic.of_files(slug, kind, files, known.id if known else 0), policy))


def _stage(part: Part, spec: LayerSpec, work: Work) -> sql.Identifier:
    """Return the staging table of a part's layer, made for the first of its parts."""
    shared = next((each.row.stage for each in work.parts if each.target == part.target and each.row.stage), "")
    part.row.stage = shared or f"s_{part.row.pk}"
    work.save(part)
    if _is_there(part.row.stage):
        return stage_of(part.row)
    return versions.create_table(0, spec.fields, part.row.stage)


def _is_there(stage: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"geodata.{stage}"])
        return bool(stage and cursor.fetchone()[0])


def _spec(part: Part, layer: SourceLayer, work: Work) -> LayerSpec:
    """Return the spec of the layer a part goes to: the registry's, or the draft of the one to be made."""
    if known := services.known(part.target):
        return known
    drafts = work.delivery.drafts
    if part.target not in drafts:
        with batches(layer) as found:
            first = next(found, None)
        if first is None:
            raise Refused(Finding("no-features", "blocking", "没有要素", "there are no features", layer.file))
        made = target.draft(layer, first.schema, part.target, level=work.options.level, is_sample=work.told.is_sample)
        drafts[part.target] = frozen(made)
        work.delivery.save(update_fields=["drafts"])
    return services.spec_of(thawed(drafts[part.target]), f"geodata.{part.row.stage}")


def _pixels(part: Part, sheet: sheets.Sheet, work: Work) -> None:
    part.row.rows = 1
    place = [each for each in work.parts if each.sheet].index(part) + 1
    work.hear(part.target, place, sum(1 for each in work.parts if each.sheet))
    if work.options.dry_run or (part.row.state == "staged" and part.row.file):
        return
    made = sheets.stage(sheet, part.target, work.told.survey_date)
    part.row.file = {**asdict(made), "footprint": made.footprint.hex(),
                     "survey_date": made.survey_date.isoformat() if made.survey_date else None}  # fmt: skip
    part.row.state = "staged"
    if services.known(part.target) is None and part.target not in work.delivery.drafts:
        draft = target.raster_draft(part.target, sheet.path.stem, sheet.kind, level=work.options.level,
                                    is_sample=work.told.is_sample)  # fmt: skip
        work.delivery.drafts[part.target] = frozen(draft)
        work.delivery.save(update_fields=["drafts"])
