"""The delivered bytes, kept for ever under their own hash, on disk before anything is acknowledged."""

import hashlib
import os
import shutil
from pathlib import Path

from ingest.archive import parts

_CHUNK = 1 << 20


def digest(source: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's sorted names and bytes."""
    total = hashlib.sha256()
    for path in _files(source):
        total.update(str(path.relative_to(source.parent)).encode() + b"\0" + str(path.stat().st_size).encode() + b"\0")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
    return total.hexdigest()


def keep(source: Path, store: Path, sha256: str) -> Path:
    """Copy a delivery into `store`, fsynced; the same bytes again cost nothing."""
    home = store / sha256[:2] / sha256
    if home.is_dir():
        return home
    work = store / f"incoming-{os.getpid()}-{sha256[:16]}"
    shutil.rmtree(work, ignore_errors=True)
    for path in _files(source):
        place = work / path.relative_to(source.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        _sync(place)
    work.mkdir(parents=True, exist_ok=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    work.rename(home)
    _sync(home.parent)
    return home


def _files(source: Path) -> list[Path]:
    if source.is_file():
        return parts(source)
    return [path for path in sorted(source.rglob("*")) if path.is_file() and not path.is_symlink()]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
