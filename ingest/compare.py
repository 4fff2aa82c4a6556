"""比对 diff: what would publication change? Staged rows paired with the current version of each layer."""

from dataclasses import asdict
from typing import Any

from psycopg2 import sql

from ingest.findings import refuse
from ingest.staged import by_layer, difference, file_of, paired_of, scope_of, stage_of, thawed
from ingest.work import Work
from layers import differences, models, mosaics, pairing, services, versions
from layers.pairing import Scope
from layers.spec import LayerSpec


def compare(work: Work) -> None:
    """Pair every layer's staged rows with its current ones and keep what differs."""
    blocked = {each.layer for each in work.report.findings if each.severity == "blocking" and each.layer}
    work.delivery.preview = {}
    for slug, parts in by_layer(work.delivery):
        if slug not in blocked:
            with work.refusals(layer=slug):
                work.delivery.preview[slug] = _rows_differ(work, slug, parts[0]) if parts[0].stage else _files_differ(slug, parts)
        work.delivery.preview.setdefault(slug, {"blocked": True})


def _rows_differ(work: Work, slug: str, part: models.DeliveryPart) -> dict[str, Any]:
    base, stage, scope = services.known(slug), stage_of(part), scope_of(work.delivery, slug)
    spec = base or services.spec_of(thawed(work.delivery.drafts[slug]))
    _fits(work, spec, stage, scope)
    if base is None or base.version == 0:
        versions.prepare(stage, pairing.identity_column(spec))
        counted = (versions.extent_of(stage, 1)[0], 0, 0)
    else:
        counted = pairing.pair(base, stage, paired_of(part), scope)
    told = difference(base, spec, part)
    return {
        "base": base.version if base else 0, "added": counted[0], "changed": counted[1], "removed": counted[2],
        "unchanged": (base.current.count if base and base.current else 0) - counted[1] - counted[2],
        "areas": [asdict(each) for each in differences.areas(told)] if spec.geometry == "Polygon" else [],
    }  # fmt: skip


def _files_differ(slug: str, parts: list[models.DeliveryPart]) -> dict[str, Any]:
    base = services.known(slug)
    files = [file_of(each.file) for each in parts if each.file]
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
