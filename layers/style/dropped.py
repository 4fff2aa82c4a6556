"""What of a foreign style could not be taken over, and where in the document it stood."""

from dataclasses import dataclass

from layers.style.model import Rule


@dataclass(frozen=True, slots=True)
class Dropped:
    """One thing left out or replaced; `path` is its place in the document, the words are ours."""

    path: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A foreign style read into rules, with what was dropped of it."""

    rules: tuple[Rule, ...]
    dropped: tuple[Dropped, ...]
    title: str = ""
