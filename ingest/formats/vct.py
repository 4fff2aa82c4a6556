"""VCT, the national exchange format of vectors: GB/T 17798-2007 (CNSDTF-VCT, LANDUSE-VCT 3.0) and the text of 1999 (1.0, 2.0).

GDAL does not read it; its Idrisi driver would take the name for its own. Lines are kept until the areas that are made of them
are built, figures until their attributes come, which are then written at once. A file that breaks the format is refused with
the number of the line: half of it would be silently wrong.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from ingest import encoding as encodings
from ingest.findings import Refused, refuse
from ingest.formats import vct_figures as figures
from ingest.formats.spheroids import crs_of
from ingest.formats.tables import INTEGER, NUMBER, TEXT, Converted, Table
from ingest.formats.vct_lines import Lines

_SAMPLE_BYTES = 4 << 20
_ID = "标识码_VCT"
_TYPES: dict[str, pa.DataType] = {
    "int": INTEGER, "integer": INTEGER, "int1": INTEGER, "int2": INTEGER, "int4": INTEGER, "int8": INTEGER, "long": INTEGER,
    "float": NUMBER, "double": NUMBER, "real": NUMBER, "number": NUMBER,
}  # fmt: skip


@dataclass(slots=True)
class Document:
    """What the file has said so far: head, classes (code → name and table), tables' fields, figures waiting for attributes."""

    head: dict[str, str] = field(default_factory=dict)
    classes: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    structures: dict[str, list[tuple[str, pa.DataType]]] = field(default_factory=dict)
    shapes: dict[str, tuple[str, Any]] = field(default_factory=dict)
    lines: dict[str, Any] = field(default_factory=dict)
    texts: list[tuple[str, str, float, Any]] = field(default_factory=list)

    @property
    def separator(self) -> str:
        """What parts values: a comma unless the head says otherwise."""
        return self.head.get("separator", ",").strip() or ","

    @property
    def is_2007(self) -> bool:
        """Whether objects are written as the text of 2007 has them."""
        version = self.head.get("version", "")
        return "2007" in version or version.strip().startswith("3")

    def table_of(self, code: str) -> str:
        """Return the name of a class's attribute table, its own name where it has none."""
        name, rest = self.classes.get(code, (code, []))
        return next((each for each in reversed(rest) if each in self.structures), name or code)


