"""A source's layers and features, read in a caged child process (ingest/child)."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest import encoding as encodings
from ingest import formats
from ingest.findings import Finding, Refused, refuse
from layers.spec import Bounds

_ENVIRONMENT = {
    "GDAL_SKIP": "VRT,GTI", "OGR_SKIP": "OGR_VRT", "CPL_DEBUG": "OFF", "GDAL_HTTP_TIMEOUT": "1", "OGR_GEOJSON_MAX_OBJ_SIZE": "500",
    "SHAPE_RESTORE_SHX": "YES", "GML_DOWNLOAD_SCHEMA": "NO", "GML_SKIP_RESOLVE_ELEMS": "ALL", "GML_SAVE_RESOLVED_TO": "",
    "LIBKML_RESOLVE_STYLE": "NO", "DXF_MAX_BSPLINE_CONTROL_POINTS": "2000",
}  # fmt: skip
_INFO_S, _TABLES_S = 300, 1800
_LIMITS = (-9, -24, -25, 137, 152, 153)
"""How a child ends that was stopped by its limits: SIGKILL, SIGXCPU, SIGXFSZ."""


@dataclass(frozen=True, slots=True)
class SourceLayer:
    """One layer of a source: `names` are its fields as they should read, `bounds` in its own numbers.

    `format` is the catalogue's name. `data` is the Arrow file a reader of ours made of the layer, "" where GDAL streams it.
    `reading` is what the reading child is told of encodings: one, or each field's where they differ.
    """

    path: Path
    name: str
    geometry: str
    crs: str
    count: int
    bounds: Bounds | None
    fields: tuple[str, ...]
    encoding: str
    format: str = ""
    data: str = ""
    reading: str = ""

    @property
    def file(self) -> str:
        """The file's name, for findings."""
        return self.path.name


def layers(path: Path) -> tuple[list[SourceLayer], list[Finding]]:
    """Describe a source's layers; raises Refused when no reader can or may open it."""
    source = formats.recognise(path)
    if source.format is None:
        raise Refused(source.finding or Finding("format-unknown", "blocking", "不认识的格式", "unknown format", path.name))
    is_dbf = source.format.name in ("shp", "dbf")
    dbf = encodings.read(path) if is_dbf else None
    reading = dbf.spoken if dbf else ""
    findings = _said(dbf, path.name)
    answer = _described(source.format, path, reading)
    findings += [Finding(rule, severity, zh, en, path.name) for rule, severity, zh, en in answer["findings"]]
    found = []
    for each in _worth(answer["layers"], path.name, findings):
        names = tuple(each["fields"])
        if dbf and len(dbf.names) == len(names):
            names = dbf.names
        box = each["bounds"]
        usable = box is not None and all(abs(value) < 1e300 for value in box)
        found.append(SourceLayer(
            path, each["name"], each["geometry"] or "", each["crs"] or _prj(path), each["count"], tuple(box) if usable else None,
            _unique(names), dbf.encoding if dbf else "", source.format.name, each.get("data", ""), reading,
        ))  # fmt: skip
    return found, findings


def _worth(described: list[dict[str, Any]], file: str, findings: list[Finding]) -> list[dict[str, Any]]:
    """Leave out layers that hold nothing, beside others that do, and say so."""
    kept = [each for each in described if each["count"] and (each["geometry"] or each["fields"])]
    if kept and len(kept) < len(described):
        empty = "、".join(each["name"] for each in described if each not in kept)
        findings.append(Finding("layer-empty", "info", f"空图层，略去：{empty}", f"empty layers, left out: {empty}", file))
    return kept or described


@contextmanager
def batches(layer: SourceLayer) -> Iterator[Iterator[pa.RecordBatch]]:
    """Open the layer's features as Arrow batches, the geometry column last used as WKB."""
    if layer.data:
        with pa.ipc.open_stream(layer.data) as stream:
            yield iter(stream)
        return
    command = [sys.executable, "-m", "ingest.child", "read", layer.format, str(layer.path), layer.name, layer.reading]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as child:  # noqa: S603
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        try:
            yield _stream(child, layer.file)
        finally:
            child.kill()


