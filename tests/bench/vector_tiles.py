"""Vector tiles drawn now, beside a bare server with one prepared ST_AsMVT; and with the tables for small scales.

The product runs with its tile cache found empty each time. From z8 to z16 it draws from the rows, and must answer with the
same features in the same order, each shape within one unit or two of 4096 (it scales degrees where they are straight enough,
so that of the features that only touch the rim one in 500 may be in or out); "with tables" is the product as it is.
"""

from collections.abc import Callable
from contextlib import ExitStack

import mapbox_vector_tile
import shapely
from shapely.geometry import shape

from tests.bench.line import Line, Unequal, at_least, at_most, medians
from tests.bench.servers import Server, granian
from tests.bench.world import SLUG, World
from tiles.grids import grid

LEVELS = (8, 10, 12, 13, 14, 15, 16)
MARGIN = 1.15
EXTENT = 4096


def run(world: World) -> list[Line]:
    """Measure each level."""
    bare = {"BENCH_DSN": world.dsn, "BENCH_TABLE": world.table, "BENCH_COLUMNS": world.columns, "BENCH_SLUG": SLUG}
    with ExitStack() as running:
        prototype = running.enter_context(granian("tests.bench.apps:vector_tiles", bare))
        rows = running.enter_context(granian("tests.bench.apps:uncached_app", {"BENCH_ROWS": "yes"}))
        product = running.enter_context(granian("tests.bench.apps:uncached_app"))
        return [line for level in LEVELS for line in _level(world, level, prototype, rows, product)]


def _level(world: World, level: int, prototype: Server, rows: Server, product: Server) -> list[Line]:
    found = grid("WebMercatorQuad")
    span = found.span(found.matrices[level], (*world.centre, *world.centre))
    if span is None:
        return []
    column, row, *_ = span
    bare, ours = f"/{level}/{column}/{row}.pbf", f"/tiles/{SLUG}/WebMercatorQuad/{level}/{column}/{row}.pbf"
    count = _compare(prototype.get(bare), rows.get(ours))
    turns = 1 if level < 13 else 10
    coarse = len(product.get(ours))
    times = medians({
        "prototype": _turns(turns, lambda: prototype.get(bare)),
        "rows": _turns(turns, lambda: rows.get(ours)),
        "product": _turns(turns, lambda: product.get(ours)),
    })  # fmt: skip
    held = f"{count:,} features, " if count else ""
    took = f"{held}{times['rows'] / turns * 1000:.1f} ms, bare {times['prototype'] / turns * 1000:.1f} ms"
    lines = [at_most(f"vector tile z{level}, from the rows", times["rows"] / times["prototype"], MARGIN, "the bare server's time", took)]
    if level < 13:
        ratio, name = times["prototype"] / times["product"], f"vector tile z{level}, with tables"
        note = f"{times['product'] * 1000:.0f} ms, {coarse / 1e6:.1f} MB"
        lines.append(at_least(name, ratio, 4, "faster than the bare server", note) if level == 8
                     else Line(name, f"{ratio:.2f}x faster than the bare server", note=note))  # fmt: skip
    return lines


def _turns(turns: int, ask: Callable[[], bytes]) -> Callable[[], None]:
    def several() -> None:
        for _ in range(turns):
            ask()

    return several


def _compare(bare: bytes, ours: bytes) -> int:
    if len(bare) > 300_000:  # decoding so much in Python takes minutes: the bytes' number must do
        if abs(len(bare) / len(ours) - 1) > 0.001:
            raise Unequal(f"vector tile: {len(bare)} and {len(ours)} bytes")
        return 0
    a, b = (mapbox_vector_tile.decode(each)[SLUG]["features"] for each in (bare, ours))
    both = {each["id"] for each in a} & {each["id"] for each in b}
    if max(len(a), len(b)) - len(both) > 1 + len(both) / 500:
        raise Unequal("vector tile: other features")
    a, b = ([each for each in found if each["id"] in both] for found in (a, b))
    if [(each["id"], each["properties"]) for each in a] != [(each["id"], each["properties"]) for each in b]:
        raise Unequal("vector tile: other features")
    if any(not _is_near(one["geometry"], two["geometry"]) for one, two in zip(a, b, strict=True)):
        raise Unequal("vector tile: other shapes")
    return len(a)


def _is_near(one: dict, two: dict) -> bool:
    """Whether two shapes are alike, where neither is cut by the rim: a cut moves along the rim, and corners with it."""
    a, b = shape(one), shape(two)
    if min(a.bounds[:2]) <= 0 or max(a.bounds[2:]) >= EXTENT:
        return True
    return bool(shapely.hausdorff_distance(a, b) <= 2)