def convert(path: Path, converted: Converted, _encoding: str) -> None:
    """Read a VCT file into one table for each attribute table; raises Refused with the line that breaks the format."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    telling = [line.strip() for line in sample.splitlines() if not line.isascii()][:20_000]
    encoding = encodings.choose(telling, "")[0] if telling else "gb18030"
    with path.open(encoding=encoding, errors="replace") as file:
        lines = Lines(file)
        try:
            _Reader(lines, converted).read()
        except Refused:
            raise
        except (EOFError, ValueError, IndexError) as error:
            reason = "文件在此中断" if isinstance(error, EOFError) else "不合格式"
            raise refuse("vct-broken", f"VCT 第 {lines.number} 行{reason}", f"the VCT breaks at line {lines.number}") from None


class _Reader:
    """Reads the sections in their order."""

    def __init__(self, lines: Lines, converted: Converted) -> None:
        self.lines = lines
        self.converted = converted
        self.document = Document()
        self.tables: dict[str, Table] = {}
        self.crs: str | None = None

    def read(self) -> None:
        """Read the whole file."""
        sections = {
            "headbegin": self._head, "featurecodebegin": self._classes, "tablestructurebegin": self._structures, "pointbegin": self._figures,
            "linebegin": self._figures, "polygonbegin": self._figures, "annotationbegin": self._figures, "attributebegin": self._attributes,
        }  # fmt: skip
        while (line := self.lines.next_or_none()) is not None:
            name = line.lower()
            if name in sections:
                sections[name](name.removesuffix("begin"))
            elif name.endswith("begin"):
                self._skip(name.removesuffix("begin") + "end")
        if not self.document.head:
            raise refuse("vct-head", "没有 VCT 文件头（HeadBegin）", "there is no VCT head")
        self._rest()

    def _head(self, _section: str) -> None:
        for line in self._until("headend"):
            name, _, value = line.replace("：", ":").partition(":")
            self.document.head[name.strip().lower()] = value.strip()

    def _classes(self, _section: str) -> None:
        for line in self._until("featurecodeend"):
            words = self._split(line)
            self.document.classes[words[0]] = (words[1] if len(words) > 1 else words[0], words[3:])

    def _structures(self, _section: str) -> None:
        for line in self._until("tablestructureend"):
            words = self._split(line)
            if words == ["0"]:
                continue
            fields: list[tuple[str, pa.DataType]] = []
            self.document.structures[words[0]] = fields
            for _ in range(int(words[1])):
                name, kind, *_ = [*self._split(self.lines.next()), "Char"]
                fields.append((name, _TYPES.get(kind.lower(), TEXT)))

    def _figures(self, section: str) -> None:
        document = self.document
        parser = figures.Parser(self.lines, document.head, document.separator, document.is_2007, document.lines)
        read = {"point": parser.point, "line": parser.line, "polygon": parser.polygon}.get(section)
        for identity in self._until(f"{section}end"):
            code, _style = self.lines.next(), self.lines.next()
            if read is None:
                text, angle, place = parser.annotation()
                document.texts.append((document.classes.get(code, (code, []))[0], text, angle, place))
            else:
                document.shapes[identity] = (code, read(identity))
            parser.end(section)

    def _attributes(self, _section: str) -> None:
        for name in self._until("attributeend"):
            if name.lower() == "tableend":
                continue
            fields = self.document.structures.get(name, [])
            for line in self._until("tableend"):
                words = self._split(line)
                values = words if len(words) == len(fields) else words[1:]
                code, shape = self.document.shapes.pop(words[0], ("", None))
                self._write(name, fields, (words[0], *[*values, *[""] * len(fields)][: len(fields)]), shape, is_spatial=self._has_figures(name, code))

    def _has_figures(self, table: str, code: str) -> bool:
        return bool(code) or any(self.document.table_of(each) == table for each in self.document.classes)

    def _rest(self) -> None:
        """Write the figures that got no attributes, but not the bare lines that areas are made of, and the texts."""
        without = 0
        for identity, (code, shape) in self.document.shapes.items():
            if code not in self.document.classes:
                continue
            name = self.document.table_of(code)
            fields = self.document.structures.get(name, [])
            self._write(name, fields, (identity, *[None] * len(fields)), shape, is_spatial=True)
            without += bool(fields)
        if without:
            self.converted.say("vct-no-attributes", "warning", f"{without} 个图形没有属性记录", f"{without} figures have no attributes")
        for name, text, angle, place in self.document.texts:
            self._write(f"{name}_T", [("文字", TEXT), ("角度", NUMBER)], (None, text, angle), place, is_spatial=True)
        if not self.tables:
            raise refuse("vct-empty", "VCT 文件没有要素", "the VCT holds no features")

    def _write(self, name: str, fields: Sequence[tuple[str, pa.DataType]], row: tuple[Any, ...], shape: Any, *, is_spatial: bool) -> None:
        table = self.tables.get(name)
        if table is None:
            if self.crs is None:
                self.crs = crs_of(self.document.head)
            table = self.converted.table(name, [(_ID, TEXT), *fields], self.crs, is_spatial=is_spatial)
            self.tables[name] = table
        table.add([None if each == "" else each for each in row], shapely.from_wkb(shape) if isinstance(shape, bytes) else shape)

    def _until(self, end: str) -> Iterator[str]:
        """Give the lines up to a section's end; the end of the file before it is an error."""
        while (line := self.lines.next()).lower() != end:
            yield line

    def _skip(self, end: str) -> None:
        for _ in self._until(end):
            pass

    def _split(self, line: str) -> list[str]:
        return [word.strip() for word in line.split(self.document.separator)]
