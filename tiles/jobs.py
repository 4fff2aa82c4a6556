"""Kept tiles that a publication made stale are drawn again in the background, by whatever worker is free.

Nothing depends on it: a stale tile is drawn when it is asked for, worker or none.
"""

import time
from collections.abc import Iterable

from django.tasks import task
from django_tasks_db.models import DBTaskResult

from layers import access

REFRESH = "tiles.jobs.refresh"
SLICE_S = 20.0
"""After so long a job queues itself again, so that deliveries, which go first, need not wait."""


@task(priority=-50)
def refresh(slug: str) -> int:
    """Draw again the stale kept tiles of a layer and of the composed maps that show it; return how many were drawn."""
    # MapProxy takes a second to load, and every program of the server loads this module.
    from tiles import seeding  # noqa: PLC0415

    end = time.monotonic() + SLICE_S
    drawn = 0
    for view in access.showing(slug):
        for was_drawn in seeding.refresh_kept(view):
            drawn += was_drawn
            if was_drawn and time.monotonic() > end:
                # Fresh tiles are passed over, so the next job goes on where this one stopped.
                refresh.enqueue(slug)
                return drawn
    return drawn


def want(slugs: Iterable[str]) -> None:
    """Have some worker refresh these layers' tiles, unless the job is waiting already."""
    for slug in slugs:
        if not DBTaskResult.objects.filter(task_path=REFRESH, status="READY", args_kwargs__args=[slug]).exists():
            refresh.enqueue(slug)
