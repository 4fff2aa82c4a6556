"""Publishing: everything staged becomes visible in one step, or nothing does; and the way back.

Under the layers' locks rows are written unseen (layers/versions), then one short transaction makes new
layers, moves all pointers, marks the changed cells and writes the audit (design §9). `fence` runs in that
transaction first: a worker that has lost its job raises there and nothing is published.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial

from django.contrib.gis.geos import Polygon
from django.db import transaction
from django.utils import timezone
from psycopg2 import sql

from layers import (
    announcements,
    audit,
    changes,
    drafts,
    generalise,
    models,
    mosaics,
    pairing,
    registry,
    versions,
)
from layers.drafts import LayerDraft
from layers.errors import NotFound, Stale
from layers.mosaics import StagedFile
from layers.pairing import WHOLE, Scope
from layers.spec import Bounds, LayerSpec
from layers.versions import Diff


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Rows of one layer waiting in `stage` (see `versions.create_table`), and what they replace.

    `draft` describes a layer that is to be made with them. `paired` are the rows that differ from version
    `base` (`pairing.pair`); publication of anything else than what was compared raises Stale.
    """

    slug: str
    stage: sql.Identifier
    survey_date: date | None = None
    scope: Scope = WHOLE
    draft: LayerDraft | None = None
    base: int | None = None
    paired: sql.Identifier | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did to one layer; `version` is the current one, new or unchanged."""

    slug: str
    version: int
    added: int
    changed: int
    removed: int


followers: list[Callable[[Sequence[str]], None]] = []
"""Told the slugs of what was published, once it is committed; what goes wrong there is logged and harms nothing."""


@dataclass(slots=True)
class _Step:
    """One layer's part of a publication: what was written unseen, ready to be moved to."""

    slug: str
    spec: LayerSpec | None
    diff: Diff
    state: tuple[int, Bounds | None] = (0, None)
    survey_date: date | None = None
    draft: LayerDraft | None = None
    stage: sql.Identifier | None = None
    restores: int | None = None
    files: tuple[StagedFile, ...] = ()

    @property
    def current(self) -> int:
        """The number of the version before."""
        return self.spec.version if self.spec else 0


@dataclass(frozen=True, slots=True)
class Mandate:
    """On whose behalf a publication moves: the actor, the delivery, and the fence that may still stop it."""

    actor: str
    delivery: models.Delivery | None = None
    action: str = "publish"
    fence: Callable[[], None] = field(default=lambda: None)


def publish(
    actor: str,
    delivery: models.Delivery | None,
    rows: Sequence[StagedRows] = (),
    files: Sequence[StagedFile] = (),
    *,
    drafts_of_files: Mapping[str, LayerDraft] | None = None,
    fence: Callable[[], None] = lambda: None,
) -> tuple[Published, ...]:
    """Publish everything staged as one step: all pointers move in one transaction, or none.

    Raises Stale when a layer is no longer at the version its rows were compared with.
    """
    made = dict(drafts_of_files or {})
    slugs = {each.slug for each in rows} | {each.slug for each in files}
    with versions.locked(sorted(slugs)):
        steps = [_write_rows(each) for each in rows]
        steps += [_write_files(slug, files, made.get(slug)) for slug in sorted({each.slug for each in files})]
        published = _move(Mandate(actor, delivery, fence=fence), steps)
        for each in rows:
            _generalise(actor, each.slug)
    settle()
    for each in rows:
        versions.drop_stage(each.stage)
        if each.paired:
            versions.drop_stage(each.paired)
    return published


def rollback(
    actor: str,
    slugs: Iterable[str],
    to: Mapping[str, int],
    *,
    delivery: models.Delivery | None = None,
    hide: bool = False,
    fence: Callable[[], None] = lambda: None,
) -> tuple[Published, ...]:
    """Publish versions whose content equals older ones (`to`: slug → number, 0 = empty), all together.

    With `hide` the versions after those are shown to nobody any more, not even by their numbers.
    """
    slugs = sorted(slugs)
    with versions.locked(slugs):
        steps: list[_Step] = []
        for slug in slugs:
            layer = drafts.spec(slug)
            if to[slug] and not models.Version.objects.filter(layer_id=layer.id, number=to[slug]).exists():
                raise NotFound(f"{slug} has no version {to[slug]}")
            steps.append(_restore(layer, to[slug]))
        with transaction.atomic():
            published = _move(Mandate(actor, delivery, fence=fence), steps)
            for step in steps if hide else ():
                since = models.Version.objects.filter(layer__slug=step.slug, number__gt=to[step.slug], number__lte=step.current)
                since.update(is_hidden=True)
    settle()
    return published


def generalise_layer(actor: str, slug: str) -> int:
    """Make the generalised tables a published layer needs and has not; return how many. A publication does so by itself."""
    with versions.locked([slug]):
        versions.undo_abandoned(drafts.spec(slug))
        return _generalise(actor, slug)


def publish_edit(actor: str, layer: LayerSpec, diff: Diff, extent: Bounds | None) -> int:
    """Move one layer's pointer to the rows that `layers.editing` has written under its lock; return the version.

    Counts come from the difference: nothing of the layer's size is read. The content's date stays.
    """
    count = (layer.current.count if layer.current else 0) + diff.added - diff.removed
    surveyed = layer.current.survey_date if layer.current else None
    diff = generalise.renew(layer, diff)
    step = _Step(layer.slug, layer, diff, (count, extent), surveyed)
    return _move(Mandate(actor, action="edit"), [step])[0].version


