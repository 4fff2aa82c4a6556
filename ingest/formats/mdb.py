"""Personal geodatabases and plain Access tables (MDB, ACCDB), through mdbtools: rows as text, geometry decoded here."""

import csv
import io
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ingest.findings import refuse
from ingest.formats import coordinates, esri_shape
from ingest.formats.tables import Converted

_SYSTEM = ("GDB_", "MSys", "Selections", "SelectedObjects", "AutoNumber", "~TMP", "f_")
_INDEXES = ("_Shape_Index", "_SHAPE_Index")
_SECONDS = 900


def convert(path: Path, converted: Converted, _encoding: str) -> None:
    """Read every table of people's into a layer; raises Refused when there is none or mdbtools is missing."""
    if shutil.which("mdb-export") is None:
        raise refuse("mdb-tools", "服务器未安装 mdbtools，不能读取 MDB；请另存为文件地理数据库或 Shapefile",
                     "mdbtools is not installed; save it as a file geodatabase or shapefiles")  # fmt: skip
    csv.field_size_limit(1 << 30)
    names = [name for name in _tool("mdb-tables", "-1", str(path)).splitlines() if name]
    places = _places(path, names)
    people = [name for name in names if not name.startswith(_SYSTEM) and not name.endswith(_INDEXES)]
    for name in people:
        _table(path, name, places.get(name.lower()), converted)
    if not people:
        raise refuse("mdb-empty", "数据库中没有数据表", "there are no tables in the database")


def _places(path: Path, names: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the geometry column and CRS of each feature class, by its table's name in lower case."""
    if "GDB_GeomColumns" not in names:
        return {}
    references = {row["SRID"]: row.get("SRTEXT", "") for row in _dicts(path, "GDB_SpatialRefs")} if "GDB_SpatialRefs" in names else {}
    return {
        row["TableName"].lower(): (row["FieldName"], references.get(row.get("SRID", ""), ""))
        for row in _dicts(path, "GDB_GeomColumns")
        if row.get("TableName") and row.get("FieldName")
    }


def _table(path: Path, name: str, place: tuple[str, str] | None, converted: Converted) -> None:
    curved = 0

    def rows() -> Iterator[Sequence[Any]]:
        yield from _rows(path, name)

    def decoded(text: Any) -> Any:
        nonlocal curved
        shape = esri_shape.decode(bytes.fromhex(str(text or "")))
        curved += shape.has_curves
        return shape.geometry

    if place is None:
        coordinates.convert(converted, name, rows)
        return
    header = tuple(str(each) for each in next(rows(), ()))
    column = next((at for at, each in enumerate(header) if each.lower() == place[0].lower()), -1)
    if column < 0:
        raise refuse("mdb-geometry", f"要素类 {name} 缺少图形列 {place[0]}", f"the feature class {name} lacks its geometry column {place[0]}")
    coordinates.write(converted, coordinates.Layer(name, coordinates.Columns(0, header, wkt=column), rows, decoded, place[1]))
    if curved:
        converted.say("curves-straight", "warning", f"{name}：{curved} 个图形的圆弧按弦线接收", f"{name}: arcs of {curved} figures are taken as chords")


def _rows(path: Path, table: str) -> Iterator[Sequence[str]]:
    """Stream a table's rows, the header first; binary values in hexadecimal."""
    command = ["mdb-export", "-b", "hex", "-D", "%Y-%m-%d", "-T", "%Y-%m-%d %H:%M:%S", str(path), table]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()) as child:  # noqa: S603
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        text = io.TextIOWrapper(child.stdout, encoding="utf-8", errors="replace", newline="")
        try:
            yield from csv.reader(line.replace("\0", "") for line in text)
        finally:
            child.kill()


def _dicts(path: Path, table: str) -> list[dict[str, str]]:
    header, *rows = [list(row) for row in _rows(path, table)] or [[]]
    return [dict(zip(header, row, strict=False)) for row in rows]


def _tool(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, env=_environment())  # noqa: S603
    if done.returncode != 0:
        raise refuse("mdb-unreadable", "MDB 损坏、已加密或版本不支持", "the database is damaged, encrypted or of an unknown version")
    return done.stdout.decode("utf-8", "replace")


def _environment() -> dict[str, str]:
    # Access 97 keeps text in the system's code page: in this trade that is GBK.
    return {"PATH": os.environ.get("PATH", ""), "MDB_JET3_CHARSET": "CP936", "LC_ALL": "C.UTF-8"}
