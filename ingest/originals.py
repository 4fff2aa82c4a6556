"""The delivered bytes, kept for ever under their own hash, on disk before anything is acknowledged."""

import hashlib
import os
import shutil
import socket
from pathlib import Path

from ingest.archive import parts

_CHUNK = 1 << 20


def digest(source: Path) -> str:
    """Return the SHA-256 of a file's bytes; of a folder, or a file with side files, that of names, sizes and bytes.

    A lone file's name does not count: the same zip under another name is the same delivery.
    """
    total = hashlib.sha256()
    files = files_of(source)
    for path in files:
        if files != [source]:
            total.update(f"{path.relative_to(_root(source))}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                total.update(chunk)
    return total.hexdigest()


def of_file(path: Path) -> str:
    """Return the SHA-256 of one file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(source: Path, store: Path, sha256: str) -> Path:
    """Copy a delivery into `store`, fsynced; the same bytes again cost nothing."""
    home = place(store, sha256)
    if home.is_dir():
        return home
    work = incoming(store)
    try:
        for path in files_of(source):
            copy = work / path.relative_to(_root(source))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            sync(copy)
        return settle(work, store, sha256)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def settle(work: Path, store: Path, sha256: str) -> Path:
    """Give a folder of synced files its name in the store, for ever."""
    home = place(store, sha256)
    for folder in (*(path for path in work.rglob("*") if path.is_dir()), work):
        sync(folder)
    home.parent.mkdir(parents=True, exist_ok=True)
    try:
        work.rename(home)
    except OSError:
        if not home.is_dir():  # another process has brought in the same bytes
            raise
    for folder in (home.parent, store):
        sync(folder)
    return home


def place(store: Path, sha256: str) -> Path:
    """Return where the files of a delivery lie, or will."""
    return store / sha256[:2] / sha256


def incoming(store: Path) -> Path:
    """Make a fresh folder inside the store to write a delivery in before `settle`."""
    work = store / "incoming" / f"{socket.gethostname()}~{os.getpid()}~{os.urandom(8).hex()}"
    work.mkdir(parents=True)
    return work


def files_of(source: Path) -> list[Path]:
    """Return the files a delivery consists of."""
    if source.is_file():
        return parts(source)
    return [path for path in sorted(source.rglob("*")) if path.is_file() and not path.is_symlink()]


def sync(path: Path) -> None:
    """Have a file, or a folder's names, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _root(source: Path) -> Path:
    return source.parent if source.is_file() else source
