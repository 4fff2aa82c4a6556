"""Files named by their own SHA-256: written once, never overwritten, on disk before they are named."""

import hashlib
import os
from pathlib import Path

_CHUNK = 1 << 20


class Store:
    """A folder of content-addressed files; `name`s are relative paths such as cog/ab/abcd….tif."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Return where a stored file lies."""
        return self.root / name

    def incoming(self, suffix: str) -> Path:
        """Return a fresh path inside the store to write a file at before `adopt`."""
        folder = self.root / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{os.getpid()}-{os.urandom(8).hex()}{suffix}"

    def adopt(self, path: Path, kind: str) -> tuple[str, str]:
        """Move a finished file to its place and return (name, SHA-256)."""
        sha256 = self._synced_digest(path)
        name = f"{kind}/{sha256[:2]}/{sha256}{path.suffix}"
        home = self.root / name
        home.parent.mkdir(parents=True, exist_ok=True)
        path.replace(home)
        folder = os.open(home.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return name, sha256

    @staticmethod
    def _synced_digest(path: Path) -> str:
        total = hashlib.sha256()
        with path.open("rb+") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
            os.fsync(file.fileno())
        return total.hexdigest()
