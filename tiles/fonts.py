"""Which fonts labels are drawn in, with Simplified Chinese shapes.

MapServer takes face 0 of a font collection, which is Japanese in Noto CJK (直 骨 角 come out wrong;
engines.md 3), so regular text is set in `GEOBASE_FONT` (WenQuanYi, Simplified in face 0), which has no
bold and no italic. Bold is made once from Noto Sans CJK's SC face, as a TrueType font beside the mapfiles:
MapServer draws the halo of PostScript outlines inwards, for they run the other way round. Italic, for the
names of water, is the regular font leaning.
"""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from tiles import engine

_NOTO = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc")
_NAME = "NotoSansCJKsc-Bold"
_WRITER = 1
_LEAN = 0.21
"""Tangent of the italic's angle: 12 degrees."""
_ERROR_UNITS = 2.0
"""Greatest distance of the quadratic from the cubic curve, in thousandths of the em."""
_POSTSCRIPT_NAME, _WINDOWS = 6, 3


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font files in the mapfiles' folder by the alias the mapfile uses, and a digest of them."""

    paths: dict[str, Path]
    digest: str


@lru_cache(maxsize=1)
def fonts() -> Fonts:
    """Return the fonts of this machine; makes those that are missing (some ten seconds)."""
    regular = _linked(settings.GEOBASE.font)
    paths = {"regular": regular, "bold": _bold() or regular, "italic": _italic(settings.GEOBASE.font)}
    known = [f"{alias} {path.name} {path.stat().st_size}" for alias, path in sorted(paths.items())]
    return Fonts(paths, hashlib.sha256("\n".join(known).encode()).hexdigest()[:16])


def fontset() -> str:
    """Return the text of MapServer's FONTSET file: it knows no quotes, so paths are bare names."""
    return "".join(f"{alias} {path.name}\n" for alias, path in sorted(fonts().paths.items()))


def _linked(font: Path) -> Path:
    link = engine.folder() / f"regular{font.suffix}"
    if not link.exists() or link.resolve() != font.resolve():
        link.unlink(missing_ok=True)
        with suppress(FileExistsError):
            link.symlink_to(font)
    return link


def _bold() -> Path | None:
    if not _NOTO.exists():
        return None
    return _kept(f"{_NAME}-{_WRITER}", lambda fresh: make(_NOTO, _NAME, sorted(_characters()), fresh))


def _italic(font: Path) -> Path:
    def lean(fresh: Path) -> None:
        from fontTools.ttLib import TTFont  # noqa: PLC0415  # only when the font is made

        with TTFont(font, lazy=True, fontNumber=0) as source:
            _write(source, "Italic", sorted(_characters()), fresh, lean=_LEAN)

    return _kept(f"italic-{font.stem}-{font.stat().st_size}-{_WRITER}", lean)


def _kept(name: str, write: Callable[[Path], None]) -> Path:
    """Return the font file of that name beside the mapfiles, written by one process if it is missing."""
    made = engine.folder() / f"{name}.ttf"
    with (engine.folder() / "fonts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            fresh = made.with_suffix(f".{os.getpid()}")
            write(fresh)
            fresh.replace(made)
    return made


def _characters() -> set[int]:
    """Return the characters of made fonts: GB 2312's 6763 hanzi, Latin, Greek, signs and numbers.

    Rarer ones are drawn in the regular font, character by character.
    """
    found = {*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2050), *range(0x2150, 0x2190)}
    found |= {*range(0x2460, 0x2500), *range(0x25A0, 0x2600), *range(0x3000, 0x3030), *range(0xFF00, 0xFF5F)}
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            with suppress(UnicodeDecodeError):
                found.add(ord(bytes([row, cell]).decode("gb2312")))
    return found


def make(collection: Path, name: str, characters: Iterable[int], target: Path) -> None:
    """Write a TrueType font of some characters of one face of a collection; raises LookupError."""
    from fontTools.ttLib import TTCollection  # noqa: PLC0415  # only when the font is made

    with TTCollection(collection, lazy=True) as faces:
        _write(_face(faces, name), name, characters, target)


def _write(source: Any, name: str, characters: Iterable[int], target: Path, *, lean: float = 0.0) -> None:
    from fontTools.fontBuilder import FontBuilder  # noqa: PLC0415

    cmap = source.getBestCmap()
    mapping = {each: cmap[each] for each in characters if each in cmap}
    order = [".notdef", *dict.fromkeys(mapping.values())]
    outlines = _outlines(source, order, lean)
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(mapping)
    builder.setupGlyf(outlines)
    builder.setupHorizontalMetrics({glyph: source["hmtx"][glyph] for glyph in order})
    builder.setupHorizontalHeader(ascent=source["hhea"].ascent, descent=source["hhea"].descent)
    builder.setupNameTable({"familyName": name, "styleName": "Bold", "psName": name})
    builder.setupOS2(sTypoAscender=source["OS/2"].sTypoAscender, sTypoDescender=source["OS/2"].sTypoDescender)
    builder.setupPost(keepGlyphNames=False)
    # No time stamps: the same input gives the same font.
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    builder.save(target)


def _outlines(source: Any, order: Sequence[str], lean: float) -> dict[str, Any]:
    """Return the glyphs as quadratic outlines that run as TrueType's do, leaning by a tangent."""
    from fontTools.pens.cu2quPen import Cu2QuPen  # noqa: PLC0415
    from fontTools.pens.transformPen import TransformPen  # noqa: PLC0415
    from fontTools.pens.ttGlyphPen import TTGlyphPen  # noqa: PLC0415

    glyphs = source.getGlyphSet()
    is_cubic = "glyf" not in source
    outlines = {}
    for glyph in order:
        pen = TTGlyphPen(None)
        inner = Cu2QuPen(pen, _ERROR_UNITS, reverse_direction=True) if is_cubic else pen
        _draw(glyphs, glyph, TransformPen(inner, (1, 0, lean, 1, 0, 0)) if lean else inner)
        outlines[glyph] = pen.glyph()
    return outlines


def _draw(glyphs: Any, glyph: str, pen: Any) -> None:
    from fontTools.pens.recordingPen import DecomposingRecordingPen  # noqa: PLC0415

    # A glyph put together of others is drawn whole: the others may not be in the new font.
    whole = DecomposingRecordingPen(glyphs)
    glyphs[glyph].draw(whole)
    whole.replay(pen)


def _face(faces: Any, name: str) -> Any:
    for face in faces.fonts:
        record = face["name"].getName(_POSTSCRIPT_NAME, _WINDOWS, 1)
        if record is not None and record.toUnicode() == name:
            return face
    raise LookupError(name)
