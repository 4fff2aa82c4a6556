"""Sources that GDAL reads as a stream: only in the caged child, and only by the drivers of the format.

Geometry leaves here as WKB of the kinds that are read behind this: surfaces of triangles as what they cover.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from warnings import catch_warnings, simplefilter

import pyarrow as pa
import pyogrio
from pyogrio._ogr import _register_drivers

from ingest.formats import mixed, surfaces

_BATCH_ROWS = 16_384
_HELPERS = {"MEM"}
"""Drivers that GDAL itself works with; they open no file."""


def restrict(drivers: Sequence[str]) -> None:
    """Leave GDAL no vector driver but these; fails when another is still there."""
    unwanted = sorted(set(pyogrio.list_drivers()) - set(drivers) - _HELPERS)
    with catch_warnings():
        simplefilter("ignore")
        pyogrio.set_gdal_config_options({"GDAL_SKIP": ",".join(unwanted), "OGR_SKIP": None})
        _register_drivers()
    left = set(pyogrio.list_drivers()) - set(drivers) - _HELPERS
    if left:
        raise RuntimeError(f"drivers still registered: {left}")


def info(path: str, encoding: str) -> list[dict[str, Any]]:
    """Describe every layer of a source."""
    described = []
    for name, geometry in pyogrio.list_layers(path):
        found = pyogrio.read_info(path, layer=name, encoding=_open_with(encoding), force_feature_count=True, force_total_bounds=True)
        box = found["total_bounds"]
        described.append({
            "name": name, "geometry": geometry, "driver": found["driver"], "crs": found["crs"] or "",
            "count": int(found["features"]), "bounds": [float(value) for value in box] if box is not None else None,
            "fields": [str(field) for field in found["fields"]],
        })  # fmt: skip
    return described


def read(path: str, layer: str, encoding: str) -> Iterator[pa.RecordBatch | pa.Schema]:
    """Give a layer's schema, then its features as Arrow batches, geometry as WKB in the last column."""
    by_field = json.loads(encoding) if encoding.startswith("{") else {}
    with pyogrio.open_arrow(
        path, layer=layer, encoding=_open_with(encoding), use_pyarrow=True, batch_size=_BATCH_ROWS
    ) as (_, source):
        yield source.schema
        for batch in source:
            yield surfaces.flattened(mixed.decoded(batch, by_field))


def _open_with(encoding: str) -> str | None:
    """What GDAL is told: nothing, one encoding, or (fields differ) not to recode at all."""
    return "ISO-8859-1" if encoding.startswith("{") else encoding or None
