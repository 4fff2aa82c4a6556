"""What of a delivery waits to be published: its staged rows and files, its drafts of new layers, their difference."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from psycopg2 import sql

from layers import differences, models, services, versions
from layers.mosaics import StagedFile
from layers.pairing import Scope
from layers.publication import StagedRows
from layers.services import LayerDraft
from layers.spec import FieldSpec, LayerSpec, StyleSpec, Title


def stage_of(part: models.DeliveryPart) -> sql.Identifier:
    """Return the staging table of a part's layer."""
    return sql.Identifier("geodata", part.stage)


def changes_of(delivery: models.Delivery, slug: str) -> differences.Difference | None:
    """Return what publication would change in a layer's rows; None for rasters and what is not staged."""
    part = delivery.parts.filter(state="staged", target=slug).exclude(stage="").first()
    base = services.known(slug)
    if part is None or not delivery.preview.get(slug) or delivery.preview[slug].get("blocked"):
        return None
    return difference(base, base or services.spec_of(thawed(delivery.drafts[slug])), part)


def difference(base: LayerSpec | None, spec: LayerSpec, part: models.DeliveryPart) -> differences.Difference:
    """Return the difference a staged part makes to its layer."""
    return differences.staged(spec, stage_of(part), paired_of(part) if base and base.version else None)


def staged_rows(delivery: models.Delivery) -> list[StagedRows]:
    """Return the rows of a delivery that wait to be published."""
    found = []
    for slug, parts in by_layer(delivery):
        told = delivery.preview.get(slug, {})
        if not parts[0].stage or told.get("blocked"):
            continue
        base = told.get("base")
        draft = delivery.drafts.get(slug)
        found.append(StagedRows(
            slug, stage_of(parts[0]), delivery.survey_date, scope_of(delivery, slug), thawed(draft) if draft else None, base,
            paired_of(parts[0]) if base else None,
        ))  # fmt: skip
    return found


def staged_files(delivery: models.Delivery) -> list[StagedFile]:
    """Return the rasters of a delivery that wait to be published."""
    rows = delivery.parts.filter(state="staged").exclude(file__isnull=True)
    usable = [each for each in rows if not delivery.preview.get(each.target, {}).get("blocked")]
    return [file_of(each.file) for each in usable if each.file]


def file_of(kept: dict[str, Any]) -> StagedFile:
    """Return the raster that a part's record keeps."""
    day = kept["survey_date"]
    return StagedFile(**{
        **kept, "footprint": bytes.fromhex(kept["footprint"]), "survey_date": date.fromisoformat(day) if day else None,
    })  # fmt: skip


def drop_stages(delivery: models.Delivery) -> None:
    """Remove the staging tables of a delivery; its parts stay."""
    for part in delivery.parts.exclude(stage=""):
        versions.drop_stage(stage_of(part))
        versions.drop_stage(paired_of(part))
    delivery.parts.update(stage="")


def restart(delivery: models.Delivery) -> None:
    """Forget what was done from detection on, so that it is done again; originals and parts stay."""
    drop_stages(delivery)
    delivery.parts.update(state="found", file=None, findings=[])
    delivery.steps, delivery.drafts, delivery.preview = {}, {}, {}
    delivery.is_cancelled, delivery.problem, delivery.approved_by, delivery.moved, delivery.status = False, "", "", "", "received"
    delivery.save()


def by_layer(delivery: models.Delivery) -> Iterator[tuple[str, list[models.DeliveryPart]]]:
    """Yield each layer with its staged parts, in the order of the slugs."""
    found: dict[str, list[models.DeliveryPart]] = {}
    for part in delivery.parts.filter(state="staged"):
        found.setdefault(part.target, []).append(part)
    yield from sorted(found.items())


def paired_of(part: models.DeliveryPart) -> sql.Identifier:
    """Return the table of the pairing of a part's layer."""
    return sql.Identifier("geodata", f"p{part.stage[1:]}")


def scope_of(delivery: models.Delivery, slug: str) -> Scope:
    """Return what a delivery replaces in a layer."""
    if delivery.mode == "patch":
        return Scope(patch=True, removed=tuple(delivery.removals.get(slug, ())))
    return Scope(area=bytes(delivery.area.wkb) if delivery.mode == "area" and delivery.area else None)


def frozen(draft: LayerDraft) -> dict[str, Any]:
    """Return a draft as plain values, to be kept until its delivery is published."""
    return asdict(draft)


def thawed(values: dict[str, Any]) -> LayerDraft:
    """Return the draft that `frozen` kept."""
    fields = tuple(FieldSpec(**{**each, "title": Title(**each["title"])}) for each in values["fields"])
    styles = tuple(StyleSpec(**{**each, "title": Title(**each["title"])}) for each in values["styles"])
    return LayerDraft(**{
        **values, "title": Title(**values["title"]), "abstract": Title(**values["abstract"]), "fields": fields, "styles": styles,
        "keywords": tuple(values["keywords"]), "display": tuple((name, value) for name, value in values["display"]),
    })  # fmt: skip
