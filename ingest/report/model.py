"""What a delivery's report says: its facts, its findings, and how they count up by rule and layer."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ingest import belonging
from ingest.findings import SEVERITIES, Finding, Severity, from_json
from layers import models
from layers.access import Principal
from layers.spec import Bounds, Title

SEVERITY_TITLES: dict[Severity, Title] = {
    "blocking": Title("阻断", "Blocking"), "warning": Title("警告", "Warning"), "info": Title("提示", "Note"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """All findings of one rule: how many places, in which layers; `severity` is the gravest."""

    id: str
    severity: Severity
    title: Title
    count: int
    layers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A delivery's report; `counts` are findings by severity, `rows` features (sheets) by layer."""

    sha256: str
    name: str
    title: str
    contractor: str
    survey_date: date | None
    received: datetime
    status: str
    status_title: str
    findings: tuple[Finding, ...]
    rows: dict[str, int]
    published: tuple[dict[str, Any], ...]

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity, the gravest first."""
        counted = Counter(each.severity for each in self.findings)
        return {severity: counted[severity] for severity in reversed(SEVERITIES)}

    @property
    def ordered(self) -> tuple[Finding, ...]:
        """The findings, the gravest first, else as they came."""
        return tuple(sorted(self.findings, key=lambda each: -SEVERITIES.index(each.severity)))

    @property
    def groups(self) -> tuple[Group, ...]:
        """The findings summed up by rule, the gravest first."""
        return tuple(_grouped(self.ordered))

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers there are rows or findings of."""
        return tuple(dict.fromkeys([*self.rows, *(each.layer for each in self.findings if each.layer)]))

    def count(self, rule: str, layer: str) -> int:
        """Count the places a rule has found in a layer."""
        return sum(each.count for each in self.findings if (each.id, each.layer) == (rule, layer))

    @property
    def bounds(self) -> Bounds | None:
        """Bounds (EPSG:4490) of all findings that have a place."""
        boxes = [each.bounds for each in self.findings if each.bounds]
        if not boxes:
            return None
        return min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return {
            "delivery": self.sha256, "name": self.name, "title": self.title, "contractor": self.contractor,
            "survey_date": self.survey_date.isoformat() if self.survey_date else None, "received": self.received.isoformat(),
            "status": self.status, "counts": self.counts, "rows": self.rows, "published": list(self.published),
            "rules": [{"id": each.id, "severity": each.severity, "zh": each.title.zh, "en": each.title.en, "count": each.count,
                       "layers": {layer: self.count(each.id, layer) for layer in each.layers}} for each in self.groups],
            "findings": [each.as_json() for each in self.findings],
        }  # fmt: skip


def find(principal: Principal, key: str) -> CheckReport:
    """Return the report of a delivery, told by its SHA-256 or 8 digits of it or more; raises NotFound.

    Stewards see all; GIS staff see their department's, those below it, and what no department handed in.
    """
    return read(belonging.find(principal, key))


def read(delivery: models.Delivery) -> CheckReport:
    """Read a delivery's report from its record."""
    kept = delivery.report
    return CheckReport(
        delivery.sha256, delivery.name, delivery.title or delivery.name, delivery.contractor, delivery.survey_date,
        delivery.received, delivery.status, delivery.get_status_display(),
        tuple(from_json(each) for each in kept.get("findings", ())), kept.get("rows", {}), tuple(kept.get("published", ())),
    )  # fmt: skip


def _grouped(findings: tuple[Finding, ...]) -> Iterator[Group]:
    for rule in dict.fromkeys(each.id for each in findings):
        same = [each for each in findings if each.id == rule]
        layers = tuple(dict.fromkeys(each.layer for each in same))
        title = Title(same[0].title_zh or rule, same[0].title_en)
        yield Group(rule, same[0].severity, title, sum(each.count for each in same), layers)
