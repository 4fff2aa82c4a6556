"""EDR position on an elevation model of sixteen sheets beside pygeoapi's rasterio provider over a VRT of them.

pygeoapi has no EDR provider for rasters: its coverage of a box within one cell is the nearest it has, and the value it
gives must be ours. Each is one granian process with one thread, asked over one kept connection at random cells.
"""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from tests.bench.line import Line, Unequal, at_least, medians
from tests.bench.relief import CELL, SHEETS, SIDE, SLUG, Relief, relief
from tests.bench.servers import Server, granian
from tests.bench.world import World

GOAL = 20
ROUNDS = 40


def run(world: World) -> list[Line]:
    """Measure a position."""
    made = relief(world)
    with granian("config.wsgi:application") as ours, _pygeoapi(world, made) as peer:
        for _ in range(5):
            place = _place()
            one, two = _ours(ours, place), _peers(peer, place)
            if abs(one - two) > 1e-3:
                raise Unequal(f"EDR position {place}: {one} and {two}")
        times = medians({"geobase": lambda: (_ours(ours, _place()),), "pygeoapi": lambda: (_peers(peer, _place()),)}, ROUNDS)
    note = f"{times['geobase'] * 1000:.1f} ms, pygeoapi {times['pygeoapi'] * 1000:.1f} ms; {SHEETS * SHEETS} sheets of {SIDE}²"
    return [at_least("EDR position", times["pygeoapi"] / times["geobase"], GOAL, "pygeoapi's time to ours", note)]


def _place() -> tuple[int, int]:
    side = SHEETS * SIDE
    return random.randrange(side), random.randrange(side)  # noqa: S311 - places, not secrets


def _ours(server: Server, place: tuple[int, int]) -> float:
    x, y = Relief.centre(*place)
    body = json.loads(server.get(f"/ogc/collections/{SLUG}/position?coords=POINT({x:.7f}%20{y:.7f})"))
    return float(body["ranges"]["elevation"]["values"][0])


def _peers(server: Server, place: tuple[int, int]) -> float:
    x, y = Relief.centre(*place)
    near = CELL / 10
    body = json.loads(server.get(f"/collections/dem/coverage?f=json&bbox={x - near:.7f},{y - near:.7f},{x + near:.7f},{y + near:.7f}"))
    (values,) = (each["values"] for each in body["ranges"].values())
    return float(values[0])


@contextmanager
def _pygeoapi(world: World, made: Relief) -> Iterator[Server]:
    words, world_box = {"en": "bench"}, {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}}
    provider = {"type": "coverage", "name": "rasterio", "data": str(made.vrt), "options": {"DATA_ENCODING": "COMPRESSED"}, "format": {"name": "VRT", "mimetype": "application/x"}}
    config = {
        "server": {"bind": {"host": "127.0.0.1", "port": 1}, "url": "http://127.0.0.1", "mimetype": "application/json", "encoding": "utf-8",
                   "languages": ["en-US"], "pretty_print": False, "limits": {"default_items": 10, "max_items": 10}, "map": {"url": "x", "attribution": "x"}},
        "logging": {"level": "ERROR"},
        "metadata": {"identification": {"title": words, "description": words, "keywords": {"en": ["x"]}, "url": "http://x", "keywords_type": "theme", "terms_of_service": "x"},
                     "license": {"name": "x", "url": "http://x"}, "provider": {"name": "x", "url": "http://x"}, "contact": {"name": "x", "email": "x@x.example"}},
        "resources": {"dem": {"type": "collection", "title": words, "description": words, "keywords": {"en": ["x"]}, "links": [], "extents": world_box, "providers": [provider]}},
    }  # fmt: skip
    (world.folder / "pygeoapi.yml").write_text(yaml.safe_dump(config))
    (world.folder / "openapi.yml").write_text("openapi: 3.0.2\ninfo: {title: x, version: '1'}\npaths: {}\n")
    given = {"PYGEOAPI_CONFIG": str(world.folder / "pygeoapi.yml"), "PYGEOAPI_OPENAPI": str(world.folder / "openapi.yml")}
    with granian("pygeoapi.flask_app:APP", given) as server:
        yield server
