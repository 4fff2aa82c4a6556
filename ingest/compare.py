"""比对 diff: what would publication change? Staged rows paired with the current version of each layer."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from psycopg2 import sql

from ingest.check import stage_of
from ingest.work import Work, thawed
from layers import models, pairing, services, versions
from layers.mosaics import StagedFile
from layers.pairing import Scope
from layers.publication import StagedRows


def compare(work: Work) -> None:
    """Pair every layer's staged rows with its current ones and keep what differs."""
    blocked = {each.layer for each in work.report.findings if each.severity == "blocking" and each.layer}
    preview: dict[str, dict[str, object]] = {}
    for slug, parts in _by_layer(work.delivery):
        if slug in blocked:
            preview[slug] = {"blocked": True}
            continue
        base = services.known(slug)
        if parts[0].stage:
            stage = stage_of(parts[0])
            if base is None or base.version == 0:
                added, changed, removed = versions.extent_of(stage, 1)[0], 0, 0
            else:
                added, changed, removed = pairing.pair(base, stage, _paired(parts[0]), _scope(work.delivery))
        else:
            added, changed, removed = len(parts), 0, 0
        preview[slug] = {"base": base.version if base else 0, "added": added, "changed": changed, "removed": removed}
    work.delivery.preview = preview


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
            slug, stage_of(parts[0]), delivery.survey_date, _scope(delivery), thawed(draft) if draft else None, base,
            _paired(parts[0]) if base else None,
        ))  # fmt: skip
    return found


def staged_files(delivery: models.Delivery) -> list[StagedFile]:
    """Return the rasters of a delivery that wait to be published."""
    rows = delivery.parts.filter(state="staged").exclude(file__isnull=True)
    usable = [each for each in rows if not delivery.preview.get(each.target, {}).get("blocked")]
    return [_file(each.file) for each in usable if each.file]


def _file(kept: dict[str, Any]) -> StagedFile:
    day = kept["survey_date"]
    return StagedFile(**{
        **kept, "footprint": bytes.fromhex(kept["footprint"]), "survey_date": date.fromisoformat(day) if day else None,
    })  # fmt: skip


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


def _scope(delivery: models.Delivery) -> Scope:
    if delivery.mode == "patch":
        return Scope(patch=True)
    return Scope(area=bytes(delivery.area.wkb) if delivery.mode == "area" and delivery.area else None)
