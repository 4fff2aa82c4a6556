"""NSDTF-DEM and CNSDTF-DEM, the national exchange format of grids (GB/T 17798-2007 §7; the older text has no labels).

Text: a header, then heights × Hzoom, row by row from the north-west, in GB 18030 or ASCII. X0, Y0 are taken for the grid's
north-western corner, X east: a grid that lies by its centres would be half a cell off, which is said.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.findings import refuse

_UNLABELLED = ("version", "unit", "alpha", "compress", "x0", "y0", "dx", "dy", "row", "col", "hzoom")
_NODATA = -99999.0
_HEADER_LINES = 60
_BLOCK_BYTES = 8 << 20
_MOST_CELLS = 4_000_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """What a grid says of itself; `words` are the labelled lines by their lower-case names, `lines` how many to skip."""

    words: dict[str, str]
    lines: int

    def number(self, name: str, otherwise: float | None = None) -> float:
        """Return a number of the header; raises Refused when it is not one."""
        try:
            value = float(self.words[name]) if otherwise is None or name in self.words else otherwise
        except (KeyError, ValueError):
            value = math.nan
        if not math.isfinite(value):
            raise refuse("nsdtf-header", f"NSDTF-DEM 文件头缺少 {name} 或不是数字", f"the header lacks {name}, or it is no number")
        return value

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = int(self.number("row")), int(self.number("col"))
        if rows < 1 or columns < 1 or rows * columns > _MOST_CELLS:
            raise refuse("nsdtf-header", "NSDTF-DEM 行列数不合理", "rows and columns make no sense")
        return rows, columns


def header(path: Path) -> Header:
    """Read the header, labelled (2007) or not; raises Refused when it is neither."""
    words: dict[str, str] = {}
    with path.open("rb") as file:
        lines = [file.readline(4096).decode("gb18030", "replace").strip().lstrip("\ufeff") for _ in range(_HEADER_LINES)]
    if ":" not in lines[0]:
        values = dict(zip(_UNLABELLED, lines[1 : len(_UNLABELLED) + 1], strict=False))
        return _checked(Header(values, len(_UNLABELLED) + 1))
    for place, line in enumerate(lines):
        name, colon, value = line.replace("：", ":").partition(":")
        if not colon:
            if line and _is_numbers(line):
                return _checked(Header(words, place))
            continue
        words[name.strip().lower()] = value.strip()
    raise refuse("nsdtf-header", "NSDTF-DEM 文件头没有结束", "the header does not end")


def examine(path: Path) -> dict[str, Any]:
    """Describe the grid as `ingest.raster.child examine` does."""
    found = header(path)
    rows, columns = found.shape
    west, north, dx, dy = (found.number(name) for name in ("x0", "y0", "dx", "dy"))
    corners = [(west, north), (west + columns * dx, north), (west + columns * dx, north - rows * dy), (west, north - rows * dy)]
    said = [("nsdtf-corner", "info", "X0、Y0 按格网左上角（角点）接收", "X0, Y0 are taken for the north-western corner of the grid")]
    if found.number("alpha", 0.0):
        raise refuse("nsdtf-rotated", "NSDTF-DEM 格网有旋转角，不接收；请转正", "a rotated grid is not taken")
    if found.number("compress", 0.0):
        raise refuse("nsdtf-compressed", "NSDTF-DEM 压缩格式不接收；请以不压缩方式导出", "compressed grids are not taken; export it plain")
    return {
        "width": columns, "height": rows, "bands": 1, "dtype": "float32", "crs": _crs(found), "nodata": _NODATA, "has_transform": True,
        "corners": corners, "gcps": [], "gcp_crs": "", "pixel": dx, "palette": False, "alpha": False,
        "transform": [dx, 0.0, west, 0.0, -dy, north], "bytes": path.stat().st_size, "unit": "m", "void": None, "said": said,
    }  # fmt: skip


def to_geotiff(path: Path, target: Path) -> None:
    """Write the heights in metres as a GeoTIFF, row by row; raises Refused when there are too few or no numbers."""
    import rasterio  # noqa: PLC0415 - this module is read by programs without GDAL too
    from rasterio.transform import from_origin  # noqa: PLC0415
    from rasterio.windows import Window  # noqa: PLC0415

    found = header(path)
    rows, columns = found.shape
    zoom = found.number("hzoom", 1.0) or 1.0
    transform = from_origin(*(found.number(name) for name in ("x0", "y0", "dx", "dy")))
    profile = {
        "driver": "GTiff", "width": columns, "height": rows, "count": 1, "dtype": "float32", "nodata": _NODATA, "transform": transform,
        "compress": "lzw", "bigtiff": "if_safer", **({"crs": _crs(found)} if _crs(found) else {}),
    }  # fmt: skip
    with rasterio.open(target, "w", **profile) as sink:
        row = 0
        for block in _blocks(path, found.lines, rows, columns):
            heights = np.where(block <= _NODATA + 1, _NODATA, block / zoom).astype("float32")
            sink.write(heights, 1, window=Window(0, row, columns, len(heights)))
            row += len(heights)


def _blocks(path: Path, skip: int, rows: int, columns: int) -> Iterator[NDArray[np.float64]]:
    """Give whole rows of numbers as they are read; raises Refused when the count is not rows × columns."""
    left = np.empty(0)
    given = 0
    with path.open("rb") as file:
        for _ in range(skip):
            file.readline()
        tail = b""
        while chunk := file.read(_BLOCK_BYTES):
            text = tail + chunk
            cut = max(text.rfind(b"\n"), text.rfind(b" ")) + 1
            tail = text[cut:]
            left = np.concatenate((left, _numbers(text[:cut])))
            whole = min(len(left) // columns, rows - given)
            if whole:
                yield left[: whole * columns].reshape(whole, columns)
                left, given = left[whole * columns :], given + whole
        left = np.concatenate((left, _numbers(tail)))
    whole = len(left) // columns
    if given + whole != rows or len(left) % columns:
        raise refuse("nsdtf-count", f"格网值个数与 {rows} 行 × {columns} 列不符", f"there are not {rows} × {columns} values")
    if whole:
        yield left.reshape(whole, columns)


def _numbers(text: bytes) -> NDArray[np.float64]:
    try:
        return np.array(text.replace(b",", b" ").split(), dtype=np.float64)
    except ValueError:
        raise refuse("nsdtf-values", "格网值不是数字", "the grid holds what is no number") from None


def _is_numbers(line: str) -> bool:
    try:
        [float(word) for word in line.replace(",", " ").split()]
    except ValueError:
        return False
    return True


def _checked(found: Header) -> Header:
    if found.number("dx") <= 0 or found.number("dy") <= 0:
        raise refuse("nsdtf-header", "NSDTF-DEM 格网间距须为正", "grid steps must be positive")
    return found


def _crs(found: Header) -> str:
    from ingest.formats.spheroids import crs_of  # noqa: PLC0415 - pyproj is not loaded before the limits are set

    return crs_of(found.words)
