"""What is each file of a delivery? Its name first, then its first bytes; a file nobody can read gets the reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.findings import Finding
from ingest.formats.catalogue import FORMATS, REFUSED, SIDECARS, Format, Kind


@dataclass(frozen=True, slots=True)
class Source:
    """A file (or geodatabase folder) of a delivery: what it is, and what is to be said of it."""

    path: Path
    kind: Kind
    format: Format | None = None
    finding: Finding | None = None


def sources(folder: Path) -> Iterator[Source]:
    """Say of everything in a folder what it is, geodatabases as one; in the order of the names."""
    inside: Path | None = None
    for path in sorted(folder.rglob("*")):
        if inside and inside in path.parents:
            continue
        if path.is_dir():
            if _is_geodatabase(path):
                inside = path
                yield Source(path, "vector", FORMATS["gdb"])
        elif path.is_file():
            yield recognise(path)


def recognise(path: Path) -> Source:
    """Say what one file (or a geodatabase folder) is."""
    if path.is_dir():
        return Source(path, "vector", FORMATS["gdb"])
    suffix = path.suffix.lower()
    found = next((each for each in FORMATS.values() if suffix in each.suffixes), None)
    if found:
        return Source(path, found.kind, found)
    if suffix in SIDECARS or path.name == "delivery.toml":
        return Source(path, "sidecar")
    if suffix in REFUSED:
        title = REFUSED[suffix]
        return _unknown(path, "format-later", f"{title} 格式目前还不接收", f"{title} is not taken yet")
    return _unknown(path, "format-unknown", "不认识的格式", "unknown format")


def _unknown(path: Path, rule: str, zh: str, en: str) -> Source:
    return Source(path, "unknown", None, Finding(rule, "blocking", zh, en, path.name))


def _is_geodatabase(path: Path) -> bool:
    return path.suffix.lower() == ".gdb" and any(path.glob("*.gdbtable"))
