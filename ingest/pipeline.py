"""The order of a delivery's steps, and the only place that knows it: receive, detect, check, diff, publish.

Every step may be taken again: what it did is on the delivery's record, and a step that was cut short, by a
crash or a full disk, is begun anew or goes on where it was. `run` takes a delivery through at once (command
line, tests); `advance` takes one that is on record as far as it is wanted (workers).
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from ingest import originals, receive
from ingest.check import check
from ingest.compare import compare
from ingest.detect import detect
from ingest.errors import Cancelled, LostJob, why
from ingest.progress import Progress
from ingest.publish import UNDOING, has_staged, publish, undo
from ingest.staged import drop_stages, restart
from ingest.work import Hear, Options, Report, Work
from layers import models

__all__ = ["Options", "Report", "advance", "run"]

THE_WORLD = (OSError, OperationalError, InterfaceError)
"""Faults that are nobody's: the disk, a share, the database. The delivery waits and is taken up again."""
_LOCK_CLASS = 4492
_FOUND = ("title", "contractor", "survey_date", "is_sample", "scale", "mode", "removals", "area", "drafts", "preview", "steps")
"""What the steps write; goal, mapping and cancellation belong to people, who may change them meanwhile."""
_ENDED = ("published", "unchanged", "refused", "failed", "cancelled", "withdrawn")


def _nothing(what: str, done: int, total: int) -> None:
    """Hear nothing."""


def run(source: Path, options: Options, progress: Hear = _nothing) -> Report:
    """Take one delivery through; `progress` hears (what, done, total). Raises nothing a delivery can cause."""
    if options.dry_run:
        return _look(source, options, progress)
    chosen = _chosen(options)
    delivery = receive.take(source, options.actor, chosen)
    if delivery.status in _ENDED or delivery.options != chosen:
        delivery.options = chosen
        restart(delivery)
    goal = "published" if options.publish else "staged"
    models.Delivery.objects.filter(pk=delivery.pk).update(goal=goal, submitted_by=options.actor, is_confirmed=True)
    return advance(delivery.pk, progress)


def _chosen(options: Options) -> dict[str, Any]:
    """Return what was chosen for a delivery as its record keeps it."""
    said = {"transformation": options.transformation, "shift": options.shift}
    return {"as_layer": options.as_layer, "level": options.level, **{name: value for name, value in said.items() if value}}


def advance(delivery_id: int, progress: Hear = _nothing, fence: Callable[[], None] = lambda: None) -> Report:
    """Take a delivery on record as far as its goal; one that is there already is left as it is."""
    with _alone(delivery_id):
        delivery = models.Delivery.objects.get(pk=delivery_id)
        report = Report(delivery.sha256)
        heard = Progress(delivery, report, progress)
        if not delivery.goal:
            report.read(delivery.report)
            return report
        options = Options(
            delivery.submitted_by or delivery.actor or "ingest", as_layer=delivery.options.get("as_layer", ""), level=delivery.options.get("level"),
            transformation=delivery.options.get("transformation", ""), shift=delivery.options.get("shift", ""),
        )
        work = Work(delivery, Path(), options, heard, report=report, fence=fence)
        try:
            _take(work, heard)
        except Cancelled:
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
    if delivery.goal in UNDOING:
        undo(work, heard)
        return
    if not _is_done(delivery, "diff"):
        _prepare(work, heard)
    else:
        work.report.read(delivery.report)
    if delivery.goal == "published":
        publish(work, heard)
    else:
        delivery.status = "staged" if has_staged(delivery) else "refused"


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
                delivery.save(update_fields=_FOUND)
    receive.clear(delivery)


def _is_done(delivery: models.Delivery, step: str) -> bool:
    return bool(delivery.steps.get(step, {}).get("state") == "done")


def _close(work: Work) -> None:
    """Write what has become of a delivery; what people have asked for meanwhile is not overwritten."""
    delivery = work.delivery
    delivery.report = work.report.as_json()
    written = ["status", "problem", "report", "steps", "preview", "drafts"]
    if delivery.status in _ENDED:
        drop_stages(delivery)
        receive.clear(delivery)
        delivery.goal = ""
    if delivery.status in (*_ENDED, "staged", "approval"):
        written += ["goal", "approved_by"]
    delivery.save(update_fields=written)


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
