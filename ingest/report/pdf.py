"""A report as a PDF to be signed and filed: facts, a picture of the places, findings, counts by layer."""

from io import BytesIO
from pathlib import Path

from django.utils.timezone import localtime
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from ingest.report import sketch
from ingest.report.model import SEVERITY_TITLES, CheckReport
from layers.spec import Title

_INK, _HEAD = (22, 33, 43), (16, 48, 62)
_TINTS = {"blocking": (252, 232, 230), "warning": (255, 242, 212), "info": (233, 237, 241)}


class _Paper(FPDF):
    """A4 pages with the city's font and a page number."""

    def __init__(self, font: Path, foot: str) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.add_font("text", "", font, collection_font_number=0)
        self.set_auto_page_break(True, margin=18)
        self.set_margin(16)

    def footer(self) -> None:
        """Write the delivery's number and the page's."""
        self.set_y(-13)
        self.set_font("text", size=8)
        self.set_text_color(94, 107, 119)
        self.cell(0, 6, f"{self.foot}    {self.page_no()} / {{nb}}", align="C")


def write(report: CheckReport, font: Path, language: str = "zh") -> bytes:
    """Return the PDF; `font` must hold Chinese."""
    paper = _Paper(font, f"SHA-256 {report.sha256}")
    paper.set_title(report.title)
    paper.add_page()
    _line(paper, Title("检查报告", "Check report")(language), 18)
    _line(paper, report.title, 13)
    _facts(paper, report, language)
    if picture := sketch.draw(report):
        paper.image(BytesIO(picture), w=paper.epw, alt_text="places")
        paper.ln(3)
    _findings(paper, report, language)
    _layers(paper, report, language)
    return bytes(paper.output())


def _line(paper: FPDF, text: str, size: float) -> None:
    paper.set_font("text", size=size)
    paper.set_text_color(*_INK)
    paper.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(1)


def _facts(paper: FPDF, report: CheckReport, language: str) -> None:
    counts = "    ".join(f"{SEVERITY_TITLES[name](language)} {count}" for name, count in report.counts.items())
    rows = "、".join(f"{layer} {count:,}" for layer, count in report.rows.items())
    told = [
        (Title("文件", "File"), report.name), (Title("汇交单位", "Contractor"), report.contractor),
        (Title("测量日期", "Survey date"), report.survey_date.isoformat() if report.survey_date else ""),
        (Title("接收", "Received"), f"{localtime(report.received):%Y-%m-%d %H:%M}"), (Title("状态", "Status"), report.status_title),
        (Title("要素（幅）数", "Features (sheets)"), rows), (Title("检查结果", "Findings"), counts),
    ]  # fmt: skip
    for name, value in told:
        if value:
            _line(paper, f"{name(language)}：{value}", 9.5)


def _findings(paper: FPDF, report: CheckReport, language: str) -> None:
    if not report.findings:
        _line(paper, Title("没有发现问题。", "Nothing was found.")(language), 11)
        return
    head = [Title("级别", "Severity"), Title("规则", "Rule"), Title("说明", "What was found"), Title("图层 / 文件", "Layer / file"), Title("数量", "Count")]
    paper.set_font("text", size=8)
    paper.set_text_color(*_INK)
    with paper.table(col_widths=(13, 30, 82, 36, 14), headings_style=FontFace(color=(255, 255, 255), fill_color=_HEAD), line_height=4.4, text_align="LEFT", wrapmode="CHAR") as table:
        table.row([each(language) for each in head])
        for each in report.ordered:
            words = each.en if language == "en" else each.zh
            place = " / ".join(filter(None, (each.layer, each.file)))
            row = table.row(style=FontFace(fill_color=_TINTS[each.severity]))
            for text in (SEVERITY_TITLES[each.severity](language), each.id, words, place, f"{each.count:,}"):
                row.cell(text)


def _layers(paper: FPDF, report: CheckReport, language: str) -> None:
    """Write the counts by rule and layer, a table of at most seven layers' columns after another."""
    layers = report.layers
    for start in range(0, len(layers), 7):
        shown = [each for each in layers[start : start + 7] if any(report.count(group.id, each) for group in report.groups)]
        if shown:
            paper.ln(4)
            paper.set_font("text", size=8)
            with paper.table(headings_style=FontFace(color=(255, 255, 255), fill_color=_HEAD), line_height=4.4, text_align="LEFT", wrapmode="CHAR") as table:
                table.row([Title("规则", "Rule")(language), *shown])
                for group in report.groups:
                    counts = [report.count(group.id, each) for each in shown]
                    if any(counts):
                        table.row([group.title(language), *(f"{each:,}" if each else "" for each in counts)])
