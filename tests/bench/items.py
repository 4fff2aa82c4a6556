"""Items of features beside pygeoapi's own PostgreSQL provider and a bare SQL-to-bytes server.

    DATABASE_URL=… python -m tests.bench.items SLUG

The layer must be a published vector layer with some 100,000 rows, level 0. All three answer the same box with some
15,000 matches: the same features, in the order of their ids, found by exact intersection, none counting. Each is one
granian process; rounds are interleaved in shuffled order, over one kept connection each, and medians are given.
pygeoapi reads a copy of the table in EPSG:4326, since it finds nothing in one of EPSG:4490 (shared/performance.md).
"""

import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import django
import yaml

LIMITS = (10, 100, 1000, 10_000)
ROUNDS = 9
MATCHES = 15_000
_COPY = "bench_items"


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its port and the path of its items, `limit` and `bbox` to be added."""

    port: int
    path: str


def main(slug: str) -> dict[str, dict[int, float]]:
    """Measure and print; return milliseconds by server and limit."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    table, names, box = _prepare(slug)
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        servers = {
            "geobase": running.enter_context(_geobase(slug)),
            "prototype": running.enter_context(_prototype(table, names)),
            "pygeoapi": running.enter_context(_pygeoapi(Path(folder), names)),
        }
        times = {limit: _measure(servers, limit, box) for limit in LIMITS}
    for limit, found in times.items():
        ours = found["geobase"]
        _say(
            f"items {limit:>6}: geobase {ours:8.1f} ms · pygeoapi {found['pygeoapi'] / ours:5.1f}x of it (goal >= 5)"
            f" · geobase is {ours / found['prototype']:4.2f}x the prototype (goal <= 1.3)"
        )
    return {name: {limit: found[name] for limit, found in times.items()} for name in servers}


def _prepare(slug: str) -> tuple[str, dict[str, str], tuple[float, ...]]:
    """Copy the layer's current rows for pygeoapi; find a box with some 15,000 matches round its middle."""
    from django.db import connection  # noqa: PLC0415 - after django.setup()

    from layers import access  # noqa: PLC0415

    view = access.require(access.Principal(zone=0), slug, "query")
    names = {field.column: field.name for field in view.fields}
    columns = ", ".join(f'"{column}" AS "{name}"' for column, name in names.items())
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_COPY}")
        cursor.execute(
            f"CREATE TABLE {_COPY} AS SELECT fid, {columns}, ST_SetSRID(geom, 4326)::geometry(Geometry, 4326) AS geom"
            f" FROM {view.spec.table} WHERE until IS NULL ORDER BY fid"
        )
        cursor.execute(f"ALTER TABLE {_COPY} ADD PRIMARY KEY (fid)")
        cursor.execute(f"CREATE INDEX ON {_COPY} USING gist (geom)")
        cursor.execute(f"ANALYZE {_COPY}")
        west, south, east, north = view.spec.extent or (0, 0, 0, 0)
        low, high = 0.0, 1.0
        for _ in range(20):
            part = (low + high) / 2
            half_x, half_y = (east - west) * part / 2, (north - south) * part / 2
            box = (
                round((west + east) / 2 - half_x, 6), round((south + north) / 2 - half_y, 6),
                round((west + east) / 2 + half_x, 6), round((south + north) / 2 + half_y, 6),
            )  # fmt: skip
            cursor.execute(f"SELECT count(*) FROM {_COPY} WHERE ST_Intersects(geom, ST_MakeEnvelope(%s,%s,%s,%s,4326))", box)
            low, high = (part, high) if cursor.fetchone()[0] < MATCHES else (low, part)
    return view.spec.table, names, box


