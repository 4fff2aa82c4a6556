"""The demo: bring the demo city in and make two sign-ins, once for each database.

What is done is written to `var/demo.json`, so that a second start runs neither step; the steps themselves
can be repeated and go on where a killed one was.
"""

import hashlib
import json
import subprocess
import sys

from config.environment import Settings
from config.processes import end, manage, spawn


def prepare(settings: Settings) -> None:
    """Bring the demo city into the database, unless it is there already."""
    state = _State(settings)
    if not state.has("city"):
        sys.stdout.write("  示例城市：生成测绘成果并入库 · demo city: its survey is made and taken in\n")
        sys.stdout.flush()
        _run("demo_city", str(settings.var / "demo-survey"))
        state.add("city")
    if not state.has("accounts"):
        state.add("accounts", _run("demo_accounts"))


def sign_ins(settings: Settings) -> str:
    """Give the lines that tell the two sign-ins."""
    return _State(settings).words("accounts")


class _State:
    """Which steps are done, with what they said, kept in `var/demo.json` for each database."""

    def __init__(self, settings: Settings) -> None:
        self._path = settings.var / "demo.json"
        database = settings.database_url or str(settings.var)
        key = hashlib.sha256(database.encode()).hexdigest()[:16]
        self._all = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._mine: dict[str, str] = self._all.setdefault(key, {})

    def has(self, step: str) -> bool:
        return step in self._mine

    def words(self, step: str) -> str:
        return self._mine.get(step, "")

    def add(self, step: str, words: str = "") -> None:
        self._mine[step] = words
        part = self._path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(self._all, ensure_ascii=False, indent=1))
        part.replace(self._path)


def _run(*arguments: str) -> str:
    """Run a management command, its progress on our terminal; give what it said on standard output."""
    process = spawn(manage(*arguments), environment={}, output=subprocess.PIPE)
    try:
        said, _ = process.communicate()
    finally:
        end(process)
    if process.returncode:
        sys.stdout.write(said)
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return said
