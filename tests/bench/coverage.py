"""A coverage's subset beside MapServer's WCS 2.0.1 over a VRT of the same COGs: the same cells, deflated alike.

A thousand by a thousand cells round a corner where four sheets meet. mapserv is asked over its own FastCGI socket,
the product over HTTP.
"""


import numpy as np
from rasterio.io import MemoryFile

from tests.bench.getmap import ask, mapserv
from tests.bench.line import Line, Unequal, at_most, medians
from tests.bench.relief import CELL, NORTH, SIDE, SLUG, WEST, relief
from tests.bench.servers import granian
from tests.bench.world import World

SIZES = (256, 1000)
ROUNDS = 9
_MAPFILE = """
MAP NAME "bench" UNITS DD MAXSIZE 4096 EXTENT {west} {south} {east} {north} PROJECTION "init=epsg:4326" END
OUTPUTFORMAT NAME "GTiff" DRIVER "GDAL/GTiff" MIMETYPE "image/tiff" IMAGEMODE FLOAT32 EXTENSION "tif"
  FORMATOPTION "COMPRESS=DEFLATE" FORMATOPTION "ZLEVEL=1" FORMATOPTION "TILED=YES" FORMATOPTION "NULLVALUE=-9999" END
WEB METADATA "ows_enable_request" "*" "wcs_label" "bench" "wcs_onlineresource" "http://localhost/" END END
LAYER NAME "dem" TYPE RASTER STATUS ON DATA "{vrt}" PROJECTION "init=epsg:4326" END
METADATA "wcs_label" "dem" "wcs_rangeset_name" "h" "wcs_rangeset_label" "h" "wcs_formats" "GTiff" "wcs_native_format" "GTiff" END END
END
"""


def run(world: World) -> list[Line]:
    """Measure each size."""
    made = relief(world)
    lines = []
    with granian("config.wsgi:application") as server, mapserv() as peer:
        path = world.folder / "wcs.map"
        side = 4 * SIDE * CELL
        path.write_text(_MAPFILE.format(vrt=made.vrt, west=WEST, south=NORTH - side, east=WEST + side, north=NORTH))
        for size in SIZES:
            west, north = WEST + (2 * SIDE - size // 2) * CELL, NORTH - (2 * SIDE - size // 2) * CELL
            east, south = west + size * CELL, north - size * CELL
            ours = f"/ogc/collections/{SLUG}/coverage?f=geotiff&crs=[OGC:CRS84]&bbox={west:.9f},{south:.9f},{east:.9f},{north:.9f}&width={size}&height={size}"
            theirs = (f"SERVICE=WCS&VERSION=2.0.1&REQUEST=GetCoverage&COVERAGEID=dem&FORMAT=image/tiff&SUBSET=x({west:.9f},{east:.9f})"
                      f"&SUBSET=y({south:.9f},{north:.9f})&SCALESIZE=x({size}),y({size})")  # fmt: skip
            _compare(server.get(ours), ask(peer, path, theirs), size)
            times = medians({"geobase": lambda q=ours: server.get(q), "mapserv": lambda q=theirs: ask(peer, path, q)}, ROUNDS)  # type: ignore[misc]
            note = f"{times['geobase'] * 1000:.0f} ms, mapserv {times['mapserv'] * 1000:.0f} ms"
            lines.append(at_most(f"coverage {size}²", times["geobase"] / times["mapserv"], 1.0, "the time of mapserv's WCS", note))
    return lines


def _compare(one: bytes, two: bytes, size: int) -> None:
    with MemoryFile(one) as first, MemoryFile(two) as second, first.open() as ours, second.open() as theirs:
        same = ours.shape == theirs.shape == (size, size)
        off = float(np.abs(ours.read(1) - theirs.read(1)).max()) if same else 0.0
    if not same or off > 1e-3:
        raise Unequal(f"coverage {size}²: same form {same}, greatest difference {off:g}")
