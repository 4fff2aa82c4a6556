"""What was noticed about a delivery: one finding, in Chinese and English, with its place and samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from layers.spec import Bounds

type Severity = Literal["info", "warning", "blocking"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "blocking")
SAMPLES = 20
"""How many samples a finding keeps; its count says how many there are."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One place where a finding shows: `row` counts from 1 in the file, `fid` is the staged row's.

    `wkt` is what to zoom to (EPSG:4490, lon lat), `value` the value as delivered, `file` the sheet of a
    layer of several; all may be missing.
    """

    row: int | None = None
    fid: int | None = None
    field: str = ""
    value: str = ""
    wkt: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: `id` names the rule, `blocking` ones stop publication of their layer.

    `count` is how many features, files or places are meant; `bounds` (EPSG:4490) holds all of them.
    `evidence` says what a detection rests on and `confidence` (0–1) how sure it is. The rule's name is kept
    with it, so that a report still reads when the rule is no more.
    """

    id: str
    severity: Severity
    zh: str
    en: str
    file: str = ""
    layer: str = ""
    count: int = 1
    samples: tuple[Sample, ...] = ()
    bounds: Bounds | None = None
    evidence: str = ""
    confidence: float | None = None
    title_zh: str = ""
    title_en: str = ""

    def text(self, language: str = "zh") -> str:
        """Return the sentence in `language` with the file it is about."""
        words = self.en if language == "en" else self.zh
        return f"{self.file}: {words}" if self.file else words

    def as_json(self) -> dict[str, Any]:
        """Return the finding as plain values; what is empty is left out, save the first six."""
        whole: dict[str, Any] = {"id": self.id, "severity": self.severity, "zh": self.zh, "en": self.en,
                                 "file": self.file, "layer": self.layer, "count": self.count}  # fmt: skip
        if self.samples:
            whole["samples"] = [_filled(each) for each in self.samples]
        if self.bounds:
            whole["bounds"] = list(self.bounds)
        whole |= {name: getattr(self, name) for name in ("evidence", "title_zh", "title_en") if getattr(self, name)}
        if self.confidence is not None:
            whole["confidence"] = self.confidence
        return whole


def from_json(value: Mapping[str, Any]) -> Finding:
    """Read a finding that `Finding.as_json` wrote; reports of earlier versions have fewer members."""
    known = {name: value[name] for name in Finding.__dataclass_fields__ if name in value}
    known["samples"] = tuple(Sample(**each) for each in value.get("samples", ()))
    known["bounds"] = tuple(value["bounds"]) if value.get("bounds") else None
    return Finding(**known)


def _filled(sample: Sample) -> dict[str, Any]:
    values = ((name, getattr(sample, name)) for name in Sample.__dataclass_fields__)
    return {name: value for name, value in values if value not in (None, "")}


class Refused(Exception):
    """A file or layer cannot be taken; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text())
        self.finding = finding


def refuse(identifier: str, zh: str, en: str, file: str = "") -> Refused:
    """Make the exception of a blocking finding."""
    return Refused(Finding(identifier, "blocking", zh, en, file))
