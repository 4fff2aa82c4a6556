"""The order of a delivery's steps, and the only place that knows it: receive, detect, check, diff, publish.

Every step may be taken again: what it did is on the delivery's record, and a step that was cut short, by a
crash or a full disk, is begun anew or goes on where it was. `run` takes a delivery through at once (command
line, tests); `advance` takes one that is on record as far as it is wanted (workers).
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from ingest import originals, receive
from ingest.check import check
from ingest.compare import compare, drop_stages, staged_files, staged_rows
from ingest.detect import detect
from ingest.errors import Cancelled, LostJob, why
from ingest.findings import Finding
from ingest.progress import Progress
from ingest.work import Hear, Options, Report, Work, thawed
from layers import models, services
from layers.errors import Stale

__all__ = ["Options", "Report", "advance", "run"]

STEPS = ("receive", "detect", "check", "diff", "publish")
THE_WORLD = (OSError, OperationalError, InterfaceError)
"""Faults that are nobody's: the disk, a share, the database. The delivery waits and is taken up again."""
_LOCK_CLASS = 4492
_ENDED = ("published", "unchanged", "refused", "failed", "cancelled", "withdrawn")


def _nothing(what: str, done: int, total: int) -> None:
    """Hear nothing."""


def run(source: Path, options: Options, progress: Hear = _nothing) -> Report:
    """Take one delivery through; `progress` hears (what, done, total). Raises nothing a delivery can cause."""
    if options.dry_run:
        return _look(source, options, progress)
    delivery = receive.take(source, options)
    chosen = {"as_layer": options.as_layer, "level": options.level}
    if delivery.status in _ENDED or delivery.options != chosen:
        delivery.options = chosen
        restart(delivery)
    goal = "published" if options.publish else "staged"
    models.Delivery.objects.filter(pk=delivery.pk).update(goal=goal, submitted_by=options.actor, is_confirmed=True)
    return advance(delivery.pk, progress)


def advance(delivery_id: int, progress: Hear = _nothing, fence: Callable[[], None] = lambda: None) -> Report:
    """Take a delivery on record as far as its goal; one that is there already is left as it is."""
    with _alone(delivery_id):
        delivery = models.Delivery.objects.get(pk=delivery_id)
        report = Report(delivery.sha256)
        heard = Progress(delivery, report, progress)
        if not delivery.goal:
            report.read(delivery.report)
            return report
        options = Options(delivery.submitted_by or delivery.actor or "ingest", **delivery.options)
        work = Work(delivery, Path(), options, heard, report=report, fence=fence)
        try:
            _take(work, heard)
        except Cancelled:
            drop_stages(delivery)
            delivery.status = "cancelled"
        except LostJob:
            raise
        except THE_WORLD as fault:
            delivery.status, delivery.problem = "waiting", why(fault)
            _close(work)
            raise
        except Exception as fault:
            delivery.status, delivery.problem = "failed", type(fault).__name__
            _close(work)
            raise
        _close(work)
        return report


def restart(delivery: models.Delivery, since: str = "detect") -> None:
    """Forget what was done from a step on, so that it is done again."""
    for name in STEPS[STEPS.index(since):]:
        delivery.steps.pop(name, None)
    if since in ("detect", "check"):
        drop_stages(delivery)
        delivery.parts.update(state="found", file=None)
        delivery.drafts = {}
    delivery.preview, delivery.is_cancelled, delivery.problem, delivery.approved_by = {}, False, "", ""
    delivery.status = "received"
    delivery.save()


def _look(source: Path, options: Options, progress: Hear) -> Report:
    """Detect and check without writing anything."""
    with tempfile.TemporaryDirectory(prefix="geobase-ingest-") as folder, receive.unpacked(source, Path(folder, "w")) as (files, refused):
        delivery = models.Delivery(sha256=originals.digest(source), name=source.name)
        work = Work(delivery, files, options, progress, report=Report(delivery.sha256), step="receive")
        work.say(*refused)
        for name, step in (("detect", detect), ("check", check)):
            work.step = name
            step(work)
    return work.report


def _take(work: Work, heard: Progress) -> None:
    delivery = work.delivery
    if delivery.is_cancelled:
        raise Cancelled
    delivery.status, delivery.problem = "running", ""
    delivery.save(update_fields=["status", "problem"])
    if not _is_done(delivery, "diff"):
        _prepare(work, heard)
    else:
        work.report.read(delivery.report)
    if delivery.goal == "published":
        _publish(work, heard)
    else:
        delivery.status = "staged" if _has_staged(delivery) else "refused"


def _prepare(work: Work, heard: Progress) -> None:
    """Receive, detect, check and compare; detection is pure, so a resumed check just looks again."""
    delivery = work.delivery
    home = originals.place(settings.GEOBASE.deliveries, delivery.sha256)
    work.step = "receive"
    with receive.unpacked(home, receive.workplace(delivery)) as (work.folder, refused):
        with heard.step("receive"):
            work.say(*refused)
        for name, step in (("detect", detect), ("check", check), ("diff", compare)):
            work.step = name
            with heard.step(name):
                step(work)
                delivery.save()
    receive.clear(delivery)


def _publish(work: Work, heard: Progress) -> None:
    delivery = work.delivery
    if not _has_staged(delivery):
        delivery.status = "refused"
        return
    if _lacks_approval(delivery):
        delivery.status = "approval"
        return
    work.step = "publish"
    drafts = {slug: thawed(each) for slug, each in delivery.drafts.items()}
    with heard.step("publish"):
        try:
            work.report.published = services.publish(
                work.options.actor, delivery, staged_rows(delivery), staged_files(delivery), drafts_of_files=drafts, fence=work.fence,
            )  # fmt: skip
        except Stale:
            _compare_again(work)
            return
    drop_stages(delivery)
    changed = any(each.added or each.changed or each.removed for each in work.report.published)
    delivery.status = "published" if changed or delivery.versions.exists() else "unchanged"


def _compare_again(work: Work) -> None:
    """Another delivery came first: look at what is different now, and say so."""
    compare(work)
    work.say(Finding("base-moved", "warning", "比对之后图层又发布了新版本，已重新比对，请再次确认发布",
                     "a layer was published to after the comparison; compared again, please publish again"))  # fmt: skip
    work.delivery.status, work.delivery.goal, work.delivery.approved_by = "staged", "staged", ""


def _lacks_approval(delivery: models.Delivery) -> bool:
    """Tell whether a second person still has to agree: a layer's policy asks for one who did not submit it."""
    slugs = delivery.parts.filter(state="staged").values_list("target", flat=True)
    if not models.Layer.objects.filter(slug__in=list(slugs), needs_approval=True).exists():
        return False
    return not delivery.approved_by or delivery.approved_by == delivery.submitted_by


def _has_staged(delivery: models.Delivery) -> bool:
    return any(not each.get("blocked") for each in delivery.preview.values())


def _is_done(delivery: models.Delivery, step: str) -> bool:
    return bool(delivery.steps.get(step, {}).get("state") == "done")


def _close(work: Work) -> None:
    """Write what has become of a delivery; a cancellation meanwhile is not overwritten."""
    delivery = work.delivery
    delivery.report = work.report.as_json()
    if delivery.status in _ENDED:
        receive.clear(delivery)
        delivery.goal = ""
    delivery.save(update_fields=["status", "problem", "goal", "report", "steps", "preview", "drafts", "approved_by"])


@contextmanager
def _alone(delivery_id: int) -> Iterator[None]:
    """Hold a delivery's lock: one process works on it at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_CLASS, delivery_id])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_LOCK_CLASS, delivery_id])
