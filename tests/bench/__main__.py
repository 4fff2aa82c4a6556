"""Ratios beside the peers, in one run, on the same data, with the same answers: `make bench`.

A module for each subject, whose `run(world)` returns lines of the table; a subject whose peer is not on this machine
says so. The table is printed and kept in `var/bench.md`. The exit code is always 0: missed goals are marked. Names of
subjects on the command line choose; BENCH_PARCELS and BENCH_COG_SIDE change the sizes.
"""

import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from tests.bench import world as worlds
from tests.bench.line import Line, Unequal, say

SUBJECTS = ("ingest", "redelivery", "items", "vector_tiles", "cached_tiles", "getmap", "history", "memory", "cog", "edr", "coverage", "async_jobs")
"""In this order: the first two publish what the others read."""


def main(chosen: Sequence[str]) -> None:
    """Run the chosen subjects, or all."""
    target = Path(os.environ.get("GEOBASE_VAR") or "var") / "bench.md"
    target = target.resolve()
    began = time.monotonic()
    lines: list[Line] = []
    with worlds.database():
        import django  # noqa: PLC0415

        django.setup()
        _run(chosen, lines)
    text = _table(lines, time.monotonic() - began)
    target.write_text(text)
    say("\n" + text + f"\n→ {target}")


def _run(chosen: Sequence[str], lines: list[Line]) -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    from tests.bench import loading, redelivery  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    folder = Path(settings.GEOBASE.var)
    say(f"· {worlds.PARCELS:,} parcels")
    shapefile = worlds.survey(folder)
    _add(lines, "ingest", lambda: loading.run(shapefile, is_compared=_is_chosen("ingest", chosen)))
    _add(lines, "redelivery", lambda: redelivery.run(shapefile, is_compared=_is_chosen("redelivery", chosen)))
    world = worlds.world(folder, shapefile)
    for name in SUBJECTS[2:]:
        if _is_chosen(name, chosen):
            module = __import__(f"tests.bench.{name}", fromlist=["run"])
            _add(lines, name, lambda found=module: found.run(world))  # type: ignore[misc]


def _is_chosen(name: str, chosen: Sequence[str]) -> bool:
    return not chosen or name in chosen


def _add(lines: list[Line], name: str, run: Callable[[], list[Line]]) -> None:
    say(f"· {name}")
    began = time.monotonic()
    try:
        found = run()
    except Unequal as fault:
        found = [Line(name, "not compared", "", False, f"the answers differ: {fault}")]
    for each in found:
        say("  " + each.text())
    say(f"  ({time.monotonic() - began:.0f} s)")
    lines += found


def _table(lines: list[Line], seconds: float) -> str:
    model = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    head = (
        f"{datetime.now():%Y-%m-%d %H:%M} · {platform.system()} · {os.cpu_count()} × {model} · load {os.getloadavg()[0]:.1f}"
        f" · {worlds.PARCELS:,} parcels · {seconds / 60:.1f} min\n\n"
    )
    return head + "| | figure | goal | | |\n|---|---|---|---|---|\n" + "\n".join(each.text() for each in lines) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
