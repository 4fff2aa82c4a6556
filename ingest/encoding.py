"""In which encoding is a .dbf written? .cpg, language byte, then scoring of the real values."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

_LDID = {0x4D: "gb18030", 0x7A: "gb18030", 0x4F: "big5", 0x78: "big5", 0x7B: "cp932", 0x57: "cp1252", 0x03: "cp1252"}
"""Language driver ids of dBASE that say something (0x00 says nothing)."""
_CPG = {"936": "gb18030", "cp936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "oem": "", "ansi 936": "gb18030",
        "950": "big5", "65001": "utf-8", "utf8": "utf-8", "ansi 1252": "cp1252", "1252": "cp1252", "88591": "latin-1"}  # fmt: skip
_SAMPLE_BYTES, _SAMPLE_ROWS = 2 << 20, 4000
_TELLING = 3
"""So many different values must speak against the table's encoding before a field gets one of its own."""


@dataclass(frozen=True, slots=True)
class Dbf:
    """What the table's header and first records say: encoding with its evidence, field names.

    `by_field` is empty where one encoding holds for all; else it gives each text field's ("" = no text).
    `cut_names` are the names whose last character was cut in half by the ten bytes a name may have.
    """

    encoding: str
    evidence: str
    is_certain: bool
    names: tuple[str, ...]
    declared: str
    by_field: tuple[str, ...] = ()
    cut_names: tuple[str, ...] = ()

    @property
    def spoken(self) -> str:
        """What the reading child is told: the encoding, or a JSON object of those that fields have by their place."""
        if not self.by_field:
            return self.encoding
        return json.dumps({str(place): each for place, each in enumerate(self.by_field) if each})


def read(shp: Path) -> Dbf | None:
    """Detect the encoding of a .dbf, or of the one beside a .shp; None when there is none to read."""
    dbf = shp if shp.suffix.lower() == ".dbf" else next((path for path in shp.parent.glob(shp.stem + ".*") if path.suffix.lower() == ".dbf"), None)
    if dbf is None:
        return None
    with dbf.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            return None
        header_size, record_size = struct.unpack("<HH", head[8:12])
        fields = file.read(max(0, header_size - 32))
        sample = file.read(_SAMPLE_BYTES - _SAMPLE_BYTES % max(record_size, 1))
    raw_names, columns = _texts(fields, sample, record_size)
    declared = _cpg(shp) or _LDID.get(head[29], "")
    texts = [text for column in columns for text in column]
    encoding, evidence, certain = choose(texts + raw_names, declared)
    names = tuple(name.decode(encoding, "ignore") for name in raw_names)
    cut = tuple(name for name, raw in zip(names, raw_names, strict=True) if len(raw) >= 10 and _is_cut(raw, encoding))
    return Dbf(encoding, evidence, certain, names, declared, _by_field(columns, encoding), cut)


def _by_field(columns: list[list[bytes]], encoding: str) -> tuple[str, ...]:
    """Return each text column's encoding where one is UTF-8 in a table that is not, or the other way about; else nothing."""
    chosen = []
    for column in columns:
        high = list(dict.fromkeys(text for text in column if not text.isascii()))
        share = _share(high, "utf-8") if len(high) >= _TELLING else None
        if share is None:
            chosen.append(encoding)
        elif encoding == "utf-8":
            chosen.append(encoding if share > 0.5 else choose(high, "")[0])
        else:
            chosen.append("utf-8" if share > 0.99 and _is_three_bytes_or_latin(high) else encoding)
    if all(each == encoding for each in chosen):
        return ()
    return tuple(each if column else "" for each, column in zip(chosen, columns, strict=True))


def _is_cut(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return True
    return False


def of_code_page(name: str) -> str:
    """Return the encoding of a code page's name, as in a .cpg or $DWGCODEPAGE (ANSI_936); "" when it is not known."""
    text = name.strip().lower().replace("_", " ")
    return _CPG.get(text.replace("-", ""), _CPG.get(text, text if _is_codec(text) else _numbered(text)))


def _numbered(text: str) -> str:
    number = text.rpartition(" ")[2]
    return _CPG.get(number, f"cp{number}" if number.isdigit() and _is_codec(f"cp{number}") else "")


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
    return of_code_page(cpg.read_bytes()[:40].decode("ascii", "ignore"))


def _is_codec(name: str) -> bool:
    try:
        b"".decode(name)
    except LookupError:
        return False
    return bool(name)


def _texts(fields: bytes, sample: bytes, record_size: int) -> tuple[list[bytes], list[list[bytes]]]:
    """Return the fields' names, and each field's first values (none of a field that is no text)."""
    names: list[bytes] = []
    slices: list[tuple[int, int]] = []
    offset = 1
    for place in range(0, len(fields) - 31, 32):
        if fields[place] == 0x0D:
            break
        entry = fields[place : place + 32]
        names.append(entry[:11].split(b"\0")[0])
        slices.append((offset, offset + entry[16] if entry[11:12] == b"C" else offset))
        offset += entry[16]
    rows = range(0, min(len(sample) - record_size + 1, _SAMPLE_ROWS * record_size), max(record_size, 1))
    values = ([sample[row + first : row + last].rstrip(b" \0") for row in rows] if last > first else [] for first, last in slices)
    return names, [[value for value in column if value] for column in values]


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
