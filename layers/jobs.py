"""Jobs of processes: who may see one, how far it is, what came out. Writers of its row are here alone.

A job belongs to the user or key that asked; one that nobody signed in for is known by its number only, which
cannot be guessed, and stands in no list.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from layers.access import Principal
from layers.errors import NotFound
from layers.models.processes import JobStatus, ProcessJob

ENDED = frozenset({JobStatus.SUCCESSFUL, JobStatus.FAILED, JobStatus.DISMISSED})


class Dismissed(Exception):
    """The job was called off while it ran."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its owner sees it."""

    id: UUID
    process: str
    status: str
    progress: int
    message: str
    inputs: Mapping[str, Any]
    wanted: tuple[str, ...]
    is_raw: bool
    outputs: Mapping[str, Any]
    created: datetime
    started: datetime | None
    finished: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a process: `wanted` outputs, given raw or in one document."""

    process: str
    inputs: Mapping[str, Any]
    wanted: tuple[str, ...]
    is_raw: bool = False
    language: str = "zh"


def create(principal: Principal, order: Order) -> Job:
    """Write down a job that waits."""
    row = ProcessJob.objects.create(
        process=order.process, user_id=principal.user, key_id=principal.key, zone=principal.zone, inputs=dict(order.inputs),
        wanted=list(order.wanted), is_raw=order.is_raw, language=order.language,
    )  # fmt: skip
    return _job(row)


def get(principal: Principal, text: str) -> Job:
    """Return a job of the caller's; raises NotFound for any other."""
    try:
        number = UUID(text)
    except ValueError:
        raise NotFound from None
    row = _own(principal).filter(pk=number).first()
    if row is None:
        raise NotFound
    return _job(row)


def of(principal: Principal, *, process: str = "", status: str = "", limit: int = 100) -> list[Job]:
    """List the caller's jobs, the newest first; nobody's jobs are in no list."""
    if principal.user is None and principal.key is None:
        return []
    rows = _own(principal)
    rows = rows.filter(process=process) if process else rows
    rows = rows.filter(status=status) if status else rows
    return [_job(row) for row in rows[:limit]]


def dismiss(principal: Principal, text: str) -> Job:
    """Call off a job that has not ended; remove an ended one with its outcome. Returns it as dismissed."""
    found = get(principal, text)
    changed = ProcessJob.objects.filter(pk=found.id).exclude(status__in=ENDED)
    if not changed.update(status=JobStatus.DISMISSED, finished=timezone.now(), message=""):
        ProcessJob.objects.filter(pk=found.id).update(status=JobStatus.DISMISSED, outputs={})
    return get(principal, text)


def begin(number: UUID) -> tuple[Job, Principal, str] | None:
    """Take up a job: itself, its caller as she is now, her language; None when it has ended (or was dismissed)."""
    rows = ProcessJob.objects.filter(pk=number).exclude(status__in=ENDED)
    rows.update(status=JobStatus.RUNNING, started=timezone.now(), progress=0)
    row = rows.select_related("user", "key").first()
    return (_job(row), _principal(row), row.language) if row else None


def report(number: UUID, progress: int, message: str = "") -> None:
    """Tell how far a job is, in per cent; raises Dismissed when it was called off."""
    rows = ProcessJob.objects.filter(pk=number, status=JobStatus.RUNNING)
    if not rows.update(progress=max(0, min(99, progress)), message=message[:400]):
        raise Dismissed


def finish(number: UUID, outputs: Mapping[str, Any]) -> None:
    """Write down the outcome; raises Dismissed when it was called off meanwhile."""
    done = {"status": JobStatus.SUCCESSFUL, "progress": 100, "message": "", "outputs": dict(outputs), "finished": timezone.now()}
    if not ProcessJob.objects.filter(pk=number, status=JobStatus.RUNNING).update(**done):
        raise Dismissed


def fail(number: UUID, message: str) -> None:
    """Write down why a job came to nothing."""
    rows = ProcessJob.objects.filter(pk=number).exclude(status__in=ENDED)
    rows.update(status=JobStatus.FAILED, message=message[:400], finished=timezone.now())


def expire(days: int) -> list[UUID]:
    """Forget the jobs that ended more than `days` ago; return their numbers, for their files to be removed."""
    rows = ProcessJob.objects.filter(finished__lt=timezone.now() - timedelta(days=days))
    numbers = list(rows.values_list("pk", flat=True))
    rows.filter(pk__in=numbers).delete()
    return numbers


def _own(principal: Principal) -> "QuerySet[ProcessJob]":
    # Q, for a lookup by None means "is null" there as well.
    return ProcessJob.objects.filter(Q(user=principal.user), Q(key=principal.key))


def _principal(row: ProcessJob) -> Principal:
    """Return the caller with today's department and role: rights lost meanwhile are lost for the job too."""
    now = timezone.now()
    if row.user is not None and row.user.is_active:
        return Principal(row.zone, user=row.user.pk, department=row.user.department_id, role=row.user.role)
    if row.key is not None and not row.key.revoked and not (row.key.expires and row.key.expires <= now):
        return Principal(row.zone, key=row.key.pk, department=row.key.department_id, role=row.key.role)
    return Principal(row.zone)


def _job(row: ProcessJob) -> Job:
    return Job(
        row.pk, row.process, row.status, row.progress, row.message, row.inputs, tuple(row.wanted), row.is_raw,
        row.outputs, row.created, row.started, row.finished
    )
