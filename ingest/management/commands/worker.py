"""Run queued jobs: any number of workers on any number of hosts, none of which may lose one by dying."""

import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.tasks import TaskContext
from django.utils import timezone
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult

from ingest.errors import LostJob
from ingest.jobs import ADVANCE
from ingest.presence import Presence, name_sessions

RETRY_S = 30.0
"""After so long a job is tried again that the world stopped: a full disk, a share that cannot be read."""
TAKES = 20
"""So often a job is tried that is no delivery's: those are waited for as long as it takes."""
_THE_WORLD = (OSError, OperationalError, InterfaceError)


class Worker(db_worker.Worker):
    """A worker with a lock and a heartbeat, which ends only jobs that are still its own."""

    retry_s = RETRY_S

    def run(self) -> None:
        """Take jobs until told to stop; a database that is away is waited for."""
        name_sessions(self.worker_id)
        presence = Presence(self.worker_id)
        presence.start()
        presence.is_known.wait()
        try:
            while self.running:
                try:
                    self._give_back()
                    super().run()
                    return
                except (OperationalError, InterfaceError):
                    connection.close()
                    time.sleep(1)
        finally:
            presence.ended.set()
            presence.join(5)

    def run_task(self, db_task_result: DBTaskResult[..., Any]) -> None:
        """Do one job: a fault of the world's makes it wait, one of its own fails it."""
        self.running_task = True
        job = db_task_result.task
        try:
            context: list[Any] = [TaskContext(task_result=db_task_result.task_result)] if job.takes_context else []
            value = job.call(*context, *db_task_result.args_kwargs["args"], **db_task_result.args_kwargs["kwargs"])
            self._end(db_task_result, status="SUCCESSFUL", return_value=value, finished_at=timezone.now())
        except LostJob:
            db_worker.logger.warning("job %s was taken over", db_task_result.pk)
        except _THE_WORLD as fault:
            db_worker.logger.warning("job %s waits: %s", db_task_result.pk, fault)
            self._wait(db_task_result)
        except Exception as fault:
            db_worker.logger.exception("job %s failed", db_task_result.pk)
            self._end(db_task_result, status="FAILED", exception_class_path=type(fault).__qualname__, finished_at=timezone.now())
        finally:
            self.running_task = False
            self._run_tasks += 1

    def _give_back(self) -> None:
        """Make jobs ready that this worker could not end because the database was away: it has none under way now."""
        for row in DBTaskResult.objects.running():
            if row.worker_ids and row.worker_ids[-1] == self.worker_id:
                self._end(row, status="READY")

    def _wait(self, row: DBTaskResult[..., Any]) -> None:
        """Have the job tried again later; if the database is away too, `_give_back` does so when it is back."""
        connection.close()
        if row.task_path != ADVANCE and len(row.worker_ids) >= TAKES:
            self._end(row, status="FAILED", exception_class_path="OSError", finished_at=timezone.now())
            return
        self._end(row, status="READY", run_after=timezone.now() + timedelta(seconds=self.retry_s))

    def _end(self, row: DBTaskResult[..., Any], **values: Any) -> None:
        close_old_connections()
        mine = DBTaskResult.objects.filter(pk=row.pk, status="RUNNING", worker_ids=row.worker_ids)
        mine.update(**values)


class Command(db_worker.Command):
    """`manage.py worker`: the options of db_worker; the supervisor starts one by itself."""

    requires_system_checks = ()  # they would load every face; `migrate` has checked already

    help = "执行排队的作业（可在任意主机启动任意个） · run queued jobs"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        super().add_arguments(parser)
        parser.add_argument("--retry-seconds", type=float, default=RETRY_S, help="外因中断的作业多久后再试 · when a job that the world stopped is tried again")

    def handle(self, **options: Any) -> None:
        """Run until SIGTERM; the job under way is finished first."""
        Worker.retry_s = options.pop("retry_seconds")
        db_worker.Worker = Worker  # type: ignore[misc]
        super().handle(**options)
