"""What was noticed about a delivery: one finding, in Chinese and English, with its place."""

from dataclasses import dataclass
from typing import Literal

type Severity = Literal["info", "warning", "blocking"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding: `id` names the rule, `blocking` ones stop publication of their layer."""

    id: str
    severity: Severity
    zh: str
    en: str
    file: str = ""
    layer: str = ""

    def text(self, language: str = "zh") -> str:
        """Return the sentence in `language` with the file it is about."""
        words = self.en if language == "en" else self.zh
        return f"{self.file}: {words}" if self.file else words


class Refused(Exception):
    """A file or layer cannot be taken; carries the finding that says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.text())
        self.finding = finding


def refuse(identifier: str, zh: str, en: str, file: str = "") -> Refused:
    """Make the exception of a blocking finding."""
    return Refused(Finding(identifier, "blocking", zh, en, file))
