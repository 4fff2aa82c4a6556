"""A report as a workbook: what was found, its samples, and the counts by rule and layer."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill

from ingest.report.model import SEVERITY_TITLES, CheckReport
from layers.spec import Title

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_HEAD = PatternFill("solid", start_color="10303E")
_FINDINGS = (Title("级别", "Severity"), Title("规则", "Rule"), Title("名称", "Name"), Title("说明", "What was found"), Title("文件", "File"),
             Title("图层", "Layer"), Title("数量", "Count"), Title("西", "West"), Title("南", "South"), Title("东", "East"), Title("北", "North"),
             Title("依据", "Evidence"), Title("把握", "Confidence"))  # fmt: skip
_SAMPLES = (Title("规则", "Rule"), Title("图层", "Layer"), Title("文件", "File"), Title("行号", "Row"), Title("要素", "Feature"),
            Title("字段", "Field"), Title("值", "Value"), Title("位置 (EPSG:4490)", "Place (EPSG:4490)"))  # fmt: skip


def write(report: CheckReport, language: str = "zh") -> bytes:
    """Return the workbook; text that a spreadsheet would take for a formula is kept as text."""
    book = Workbook(write_only=True)
    _sheet(book, Title("检查结果", "Findings")(language), [each(language) for each in _FINDINGS], (
        (SEVERITY_TITLES[each.severity](language), each.id, each.title_en if language == "en" else each.title_zh,
         each.en if language == "en" else each.zh, each.file, each.layer, each.count, *(each.bounds or (None,) * 4),
         each.evidence, each.confidence)
        for each in report.ordered
    ))  # fmt: skip
    _sheet(book, Title("示例", "Samples")(language), [each(language) for each in _SAMPLES], (
        (each.id, each.layer, sample.file or each.file, sample.row, sample.fid, sample.field, sample.value, sample.wkt)
        for each in report.ordered for sample in each.samples
    ))  # fmt: skip
    _sheet(book, Title("按图层", "By layer")(language), [Title("规则", "Rule")(language), *report.layers], (
        (each.title(language), *(report.count(each.id, layer) or None for layer in report.layers)) for each in report.groups
    ))  # fmt: skip
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _sheet(book: Workbook, title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for place, name in enumerate(head):
        sheet.column_dimensions["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place % 26]].width = 48 if name in ("说明", "What was found") else 16
    cells = [WriteOnlyCell(sheet, escaped(name)) for name in head]
    for cell in cells:
        cell.fill, cell.font = _HEAD, Font(bold=True, color="FFFFFF")
    sheet.append(cells)
    for row in rows:
        sheet.append([escaped(each) for each in row])


def escaped(value: Any) -> Any:
    """Return a value no spreadsheet runs as a formula: such text gets an apostrophe (OWASP, CSV injection)."""
    if not isinstance(value, str):
        return value
    value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    return f"'{value}" if value.startswith(_FORMULA) else value
