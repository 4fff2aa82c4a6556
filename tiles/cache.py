"""Where drawn tiles are kept: one SQLite file (WAL) for each layer, grid, format and drawing hash.

A tile is kept with the versions of the layers it was drawn from, its ETag (a hash of its bytes) and a checksum over
all of it: a torn or flipped tile is a miss, deleted and drawn again, never served. An empty body stands for the
constant empty tile of the format. The folder may be deleted at any time.
"""

import hashlib
import logging
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from django.conf import settings

HOT_BYTES = 24 * 2**20
"""Checked tiles each process keeps in memory."""
OPEN_FILES = 96
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tile (
  key INTEGER PRIMARY KEY, total INTEGER NOT NULL, versions TEXT NOT NULL, etag TEXT NOT NULL,
  crc INTEGER NOT NULL, body BLOB NOT NULL)
"""
_SELECT = "SELECT versions, etag, crc, body FROM tile WHERE key = ?"
_UPSERT = (
    "INSERT INTO tile (key, total, versions, etag, crc, body) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE "
    "SET total = excluded.total, versions = excluded.versions, etag = excluded.etag, crc = excluded.crc, "
    "body = excluded.body WHERE excluded.total >= tile.total"
)
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept tile: the versions it was drawn from ("3", of a composed map "3.17"), its ETag and bytes."""

    versions: str
    etag: str
    body: bytes

    @property
    def total(self) -> int:
        """The sum of the versions: of two states of the same layers the later has the greater."""
        return sum(int(each) for each in self.versions.split(".") if each)  # a map of no layers has none


def etag(*parts: bytes) -> str:
    """Return the hash that names these bytes: 128 bits of BLAKE2b, hexadecimal."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def stored(versions: str, body: bytes) -> Stored:
    """Return a tile ready to be kept."""
    return Stored(versions, etag(body), body)


def key(level: int, column: int, row: int) -> int:
    """Return a tile's number within a file: 5 bits of level, 28 each of column and row."""
    return level << 56 | column << 28 | row


class _Hot:
    """The tiles last used, up to `HOT_BYTES` of bodies."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Stored] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, place: tuple[str, int]) -> Stored | None:
        return self._kept.get(place)

    def put(self, place: tuple[str, int], tile: Stored) -> None:
        with self._lock:
            self._drop(place)
            self._kept[place] = tile
            self._bytes += len(tile.body) + 400
            while self._bytes > HOT_BYTES:
                self._drop(next(iter(self._kept)))

    def drop(self, place: tuple[str, int]) -> None:
        with self._lock:
            self._drop(place)

    def _drop(self, place: tuple[str, int]) -> None:
        if was := self._kept.pop(place, None):
            self._bytes -= len(was.body) + 400

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0


_hot = _Hot()
_open: OrderedDict[str, tuple[sqlite3.Connection, threading.Lock]] = OrderedDict()
# One thread at a time: a connection hands the same prepared statement to whoever asks.
_opening = threading.Lock()
corrupt = 0
"""Bad tiles found by this process since it started."""


class Store:
    """One file of tiles; cheap to make, opened when first read."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def hot(self, level: int, column: int, row: int) -> Stored | None:
        """Return the copy in memory, perhaps older than the one on disk."""
        return _hot.get((self.path, key(level, column, row)))

    def get(self, level: int, column: int, row: int) -> Stored | None:
        """Read a tile from disk; a damaged one is deleted and missing."""
        number = key(level, column, row)
        try:
            with _connection(self.path) as connection:
                found = connection.execute(_SELECT, (number,)).fetchone()
        except sqlite3.DatabaseError as fault:
            _on_fault(self.path, fault)
            return None
        if found is None:
            return None
        versions, name, check, body = found
        if _check(versions, name, body) != check:
            self._discard(number)
            return None
        tile = Stored(versions, name, body)
        _hot.put((self.path, number), tile)
        return tile

    def put(self, tiles: Iterable[tuple[int, int, int, Stored]]) -> None:
        """Keep tiles, all or none; one already kept from later versions stays."""
        rows = [
            (key(level, column, row), tile.total, tile.versions, tile.etag, _check(tile.versions, tile.etag, tile.body), tile.body)
            for level, column, row, tile in tiles
        ]
        try:
            with _connection(self.path) as connection, connection:
                connection.executemany(_UPSERT, rows)
        except sqlite3.DatabaseError as fault:
            _on_fault(self.path, fault)
        for row in rows:
            _hot.drop((self.path, row[0]))

    def remove(self, level: int, column: int, row: int) -> None:
        """Forget one tile."""
        self._delete(key(level, column, row))

    def places(self) -> list[tuple[int, int, int]]:
        """List the tiles kept: level, column, row."""
        with _connection(self.path) as connection:
            keys = connection.execute("SELECT key FROM tile ORDER BY key").fetchall()
        return [(number >> 56, number >> 28 & 0xFFFFFFF, number & 0xFFFFFFF) for (number,) in keys]

    def count(self) -> int:
        """Count the tiles kept."""
        with _connection(self.path) as connection:
            return int(connection.execute("SELECT count(*) FROM tile").fetchone()[0])

    def _discard(self, number: int) -> None:
        global corrupt  # noqa: PLW0603  # a counter of the process, read by the health page
        corrupt += 1
        logger.warning("damaged tile %d in %s: drawn again", number, Path(self.path).name)
        self._delete(number)

    def _delete(self, number: int) -> None:
        _hot.drop((self.path, number))
        with _connection(self.path) as connection, connection:
            connection.execute("DELETE FROM tile WHERE key = ?", (number,))


def store(slug: str, grid: str, extension: str, drawing: str) -> Store:
    """Return the file of one drawing of a layer; `drawing` is its hash (style, fonts, writer, engine)."""
    return Store(str(settings.GEOBASE.cache / slug / f"{grid}.{extension}.{drawing[:24]}.sqlite"))


def close() -> None:
    """Close every file and forget the copies in memory (tests; before a folder is deleted)."""
    with _opening:
        for connection, lock in _open.values():
            with lock:
                connection.close()
        _open.clear()
    _hot.clear()


def _check(versions: str, name: str, body: bytes) -> int:
    return crc32(body, crc32(f"{versions} {name} {len(body)}".encode()))


@contextmanager
def _connection(path: str) -> Iterator[sqlite3.Connection]:
    """Lend the connection to a file to this thread alone."""
    connection, lock = _open.get(path) or _added(path)
    with lock:
        yield connection


def _added(path: str) -> tuple[sqlite3.Connection, threading.Lock]:
    with _opening:
        if path not in _open:
            _open[path] = _opened(path), threading.Lock()
            while len(_open) > OPEN_FILES:
                _open.popitem(last=False)  # closed when the last thread using it lets go
        return _open[path]


def _opened(path: str) -> sqlite3.Connection:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=10, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(_SCHEMA)
    except sqlite3.DatabaseError as fault:
        connection.close()
        if not _is_damage(fault):
            raise
        _remove(path)
        return _opened(path)
    return connection


def _is_damage(fault: sqlite3.DatabaseError) -> bool:
    return fault.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _on_fault(path: str, fault: sqlite3.DatabaseError) -> None:
    """Throw a damaged file away; on any other fault (locked, disk full) go on without the cache."""
    logger.warning("tile cache %s: %s", Path(path).name, fault)
    if not _is_damage(fault):
        return
    with _opening:
        _open.pop(path, None)
        _remove(path)


def _remove(path: str) -> None:
    for ending in ("", "-wal", "-shm"):
        Path(path + ending).unlink(missing_ok=True)
