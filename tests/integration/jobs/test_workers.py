"""Workers that are killed, stopped or cut off from the database lose no job; zombies publish nothing."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings
from django.db import connection
from django_tasks_db.models import DBTaskResult

from ingest import errors, jobs, pipeline, presence, receive
from ingest.work import Options
from layers import models, services
from tests.integration.jobs.world import parcels, received, stages

pytestmark = pytest.mark.django_db(transaction=True)
FEW = {"1": "0101", "2": "0102"}


@contextmanager
def worker(database_url, folders, *arguments):
    environment = {
        **os.environ, "DATABASE_URL": database_url, "GEOBASE_STORE": str(settings.GEOBASE.store), "GEOBASE_CACHE": str(settings.GEOBASE.cache),
        "GEOBASE_DELIVERIES": str(settings.GEOBASE.deliveries), "DJANGO_SETTINGS_MODULE": "config.settings",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "worker", "--no-startup-delay", "--queue-name=*", "--interval=0.1", *arguments]
    process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def status(delivery) -> str:
    return models.Delivery.objects.values_list("status", flat=True).get(pk=delivery.pk)


def lose(job, worker_id="gone", **values):
    DBTaskResult.objects.filter(pk=job.id).update(status="RUNNING", worker_ids=[worker_id], **values)


def test_a_worker_takes_up_a_delivery_whose_command_line_was_killed(tmp_path, database_url, folders):
    delivery = received(parcels(tmp_path / "parcels.geojson", FEW))
    with worker(database_url, folders):
        assert until(lambda: status(delivery) == "published")


def test_a_worker_whose_database_restarts_takes_its_job_up_again(tmp_path, database_url, folders):
    delivery = received(parcels(tmp_path / "parcels.geojson", FEW))
    with worker(database_url, folders, "--retry-seconds=0.2") as process:
        for step in ("detect", "check"):
            assert until(lambda step=step: step in models.Delivery.objects.values_list("steps", flat=True).get(pk=delivery.pk), 60)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'geobase-%'")
        assert until(lambda: status(delivery) == "published", 90)
        assert process.poll() is None


@pytest.mark.parametrize("said", [b"ERROR 3: write error: No space left on device", b"died"])
def test_a_reader_that_found_no_room_makes_its_delivery_wait_and_refuses_nothing(tmp_path, said, monkeypatch):
    if said == b"died":
        monkeypatch.setattr(errors, "_FULL", 1 << 62)
    with pytest.raises(OSError, match="No space") as told:
        errors.full_disk(tmp_path / "not" / "made" / "yet", said)
    assert "磁盘已满" in errors.why(told.value)


def test_a_killed_workers_job_is_ready_at_once_and_a_living_ones_is_not():
    job = jobs.advance.enqueue(1)
    lose(job, "dead")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4491, hashtext('dead'))")
        assert presence.requeue_lost("me") == 0
    other.close()
    assert until(lambda: presence.requeue_lost("me") == 1, 5)
    assert DBTaskResult.objects.get(pk=job.id).status == "READY"


def test_a_silent_workers_job_is_handed_on_and_its_sessions_ended():
    job = jobs.advance.enqueue(1)
    lose(job, "silent")
    zombie = connection.copy()
    zombie.settings_dict = {**zombie.settings_dict, "OPTIONS": {"application_name": "geobase-silent"}}
    with zombie.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(4491, hashtext('silent'))")
        cursor.execute("INSERT INTO layers_workerbeat VALUES ('silent', 'h', 1, now() - interval '44 s')")
        assert presence.requeue_lost("me") == 0
        cursor.execute("UPDATE layers_workerbeat SET beat = now() - interval '46 s'")
        assert presence.requeue_lost("me") == 1
        with pytest.raises(Exception, match="terminat"):
            cursor.execute("SELECT 1")
    with suppress(Exception):
        zombie.close()


def test_a_job_that_keeps_killing_its_workers_waits_longer_each_time():
    job = jobs.advance.enqueue(1)
    DBTaskResult.objects.filter(pk=job.id).update(status="RUNNING", worker_ids=["w"] * 6)
    presence.requeue_lost("me")
    waits = (DBTaskResult.objects.get(pk=job.id).run_after.timestamp() - time.time())
    assert 6 < waits <= 7


def test_a_worker_that_lost_its_job_publishes_nothing(tmp_path):
    delivery = received(parcels(tmp_path / "parcels.geojson", FEW))
    job = jobs.advance.enqueue(delivery.pk)
    lose(job, "me")
    row = DBTaskResult.objects.get(pk=job.id)

    class Context:
        task_result = row.task_result

    fence = jobs._fence(Context())
    fence_after_theft = _steal_then(fence, job)
    with pytest.raises(jobs.LostJob):
        pipeline.advance(delivery.pk, fence=fence_after_theft)
    assert services.known("parcels") is None
    assert status(delivery) == "running"
    pipeline.advance(delivery.pk)
    assert status(delivery) == "published"


def _steal_then(fence, job):
    def stolen():
        DBTaskResult.objects.filter(pk=job.id).update(worker_ids=["me", "other"])
        fence()

    return stolen


def test_a_delivery_goes_on_by_itself_when_the_disk_has_room_again(tmp_path, monkeypatch):
    delivery = received(parcels(tmp_path / "parcels.geojson", FEW))

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(receive.archive, "unpack", full)
        with pytest.raises(OSError, match="No space"):
            pipeline.advance(delivery.pk)
    told = models.Delivery.objects.get(pk=delivery.pk)
    assert (told.status, "磁盘已满" in told.problem) == ("waiting", True)
    assert presence.take_up() == 1
    pipeline.advance(delivery.pk)
    assert status(delivery) == "published"


def test_a_cancelled_delivery_leaves_no_table_and_may_be_tried_again(tmp_path):
    delivery = received(parcels(tmp_path / "parcels.geojson", FEW), goal="staged")
    pipeline.advance(delivery.pk)
    assert len(stages()) == 1
    models.Delivery.objects.filter(pk=delivery.pk).update(is_cancelled=True)
    pipeline.advance(delivery.pk)
    assert (status(delivery), stages()) == ("cancelled", [])
    pipeline.run(tmp_path / "parcels.geojson", Options(level=0))
    assert status(delivery) == "published"
