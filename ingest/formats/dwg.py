"""Drawings in DWG: R2000 by the system's GDAL, newer ones by `ezdwg`, which is young and marked experimental.

Both run inside the caged child; what neither reads is refused with the advice to save it as DXF.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import shapely

from ingest.findings import refuse
from ingest.formats.tables import TEXT, Converted

_VERSIONS = {
    b"AC1015": "R2000", b"AC1018": "R2004", b"AC1021": "R2007", b"AC1024": "R2010", b"AC1027": "R2013", b"AC1032": "R2018",
}  # fmt: skip
_SECONDS = 600
_LEAST_SHARE = 0.9


def convert(path: Path, converted: Converted, _encoding: str) -> None:
    """Read a drawing into tables; raises Refused with what to save it as."""
    with path.open("rb") as file:
        version = _VERSIONS.get(file.read(6), "")
    if not version:
        raise refuse("dwg-version", "DWG 版本不能读取；请另存为 DXF（R2000–2018）", "this version of DWG is not read; save it as DXF R2000 to 2018")
    if version == "R2000" and shutil.which("ogr2ogr") and _by_gdal(path, converted):
        return
    _by_ezdwg(path, converted, version)


def _by_gdal(path: Path, converted: Converted) -> bool:
    """Let the system's GDAL write a GeoPackage and read that; False when it cannot."""
    made = converted.folder / "drawing.gpkg"
    command = ["ogr2ogr", "-f", "GPKG", str(made), str(path), "-dim", "XY", "-nlt", "GEOMETRY", "-oo", "IGNORE_LAYER_PREFIX=0"]
    # The wheel's PROJ and GDAL data are not the system's: its own are found when nothing is said.
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "CPL_DEBUG", "CPL_TMPDIR")}
    done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, env=environment)  # noqa: S603
    if done.returncode != 0 or not made.is_file():
        return False
    from ingest.formats import gdal  # noqa: PLC0415 - loads GDAL only when it is needed

    gdal.restrict(("GPKG",))
    for layer in gdal.info(str(made), ""):
        _copy(made, layer, converted)
    made.unlink()
    return bool(converted.tables)


def _copy(made: Path, layer: dict[str, Any], converted: Converted) -> None:
    """Sort one of GDAL's layers by kind of figure."""
    from ingest.formats import gdal  # noqa: PLC0415

    fields = [("图层", TEXT), *((name, TEXT) for name in layer["fields"])]
    tables: dict[str, Any] = {}
    for batch in gdal.read(str(made), layer["name"], ""):
        if not isinstance(batch, pa.RecordBatch):
            continue
        rows = zip(*(batch.column(place).to_pylist() for place in range(len(layer["fields"]))), strict=True)
        for row, shape in zip(rows, shapely.from_wkb(batch.column(batch.num_columns - 1).to_pylist()), strict=True):
            kind = "T" if "TEXT" in str(row[:1]).upper() else {0: "P", 1: "L", 2: "L", 3: "A"}.get(shapely.get_type_id(shape), "G")
            name = f"{layer['name']}_{kind}"
            if name not in tables:
                tables[name] = converted.table(name, fields)
            tables[name].add((layer["name"], *row), shape)


def _by_ezdwg(path: Path, converted: Converted, version: str) -> None:
    import ezdwg  # noqa: PLC0415 - only loaded here, in the caged child

    from ingest.formats import dxf  # noqa: PLC0415

    made = converted.folder / "drawing.dxf"
    try:
        expected = sum(each.dxftype != "ATTRIB" for each in ezdwg.read(str(path)).modelspace().query())
        result = ezdwg.to_dxf(str(path), str(made), modelspace_only=True)
    except (RuntimeError, ValueError, OSError, KeyError, TypeError) as error:
        raise refuse("dwg-unreadable", f"DWG（{version}）无法读取；请另存为 DXF（{type(error).__name__}）",
                     f"this DWG ({version}) cannot be read; save it as DXF ({type(error).__name__})") from None  # fmt: skip
    # Blocks whose place the reader does not know are left out by it: half a drawing is worse than none.
    if result.written_entities < _LEAST_SHARE * expected:
        raise refuse("dwg-incomplete", f"DWG（{version}）只读出 {result.written_entities} / {expected} 个图元；请另存为 DXF",
                     f"only {result.written_entities} of {expected} entities of this DWG ({version}) could be read; save it as DXF")  # fmt: skip
    converted.say("dwg-experimental", "warning", f"DWG（{version}）由试验性程序读取，{expected} 个图元读出 {result.written_entities} 个；"
                  "请核对，或另存为 DXF",
                  f"DWG ({version}) read by an experimental reader: {result.written_entities} of {expected} entities; check it, or save it as DXF")  # fmt: skip
    dxf.convert(made, converted, "")
    made.unlink()
