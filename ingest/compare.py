"""比对 diff: what would publication change? Staged rows paired with the current version of each layer."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from psycopg2 import sql

from ingest.check import stage_of, staged_file
from ingest.findings import refuse
from ingest.work import Work, thawed
from layers import differences, models, mosaics, pairing, services, versions
from layers.mosaics import StagedFile
from layers.pairing import Scope
from layers.publication import StagedRows
from layers.spec import LayerSpec


def compare(work: Work) -> None:
    """Pair every layer's staged rows with its current ones and keep what differs."""
    blocked = {each.layer for each in work.report.findings if each.severity == "blocking" and each.layer}
    work.delivery.preview = {}
    for slug, parts in _by_layer(work.delivery):
        if slug not in blocked:
            with work.refusals(layer=slug):
                work.delivery.preview[slug] = _rows_differ(work, slug, parts[0]) if parts[0].stage else _files_differ(slug, parts)
        work.delivery.preview.setdefault(slug, {"blocked": True})


def changes_of(delivery: models.Delivery, slug: str) -> differences.Difference | None:
    """Return what publication would change in a layer's rows; None for rasters and what is not staged."""
    part = delivery.parts.filter(state="staged", target=slug).exclude(stage="").first()
    base = services.known(slug)
    if part is None or not delivery.preview.get(slug) or delivery.preview[slug].get("blocked"):
        return None
    return _difference(base, base or services.spec_of(thawed(delivery.drafts[slug])), part)


def _rows_differ(work: Work, slug: str, part: models.DeliveryPart) -> dict[str, Any]:
    base, stage, scope = services.known(slug), stage_of(part), _scope(work.delivery, slug)
    spec = base or services.spec_of(thawed(work.delivery.drafts[slug]))
    _fits(work, spec, stage, scope)
    if base is None or base.version == 0:
        versions.prepare(stage, pairing.identity_column(spec))
        counted = (versions.extent_of(stage, 1)[0], 0, 0)
    else:
        counted = pairing.pair(base, stage, _paired(part), scope)
    told = _difference(base, spec, part)
    return {
        "base": base.version if base else 0, "added": counted[0], "changed": counted[1], "removed": counted[2],
        "unchanged": (base.current.count if base and base.current else 0) - counted[1] - counted[2],
        "areas": [asdict(each) for each in differences.areas(told)] if spec.geometry == "Polygon" else [],
    }  # fmt: skip


def _difference(base: LayerSpec | None, spec: LayerSpec, part: models.DeliveryPart) -> differences.Difference:
    return differences.staged(spec, stage_of(part), _paired(part) if base and base.version else None)


def _files_differ(slug: str, parts: list[models.DeliveryPart]) -> dict[str, Any]:
    base = services.known(slug)
    files = [staged_file(each.file) for each in parts if each.file]
    added, changed = mosaics.compared(base, files) if base else (len(files), 0)
    return {"base": base.version if base else 0, "added": added, "changed": changed, "removed": 0,
            "unchanged": len(files) - added - changed, "areas": []}  # fmt: skip


def _fits(work: Work, spec: LayerSpec, stage: sql.Identifier, scope: Scope) -> None:
    """Refuse rows outside the area they are to replace, and patches whose rows have no identity."""
    if scope.patch:
        column = pairing.identity_column(spec)
        if not column or not pairing.is_identity(stage, column):
            raise refuse("patch-needs-identity", "按标识增量更新须有唯一的标识字段；此图层没有，或标识重复、为空",
                         "a patch needs an identity field, filled and unique")  # fmt: skip
    if scope.area is not None and (outside := pairing.outside(stage, scope.area)):
        raise refuse("area-outside", f"{outside} 个要素不在本次更新范围内", f"{outside} features lie outside the area to replace")


def staged_rows(delivery: models.Delivery) -> list[StagedRows]:
    """Return the rows of a delivery that wait to be published."""
    found = []
    for slug, parts in _by_layer(delivery):
        told = delivery.preview.get(slug, {})
        if not parts[0].stage or told.get("blocked"):
            continue
        base = told.get("base")
        draft = delivery.drafts.get(slug)
        found.append(StagedRows(
            slug, stage_of(parts[0]), delivery.survey_date, _scope(delivery, slug), thawed(draft) if draft else None, base,
            _paired(parts[0]) if base else None,
        ))  # fmt: skip
    return found


def staged_files(delivery: models.Delivery) -> list[StagedFile]:
    """Return the rasters of a delivery that wait to be published."""
    rows = delivery.parts.filter(state="staged").exclude(file__isnull=True)
    usable = [each for each in rows if not delivery.preview.get(each.target, {}).get("blocked")]
    return [staged_file(each.file) for each in usable if each.file]


def drop_stages(delivery: models.Delivery) -> None:
    """Remove the staging tables of a delivery; its parts stay."""
    for part in delivery.parts.exclude(stage=""):
        versions.drop_stage(stage_of(part))
        versions.drop_stage(_paired(part))
    delivery.parts.update(stage="")


def _by_layer(delivery: models.Delivery) -> Iterator[tuple[str, list[models.DeliveryPart]]]:
    """Yield each layer with its staged parts, in the order of the slugs."""
    found: dict[str, list[models.DeliveryPart]] = {}
    for part in delivery.parts.filter(state="staged"):
        found.setdefault(part.target, []).append(part)
    yield from sorted(found.items())


def _paired(part: models.DeliveryPart) -> sql.Identifier:
    return sql.Identifier("geodata", f"p{part.stage[1:]}")


def _scope(delivery: models.Delivery, slug: str) -> Scope:
    if delivery.mode == "patch":
        return Scope(patch=True, removed=tuple(delivery.removals.get(slug, ())))
    return Scope(area=bytes(delivery.area.wkb) if delivery.mode == "area" and delivery.area else None)
