"""Tables in CSV: encoding and separator are found from the text, coordinates by the columns' names; streamed in two passes."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest import encoding as encodings
from ingest.findings import refuse
from ingest.formats import coordinates
from ingest.formats.tables import Converted

_SAMPLE_BYTES = 4 << 20
_FIELD_BYTES = 64 << 20
_SEPARATORS = ",\t;|"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def convert(path: Path, converted: Converted, _encoding: str) -> None:
    """Read a table into a layer named like the file; raises Refused when it is none."""
    csv.field_size_limit(_FIELD_BYTES)
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    encoding = _encoding_of(sample, converted)
    separator = _separator(sample.decode(encoding, "replace"))

    def rows() -> Iterator[Sequence[Any]]:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            yield from csv.reader((line.replace("\0", "") for line in file), delimiter=separator)

    try:
        coordinates.convert(converted, path.stem, rows)
    except csv.Error as error:
        raise refuse("csv-broken", f"CSV 无法解析：{error}", f"the CSV cannot be read: {error}") from None


def _encoding_of(sample: bytes, converted: Converted) -> str:
    marked = next((name for mark, name in _MARKS if sample.startswith(mark)), "")
    if marked:
        return marked
    lines = [line for line in sample.splitlines()[:20_000] if not line.isascii()]
    if not lines:
        return "utf-8"
    encoding, evidence, certain = encodings.choose(lines, "")
    if encoding != "utf-8":
        converted.say("encoding-detected", "info" if certain else "warning", f"编码判定为 {encoding}（{evidence}）",
                      f"read as {encoding} ({evidence})")  # fmt: skip
    return encoding


def _separator(text: str) -> str:
    """Choose the separator that the first lines hold most of; a quoted field does not count."""
    lines = [line for line in text.splitlines()[:10] if line]
    bare = ["".join(line.split('"')[::2]) for line in lines]
    return max(_SEPARATORS, key=lambda each: sum(line.count(each) for line in bare)) if lines else ","
