"""The process that opens untrusted files: GDAL runs here, caged, and whatever it does is a finding.

    python -m ingest.child info PATH ENCODING            → JSON of the layers
    python -m ingest.child read PATH LAYER ENCODING      → an Arrow IPC stream

No Django, no database, no network; memory and CPU time are limited before GDAL is imported.
"""

import json
import os
import resource
import sys
from contextlib import suppress
from typing import Any

MEMORY_BYTES = 4 << 30
CPU_S = 900


def cage(cpu_s: int = CPU_S) -> None:
    """Limit this process; network is cut off where the kernel lets us."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        os.unshare(os.CLONE_NEWNET)


def info(path: str, encoding: str) -> list[dict[str, Any]]:
    """Describe every layer of a source."""
    import pyogrio  # noqa: PLC0415 - GDAL is loaded only after the limits are set

    described = []
    for name, geometry in pyogrio.list_layers(path):
        found = pyogrio.read_info(path, layer=name, encoding=encoding or None, force_feature_count=True, force_total_bounds=True)
        box = found["total_bounds"]
        described.append({
            "name": name, "geometry": geometry, "driver": found["driver"], "crs": found["crs"] or "",
            "count": int(found["features"]), "bounds": [float(value) for value in box] if box is not None else None,
            "fields": [str(field) for field in found["fields"]], "encoding": found["encoding"] or "",
        })  # fmt: skip
    return described


def read(path: str, layer: str, encoding: str) -> None:
    """Write a layer's features to standard output as Arrow batches, geometry as WKB."""
    import pyarrow as pa  # noqa: PLC0415
    import pyogrio  # noqa: PLC0415

    with (
        pyogrio.open_arrow(path, layer=layer, encoding=encoding or None, use_pyarrow=True, batch_size=16_384) as (_, source),
        os.fdopen(os.dup(1), "wb", buffering=1 << 20) as out,
        pa.ipc.new_stream(out, source.schema) as sink,
    ):
        for batch in source:
            sink.write_batch(batch)


def main(arguments: list[str]) -> None:
    """Run one command."""
    cage()
    command, *rest = arguments
    if command == "info":
        sys.stdout.write(json.dumps(info(*rest)))
    else:
        read(*rest)


if __name__ == "__main__":
    main(sys.argv[1:])
