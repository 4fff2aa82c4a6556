"""GetMap beside `mapserv` alone, asked over FastCGI with an equivalent mapfile written by hand: the same picture.

Spans at which the product draws the rows themselves; its answers come over HTTP, mapserv's over its own socket.
"""

import io
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from PIL import Image

from tests.bench.line import Line, Unequal, at_most, medians
from tests.bench.servers import granian
from tests.bench.world import SLUG, World
from tiles.fastcgi import exchange

SPANS = (0.02, 0.05, 0.1)
ROUNDS = 9
_MAPFILE = """
MAP NAME "bench" UNITS DD MAXSIZE 4096 RESOLUTION 90.714 DEFRESOLUTION 90.714
EXTENT -180 -90 180 90 PROJECTION "init=epsg:4490" END
OUTPUTFORMAT NAME "png" DRIVER "AGG/PNG" MIMETYPE "image/png" IMAGEMODE RGBA TRANSPARENT ON FORMATOPTION "COMPRESSION=3" END
WEB METADATA "ows_enable_request" "*" "wms_title" "bench" "wms_onlineresource" "http://localhost/" "wms_srs" "EPSG:4490" END END
LAYER NAME "parcels" TYPE POLYGON STATUS ON PROJECTION "init=epsg:4490" END METADATA "wms_title" "parcels" END
CONNECTIONTYPE POSTGIS CONNECTION "{dsn}" PROCESSING "CLOSE_CONNECTION=DEFER"
DATA "geom from (select fid, geom from {table} where until is null order by fid) as q using unique fid using srid=4490"
CLASS STYLE COLOR "#88cc66" END STYLE OUTLINECOLOR "#335522" WIDTH 1 END END
END END
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """A mapserv that runs: its socket, and the environment every FastCGI request must repeat."""

    socket: str
    environment: Mapping[str, str]


def run(world: World) -> list[Line]:
    """Measure each span."""
    x, y = world.centre
    lines = []
    with granian("config.wsgi:application") as server, mapserv() as peer:
        path = world.folder / "bench.map"
        path.write_text(_MAPFILE.format(dsn=world.dsn, table=world.table))
        for span in SPANS:
            box = f"{x - span / 2},{y - span * 3 / 8},{x + span / 2},{y + span * 3 / 8}"
            query = (f"SERVICE=WMS&VERSION=1.1.1&REQUEST=GetMap&LAYERS={SLUG}&STYLES=&SRS=EPSG:4490&BBOX={box}"
                     "&WIDTH=1024&HEIGHT=768&FORMAT=image/png&TRANSPARENT=TRUE")  # fmt: skip
            difference = _difference(server.get(f"/wms?{query}"), ask(peer, path, query))
            if difference > 0.001:
                raise Unequal(f"GetMap {span}°: {difference:.2%} of the pixels differ")
            times = medians({"geobase": lambda q=query: server.get(f"/wms?{q}"), "mapserv": lambda q=query: ask(peer, path, q)}, ROUNDS)  # type: ignore[misc]
            note = f"{times['geobase'] * 1000:.0f} ms, mapserv {times['mapserv'] * 1000:.0f} ms"
            lines.append(at_most(f"GetMap 1024×768, {span:g}°", times["geobase"] / times["mapserv"], 1.15, "the time of mapserv alone", note))
    return lines


@contextmanager
def mapserv() -> Iterator[Peer]:
    """Start one mapserv on a socket of its own, as any FastCGI server does."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        configuration = Path(folder) / "mapserver.conf"
        configuration.write_text('CONFIG ENV MS_MAP_PATTERN ".*" PROJ_DATA "/usr/share/proj" END END\n')
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MAPSERVER_CONFIG_FILE": str(configuration)}
        listener.bind(f"{folder}/s")
        listener.listen(8)
        process = subprocess.Popen([settings.GEOBASE.mapserv], stdin=listener, env=environment, stderr=subprocess.DEVNULL)
        try:
            yield Peer(f"{folder}/s", environment)
        finally:
            process.kill()
            process.wait()


def ask(peer: Peer, mapfile: Path, query: str) -> bytes:
    """Return the body of an image that a mapserv draws; anything else ends the bench."""
    answer = exchange(peer.socket, {**peer.environment, "REQUEST_METHOD": "GET", "QUERY_STRING": f"map={mapfile}&{query}"})
    if not answer.media_type.startswith("image/"):
        raise SystemExit(answer.body.decode(errors="replace")[-500:])
    return answer.body


def _difference(one: bytes, two: bytes) -> float:
    a, b = (np.asarray(Image.open(io.BytesIO(each)).convert("RGBA")).astype(int) for each in (one, two))
    return float((np.abs(a - b).max(axis=-1) > 8).mean())
