"""What row rules must know of the file they look at, and the checks made of it."""

import struct
from pathlib import Path

from ingest.findings import Finding
from ingest.read import SourceLayer
from ingest.rules.policy import policy_of
from ingest.rules.rows import RowChecks, Source, finding
from layers.spec import LayerSpec


def row_checks(spec: LayerSpec, layer: SourceLayer) -> RowChecks:
    """Return the checks that look on while a source's rows are loaded into a layer."""
    source = Source(spec.slug, spec.geometry, spec.identity, widths(layer), layer.encoding or "utf-8")
    return RowChecks(policy_of(spec), source)


def field_findings(spec: LayerSpec, layer: SourceLayer) -> list[Finding]:
    """Run the rules of fields on what a source brings for a layer."""
    return [
        finding(setting, file=layer.file, layer=spec.slug, count=found.count, values=found.values)
        for setting in policy_of(spec).settings("fields")
        for found in setting.rule.check(layer.fields, spec, setting)
    ]


def widths(layer: SourceLayer) -> dict[str, int]:
    """Return the widths in bytes of a shapefile's text fields; other formats keep text of any length."""
    dbf = next((path for path in layer.path.parent.glob(layer.path.stem + ".*") if path.suffix.lower() == ".dbf"), None)
    if layer.path.suffix.lower() != ".shp" or dbf is None:
        return {}
    entries = _entries(dbf)
    if len(entries) != len(layer.fields):
        return {}
    return {name.upper(): entry[16] for name, entry in zip(layer.fields, entries, strict=True) if entry[11:12] == b"C"}


def _entries(dbf: Path) -> list[bytes]:
    """Return the field descriptors of a dBASE table (32 bytes each, 0x0D ends them)."""
    with dbf.open("rb") as file:
        head = file.read(32)
        if len(head) < 32:
            return []
        size = struct.unpack("<H", head[8:10])[0]
        fields = file.read(max(0, size - 32))
    found = [fields[start : start + 32] for start in range(0, len(fields) - 31, 32)]
    ends = next((place for place, each in enumerate(found) if each[0] == 0x0D), len(found))
    return found[:ends]
