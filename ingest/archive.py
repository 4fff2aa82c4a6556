"""A delivery opened into one folder: zips unpacked with their GBK names, bombs and slips refused."""

import errno
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ingest.findings import Refused, refuse

MAX_ENTRIES = 20_000
MAX_RATIO = 200
MAX_DEPTH = 3
_UTF8_FLAG = 0x800
_CHUNK = 1 << 20


def unpack(source: Path, target: Path, limit: int, depth: int = 0) -> Iterator[Refused]:
    """Copy a file or folder into `target`, opening archives (≤ `limit` bytes unpacked).

    Yields what was refused; everything else lies in `target` afterwards.
    """
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_symlink():
                yield refuse("symlink", "不接受符号链接", "symbolic links are not taken", path.name)
            elif path.is_file():
                place = target / path.relative_to(source)
                place.parent.mkdir(parents=True, exist_ok=True)
                yield from _take(path, place, limit, depth)
        return
    for path in parts(source):
        yield from _take(path, target / path.name, limit, depth)


def parts(source: Path) -> list[Path]:
    """Return a file with the side files that belong to it: the .dbf of a .shp, the .tfw of a .tif."""
    if source.suffix.lower() not in (".shp", ".tif", ".tiff"):
        return [source]
    beside = (path for path in source.parent.iterdir() if path.name.split(".")[0] == source.stem.split(".")[0])
    return sorted(path for path in beside if path.is_file() and path.stem.lower().startswith(source.stem.lower()))


def _take(path: Path, place: Path, limit: int, depth: int) -> Iterator[Refused]:
    if path.suffix.lower() != ".zip":
        shutil.copyfile(path, place)
        return
    if depth >= MAX_DEPTH:
        yield refuse("zip-nested", f"压缩包嵌套超过 {MAX_DEPTH} 层", f"archives nest more than {MAX_DEPTH} deep", path.name)
        return
    folder = place.with_suffix("")
    folder = folder if not folder.exists() else place.with_name(place.name + "_")
    try:
        inner = _extract(path, folder, limit)
    except Refused as refused:
        shutil.rmtree(folder, ignore_errors=True)
        yield refused
        return
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as fault:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(fault, OSError) and fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise  # the disk's fault, not the archive's
        yield refuse("zip-broken", "压缩包损坏或已加密", "the archive is broken or encrypted", path.name)
        return
    for each in inner:
        yield from _take(each, each, limit, depth + 1)
        each.unlink()


def _extract(path: Path, folder: Path, limit: int) -> list[Path]:
    inner: list[Path] = []
    total = 0
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_ENTRIES:
            raise refuse("zip-entries", f"文件多于 {MAX_ENTRIES} 个", f"more than {MAX_ENTRIES} entries", path.name)
        for entry in entries:
            place = folder / _safe_name(entry, path.name)
            if entry.is_dir():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            total += _write(archive, entry, place, limit - total, path.name)
            if place.suffix.lower() == ".zip":
                inner.append(place)
    return inner


def _write(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, room: int, name: str) -> int:
    """Unpack one entry, counting real bytes: the sizes an archive declares may lie."""
    written = 0
    ceiling = min(room, max(entry.compress_size * MAX_RATIO, 10 * _CHUNK))
    with archive.open(entry) as packed, place.open("wb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > ceiling:
                raise refuse("zip-bomb", "压缩比或总大小超过上限", "unpacks to too much", name)
            file.write(chunk)
    return written


def _safe_name(entry: zipfile.ZipInfo, archive: str) -> Path:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise refuse("symlink", "压缩包含符号链接", "the archive holds a symbolic link", archive)
    name = entry.filename
    if not entry.flag_bits & _UTF8_FLAG:
        # Without the flag zipfile reads cp437; Chinese tools wrote GBK (or UTF-8 without saying so).
        raw = name.encode("cp437")
        name = _decoded(raw)
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
