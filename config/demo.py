"""The demo: make the survey of the example city, take its deliveries in, make two sign-ins.

Each step that is done is written to `var/demo.json`, so a second start repeats none of them, and a
start after a kill goes on where the first one was.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.environment import Settings
from config.processes import end, manage, spawn

BAR_WIDTH = 28


def prepare(settings: Settings) -> None:
    """Bring the demo city into the database, unless it is there already."""
    state = _State(settings)
    survey = settings.var / "demo-survey"
    if not state.has("survey"):
        with _Bar("示例测绘成果 · demo survey") as bar:
            shutil.rmtree(survey, ignore_errors=True)
            _run(bar, "demo_survey", str(survey))
        state.add("survey")
    deliveries = sorted(survey.iterdir()) if survey.is_dir() else []
    waiting = [each for each in deliveries if not state.has(each.name)]
    if waiting:
        sizes = {each: _size(each) for each in deliveries}
        total = sum(sizes.values()) or 1
        with _Bar("入库 · ingest") as bar:
            done = sum(sizes[each] for each in deliveries if each not in waiting)
            for delivery in waiting:
                bar.show(done / total, delivery.name)
                _run(bar, "ingest", str(delivery))
                state.add(delivery.name)
                done += sizes[delivery]
                bar.show(done / total, delivery.name)
    if not state.has("accounts"):
        with _Bar("示例账号 · sign-ins") as bar:
            state.accounts = _run(bar, "demo_accounts")
        state.add("accounts")


def sign_ins(settings: Settings) -> str:
    """Give the lines that tell the two sign-ins."""
    return _State(settings).accounts


class _State:
    """Which steps are done, kept in `var/demo.json` for one database."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.var / "demo.json"
        database = settings.database_url or str(settings.var)
        self._key = hashlib.sha256(database.encode()).hexdigest()[:16]
        self._all = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._mine = self._all.setdefault(self._key, {"done": [], "accounts": ""})

    def has(self, step: str) -> bool:
        return step in self._mine["done"]

    def add(self, step: str) -> None:
        self._mine["done"].append(step)
        self._save()

    @property
    def accounts(self) -> str:
        return str(self._mine["accounts"])

    @accounts.setter
    def accounts(self, words: str) -> None:
        self._mine["accounts"] = words
        self._save()

    def _save(self) -> None:
        part = self._path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(self._all, ensure_ascii=False, indent=1))
        part.replace(self._path)


class _Bar:
    """A progress bar on a terminal; elsewhere one line when each step is done."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._began = time.monotonic()
        self._share = 0.0
        self._word = ""

    def __enter__(self) -> "_Bar":
        self.show(0.0, "")
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None:
            self.show(1.0, "")
        if sys.stdout.isatty():
            sys.stdout.write("\n")
        elif kind is None:
            sys.stdout.write(f"  {self._title}: {time.monotonic() - self._began:.0f} s\n")
        sys.stdout.flush()

    def show(self, share: float, word: str) -> None:
        """Draw the bar at a share of 0 to 1 with a word on what is being done."""
        self._share, self._word = share, word
        self.tick()

    def tick(self) -> None:
        """Draw the bar again with the time now."""
        if sys.stdout.isatty():
            full = round(self._share * BAR_WIDTH)
            bar = "█" * full + "░" * (BAR_WIDTH - full)
            seconds = time.monotonic() - self._began
            line = f"  {self._title} {bar} {self._share:4.0%} {seconds:4.0f} s  {self._word}"
            sys.stdout.write(f"\r\033[K{line}")
            sys.stdout.flush()


def _run(bar: _Bar, *arguments: str) -> str:
    """Run a management command while the bar's clock goes on; give what it printed."""
    with _running(manage(*arguments)) as process:
        while True:
            try:
                written, _ = process.communicate(timeout=0.5)
                break
            except subprocess.TimeoutExpired:
                bar.tick()
    if process.returncode:
        sys.stdout.write(f"\n{written}\n")
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return written


@contextmanager
def _running(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    process = spawn(command, environment={}, output=subprocess.PIPE)
    try:
        yield process
    finally:
        end(process)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
