"""A delivery opened into one folder: archives unpacked with their GBK names; bombs, slips, links and locks refused."""

import errno
import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from ingest.findings import Refused, refuse

MAX_ENTRIES = 20_000
MAX_RATIO = 200
MAX_DEPTH = 3
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
_CHUNK = 1 << 20
_ZIPS, _TARS, _GZIPS = (".zip", ".kmz"), (".tar", ".tgz", ".tar.gz"), (".gz",)
_IN_PARTS = {
    ".shp", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".img", ".jp2", ".tab", ".mif", ".asc", ".grd", ".dem", ".dat", ".gml", ".bil", ".bsq",
}  # fmt: skip
"""Formats whose files stand beside each other under one name."""
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error, lzma.LZMAError,
    RuntimeError, NotImplementedError, EOFError, ValueError,
)  # fmt: skip
_NAMES = {None, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ}
"""What an OSError says when the archive is at fault (None: bzip2's). Any other is the world's: a full disk, a lost share."""


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(slots=True)
class _Room:
    """How much may still be unpacked into one delivery."""

    bytes: int
    entries: int = MAX_ENTRIES


def unpack(source: Path, target: Path, limit: int, depth: int = 0) -> Iterator[Refused]:
    """Copy a file or folder into `target`, opening archives (≤ `limit` bytes unpacked).

    Yields what was refused; everything else lies in `target` afterwards.
    """
    room = _Room(limit)
    if source.is_dir():
        root = target / source.name if source.suffix.lower() == ".gdb" else target
        for path in sorted(source.rglob("*")):
            if path.is_symlink():
                yield refuse("symlink", "不接受符号链接", "symbolic links are not taken", path.name)
            elif path.is_file():
                place = root / path.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                yield from _take(path, place, room, depth)
        return
    for path in parts(source):
        yield from _take(path, target / path.name, room, depth)


def parts(source: Path) -> list[Path]:
    """Return a file with the side files that belong to it: the .dbf of a .shp, the .tfw of a .tif."""
    if source.suffix.lower() not in _IN_PARTS:
        return [source]
    beside = (path for path in source.parent.iterdir() if path.name.split(".")[0] == source.stem.split(".")[0])
    return sorted(path for path in beside if path.is_file() and path.stem.lower().startswith(source.stem.lower()))


def _take(path: Path, place: Path, room: _Room, depth: int) -> Iterator[Refused]:
    name = path.name.lower()
    if not name.endswith((*_ZIPS, *_TARS, *_GZIPS)):
        if path != place:
            shutil.copyfile(path, place)
        return
    if depth >= MAX_DEPTH:
        yield refuse("zip-nested", f"压缩包嵌套超过 {MAX_DEPTH} 层", f"archives nest more than {MAX_DEPTH} deep", path.name)
        return
    folder = _folder(place)
    try:
        inner = _opened(path, folder, room)
    except Refused as refused:
        shutil.rmtree(folder, ignore_errors=True)
        yield refused
        return
    except (*_BROKEN, OSError) as fault:
        shutil.rmtree(folder, ignore_errors=True)
        yield _broken(fault, path.name)
        return
    for each in inner:
        yield from _take(each, each, room, depth + 1)
        if each.name.lower().endswith((*_ZIPS, *_TARS, *_GZIPS)):
            each.unlink(missing_ok=True)


def _broken(fault: Exception, name: str) -> Refused:
    """Return what is wrong with an archive; raises the fault itself where it is the world's."""
    if isinstance(fault, OSError) and not isinstance(fault, _BROKEN) and fault.errno not in _NAMES:
        raise fault
    kind = type(fault).__name__
    return refuse("zip-broken", f"压缩包损坏（{kind}），请重新打包或重新拷贝", f"the archive is broken ({kind}): pack or copy it again", name)


def _folder(place: Path) -> Path:
    name = place.name
    for suffix in (".tar.gz", place.suffix):
        if suffix and name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    folder = place.with_name(name)
    return folder if not folder.exists() else place.with_name(place.name + "_")


