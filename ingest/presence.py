"""Is a worker alive? It holds a lock and gives signs of life; what a dead one held is given to others.

A killed worker's lock is free at once. One that is stopped, or whose host is lost, keeps its lock: its last
sign of life, in the database's time, is then older than `LOST_S`, and its sessions are ended, so that when it
wakes it can write nothing. Publishing is fenced besides (ingest.jobs).
"""

import logging
import os
import socket
import threading
import time
from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection, connections, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from ingest import jobs, webhooks
from layers import models

logger = logging.getLogger(__name__)
LOST_S = 45
"""With a look every second this hands a silent worker's job on within 60 s."""
_LOCK_CLASS = 4491
_DELIVERY_LOCK = 4492
_BEAT_S, _LOOK_S, _TIDY_S = 5.0, 1.0, 6 * 3600.0
_QUIET_TAKES = 3
"""So often a job is taken at once after its worker died; then it waits, ever longer: it may be what kills them."""


def name_sessions(worker: str) -> None:
    """Name this process's database sessions after the worker, and have the server see soon that it has died."""
    settings = connections["default"].settings_dict
    settings["OPTIONS"] = {
        **settings.get("OPTIONS", {}), "application_name": _session(worker), "keepalives_idle": 10,
        "keepalives_interval": 5, "keepalives_count": 3,
        "options": "-c client_connection_check_interval=2000 -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
    }  # fmt: skip
    connections["default"].close()


class Presence(threading.Thread):
    """Holds a worker's lock and gives its signs of life; looks after the jobs of the dead meanwhile."""

    def __init__(self, worker: str) -> None:
        super().__init__(name="presence", daemon=True)
        self.worker = worker
        self.is_known = threading.Event()
        self.ended = threading.Event()
        self._is_locked = False
        self._until_beat = 0.0
        self._tidy_at = time.monotonic() + 60

    def run(self) -> None:
        """Go round until ended; a database that is away is waited for."""
        while not self.ended.is_set():
            try:
                self._round()
            except (DatabaseError, InterfaceError) as fault:
                logger.warning("database away: %s", type(fault).__name__)
                self._is_locked = False
                connection.close()
            self.ended.wait(_LOOK_S)
        connection.close()

    def _round(self) -> None:
        if not self._is_locked:
            self._is_locked = _try_lock(self.worker)
            self._until_beat = 0.0
        if self._is_locked and self._until_beat <= 0:
            models.WorkerBeat.objects.update_or_create(
                worker=self.worker, defaults={"host": socket.gethostname(), "process": os.getpid(), "beat": Now()}
            )
            self._until_beat = _BEAT_S
            self.is_known.set()
        self._until_beat -= _LOOK_S
        look(self.worker)
        if time.monotonic() >= self._tidy_at:
            self._tidy_at = time.monotonic() + _TIDY_S
            want_tidy()


def look(worker: str = "") -> int:
    """Give on the jobs of dead workers, take up forgotten deliveries, have notices sent; return how many jobs that was."""
    done = requeue_lost(worker) + take_up()
    if webhooks.is_due() and not DBTaskResult.objects.filter(task_path="ingest.jobs.notify", status__in=["READY", "RUNNING"]).exists():
        jobs.notify.enqueue()
    return done


def requeue_lost(me: str = "") -> int:
    """Make the running jobs of dead workers ready again."""
    done = 0
    with transaction.atomic():
        for row in DBTaskResult.objects.running().select_for_update(skip_locked=True):
            worker = row.worker_ids[-1] if row.worker_ids else ""
            # This session holds its own worker's lock and would get it again.
            if worker == me or not _is_lost(worker):
                continue
            waits = max(len(row.worker_ids) - _QUIET_TAKES, 0)
            row.status, row.run_after = "READY", timezone.now() + timedelta(seconds=min(2**waits - 1, 300))
            row.save(update_fields=["status", "run_after"])
            models.WorkerBeat.objects.filter(worker=worker).delete()
            done += 1
    return done


def take_up() -> int:
    """Enqueue deliveries that shall go on and nobody has: their command line was killed, or their job lost."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM layers_delivery d WHERE goal <> '' AND (status IN ('received', 'running', 'waiting') "
            "OR status = 'staged' AND goal = 'published') AND NOT EXISTS (SELECT FROM django_tasks_database_dbtaskresult "
            "WHERE status IN ('READY', 'RUNNING') AND task_path = %s AND (args_kwargs->'args'->>0)::bigint = d.id) "
            "AND pg_try_advisory_xact_lock(%s, id::int) FOR UPDATE SKIP LOCKED",
            [jobs.ADVANCE, _DELIVERY_LOCK],
        )
        found = [row[0] for row in cursor.fetchall()]
        for each in found:
            jobs.advance.enqueue(each)
    return len(found)


def want_tidy() -> None:
    """Have some worker tidy up, unless one has within the last hours."""
    lately = timezone.now() - timedelta(seconds=_TIDY_S - 60)
    if not DBTaskResult.objects.filter(task_path="ingest.jobs.tidy", enqueued_at__gt=lately).exists():
        jobs.tidy.enqueue()


def _try_lock(worker: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [_LOCK_CLASS, worker])
        return bool(cursor.fetchone()[0])


def _is_lost(worker: str) -> bool:
    """Tell whether a worker is gone; end the sessions of one that is only silent."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, worker])
        if cursor.fetchone()[0]:
            return True
        cursor.execute(
            "SELECT 1 FROM layers_workerbeat WHERE worker = %s AND beat < now() - make_interval(secs => %s)", [worker, LOST_S]
        )
        if cursor.fetchone() is None:
            return False
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [_session(worker)]
        )
    return True


def _session(worker: str) -> str:
    return f"geobase-{worker}"[:63]
