"""Which fonts labels are drawn in, with Simplified Chinese shapes.

MapServer takes face 0 of a font collection, which is Japanese in Noto CJK (直 骨 角 come out wrong;
engines.md 3). So the SC faces are written out as fonts of their own, once, beside the mapfiles;
where Noto is not installed both weights fall back on `GEOBASE_FONT` (WenQuanYi, Simplified in face 0).
"""

import hashlib
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from tiles import engine

_NOTO = Path("/usr/share/fonts/opentype/noto")
_FACES = {
    "regular": ("NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular"),
    "bold": ("NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold"),
    "serif": ("NotoSerifCJK-Bold.ttc", "NotoSerifCJKsc-Bold"),
}
_POSTSCRIPT_NAME, _WINDOWS = 6, 3


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font files by the alias the mapfile uses, and a digest of them for the drawing hash."""

    paths: dict[str, Path]
    digest: str


@lru_cache(maxsize=1)
def fonts() -> Fonts:
    """Return the fonts of this machine, extracting the Simplified Chinese faces where needed."""
    paths = {alias: _face(alias) or _fallback() for alias in _FACES}
    sizes = [f"{alias} {path.name} {path.stat().st_size}" for alias, path in sorted(paths.items())]
    return Fonts(paths, hashlib.sha256("\n".join(sizes).encode()).hexdigest()[:16])


def fontset() -> str:
    """Return the text of MapServer's FONTSET file: it knows no quotes, so paths are bare names."""
    return "".join(f"{alias} {path.name}\n" for alias, path in sorted(fonts().paths.items()))


def _face(alias: str) -> Path | None:
    file, name = _FACES[alias]
    collection = _NOTO / file
    if not collection.exists():
        return None
    made = engine.folder() / f"{name}.otf"
    if not made.exists():
        fresh = made.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(extract(collection.read_bytes(), name))
        fresh.replace(made)
    return made


def _fallback() -> Path:
    link = engine.folder() / f"fallback{settings.GEOBASE.font.suffix}"
    if not link.exists():
        link.unlink(missing_ok=True)
        with suppress(FileExistsError):
            link.symlink_to(settings.GEOBASE.font)
    return link


def extract(collection: bytes, name: str) -> bytes:
    """Return one font of a collection by its PostScript name; raises LookupError.

    OpenType 1.9, "Font collections": tables are shared by offset, so a face is its table directory
    with the tables copied behind it, each padded to 4 bytes.
    """
    (count,) = struct.unpack_from(">I", collection, 8)
    for start in struct.unpack_from(f">{count}I", collection, 12):
        tables = _directory(collection, start)
        if _postscript_name(collection, *tables[b"name"][1:]) == name:
            return _font(collection, start, tables)
    raise LookupError(name)


def _directory(data: bytes, start: int) -> dict[bytes, tuple[int, int, int]]:
    """Read tag → (checksum, offset, length)."""
    (count,) = struct.unpack_from(">H", data, start + 4)
    rows = (struct.unpack_from(">4sIII", data, start + 12 + 16 * each) for each in range(count))
    return {tag: (checksum, offset, length) for tag, checksum, offset, length in rows}


def _postscript_name(data: bytes, offset: int, length: int) -> str:
    _, count, strings = struct.unpack_from(">HHH", data, offset)
    for each in range(count):
        platform, _, _, name, size, at = struct.unpack_from(">6H", data, offset + 6 + 12 * each)
        if name == _POSTSCRIPT_NAME and platform == _WINDOWS:
            begin = offset + strings + at
            return data[begin : begin + size].decode("utf-16-be")
    return ""


def _font(data: bytes, start: int, tables: dict[bytes, tuple[int, int, int]]) -> bytes:
    head, body = [data[start : start + 12]], []
    at = 12 + 16 * len(tables)
    for tag, (checksum, offset, length) in tables.items():
        padded = data[offset : offset + length].ljust(-(-length // 4) * 4, b"\0")
        head.append(struct.pack(">4sIII", tag, checksum, at, length))
        body.append(padded)
        at += len(padded)
    return b"".join(head + body)
