"""The only writers of the registry: each change is one transaction with its audit entry and revision."""

import hashlib
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import models as django_models
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from psycopg2 import sql

from layers import changes, models, mosaics, registry, versions
from layers.errors import NotFound
from layers.mosaics import StagedFile
from layers.spec import OPERATIONS, Bounds, FieldSpec, Kind, LayerSpec, StyleSpec, Title

PUBLIC_OPERATIONS = ["discover", "view", "query", "download"]


@dataclass(frozen=True, slots=True)
class LayerDraft:
    """A layer to be made; `public` gives everyone the right to read it (within the level's zones)."""

    slug: str
    title: Title
    theme: str
    kind: Kind = "vector"
    geometry: str = ""
    level: int = 1
    fields: tuple[FieldSpec, ...] = ()
    identity: str = ""
    title_field: str = ""
    styles: tuple[StyleSpec, ...] = ()
    abstract: Title = field(default_factory=lambda: Title(""))
    keywords: tuple[str, ...] = ()
    is_sample: bool = False
    public: bool = False
    display: tuple[tuple[str, Any], ...] = ()
    """Further columns of the layer: order, opacity, blend, is_base, shown_at_start, min_scale …"""


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Rows of one layer waiting in `stage` (see `versions.create_table`); `area` (WKB) bounds the diff."""

    slug: str
    stage: sql.Identifier
    survey_date: date | None = None
    area: bytes | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did to one layer; `version` is the current one, new or unchanged."""

    slug: str
    version: int
    added: int
    changed: int
    removed: int


def save(actor: str, row: django_models.Model, *, action: str = "save") -> None:
    """Write one registry row with its audit entry; the next request reads the new revision."""
    with transaction.atomic():
        row.save()
        _audit(actor, action, row)
        _bump(rules=1)


def delete(actor: str, row: django_models.Model) -> None:
    """Delete one registry row with its audit entry."""
    with transaction.atomic():
        _audit(actor, "delete", row)
        row.delete()
        _bump(rules=1)


def touch(actor: str, row: django_models.Model, action: str) -> None:
    """Record that rows belonging to `row` were changed (inlines of the admin pages)."""
    with transaction.atomic():
        _audit(actor, action, row)
        _bump(rules=1)


def issue_key(actor: str, key: models.ApiKey) -> str:
    """Save a key and return its secret, which is shown once and never kept: gb_<prefix>_<secret>."""
    key.prefix = secrets.token_hex(4)
    secret = f"gb_{key.prefix}_{secrets.token_urlsafe(24)}"
    key.sha256 = hashlib.sha256(secret.encode()).hexdigest()
    save(actor, key, action="issue key")
    return secret


def make_layer(actor: str, draft: LayerDraft) -> LayerSpec:
    """Make a layer with its table, fields, styles and first grants; return its spec."""
    with transaction.atomic():
        layer = models.Layer.objects.create(
            slug=draft.slug,
            title_zh=draft.title.zh,
            title_en=draft.title.en,
            abstract_zh=draft.abstract.zh,
            abstract_en=draft.abstract.en,
            keywords=list(draft.keywords),
            theme=models.Theme.objects.get(slug=draft.theme),
            level=draft.level,
            kind=draft.kind,
            geometry=draft.geometry,
            identity=draft.identity,
            title_field=draft.title_field,
            is_sample=draft.is_sample,
            **dict(draft.display),
        )
        _write_fields(layer, draft.fields)
        _write_styles(layer, draft.styles)
        _first_grants(layer, public=draft.public)
        if draft.kind == "vector":
            versions.create_table(layer.pk, draft.fields)
        _audit(actor, "make layer", layer)
        _bump(rules=1)
    return spec(draft.slug)


def spec(slug: str) -> LayerSpec:
    """Return a layer's spec as it is now; for writers only, faces ask `layers.access`."""
    registry.forget()
    try:
        return registry.current().layers[slug]
    except KeyError:
        raise NotFound(f"no layer {slug}") from None


def publish(
    actor: str, delivery: models.Delivery | None, rows: Sequence[StagedRows] = (), files: Sequence[StagedFile] = ()
) -> tuple[Published, ...]:
    """Publish everything staged as one step: all pointers move in one transaction, or none."""
    staged: list[StagedRows | StagedFile] = [*rows, *files]
    slugs = sorted({each.slug for each in staged})
    ids = [spec(slug).id for slug in slugs]
    with versions.locked(ids):
        diffs = {slug: _write(spec(slug), rows, files) for slug in slugs}
        dates = {each.slug: each.survey_date for each in staged}
        published = _move(actor, delivery, diffs, dates)
    _settle()
    for each in rows:
        versions.drop_stage(each.stage)
    return published


