"""The jobs of deliveries: rows in PostgreSQL that any worker takes (`manage.py worker`).

Importing this loads no reader of files: web processes ask for jobs, workers do them.
"""

from collections.abc import Callable
from typing import Any

from django.tasks import TaskContext, task
from django_tasks_db.models import DBTaskResult

from ingest.errors import LostJob
from layers import models

ADVANCE = "ingest.jobs.advance"


@task(takes_context=True)
def advance(context: "TaskContext[..., Any]", delivery_id: int) -> None:
    """Take a delivery as far as it is wanted."""
    # Here, not above: web processes must not load the readers.
    from ingest import pipeline  # noqa: PLC0415

    pipeline.advance(delivery_id, fence=_fence(context))


@task()
def receive_upload(upload_id: str) -> None:
    """Make a delivery of a large upload that is complete."""
    from ingest import uploads  # noqa: PLC0415 - only workers hash

    uploads.take_in(models.Upload.objects.get(pk=upload_id))


@task()
def notify() -> int:
    """Send the notices that are due; return how many were tried."""
    from ingest import webhooks  # noqa: PLC0415 - only workers send

    return webhooks.send_due()


@task()
def tidy() -> int:
    """Remove what crashed processes left; return how much it was."""
    from ingest import tidying  # noqa: PLC0415 - only workers tidy

    return len(tidying.tidy())


def want(delivery: models.Delivery) -> None:
    """Have some worker take up a delivery, unless its job is waiting already."""
    waiting = DBTaskResult.objects.filter(task_path=ADVANCE, status="READY", args_kwargs__args=[delivery.pk])
    if not waiting.exists():
        advance.enqueue(delivery.pk)


def _fence(context: "TaskContext[..., Any]") -> Callable[[], None]:
    """Return what raises LostJob unless the job is still this worker's; holds its row till the transaction ends."""
    result: Any = context.task_result
    worker = result.worker_ids[-1]

    def fence() -> None:
        row = DBTaskResult.objects.select_for_update().filter(pk=result.id, status="RUNNING").first()
        if row is None or row.worker_ids[-1] != worker:
            raise LostJob
    return fence
