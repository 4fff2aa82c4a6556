"""Files named by their own SHA-256: written once, never overwritten, on disk before they are named."""

import hashlib
import os
import socket
import time
from pathlib import Path
from typing import Protocol

_ABANDONED_S = 86_400


class Files(Protocol):
    """What a store of files must do; a folder does it here, an object store may elsewhere."""

    def path(self, name: str) -> Path:
        """Return where GDAL opens a stored file."""

    def incoming(self, suffix: str) -> Path:
        """Return a fresh path to write a file at before `adopt`."""

    def adopt(self, path: Path, kind: str) -> tuple[str, str]:
        """Take a finished file in and return (name, SHA-256)."""


class Store:
    """A folder of content-addressed files; `name`s are relative paths such as cog/ab/abcd….tif."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Return where a stored file lies; raises ValueError for a name that leaves the store."""
        path = self.root / name
        if ".." in path.parts or not path.is_relative_to(self.root):
            raise ValueError(name)
        return path

    def incoming(self, suffix: str) -> Path:
        """Return a fresh path inside the store to write a file at before `adopt`."""
        folder = self.root / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        self._sweep(folder)
        return folder / f"{socket.gethostname()}~{os.getpid()}~{os.urandom(8).hex()}{suffix}"

    def adopt(self, path: Path, kind: str) -> tuple[str, str]:
        """Move a finished file to its place and return (name, SHA-256)."""
        sha256 = self._synced_digest(path)
        name = f"{kind}/{sha256[:2]}/{sha256}{path.suffix}"
        home = self.root / name
        home.parent.mkdir(parents=True, exist_ok=True)
        # The same bytes may already be there: replacing them by themselves also mends a damaged file.
        path.replace(home)
        for folder in (home.parent, home.parent.parent, self.root):
            _sync(folder)
        return name, sha256

    def discard(self, path: Path) -> None:
        """Remove an incoming file and what a program left beside it under the same name."""
        for each in path.parent.glob(path.name + "*"):
            each.unlink(missing_ok=True)

    def verify(self, name: str) -> bool:
        """Tell whether a stored file is there and its bytes are those its name says."""
        path = self.path(name)
        return path.is_file() and _digest(path) == path.stem

    @staticmethod
    def _sweep(folder: Path) -> None:
        """Remove what killed processes left behind."""
        for path in folder.iterdir():
            if is_abandoned(path):
                path.unlink(missing_ok=True)

    @staticmethod
    def _synced_digest(path: Path) -> str:
        digest = _digest(path)
        _sync(path)
        return digest


def is_abandoned(path: Path, older_s: float = _ABANDONED_S) -> bool:
    """Tell whether nobody will finish an incoming file: its process on this host is dead, or it is old."""
    host, _, rest = path.name.partition("~")
    process = rest.partition("~")[0]
    if host == socket.gethostname() and process.isdecimal() and not Path("/proc", process).exists():
        return True
    try:
        return time.time() - path.stat(follow_symlinks=False).st_mtime >= older_s
    except FileNotFoundError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