def rollback(actor: str, slugs: Iterable[str], to: dict[str, int]) -> tuple[Published, ...]:
    """Publish versions whose content equals older ones (`to`: slug → number), all layers together."""
    slugs = sorted(slugs)
    with versions.locked([spec(slug).id for slug in slugs]):
        diffs: dict[str, versions.Diff] = {}
        for slug in slugs:
            layer = spec(slug)
            versions_of = models.Version.objects.filter(layer_id=layer.id, number=to[slug])
            if not versions_of.exists():
                raise NotFound(f"{slug} has no version {to[slug]}")
            diffs[slug] = _restore(layer, to[slug])
        published = _move(actor, None, diffs, {}, restores=to)
    _settle()
    return published


def _write(layer: LayerSpec, rows: Sequence[StagedRows], files: Sequence[StagedFile]) -> versions.Diff:
    if layer.kind == "vector":
        versions.undo_abandoned(layer)
        staged = next(each for each in rows if each.slug == layer.slug)
        if layer.version == 0:
            return versions.adopt(layer, staged.stage)
        return versions.write(layer, staged.stage, staged.area)
    return mosaics.write(layer, [each for each in files if each.slug == layer.slug])


def _restore(layer: LayerSpec, number: int) -> versions.Diff:
    if layer.kind == "vector":
        versions.undo_abandoned(layer)
        return versions.restore(layer, number)
    return mosaics.restore(layer, number)


def _move(
    actor: str,
    delivery: models.Delivery | None,
    diffs: dict[str, versions.Diff],
    dates: dict[str, date | None],
    restores: dict[str, int] | None = None,
) -> tuple[Published, ...]:
    done: list[Published] = []
    states = {slug: _state(spec(slug)) for slug, diff in diffs.items() if not diff.is_empty}
    with transaction.atomic():
        now = timezone.now()
        for slug, diff in sorted(diffs.items()):
            layer = spec(slug)
            if diff.is_empty:
                done.append(Published(slug, layer.version, 0, 0, 0))
                continue
            row = _version(layer, diff, states[slug], now)
            row.delivery, row.survey_date = delivery, dates.get(slug)
            row.restores = (restores or {}).get(slug)
            row.save(force_insert=True)
            changes.mark(layer.id, row.number, diff.bounds)
            models.Layer.objects.filter(pk=layer.id).update(current=row.number)
            _audit(actor, "rollback" if restores else "publish", row)
            done.append(Published(slug, row.number, diff.added, diff.changed, diff.removed))
        if states:
            _bump(pointers=1)
    return tuple(done)


def _state(layer: LayerSpec) -> tuple[int, Bounds | None]:
    if layer.kind == "vector":
        return versions.state(layer, layer.version + 1)
    return mosaics.state(layer)


def _version(
    layer: LayerSpec, diff: versions.Diff, state: tuple[int, Bounds | None], now: datetime
) -> models.Version:
    count, box = state
    extent = None
    if box:
        # A single point or a level line has no area, and a polygon column wants one.
        west, south, east, north = box
        extent = Polygon.from_bbox((west, south, max(east, west + 1e-9), max(north, south + 1e-9)))
        extent.srid = 4490
    return models.Version(
        layer_id=layer.id, number=layer.version + 1, published=now, added=diff.added, changed=diff.changed,
        removed=diff.removed, count=count, extent=extent,
    )  # fmt: skip


def _write_fields(layer: models.Layer, fields: Iterable[FieldSpec]) -> None:
    models.LayerField.objects.bulk_create(
        models.LayerField(
            layer=layer, name=each.name, column=each.column, type=each.type, title_zh=each.title.zh,
            title_en=each.title.en, codes=each.codes, unit=each.unit, order=place,
        )
        for place, each in enumerate(fields)
    )  # fmt: skip


def _write_styles(layer: models.Layer, styles: Iterable[StyleSpec]) -> None:
    models.Style.objects.bulk_create(
        models.Style(
            layer=layer, name=each.name, title_zh=each.title.zh, title_en=each.title.en, body=each.body, order=place
        )
        for place, each in enumerate(styles)
    )


def _first_grants(layer: models.Layer, *, public: bool) -> None:
    grants = [
        models.Grant(subject="role", role=role, layer=layer, operations=list(OPERATIONS), note="made with the layer")
        for role in ("steward", "staff")
    ]
    if public:
        grants.append(models.Grant(subject="everyone", layer=layer, operations=PUBLIC_OPERATIONS))
    models.Grant.objects.bulk_create(grants)


def _audit(actor: str, action: str, row: django_models.Model) -> None:
    models.AuditEntry.objects.create(
        actor=actor, action=action, kind=row._meta.model_name or "", subject=str(row)[:240], detail={"id": row.pk}
    )


def _bump(*, rules: int = 0, pointers: int = 0) -> None:
    models.Revision.objects.filter(pk=1).update(rules=F("rules") + rules, pointers=F("pointers") + pointers)
    registry.forget()


def _settle() -> None:
    """Wait until every process has read the new pointers, so that "published" is true everywhere."""
    time.sleep(2 * registry.POLL_S)
