"""Processes run as jobs: how many a worker ends in a second, and how soon one that waits alone is taken.

Asked over HTTP with `Prefer: respond-async`, written as a job, taken by one `manage.py worker`, its results kept. There is
no peer in the run: pygeoapi's manager starts a thread for each job in the web process and has no workers to compare.
"""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django_tasks_db.models import DBTaskResult

from tests.bench.line import Line
from tests.bench.servers import Server, granian
from tests.bench.world import World

JOBS = 60
ALONE = 5
_INPUTS = json.dumps({"inputs": {"stringInput": "Value1"}})


def run(_world: World) -> list[Line]:
    """Measure a burst of jobs and single ones."""
    with granian("config.wsgi:application") as server, _worker():
        _finished(_asked(server, 1))  # the worker has started and loaded what it needs
        _finished(_known())  # and has drawn the tiles of what was published
        begun = time.perf_counter()
        jobs = _asked(server, JOBS)
        asked = time.perf_counter() - begun
        _finished(jobs)
        rate = JOBS / (time.perf_counter() - begun)
        alone = sorted(_alone(server) for _ in range(ALONE))[ALONE // 2]
    note = (
        f"{JOBS} of the echo process, asked in {asked:.1f} s; one alone is done after {alone:.2f} s"
    )
    return [Line("async jobs, one worker", f"{rate:.1f} jobs/s", note=note)]


def _alone(server: Server) -> float:
    begun = time.perf_counter()
    _finished(_asked(server, 1))
    return time.perf_counter() - begun


def _asked(server: Server, count: int) -> set[str]:
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    before = _known()
    for _ in range(count):
        line.request(
            "POST",
            "/ogc/processes/echo/execution",
            _INPUTS,
            {"Content-Type": "application/json", "Prefer": "respond-async"},
        )
        answer = line.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise SystemExit(f"echo: {answer.status} {body[:300]!r}")
    line.close()
    return _known() - before


def _known() -> set[str]:
    return {str(each) for each in DBTaskResult.objects.values_list("pk", flat=True)}


def _finished(jobs: set[str]) -> None:
    """Wait until all have succeeded; one that failed, or is not done in ten minutes, ends the bench."""
    until = time.monotonic() + 600
    while time.monotonic() < until:
        states = set(DBTaskResult.objects.filter(pk__in=jobs).values_list("status", flat=True))
        if "FAILED" in states:
            raise SystemExit("a job of the bench failed")
        if states == {"SUCCESSFUL"}:
            return
        time.sleep(0.01)
    raise SystemExit(f"jobs of the bench are not done: {states}")


@contextmanager
def _worker() -> Iterator[None]:
    command = [sys.executable, str(Path(settings.BASE_DIR, "manage.py")), "worker"]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        started.terminate()
        started.wait(30)