def _opened(path: Path, folder: Path, room: _Room) -> list[Path]:
    """Unpack one archive; return what is in it."""
    name = path.name.lower()
    if name.endswith(_ZIPS):
        made = list(_unzip(path, folder, room))
    elif name.endswith(_TARS):
        made = list(_untar(path, folder, room))
    else:
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / path.stem
        with gzip.open(path) as packed:
            _write(packed, place, path.stat().st_size, room, path.name)
        made = [place]
    if name.endswith(".kmz"):
        # Every KMZ calls its document doc.kml; the archive's own name says more.
        made = [each.rename(each.with_name(f"{path.stem}.kml")) if each.name.lower() == "doc.kml" else each for each in made]
    return made


def _unzip(path: Path, folder: Path, room: _Room) -> Iterator[Path]:
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        _count(len(entries), room, path.name)
        for entry in entries:
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise refuse("symlink", "压缩包含符号链接", "the archive holds a symbolic link", path.name)
            if entry.flag_bits & _ENCRYPTED_FLAG:
                raise refuse("zip-encrypted", "压缩包已加密；请提供未加密的", "the archive is encrypted; send it without a password", path.name)
            place = folder / _safe(_zip_name(entry), path.name)
            with archive.open(entry) as packed:
                _write(packed, place, entry.compress_size, room, path.name)
            yield place


def _untar(path: Path, folder: Path, room: _Room) -> Iterator[Path]:
    size = path.stat().st_size
    with tarfile.open(path, "r:*", encoding="utf-8", errors="surrogateescape") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            _count(1, room, path.name)
            if not entry.isreg():
                raise refuse("symlink", "压缩包含链接或设备文件", "the archive holds a link or a device", path.name)
            name = _decoded(entry.name.encode("utf-8", "surrogateescape"))
            packed = archive.extractfile(entry)
            place = folder / _safe(name, path.name)
            assert packed is not None  # noqa: S101 - a regular file has content
            _write(packed, place, max(size, entry.size // MAX_RATIO), room, path.name)
            yield place
        _read_out(archive, room, path.name)


def _read_out(archive: tarfile.TarFile, room: _Room, name: str) -> None:
    """Read to the end: there the checksum of the compression stands, and a spoilt header ends the list of entries early."""
    assert archive.fileobj is not None  # noqa: S101 - it has just been read
    while rest := archive.fileobj.read(_CHUNK):
        room.bytes -= len(rest)
        if room.bytes < 0:
            raise refuse("zip-bomb", "压缩比或总大小超过上限", "unpacks to too much", name)
        if rest.strip(b"\0"):
            raise tarfile.ReadError("more follows than the entries")


def _count(entries: int, room: _Room, name: str) -> None:
    room.entries -= entries
    if room.entries < 0:
        raise refuse("zip-entries", f"文件多于 {MAX_ENTRIES} 个", f"more than {MAX_ENTRIES} entries", name)


def _write(packed: _Readable, place: Path, packed_bytes: int, room: _Room, name: str) -> None:
    """Unpack one entry, counting real bytes: the sizes an archive declares may lie."""
    place.parent.mkdir(parents=True, exist_ok=True)
    ceiling = min(room.bytes, max(packed_bytes * MAX_RATIO, 10 * _CHUNK))
    written = 0
    with place.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > ceiling:
                raise refuse("zip-bomb", "压缩比或总大小超过上限", "unpacks to too much", name)
            file.write(chunk)
    room.bytes -= written


def _zip_name(entry: zipfile.ZipInfo) -> str:
    if entry.flag_bits & _UTF8_FLAG:
        return entry.filename
    # Without the flag zipfile reads cp437; Chinese tools wrote GBK (or UTF-8 without saying so).
    return _decoded(entry.filename.encode("cp437"))


def _safe(name: str, archive: str) -> Path:
    pure = PurePosixPath(name.replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts or (pure.parts and ":" in pure.parts[0]):
        raise refuse("zip-slip", "压缩包内路径越界", "an entry's path leaves the archive", archive)
    return Path(*pure.parts) if pure.parts else Path("_")


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("cp437")
