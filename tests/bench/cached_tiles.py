"""One kept tile, asked for at 16 kept connections by `wrk`: beside nginx serving the same bytes, and a MapProxy hit.

nginx has two workers; the product and MapProxy are served alike, by granian with two processes. The client takes part of
the same cores, which hides some of the distance between fast servers.
"""

import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import yaml

from tests.bench.line import Line, Unequal, at_least, medians
from tests.bench.servers import granian, nginx, requests_per_second
from tests.bench.world import SLUG, World
from tiles.grids import grid

LEVEL = 15


def run(world: World) -> list[Line]:
    """Measure what of the peers is there."""
    missing = [name for name in ("wrk", "nginx") if not shutil.which(name)]
    if "wrk" in missing:
        return [Line("cached tile", "left out", note="no wrk on this machine")]
    found = grid("WebMercatorQuad")
    column, row, *_ = found.span(found.matrices[LEVEL], (*world.centre, *world.centre)) or (0, 0)
    path = f"/tiles/{SLUG}/WebMercatorQuad/{LEVEL}/{column}/{row}.png"
    with ExitStack() as running:
        ours = running.enter_context(granian("config.wsgi:application", workers=2, threads=2))
        body = ours.get(path)
        urls = {"geobase": ours.url(path)}
        configuration, at = _mapproxy(world.folder, body, column, row)
        proxy = running.enter_context(
            granian("tests.bench.apps:mapproxy_app", {"BENCH_MAPPROXY": str(configuration)}, workers=2, threads=2)
        )
        if proxy.get(at) != body:
            raise Unequal("cached tile: MapProxy")
        urls["mapproxy"] = proxy.url(at)
        if "nginx" not in missing:
            urls["nginx"] = running.enter_context(nginx(_folder(world.folder, body))).url("/tile.png")
        rates = medians({name: lambda url=each: requests_per_second(url) for name, each in urls.items()})  # type: ignore[misc]
    note = " · ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items())
    lines = [at_least("cached tile, 16 connections", rates["geobase"] / rates["mapproxy"], 8, "MapProxy's file hits a second", note)]
    if "nginx" in missing:
        return [*lines, Line("cached tile beside nginx", "left out", note="no nginx on this machine")]
    return [at_least("cached tile, 16 connections", rates["geobase"] / rates["nginx"], 0.4, "nginx's requests a second", note), *lines]


def _folder(folder: Path, body: bytes) -> Path:
    for each in (folder, folder / "nginx"):
        each.mkdir(exist_ok=True)
        each.chmod(0o755)
    (folder / "nginx" / "tile.png").write_bytes(body)
    return folder / "nginx"


def _mapproxy(folder: Path, body: bytes, column: int, row: int) -> tuple[Path, str]:
    """Write a configuration with a file cache that holds the tile; return it and the tile's path."""
    cache = folder / "mapproxy"
    # The "tc" layout: level, then column and row in groups of three digits.
    parts = [f"{LEVEL:02}", *(f"{number // 1000**power % 1000:03}" for number in (column, row) for power in (2, 1, 0))]
    tile = (cache / "kept_cache_EPSG3857").joinpath(*parts).with_suffix(".png")
    tile.parent.mkdir(parents=True)
    tile.write_bytes(body)
    configuration = folder / "mapproxy.yaml"
    configuration.write_text(yaml.safe_dump({
        "services": {"tms": {"use_grid_names": True, "origin": "nw"}},
        "layers": [{"name": "kept", "title": "kept", "sources": ["kept_cache"]}],
        "caches": {"kept_cache": {"grids": ["GLOBAL_WEBMERCATOR"], "sources": [], "cache": {"type": "file", "directory_layout": "tc"}}},
        "globals": {"cache": {"base_dir": str(cache), "lock_dir": str(cache / "locks")}},
    }))  # fmt: skip
    os.utime(configuration)
    return configuration, f"/tiles/kept/GLOBAL_WEBMERCATOR/{LEVEL}/{column}/{row}.png"