def settle() -> None:
    """Wait until every process has read the new pointers, so that "published" is true everywhere."""
    time.sleep(2 * registry.POLL_S)


def _write_rows(staged: StagedRows) -> _Step:
    layer = drafts.known(staged.slug)
    if staged.base is not None and staged.base != (layer.version if layer else 0):
        raise Stale(f"{staged.slug}: version {layer.version if layer else 0} was published meanwhile")
    if layer is None:
        if staged.draft is None:
            raise NotFound(f"no layer {staged.slug}")
        layer = drafts.spec_of(staged.draft)
    else:
        versions.undo_abandoned(layer)
    if layer.version == 0:
        versions.prepare(staged.stage, pairing.identity_column(layer))
        count, box = versions.extent_of(staged.stage, 1)
        diff = Diff(count, 0, 0, (box,) if box else ())
        known = layer if layer.id else None
        return _Step(layer.slug, known, diff, (count, box), staged.survey_date, staged.draft, staged.stage)
    diff = generalise.renew(layer, versions.write(layer, staged.stage, staged.scope, pairing=staged.paired))
    state = versions.state(layer, layer.version + 1) if not diff.is_empty else (0, None)
    return _Step(layer.slug, layer, diff, state, staged.survey_date)


def _write_files(slug: str, files: Sequence[StagedFile], draft: LayerDraft | None) -> _Step:
    mine = tuple(each for each in files if each.slug == slug)
    layer, surveyed = drafts.known(slug), mine[0].survey_date
    if layer is None:
        if draft is None:
            raise NotFound(f"no layer {slug}")
        # The files of a layer that is not there yet are recorded in the transaction that makes it.
        return _Step(slug, None, Diff(len(mine), 0, 0), survey_date=surveyed, draft=draft, files=mine)
    diff = mosaics.write(layer, mine)
    return _Step(slug, layer, diff, mosaics.state(layer), surveyed)


def _restore(layer: LayerSpec, number: int) -> _Step:
    if layer.kind == "vector":
        versions.undo_abandoned(layer)
        diff = generalise.restore(layer, number, versions.restore(layer, number))
        return _Step(layer.slug, layer, diff, versions.state(layer, layer.version + 1), restores=number)
    diff = mosaics.restore(layer, number)
    return _Step(layer.slug, layer, diff, mosaics.state(layer), restores=number)


def _move(mandate: Mandate, steps: Sequence[_Step]) -> tuple[Published, ...]:
    """Move all pointers in one transaction."""
    done: list[Published] = []
    with transaction.atomic():
        mandate.fence()
        now = timezone.now()
        is_new = False
        for step in sorted(steps, key=lambda each: each.slug):
            if step.diff.is_empty:
                done.append(Published(step.slug, step.current, 0, 0, 0))
                continue
            is_new = is_new or step.draft is not None
            layer = step.spec or _made(mandate.actor, step)
            _record(mandate, layer, step, now)
            done.append(Published(step.slug, layer.version + 1, step.diff.added, step.diff.changed, step.diff.removed))
        if changed := [step.slug for step in steps if not step.diff.is_empty]:
            audit.bump(pointers=1, rules=int(is_new))
            for follow in followers:
                transaction.on_commit(partial(follow, changed), robust=True)
    return tuple(done)


def _generalise(actor: str, slug: str) -> int:
    """Make a layer's missing generalised tables, of the version just published; until then its rows are drawn."""
    layer = drafts.spec(slug)
    made = generalise.make(layer)
    if made:
        with transaction.atomic():
            generalise.register(layer, (*layer.generalised, *made))
            audit.record(actor, "generalise", models.Layer.objects.get(pk=layer.id), tables=[each.table for each in made])
            audit.bump(pointers=1)
    return len(made)


def _made(actor: str, step: _Step) -> LayerSpec:
    """Make a new layer; its staged table, or its files, become its own."""
    if step.draft is None:
        raise NotFound(f"no layer {step.slug}")
    layer_id = drafts.register(actor, step.draft)
    layer = replace(drafts.spec_of(step.draft, f"geodata.{versions.table_name(layer_id)}"), id=layer_id)
    if step.files:
        step.diff = mosaics.write(layer, step.files)
        step.state = mosaics.state(layer)
    return layer


def _record(mandate: Mandate, layer: LayerSpec, step: _Step, now: datetime) -> None:
    """Write the version, the changed cells, the pointer and the audit entry of one layer."""
    if step.stage is not None:
        versions.adopt(step.stage, layer.id)
    row = _version(layer, step, now)
    row.delivery, row.survey_date, row.restores = mandate.delivery, step.survey_date, step.restores
    row.save(force_insert=True)
    changes.mark(layer.id, row.number, step.diff.bounds)
    changes.mark(layer.id, row.number, step.diff.coarse, coarse=True)
    generalise.register(layer, step.diff.tables)
    models.Layer.objects.filter(pk=layer.id).update(current=row.number)
    announcements.announce(layer, row)
    audit.record(mandate.actor, mandate.action if step.restores is None else "rollback", row)


def _version(layer: LayerSpec, step: _Step, now: datetime) -> models.Version:
    count, box = step.state
    extent = None
    if box:
        # A single point or a level line has no area, and a polygon column wants one.
        west, south, east, north = box
        extent = Polygon.from_bbox((west, south, max(east, west + 1e-9), max(north, south + 1e-9)))
        extent.srid = 4490
    return models.Version(
        layer_id=layer.id, number=layer.version + 1, published=now, added=step.diff.added, changed=step.diff.changed,
        removed=step.diff.removed, count=count, extent=extent,
    )  # fmt: skip
