"""How far a delivery is: each step's state, times and speed in its record, twice a second at most."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from ingest.errors import Cancelled
from ingest.work import Hear, Report
from layers import models

_EVERY_S = 0.5


class Progress:
    """Hears how a step goes on, and writes it down; a cancelled delivery ends here."""

    def __init__(self, delivery: models.Delivery, report: Report, hear: Hear) -> None:
        self.delivery, self.report, self.hear = delivery, report, hear
        self.now: dict[str, Any] = {}
        self._written = 0.0
        self._began = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Have a step on record as running, then as done or as what stopped it."""
        self.now = {"state": "running", "began": timezone.now().isoformat()}
        self.delivery.steps[name] = self.now
        self._began = time.monotonic()
        self._write(force=True)
        try:
            yield
        except BaseException:
            self.now["state"] = "stopped"
            raise
        self.now["state"], self.now["ended"] = "done", timezone.now().isoformat()
        self.now["seconds"] = round(time.monotonic() - self._began, 2)
        self._write(force=True)

    def __call__(self, what: str, done: int, total: int) -> None:
        """Hear that `done` of `total` are done of what is under way."""
        self.hear(what, done, total)
        spent = time.monotonic() - self._began
        self.now |= {"what": what, "done": done, "total": total, "rate": round(done / spent, 1) if spent else 0.0}
        self._write()

    def _write(self, *, force: bool = False) -> None:
        if not self.delivery.pk or (not force and time.monotonic() - self._written < _EVERY_S):
            return
        self._written = time.monotonic()
        found = models.Delivery.objects.filter(pk=self.delivery.pk)
        if found.filter(is_cancelled=True).exists():
            raise Cancelled
        found.update(steps=self.delivery.steps, report=self.report.as_json())
