"""In which encoding is a .dbf written? .cpg, language byte, then scoring of the real values."""

import struct
from dataclasses import dataclass
from pathlib import Path

_LDID = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5", 0x7B: "cp932", 0x57: "cp1252", 0x03: "cp1252"}
"""Language driver ids of dBASE that say something (0x00 says nothing)."""
_CPG = {"936": "gb18030", "cp936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "oem": "", "ansi 936": "gb18030",
        "950": "big5", "65001": "utf-8", "utf8": "utf-8", "ansi 1252": "cp1252", "1252": "cp1252", "88591": "latin-1"}  # fmt: skip
_SAMPLE_BYTES = 2 << 20


@dataclass(frozen=True, slots=True)
class Dbf:
    """What the table's header and first records say: encoding with its evidence, field names."""

    encoding: str
    evidence: str
    is_certain: bool
    names: tuple[str, ...]
    declared: str


def read(shp: Path) -> Dbf | None:
    """Detect the encoding of the .dbf beside a .shp; None when there is none to read."""
    dbf = next((path for path in shp.parent.glob(shp.stem + ".*") if path.suffix.lower() == ".dbf"), None)
    if dbf is None:
        return None
    with dbf.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            return None
        header_size, record_size = struct.unpack("<HH", head[8:12])
        fields = file.read(max(0, header_size - 32))
        sample = file.read(_SAMPLE_BYTES - _SAMPLE_BYTES % max(record_size, 1))
    raw_names, texts = _texts(fields, sample, record_size)
    declared = _cpg(shp) or _LDID.get(head[29], "")
    encoding, evidence, certain = choose(texts + raw_names, declared)
    names = tuple(name.decode(encoding, "ignore") for name in raw_names)
    return Dbf(encoding, evidence, certain, names, declared)


def choose(texts: list[bytes], declared: str) -> tuple[str, str, bool]:
    """Choose an encoding for byte strings: (encoding, evidence, whether it is certain)."""
    # Each value counts once: one word in ten thousand rows is still one word of evidence.
    high = list(dict.fromkeys(text for text in texts if not text.isascii()))
    if not high:
        return declared or "utf-8", "ASCII", True
    if declared and _share(high, declared) > 0.99 and not (declared in ("cp1252", "latin-1") and _share(high, "gb18030") > 0.99):
        return declared, "declared", True
    scores = {name: _share(high, name) * (_commonness(high, name) if name != "utf-8" else 1.0)
              for name in ("utf-8", "gb18030", "big5")}  # fmt: skip
    # Valid UTF-8 of more than a few characters is hardly ever anything else; a few may be: 砖 (D7 A9) in GBK
    # is a Hebrew letter in UTF-8. Chinese in UTF-8 takes three bytes a character, and Latin stands among letters.
    if _share(high, "utf-8") > 0.95 and (_is_three_bytes_or_latin(high) or scores["gb18030"] < 0.9):
        return "utf-8", f"utf-8 {_share(high, 'utf-8'):.0%}", True
    best = max(("gb18030", "big5"), key=lambda name: scores[name])
    if scores[best] > 0.3:
        return best, ", ".join(f"{name} {score:.0%}" for name, score in scores.items()), scores[best] > 0.6
    return declared or "cp1252", "no Chinese encoding fits", False


def _cpg(shp: Path) -> str:
    cpg = next((path for path in shp.parent.glob(shp.stem + ".*") if path.suffix.lower() == ".cpg"), None)
    if cpg is None:
        return ""
    text = cpg.read_bytes()[:40].decode("ascii", "ignore").strip().lower()
    return _CPG.get(text.replace("-", ""), _CPG.get(text, text if _is_codec(text) else ""))


def _is_codec(name: str) -> bool:
    try:
        b"".decode(name)
    except LookupError:
        return False
    return bool(name)


def _texts(fields: bytes, sample: bytes, record_size: int) -> tuple[list[bytes], list[bytes]]:
    names: list[bytes] = []
    slices: list[tuple[int, int]] = []
    offset = 1
    for place in range(0, len(fields) - 31, 32):
        if fields[place] == 0x0D:
            break
        entry = fields[place : place + 32]
        names.append(entry[:11].split(b"\0")[0])
        if entry[11:12] == b"C":
            slices.append((offset, offset + entry[16]))
        offset += entry[16]
    texts = [
        sample[start + first : start + last].rstrip(b" \0")
        for start in range(0, len(sample) - record_size + 1, max(record_size, 1))
        for first, last in slices
    ][:20_000]
    return names, [text for text in texts if text]


def _share(texts: list[bytes], encoding: str) -> float:
    """Return the share of texts that decode; a last character cut in half is forgiven."""
    good = 0
    for text in texts:
        for cut in (text, text[:-1], text[:-2]):
            if cut != text and cut.isascii():
                break  # nothing is left that tells encodings apart: one GBK character is no UTF-8
            try:
                cut.decode(encoding)
            except UnicodeDecodeError:
                continue
            good += 1
            break
    return good / len(texts)


def _is_three_bytes_or_latin(texts: list[bytes]) -> bool:
    """Whether UTF-8 would give a character beyond U+0800, or one within a word of ASCII letters."""
    words = [text.decode("utf-8", "ignore") for text in texts]
    return any(max(word, default="") >= "\u0800" or any(c.isascii() and c.isalpha() for c in word) for word in words)


def _commonness(texts: list[bytes], encoding: str) -> float:
    """Return the share of characters that are everyday ones in that encoding's own ordering."""
    lead, low, high = ("gb2312", 0xB0, 0xD7) if encoding == "gb18030" else ("big5", 0xA4, 0xC6)
    common = total = 0
    for text in texts[:2000]:
        for character in text.decode(encoding, "ignore"):
            if ord(character) < 0x2E80:
                continue
            total += 1
            raw = character.encode(lead, "ignore")
            common += bool(raw) and low <= raw[0] <= high
    return common / total if total else 0.0
