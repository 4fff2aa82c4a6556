"""SIGKILL at random moments of receiving, checking, publishing and rolling back; what must hold is looked at after each.

The parent has everything loaded and forks the processes it kills, so that forty kills cost seconds. Each delivery
has two layers whose rows all carry its number: a half-published version, or two layers of different numbers, show.
"""

import json
import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections
from django.utils.crypto import get_random_string
from django_tasks_db.models import DBTaskResult

from ingest import jobs, pipeline, presence, receive, tidying
from ingest.management.commands.worker import Worker
from layers import access, models, registry, rows

assert pipeline  # loaded here once, so that what is forked starts at once

ROWS = 40


@dataclass
class Tally:
    """What happened, and what was found wrong."""

    kills: int = 0
    deliveries: int = 0
    kills_in: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def sweep(kills: int, seconds: float, folder: Path, seed: int, state: Path | None = None) -> Tally:
    """Kill until `kills` are reached or time is up, then let everything end, tidy up and count what is left.

    `state` keeps the tally, so that a long sweep that was broken off goes on where it was.
    """
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    tally = Tally(**json.loads(state.read_text())) if state and state.exists() else Tally()
    deadline = time.monotonic() + seconds
    shown = 0
    while tally.kills < kills and time.monotonic() < deadline and not tally.wrong:
        tally.deliveries += 1
        shown = _deliver(tally, _write(folder / f"d{tally.deliveries}", tally.deliveries), shown, chance, kills)
        if state:
            state.write_text(json.dumps(tally.__dict__))
    _last_look(tally)
    return tally


def _deliver(tally: Tally, source: Path, shown: int, chance: random.Random, most: int) -> int:
    """Take one delivery in, publish it and sometimes roll it back, with kills at every stage; return what is shown."""
    number, before = tally.deliveries, shown
    goals = [("staged", 3, before), ("published", 6, number)] + [("withdrawn", 3, before)] * (chance.random() < 0.5)
    for goal, attempts, wanted in goals:
        start = shown
        for _ in range(min(attempts, most - tally.kills)):
            _kill(tally, partial(_take, source, goal), chance)
            if (now := _seen(tally)) not in (start, wanted):
                tally.wrong.append(f"delivery {number}, {goal}: {now} is shown, {start} was")
        _child(partial(_take, source, goal))
        shown = _seen(tally)
        delivery = models.Delivery.objects.get(name=source.name)
        if (delivery.status, shown) != (goal, wanted):
            tally.wrong.append(f"delivery {number}: {delivery.status}, wanted {goal}; {shown} is shown; {delivery.problem}")
    return shown


def _take(source: Path, goal: str) -> None:
    """Hand a delivery in as the command line does, ask for something, and work until there is nothing to do."""
    delivery = receive.take(source, "chaos", {"as_layer": "", "level": 0})
    asked = models.Delivery.objects.filter(pk=delivery.pk).exclude(status=goal)
    if asked.update(goal=goal, submitted_by="chaos", is_confirmed=True):
        jobs.want(delivery)
    _work()


def _work() -> None:
    """Do what there is to do, as a worker; jobs of the dead are taken over as soon as their sessions have ended."""
    until = time.monotonic() + 50
    while time.monotonic() < until:
        presence.look()
        Worker(
            queue_names=["*"], interval=0.05, batch=True, backend_name="default", startup_delay=False, max_tasks=None,
            worker_id=get_random_string(12), excluded_queue_names=[],
        ).run()  # fmt: skip
        if not DBTaskResult.objects.filter(status__in=["READY", "RUNNING"]).exists():
            return
        time.sleep(0.05)


def _kill(tally: Tally, body: Callable[[], None], chance: random.Random) -> None:
    """Kill a process that does `body`: at a random time, or at a random one of its statements."""
    moment = chance.uniform(0.02, 1.5) if chance.random() < 0.4 else None
    if _child(body, after_s=moment, at_statement=0 if moment else chance.randint(1, 120)):
        tally.kills += 1
        step = _step()
        tally.kills_in[step] = tally.kills_in.get(step, 0) + 1


def _child(body: Callable[[], None], after_s: float | None = None, at_statement: int = 0) -> bool:
    """Run `body` in a process of its own and kill it with all it started; True when it was still alive then."""
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        code = 1
        try:
            registry.reset()
            with _deadly(at_statement) if at_statement else nullcontext():
                body()
            code = 0
        except SystemExit:
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    deadline = time.monotonic() + (60.0 if after_s is None else after_s)
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            return os.WIFSIGNALED(status)
        time.sleep(0.002)
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


@contextmanager
def _deadly(number: int) -> Iterator[None]:
    """Have this process group killed at its `number`th statement: half of the times before, half of them after it."""
    left = number

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and number % 2:
            os.killpg(0, signal.SIGKILL)
        done = execute(*arguments)
        if left == 0:
            os.killpg(0, signal.SIGKILL)
        return done

    with connections["default"].execute_wrapper(counted):
        yield


def _step() -> str:
    """Name the step a kill hit, by the record."""

    delivery = models.Delivery.objects.order_by("-id").first()
    if delivery is None:
        return "receive"
    running = [name for name, each in delivery.steps.items() if each.get("state") == "running"]
    return running[-1] if running else delivery.status


def _seen(tally: Tally) -> int:
    """Read both layers as everybody does; return the delivery's number they show, 0 for nothing."""

    registry.reset()
    found = []
    for slug in ("parcels", "roads"):
        view = access.decide(access.Principal(zone=2), slug, "query")
        body = rows.items(view, rows.RowQuery(limit=1000)).body.decode() if view else ""
        found.append(sorted(each["properties"]["V"] for each in json.loads(f"[{body}]")))
    numbers = {each for side in found for each in side}
    if len(numbers) > 1 or [len(each) for each in found] not in ([0, 0], [ROWS, ROWS]):
        tally.wrong.append(f"mixed: {sorted(numbers)}, {[len(each) for each in found]} rows")
    return int(numbers.pop()) if len(numbers) == 1 else 0


def _last_look(tally: Tally) -> None:
    """Let all end; count deliveries that are not at their goal, and tables and files that nobody names."""


    _child(_work)
    tally.wrong += [f"{each}: {each.status}, wanted {each.goal}" for each in models.Delivery.objects.exclude(goal="")]
    tidying.tidy(older_s=0)
    left = tidying.tidy(older_s=0, dry_run=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'geodata'")
        named = {f"l_{pk}" for pk in models.Layer.objects.values_list("pk", flat=True)}
        named |= set(models.GeneralisedTable.objects.values_list("table", flat=True))
        left += [name for (name,) in cursor.fetchall() if name not in named]
    kept = {path.name for path in Path(settings.GEOBASE.deliveries).glob("??/*")}
    if kept != set(models.Delivery.objects.values_list("sha256", flat=True)):
        left.append("originals and records differ")
    tally.wrong += [f"left over: {each}" for each in left]


def _write(folder: Path, number: int) -> Path:
    """Write a delivery of two layers, every row of which carries its number."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, east in (("parcels", 116.8), ("roads", 116.9)):
        features = [
            {
                "type": "Feature", "properties": {"BSM": f"{n}", "V": number},
                "geometry": {"type": "Polygon", "coordinates": [[[east + n / 1000 + x / 2000, 38.2 + y / 2000] for x, y in _SQUARE]]},
            }
            for n in range(ROWS)
        ]  # fmt: skip
        (folder / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return folder


_SQUARE = ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