def _said(dbf: encodings.Dbf | None, file: str) -> list[Finding]:
    """Say how a table's encoding was settled, unless it is what the file declares."""
    if dbf is None:
        return []
    said = []
    if dbf.declared != dbf.encoding or not dbf.is_certain:
        said.append(Finding(
            "encoding-detected", "info" if dbf.is_certain else "warning",
            f"属性表编码判定为 {dbf.encoding}（{dbf.evidence}）", f"attributes are read as {dbf.encoding} ({dbf.evidence})", file,
        ))  # fmt: skip
    if dbf.by_field:
        listed = "、".join(f"{name}={encoding}" for name, encoding in zip(dbf.names, dbf.by_field, strict=True) if encoding)
        said.append(Finding("encoding-mixed", "warning", f"各字段编码不一，逐字段判定：{listed}", f"fields differ in encoding: {listed}", file))
    if dbf.cut_names:
        listed = "、".join(dbf.cut_names)
        said.append(Finding("field-name-cut", "warning", f"字段名超过 10 字节，被截在汉字中间：{listed}",
                            f"field names were cut at 10 bytes inside a character: {listed}", file))  # fmt: skip
    return said


def _described(found: formats.Format, path: Path, encoding: str) -> dict[str, Any]:
    """Ask a caged child for the layers; for readers of ours it makes tables beside the source."""
    if found.reader == "gdal":
        answer = _run("info", found, path, encoding)
    else:
        folder = path.with_name(path.name + formats.DERIVED)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        answer = _run("tables", found, path, str(folder), encoding)
    result: dict[str, Any] = json.loads(answer)
    if "refused" in result:
        rule, zh, en = result["refused"]
        raise refuse(rule, zh, en, path.name)
    return result


def _stream(child: "subprocess.Popen[bytes]", file: str) -> Iterator[pa.RecordBatch]:
    try:
        with pa.ipc.open_stream(child.stdout) as stream:
            yield from stream
    except (pa.ArrowInvalid, EOFError, OSError):
        child.wait()
    if child.wait() != 0:
        raise refuse("reader-died", "读取中断：文件损坏，或读取程序崩溃", "reading broke off: the file is damaged", file)


def _run(command: str, found: formats.Format, path: Path, *rest: str) -> str:
    arguments = [sys.executable, "-m", "ingest.child", command, found.name, str(path), *rest]
    seconds = _INFO_S if command == "info" else _TABLES_S
    try:
        done = subprocess.run(arguments, capture_output=True, env=environment(), timeout=seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise refuse("reader-slow", "读取超时", "reading took too long", path.name) from None
    if done.returncode != 0:
        raise died(found, done.returncode, done.stderr.decode("utf-8", "replace"), path.name)
    return done.stdout.decode()


def died(found: formats.Format, code: int, said: str, file: str) -> Refused:
    """Say why a caged child ended badly."""
    if code in _LIMITS or "MemoryError" in said or "bad_alloc" in said:
        return refuse("reader-limits", "读取所需内存或时间超过上限，文件异常", "reading takes more memory or time than is allowed", file)
    last = (said.strip().splitlines() or [""])[-1].partition(": ")[2]
    reason = re.sub(r"\S*/", "", last)[:200]  # no folders of ours
    return refuse("unreadable", f"无法打开：文件损坏、缺少部件，或不是 {found.title}（{reason}）",
                  f"cannot be opened: damaged, parts are missing, or no {found.title} ({reason})", file)  # fmt: skip


def environment() -> dict[str, str]:
    """Return the whole environment of a caged child: no driver that follows references."""
    root = Path(__file__).resolve().parent.parent
    return {**_ENVIRONMENT, "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(root)}


def _prj(path: Path) -> str:
    """Return the text of a .prj that GDAL passed over in silence, as it does when a blank line comes first."""
    if path.suffix.lower() != ".shp":
        return ""
    prj = next((each for each in path.parent.glob(path.stem + ".*") if each.suffix.lower() == ".prj"), None)
    return prj.read_bytes()[:20_000].decode("utf-8", "replace").lstrip("\ufeff").strip() if prj else ""


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    result = []
    for place, given in enumerate(names, 1):
        name = given.strip() or f"字段{place}"
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(result)
