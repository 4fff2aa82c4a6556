"""A source's layers and features, read in a caged child process (ingest/child)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from ingest import encoding as encodings
from ingest.findings import Finding, refuse
from layers.spec import Bounds

_MAGIC = {".shp": b"\x00\x00\x27\x0a", ".gpkg": b"SQLite format 3"}
_ENVIRONMENT = {"GDAL_SKIP": "VRT,GTI", "OGR_SKIP": "OGR_VRT", "CPL_DEBUG": "OFF", "GDAL_HTTP_TIMEOUT": "1",
                "OGR_GEOJSON_MAX_OBJ_SIZE": "500", "SHAPE_RESTORE_SHX": "YES"}  # fmt: skip
_INFO_S = 120


@dataclass(frozen=True, slots=True)
class SourceLayer:
    """One layer of a source: `names` are its fields as they should read, `bounds` in its own numbers."""

    path: Path
    name: str
    geometry: str
    crs: str
    count: int
    bounds: Bounds | None
    fields: tuple[str, ...]
    encoding: str

    @property
    def file(self) -> str:
        """The file's name, for findings."""
        return self.path.name


def layers(path: Path) -> tuple[list[SourceLayer], list[Finding]]:
    """Describe a source's layers; raises Refused when GDAL cannot or must not open it."""
    _check_magic(path)
    findings: list[Finding] = []
    dbf = encodings.read(path) if path.suffix.lower() == ".shp" else None
    encoding = dbf.encoding if dbf else ""
    if dbf and (dbf.declared != dbf.encoding or not dbf.is_certain):
        findings.append(Finding(
            "encoding-detected", "info" if dbf.is_certain else "warning",
            f"属性表编码判定为 {dbf.encoding}（{dbf.evidence}）", f"attributes are read as {dbf.encoding} ({dbf.evidence})",
            path.name,
        ))  # fmt: skip
    found = []
    for each in json.loads(_run("info", path, encoding) or "[]"):
        names = tuple(each["fields"])
        if dbf and len(dbf.names) == len(names):
            names = dbf.names
        box = each["bounds"]
        usable = box is not None and all(abs(value) < 1e300 for value in box)
        found.append(SourceLayer(path, each["name"], each["geometry"] or "", each["crs"] or _prj(path), each["count"],
                                 tuple(box) if usable else None, _unique(names), encoding))  # fmt: skip
    return found, findings


@contextmanager
def batches(layer: SourceLayer) -> Iterator[Iterator[pa.RecordBatch]]:
    """Open the layer's features as Arrow batches, the geometry column last used as WKB."""
    command = [sys.executable, "-m", "ingest.child", "read", str(layer.path), layer.name, layer.encoding]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as child:  # noqa: S603
        assert child.stdout is not None  # noqa: S101 - PIPE was asked for
        try:
            yield _stream(child, layer.file)
        finally:
            child.kill()


def _stream(child: "subprocess.Popen[bytes]", file: str) -> Iterator[pa.RecordBatch]:
    try:
        with pa.ipc.open_stream(child.stdout) as stream:
            yield from stream
    except (pa.ArrowInvalid, EOFError, OSError):
        child.wait()
    if child.wait() != 0:
        raise refuse("reader-died", "读取中断：文件损坏，或读取程序崩溃", "reading broke off: the file is damaged", file)


def _run(command: str, path: Path, *rest: str) -> str:
    arguments = [sys.executable, "-m", "ingest.child", command, str(path), *rest]
    try:
        done = subprocess.run(  # noqa: S603
            arguments, capture_output=True, env=environment(), timeout=_INFO_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise refuse("reader-slow", "读取超时", "reading took too long", path.name) from None
    if done.returncode != 0:
        raise refuse("unreadable", "无法打开：文件损坏或缺少部件", "cannot be opened: damaged or parts are missing", path.name)
    return done.stdout.decode()


def environment() -> dict[str, str]:
    """Return the whole environment of a caged child: no driver that follows references."""
    root = Path(__file__).resolve().parent.parent
    return {**_ENVIRONMENT, "PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(root)}


def _check_magic(path: Path) -> None:
    """A file must begin like what its name says: a VRT called .geojson would read any file (security.md)."""
    if path.is_dir():
        return
    with path.open("rb") as file:
        head = file.read(512)
    suffix = path.suffix.lower()
    if not head:
        raise refuse("empty-file", "空文件", "the file is empty", path.name)
    expected = _MAGIC.get(suffix)
    is_json = suffix in (".geojson", ".json")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if (expected and not head.startswith(expected)) or (is_json and text[:1] not in (b"{", b"[")):
        raise refuse("disguised", "内容与扩展名不符", "the content is not what the name says", path.name)


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
