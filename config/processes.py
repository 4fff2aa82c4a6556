"""A long-lived program that the supervisor starts, restarts when it dies, and stops."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from config.environment import CHECKOUT

QUICK_DEATH_S = 5.0
QUICK_DEATHS_MAX = 5
PATIENCE_S = 8.0
_PR_SET_PDEATHSIG = 1


class ProcessFault(Exception):
    """A program of the server does not stay alive; the message ends with its last words."""


def manage(*arguments: str) -> list[str]:
    """Give the command line of a management command in this same Python."""
    return [sys.executable, str(CHECKOUT / "manage.py"), *arguments]


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent dies, even by SIGKILL."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(
    command: list[str], *, environment: Mapping[str, str], output: int | None = None
) -> subprocess.Popen[str]:
    """Start a program out of reach of the terminal's Ctrl-C, ending with this process at the latest."""
    return subprocess.Popen(  # noqa: S603
        command,
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output not in (None, subprocess.PIPE) else None,
        text=True,
        start_new_session=True,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
    )


def end(process: subprocess.Popen[str], patience_s: float = PATIENCE_S) -> None:
    """End a program and all it started: SIGTERM, then SIGKILL to its whole group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # the group is killed below
            process.wait(patience_s)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


@dataclass(slots=True)
class Child:
    """One program of the server, its log, and how often it died at once."""

    name: str
    command: list[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = None
    began: float = 0.0
    quick_deaths: int = 0

    def start(self) -> None:
        """Start it; what it writes goes to its log, the previous start's log is kept as `.1`."""
        if self.process is None and self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("a") as log:
            self.process = spawn(self.command, environment=self.environment, output=log.fileno())
        self.began = time.monotonic()

    def check(self) -> None:
        """Start it again if it died; raise `ProcessFault` when it keeps dying at once."""
        if self.process is None or self.process.poll() is None:
            return
        is_quick = time.monotonic() - self.began < QUICK_DEATH_S
        self.quick_deaths = self.quick_deaths + 1 if is_quick else 0
        if self.quick_deaths >= QUICK_DEATHS_MAX:
            raise ProcessFault(
                f"{self.name} 反复退出，详见 {self.log} · {self.name} keeps ending, see {self.log}\n"
                + self.last_words()
            )
        self.start()

    def last_words(self) -> str:
        """Give the last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

    def stop(self) -> None:
        """Stop it and all it started."""
        if self.process is not None:
            end(self.process)
