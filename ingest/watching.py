"""A watched folder: an entry whose files have not changed for a while is taken, and once only.

What was taken is known by names, sizes and times in the file `.geobase-taken.json` of the folder where it can be
written, else in memory: taking it again would find the same delivery by its bytes.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from ingest import receive
from ingest.errors import why
from layers import models

_KEPT = ".geobase-taken.json"
_NO_DELIVERY = (".part", ".crdownload", ".tmp", ".filepart")


class Watched:
    """One folder; `is_done` tells that all there is has been taken."""

    def __init__(self, folder: Path, quiet_s: float) -> None:
        self.folder = folder
        self.quiet_s = quiet_s
        self.is_done = False
        self._seen: dict[str, tuple[str, float]] = {}
        self._taken = self._read()
        self._problem = ""

    def look(self, now: float) -> Iterator[str]:
        """Take what has been quiet long enough; yield a line for each, and one when the folder cannot be read."""
        waiting = 0
        try:
            for path in sorted(self.folder.iterdir()):
                if path.name.startswith(".") or path.suffix.lower() in _NO_DELIVERY:
                    continue
                state = _state(path)
                if self._taken.get(path.name) == state:
                    continue
                waiting += 1
                was, since = self._seen.get(path.name, ("", now))
                if was != state:
                    self._seen[path.name] = (state, now)
                elif now - since >= self.quiet_s:
                    yield self._take(path, state)
                    waiting -= 1
            self._problem = ""
        except OSError as fault:
            waiting += 1
            if self._problem != (problem := why(fault)):
                self._problem = problem
                yield problem
        self.is_done = not waiting

    def _take(self, path: Path, state: str) -> str:
        delivery = receive.take(path, f"watch:{self.folder.name}"[:150], {"as_layer": "", "level": None})
        fresh = models.Delivery.objects.filter(pk=delivery.pk, status="received", goal="")
        is_new = bool(fresh.update(goal="staged"))
        self._taken[path.name] = state
        self._write()
        return f"{delivery.sha256[:12]} {path.name} {'已接收 · received' if is_new else '已有 · known'}"

    def _read(self) -> dict[str, str]:
        try:
            return {str(name): str(state) for name, state in json.loads((self.folder / _KEPT).read_text()).items()}
        except (OSError, ValueError, AttributeError):
            return {}

    def _write(self) -> None:
        draft = self.folder / f"{_KEPT}.new"
        try:
            draft.write_text(json.dumps(self._taken, ensure_ascii=False))
            draft.replace(self.folder / _KEPT)
        except OSError:
            return  # a disk mounted read-only: remembered until this process ends


def _state(path: Path) -> str:
    """Return names, sizes and times of an entry's files in one short text."""
    files = [path] if path.is_file() else [each for each in sorted(path.rglob("*")) if each.is_file()]
    if not files:
        return ""
    stats = [each.stat() for each in files]
    return f"{len(files)}/{sum(each.st_size for each in stats)}/{max(each.st_mtime_ns for each in stats)}"
