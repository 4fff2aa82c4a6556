"""An RGB photograph to a COG as ingest writes it, beside `gdal_translate` with the same options.

The side is 8,192 pixels unless BENCH_COG_SIDE says otherwise (issue: 20,000). Pixels must agree to within JPEG's loss.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin

from tests.bench.line import Line, Unequal, at_most, medians
from tests.bench.world import World

SIDE = int(os.environ.get("BENCH_COG_SIDE", "8192"))
_OPTIONS = ["COMPRESS=JPEG", "QUALITY=90", "BLOCKSIZE=512", "NUM_THREADS=ALL_CPUS", "OVERVIEW_RESAMPLING=AVERAGE", "BIGTIFF=IF_SAFER"]
_OURS = "import sys; from ingest.raster import cog; cog.write(*sys.argv[1:])"


def run(world: World) -> list[Line]:
    """Measure both, each in a process of its own, as ingest does."""
    if not shutil.which("gdal_translate"):
        return [Line("COG", "left out", note="no gdal_translate on this machine")]
    source, ours, peer = (world.folder / name for name in ("photo.tif", "ours.tif", "peer.tif"))
    _photograph(source)
    options = [part for each in _OPTIONS for part in ("-co", each)]
    times = medians({
        "geobase": lambda: _call([sys.executable, "-c", _OURS, str(source), str(ours)], ours),
        "gdal": lambda: _call(["gdal_translate", "-q", "-of", "COG", *options, str(source), str(peer)], peer),
    })  # fmt: skip
    _compare(ours, peer)
    for each in (source, ours, peer):
        each.unlink()
    note = f"{times['geobase']:.1f} s, gdal_translate {times['gdal']:.1f} s; {SIDE:,}² pixels"
    return [at_most("RGB to COG", times["geobase"] / times["gdal"], 1.2, "the time of gdal_translate", note)]


def _call(command: list[str], made: Path) -> None:
    made.unlink(missing_ok=True)
    subprocess.run(command, check=True)


def _photograph(path: Path) -> None:
    """Write a tiled GeoTIFF with texture at all scales, strip by strip."""
    rng = np.random.default_rng(1)
    x = np.arange(SIDE)
    with rasterio.open(path, "w", driver="GTiff", width=SIDE, height=SIDE, count=3, dtype="uint8", crs="EPSG:4548", photometric="RGB",
                       transform=from_origin(488_000, 4_236_000, 0.2, 0.2), tiled=True, blockxsize=512, blockysize=512) as file:  # fmt: skip
        for top in range(0, SIDE, 512):
            y = np.arange(top, min(top + 512, SIDE))[:, None]
            plain = 110 + 50 * np.sin(x / 37) * np.cos(y / 53) + 30 * np.sin((x + y) / 331) + rng.normal(0, 9, (len(y), SIDE))
            strip = np.clip([plain, plain * 1.05, plain * 0.8], 0, 255).astype(np.uint8)
            file.write(strip, window=rasterio.windows.Window(0, top, SIDE, len(y)))


def _compare(ours: Path, peer: Path) -> None:
    window = rasterio.windows.Window(SIDE // 3, SIDE // 3, 1024, 1024)
    with rasterio.open(ours) as one, rasterio.open(peer) as two:
        same = (one.shape, one.crs, one.overviews(1), one.compression) == (two.shape, two.crs, two.overviews(1), two.compression)
        off = np.abs(one.read(window=window).astype(int) - two.read(window=window).astype(int)).mean()
    if not same or off > 1:
        raise Unequal(f"COG: same form {same}, mean difference {off:.2f}")
