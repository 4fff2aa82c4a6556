"""Memory of each web process after a load: items, tiles and maps asked for in turn, then PSS from /proc."""

from tests.bench.line import Line
from tests.bench.servers import granian, pss_megabytes
from tests.bench.world import SLUG, World
from tiles.grids import grid

LIMIT_MB = 220
TURNS = 60


def run(world: World) -> list[Line]:
    """Load two web processes as they are served, then read their sizes."""
    x, y = world.centre
    found = grid("WebMercatorQuad")
    with granian("config.wsgi:application", workers=2, threads=4) as server:
        for turn in range(TURNS):
            west, south = x + turn * 1e-4, y + turn * 1e-4
            server.get(f"/ogc/collections/{SLUG}/items?f=json&limit=1000&bbox={west},{south},{west + 0.05},{south + 0.05}")
            for level in (12, 15):
                column, row, *_ = found.span(found.matrices[level], (west, south, west, south)) or (0, 0)
                server.get(f"/tiles/{SLUG}/WebMercatorQuad/{level}/{column}/{row}.pbf")
                server.get(f"/tiles/{SLUG}/WebMercatorQuad/{level}/{column}/{row}.png")
            server.get(
                f"/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS={SLUG}&STYLES=&SRS=EPSG:4490&FORMAT=image/png&WIDTH=1024"
                f"&HEIGHT=768&BBOX={west},{south},{west + 0.04},{south + 0.03}"
            )
            server.get(f"/ogc/collections/{SLUG}?f=json")
            server.line.close()  # the next connection may meet the other process
        sizes = sorted(pss_megabytes(server.pid))
    told = " and ".join(f"{each:.0f}" for each in sizes)
    return [Line("memory of each web process", f"{told} MB PSS", f"≤ {LIMIT_MB} MB", sizes[-1] <= LIMIT_MB, f"after {TURNS * 7} requests")]