def _measure(servers: Mapping[str, Server], limit: int, box: tuple[float, ...]) -> dict[str, float]:
    lines = {name: http.client.HTTPConnection("127.0.0.1", each.port, timeout=120) for name, each in servers.items()}
    bbox = ",".join(map(str, box))
    answers = {name: _ask(lines[name], f"{servers[name].path}limit={limit}&bbox={bbox}")[1] for name in servers}
    same = {tuple(feature["id"] for feature in json.loads(body)["features"]) for body in answers.values()}
    if len(same) != 1 or len(next(iter(same))) != limit:
        raise SystemExit(f"the answers differ at limit {limit}: an unequal comparison is worse than none")
    taken: dict[str, list[float]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name in random.sample(list(servers), len(servers)):
            taken[name].append(_ask(lines[name], f"{servers[name].path}limit={limit}&bbox={bbox}")[0])
    return {name: statistics.median(found) * 1000 for name, found in taken.items()}


def _ask(line: http.client.HTTPConnection, path: str) -> tuple[float, bytes]:
    start = time.perf_counter()
    line.request("GET", path, headers={"Accept": "application/geo+json, application/json"})
    answer = line.getresponse()
    body = answer.read()
    taken = time.perf_counter() - start
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
    return taken, body


@contextmanager
def _running(application: str, path: str, environment: Mapping[str, str]) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
               "--workers", "1", "--blocking-threads", "1", "--log-level", "error", application]  # fmt: skip
    process = subprocess.Popen(command, env={**os.environ, **environment})
    try:
        _wait(port)
        yield Server(port, path)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("a server did not start")


def _geobase(slug: str) -> "contextmanager[Server]":  # type: ignore[type-var]
    return _running("config.wsgi:application", f"/ogc/collections/{slug}/items?f=json&", {})


def _prototype(table: str, names: Mapping[str, str]) -> "contextmanager[Server]":  # type: ignore[type-var]
    columns = ", ".join(f'"{column}" AS "{name}"' for column, name in names.items())
    given = {"BENCH_TABLE": table, "BENCH_COLUMNS": columns, "BENCH_DSN": _dsn()}
    return _running("tests.bench.items_prototype:application", "/?", given)


def _pygeoapi(folder: Path, names: Mapping[str, str]) -> "contextmanager[Server]":  # type: ignore[type-var]
    from django.db import connection  # noqa: PLC0415

    at = connection.settings_dict
    provider = {
        "type": "feature", "name": "PostgreSQL", "id_field": "fid", "table": _COPY, "geom_field": "geom", "count": False,
        "storage_crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84", "properties": ["fid", *names.values()],
        "data": {"host": at["HOST"], "port": int(at["PORT"] or 5432), "dbname": at["NAME"], "user": at["USER"],
                 "password": at["PASSWORD"] or "x", "search_path": ["public"]},
    }  # fmt: skip
    words = {"en": "bench"}
    config = {
        "server": {"bind": {"host": "127.0.0.1", "port": 1}, "url": "http://127.0.0.1", "mimetype": "application/json",
                   "encoding": "utf-8", "languages": ["en-US"], "pretty_print": False,
                   "limits": {"default_items": 10, "max_items": 10_000}, "map": {"url": "x", "attribution": "x"}},
        "logging": {"level": "ERROR"},
        "metadata": {"identification": {"title": words, "description": words, "keywords": {"en": ["x"]}, "url": "http://x",
                                        "keywords_type": "theme", "terms_of_service": "x"},
                     "license": {"name": "x", "url": "http://x"}, "provider": {"name": "x", "url": "http://x"},
                     "contact": {"name": "x", "email": "x@x.example"}},
        "resources": {"items": {"type": "collection", "title": words, "description": words, "keywords": {"en": ["x"]}, "links": [],
                                "extents": {"spatial": {"bbox": [-180, -90, 180, 90],
                                                        "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
                                "providers": [provider]}},
    }  # fmt: skip
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    (folder / "openapi.yml").write_text("openapi: 3.0.2\ninfo: {title: x, version: '1'}\npaths: {}\n")
    given = {"PYGEOAPI_CONFIG": str(folder / "config.yml"), "PYGEOAPI_OPENAPI": str(folder / "openapi.yml")}
    return _running("pygeoapi.flask_app:APP", "/collections/items/items?f=json&", given)


def _dsn() -> str:
    from django.db import connection  # noqa: PLC0415

    at = connection.settings_dict
    parts = {"host": at["HOST"], "port": at["PORT"], "dbname": at["NAME"], "user": at["USER"], "password": at["PASSWORD"]}
    return " ".join(f"{name}={value}" for name, value in parts.items() if value)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(quote(sys.argv[1]))
