"""What is each file of a delivery? Its name first, then its first bytes; a file nobody can read gets the reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.findings import Finding
from ingest.formats import catalogue
from ingest.formats.catalogue import FORMATS, Format, Kind

DERIVED = ".geobase-tables"
"""The folder beside a source that holds what a reader made of it; never a delivery's own."""
_HEAD_BYTES = 4096
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "shp": (b"\x00\x00\x27\x0a",), "gpkg": (b"SQLite format 3\x00",), "fgb": (b"fgb",), "hfa": (b"EHFA_HEADER_TAG",), "png": (b"\x89PNG",),
    "jpeg": (b"\xff\xd8\xff",), "geotiff": (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"), "e00": (b"EXP",), "tab": (b"!",),
    "jp2": (b"\x00\x00\x00\x0cjP", b"\xff\x4f\xff\x51"), "dted": (b"UHL", b"VOL", b"HDR"), "mif": (b"Version", b"VERSION", b"version"),
    "gsag": (b"DSAA",), "xlsx": (b"PK",), "mdb": (b"\x00\x01\x00\x00Standard",), "dwg": (b"AC10", b"AC14", b"AC1."),
}  # fmt: skip
_TEXT_STARTS = {"geojson": (b"{", b"["), "gml": (b"<",), "kml": (b"<",)}
_GRIDS: tuple[tuple[bytes, str], ...] = (
    (b"DSAA", "gsag"), (b"DSBB", "gsbg"), (b"DSRB", "gs7bg"), (b"HGPC", "nwt"), (b"NSDTF", "nsdtf"), (b"CNSDTF", "nsdtf"), (b"DataMark", "nsdtf"),
)  # fmt: skip
_NUMBERED = re.compile(rb"(?i)\s*(ncols|nrows|xllcorner|xllcenter)\s")


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
            if path.name.endswith(DERIVED):
                inside = path
            elif _is_geodatabase(path):
                inside = path
                yield Source(path, "vector", FORMATS["gdb"])
        elif path.is_file():
            yield recognise(path)


def recognise(path: Path) -> Source:
    """Say what one file (or a geodatabase folder) is, by its name and first bytes."""
    if path.is_dir():
        return Source(path, "vector", FORMATS["gdb"])
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    suffix = path.suffix.lower()
    if suffix == ".tab" and b'"RASTER"' in head:
        return _raster_table(path)
    name = _by_content(path, suffix, head) or next((each.name for each in FORMATS.values() if suffix in each.suffixes), "")
    return _taken(path, FORMATS[name], head) if name else _other(path, suffix)


def _other(path: Path, suffix: str) -> Source:
    if suffix in catalogue.SIDECARS:
        return Source(path, "sidecar")
    if suffix in catalogue.DOCUMENTS:
        said = Finding("document-kept", "info", "资料文件，随原件保存，不发布", "a document: kept with the original, not published", path.name)
        return Source(path, "sidecar", None, said)
    if suffix in catalogue.ARCHIVES:
        return _unknown(path, "archive-kept", "压缩包未能展开", "the archive was not opened")
    return _refused(path, catalogue.REFUSED.get(suffix, ""))


def _taken(path: Path, found: Format, head: bytes) -> Source:
    """Refuse a file whose first bytes are not its format's: a VRT called .geojson would read any file (security.md)."""
    if not head:
        return _unknown(path, "empty-file", "空文件", "the file is empty")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(_MAGIC.get(found.name, (b"",))) or not text.startswith(_TEXT_STARTS.get(found.name, (b"",))):
        return _unknown(path, "disguised", f"内容与扩展名不符，不是 {found.title}", f"the content is not what the name says: no {found.title}")
    if found.name == "vct" and b"headbegin" not in head.lower():
        return _refused(path, "Idrisi")
    if found.name == "gml" and b"citygml" in head:
        return _refused(path, "CityGML")
    if found.limit_mb and path.stat().st_size > found.limit_mb << 20:
        return _unknown(path, "too-large", f"{found.title} 须整体读入内存，超过 {found.limit_mb} MB 上限；请分块，或另存为 GeoPackage",
                        f"{found.title} is read as a whole: more than {found.limit_mb} MB is refused; cut it up, or save it as GeoPackage")  # fmt: skip
    return Source(path, found.kind, found)


def _by_content(path: Path, suffix: str, head: bytes) -> str:
    """Settle what several formats call by one name; "" where the name is enough."""
    if suffix in (".grd", ".dem", ".asc", ".txt", ".dat"):
        return _grid(path, suffix, head)
    if suffix == ".xml":
        return "gml" if b"http://www.opengis.net/gml" in head else ""
    if suffix == ".dbf" and not _beside(path, ".shp"):
        return "dbf"
    has_header = suffix in (".img", "", ".bsq", ".bil", ".bip", ".raw", ".bin") and b"ENVI" in _first_bytes(_header(path))
    return "envi" if has_header and not head.startswith(_MAGIC["hfa"]) else ""


def _grid(path: Path, suffix: str, head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    found = next((name for start, name in _GRIDS if text.startswith(start)), "")
    if found or suffix == ".asc":
        return found
    if _NUMBERED.match(text):
        return "aaigrid"
    if suffix == ".dat":
        return "envi" if b"ENVI" in _first_bytes(_header(path)) else ""
    return "usgsdem" if suffix == ".dem" else ""


def _raster_table(path: Path) -> Source:
    """A MapInfo table that only places a raster goes with it; it is no table of features."""
    if _beside(path, ".tif", ".tiff", ".jpg", ".png", ".img", ".grd"):
        return Source(path, "sidecar")
    return _unknown(path, "raster-tab", "MapInfo 栅格表，缺少它所指的影像", "a MapInfo raster table without its raster")


def _header(path: Path) -> Path | None:
    return next((each for each in (path.with_suffix(".hdr"), path.with_name(path.name + ".hdr")) if each.is_file()), None)


def _beside(path: Path, *suffixes: str) -> Path | None:
    """Find a file of the same stem with one of these suffixes, case aside."""
    return next((each for each in sorted(path.parent.glob(path.stem + ".*")) if each.suffix.lower() in suffixes), None)


def _first_bytes(path: Path | None) -> bytes:
    if path is None:
        return b""
    with path.open("rb") as file:
        return file.read(64)


def _refused(path: Path, title: str) -> Source:
    if not title:
        return _unknown(path, "format-unknown", "不认识的格式", "unknown format")
    zh, en = catalogue.ADVICE.get(title, ("请转换为 GeoTIFF、GeoPackage 或 Shapefile", "convert it to GeoTIFF, GeoPackage or a shapefile"))
    return _unknown(path, "format-refused", f"不接收 {title} 格式；{zh}", f"{title} is not taken; {en}")


def _unknown(path: Path, rule: str, zh: str, en: str) -> Source:
    return Source(path, "unknown", None, Finding(rule, "blocking", zh, en, path.name))


def _is_geodatabase(path: Path) -> bool:
    return path.suffix.lower() == ".gdb" and any(path.glob("*.gdbtable"))
