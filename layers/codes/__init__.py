"""Which code stands for what: the standards' code tables, read from the CSV files beside this module.

`table(name)` answers for a table of codes (GB/T 21010, 三调, 用地用海 2023, GB/T 13923 …), `records(name)`
for any of the files as plain rows. Every code keeps the `source` and `confidence` of its row.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

type Rgb = tuple[int, int, int]

_FOLDER = Path(__file__).parent
# Some files hold several lists; this column tells them apart.
_LIST_COLUMN = {"heritage": "kind", "env": "kind", "spatial_plan_codelists": "list"}
_CODE_COLUMN = {
    "sandiao_to_yongdi": "sandiao_code",
    "yongdi_yonghai_2020_to_2023": "code_2020",
    "dlg_agnp_class": "class",
    "cass_layer_names": "layer",
}
_NAME_COLUMN = {
    "sandiao_to_yongdi": "yongdi_name",
    "yongdi_yonghai_2020_to_2023": "name_2023",
    "dlg_layers": "contents",
}


class UnknownTable(LookupError):
    """No such code table, or no such list inside it / 没有这个代码表."""


@dataclass(frozen=True, slots=True)
class Code:
    """One row of a code table; `rgb` is 0-255 and None where the source gives no plain fill."""

    code: str
    name_zh: str
    name_en: str = ""
    parent: str = ""
    level: str = ""
    rgb: Rgb | None = None
    confidence: str = ""
    source: str = ""
    extra: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class CodeTable:
    """A table of codes in the order of its file."""

    name: str
    codes: Mapping[str, Code]

    def get(self, code: str | int) -> Code | None:
        """Return the code's row; numbers are taken as their digits."""
        return self.codes.get(str(code).strip())

    def name_zh(self, code: str | int) -> str:
        """Return the Chinese name, or "" for a code the table lacks."""
        found = self.get(code)
        return found.name_zh if found else ""

    def children(self, parent: str = "") -> tuple[Code, ...]:
        """Return the codes directly below `parent`; "" asks for the roots."""
        return tuple(code for code in self if code.parent == parent)

    def root(self, code: str | int) -> Code | None:
        """Return the level-1 class a code belongs to."""
        found = self.get(code)
        while found is not None and found.parent:
            found = self.get(found.parent)
        return found

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes.values())

    def __len__(self) -> int:
        return len(self.codes)

    def __contains__(self, code: object) -> bool:
        return str(code) in self.codes


def names() -> tuple[str, ...]:
    """Return the names of all tables."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))


@cache
def records(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of one file as they stand; raises UnknownTable."""
    if name not in names():
        raise UnknownTable(f"没有代码表 / no code table: {name}")
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))


@cache
def table(name: str, kind: str = "") -> CodeTable:
    """Return one table; files with several lists need `kind` (heritage: "zone", env: "AQI" …)."""
    column = _LIST_COLUMN.get(name)
    rows = [row for row in records(name) if column is None or row[column] == kind]
    if not rows:
        raise UnknownTable(f"代码表 {name} 中没有 {kind!r} / no list {kind!r} in {name}")
    if _CODE_COLUMN.get(name, "code") not in rows[0]:
        raise UnknownTable(f"{name} 不是代码表，用 records() 读 / not a table of codes, read it by records()")
    codes: dict[str, Code] = {}
    for row in rows:
        read = _read(name, row)
        codes.setdefault(read.code, read)
    return CodeTable(name, codes)


def _read(name: str, row: Mapping[str, str]) -> Code:
    known = {"name_zh", "name_en", "parent", "level", "rgb", "confidence", "source", "code"}
    return Code(
        code=row[_CODE_COLUMN.get(name, "code")],
        name_zh=row.get("name_zh") or row.get(_NAME_COLUMN.get(name, ""), ""),
        name_en=row.get("name_en", ""),
        parent=row.get("parent", ""),
        level=row.get("level", ""),
        rgb=_rgb(row.get("rgb", "")),
        confidence=row["confidence"],
        source=row["source"],
        extra={key: value for key, value in row.items() if key not in known},
    )


def _rgb(text: str) -> Rgb | None:
    if not text:
        return None
    red, green, blue = (int(part) for part in text.split(","))
    return red, green, blue
