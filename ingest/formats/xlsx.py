"""Workbooks (XLSX): every sheet with rows is a table; values as last calculated, formulas are not run."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from ingest.findings import refuse
from ingest.formats import coordinates
from ingest.formats.tables import Converted

_UNPACKED_BYTES = 2 << 30
_PROLOGUE_BYTES = 4096


def convert(path: Path, converted: Converted, _encoding: str) -> None:
    """Read each sheet into a layer; raises Refused when the workbook is damaged, encrypted or a bomb."""
    _check(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise refuse("xlsx-unreadable", f"XLSX 损坏或已加密（{type(error).__name__}）", f"damaged or encrypted ({type(error).__name__})") from None
    sheets = [sheet for sheet in book.worksheets if next(sheet.iter_rows(values_only=True), None)]
    if not sheets:
        raise refuse("xlsx-empty", "工作簿没有数据", "the workbook holds no rows")
    for sheet in sheets:
        sheet.reset_dimensions()

        def rows(of: Any = sheet) -> Iterator[Sequence[Any]]:
            yield from of.iter_rows(values_only=True)

        coordinates.convert(converted, sheet.title if len(sheets) > 1 else path.stem, rows)


def _check(path: Path) -> None:
    """Refuse a workbook that unpacks to too much, or whose XML declares a document type."""
    try:
        with zipfile.ZipFile(path) as book:
            entries = book.infolist()
            if sum(entry.file_size for entry in entries) > _UNPACKED_BYTES:
                raise refuse("zip-bomb", "解压后超过上限", "unpacks to too much")
            for entry in entries:
                if entry.filename.endswith((".xml", ".rels")):
                    with book.open(entry) as part:
                        if b"<!DOCTYPE" in part.read(_PROLOGUE_BYTES):
                            raise refuse("xml-doctype", "XML 含 DOCTYPE（实体声明），不接收", "XML with a DOCTYPE (entities) is not taken")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise refuse("xlsx-unreadable", f"XLSX 损坏或已加密（{type(error).__name__}）", f"damaged or encrypted ({type(error).__name__})") from None
