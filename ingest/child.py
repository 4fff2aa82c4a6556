"""The process that opens untrusted files: readers run here, caged, and whatever they do is a finding.

    python -m ingest.child info FORMAT PATH ENCODING            → JSON of the layers
    python -m ingest.child read FORMAT PATH LAYER ENCODING      → an Arrow IPC stream
    python -m ingest.child tables FORMAT PATH FOLDER ENCODING   → Arrow files in FOLDER, JSON of the layers

No Django, no database, no network; limits are set before any reader is imported. A reader that refuses the file says
so in its JSON: {"refused": [rule, zh, en]}.
"""

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from ingest.cage import cage
from ingest.findings import Refused
from ingest.formats import FORMATS, Format
from ingest.formats.xml import check as check_xml

_XML = {"gml", "kml", "osm"}


def info(found: Format, path: Path, encoding: str) -> dict[str, Any]:
    """Describe every layer of a source that GDAL streams."""
    from ingest.formats import gdal  # noqa: PLC0415 - GDAL is loaded only after the limits are set

    gdal.restrict(found.drivers)
    return {"layers": gdal.info(str(path), encoding), "findings": []}


def tables(found: Format, path: Path, folder: Path, encoding: str) -> dict[str, Any]:
    """Let the format's own reader write tables; describe them."""
    from ingest.formats.tables import Converted  # noqa: PLC0415

    converted = Converted(folder)
    import_module(f"ingest.formats.{found.reader}").convert(path, converted, encoding)
    return {"layers": [each.close() for each in converted.tables], "findings": converted.findings}


def read(found: Format, path: Path, layer: str, encoding: str) -> None:
    """Write a layer's features to standard output as Arrow batches, geometry as WKB."""
    import pyarrow as pa  # noqa: PLC0415

    from ingest.formats import gdal  # noqa: PLC0415

    gdal.restrict(found.drivers)
    parts = gdal.read(str(path), layer, encoding)
    with os.fdopen(os.dup(1), "wb", buffering=1 << 20) as out, pa.ipc.new_stream(out, next(parts)) as sink:
        for batch in parts:
            sink.write_batch(batch)


def main(arguments: list[str]) -> None:
    """Run one command."""
    command, name, path, *rest = arguments
    found, source = FORMATS[name], Path(path)
    folders = [source.parent, *([Path(rest[0])] if command == "tables" else [])]
    cage(folders)
    try:
        if name in _XML:
            check_xml(source)
        if command == "read":
            read(found, source, *rest)
            return
        answer = info(found, source, *rest) if command == "info" else tables(found, source, Path(rest[0]), rest[1])
    except Refused as refused:
        answer = {"refused": [refused.finding.id, refused.finding.zh, refused.finding.en]}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1:])
