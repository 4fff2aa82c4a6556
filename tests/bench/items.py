"""Items of features beside pygeoapi's own PostgreSQL provider and a bare SQL-to-bytes server.

All three answer the same box with some 15,000 matches: the same features, in the order of their ids, found by exact
intersection, none counting. Each is one granian process with one thread, over one kept connection. pygeoapi reads a copy
of the table in EPSG:4326, since it finds nothing in one of EPSG:4490 (shared/performance.md).
"""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from math import isclose
from typing import Any
from urllib.parse import urlencode

import yaml
from django.db import connection
from shapely.geometry import shape

from tests.bench.line import Line, Unequal, at_least, at_most, medians
from tests.bench.servers import Server, granian
from tests.bench.world import SLUG, World

LIMITS = (10, 100, 1000, 10_000)
ROUNDS = 9
MATCHES = 15_000
_COPY = "bench_items"
KINDS = {
    "filter": {"filter": "DLBM = '0102' AND TBMJ > 1000", "filter-lang": "cql2-text"},
    "EPSG:4548": {"crs": "http://www.opengis.net/def/crs/EPSG/0/4548"},
    "JSON-FG": {},
}
"""What else is asked of 1,000 items; pygeoapi writes no JSON-FG and answers in plain GeoJSON."""
_PATHS = {
    "geobase": f"/ogc/collections/{SLUG}/items?f=json&",
    "prototype": "/?",
    "pygeoapi": "/collections/items/items?f=json&",
}


def run(world: World) -> list[Line]:
    """Measure each limit."""
    box = _prepare(world)
    bare = {"BENCH_DSN": world.dsn, "BENCH_TABLE": world.table, "BENCH_COLUMNS": world.columns}
    with ExitStack() as running:
        servers = {
            "geobase": running.enter_context(granian("config.wsgi:application")),
            "prototype": running.enter_context(granian("tests.bench.apps:items", bare)),
            "pygeoapi": running.enter_context(granian("pygeoapi.flask_app:APP", _pygeoapi(world))),
        }
        lines = [line for limit in LIMITS for line in _limit(servers, limit, box)]
        return lines + [_kind({name: servers[name] for name in ("geobase", "pygeoapi")}, kind, box) for kind in KINDS]


def _limit(servers: Mapping[str, Server], limit: int, box: tuple[float, ...]) -> list[Line]:
    paths = {name: f"{_PATHS[name]}limit={limit}&bbox={','.join(map(str, box))}" for name in servers}
    features = {name: json.loads(servers[name].get(paths[name]))["features"] for name in servers}
    ids = {tuple(each["id"] for each in found) for found in features.values()}
    if len(ids) != 1 or len(next(iter(ids))) != limit:
        raise Unequal(f"items, limit {limit}")
    times = medians({name: lambda each=name: servers[each].get(paths[each]) for name in servers}, ROUNDS)  # type: ignore[misc]
    ours = times["geobase"]
    note = f"{ours * 1000:.1f} ms, pygeoapi {times['pygeoapi'] * 1000:.1f}, bare {times['prototype'] * 1000:.1f}"
    return [
        at_least(f"items, {limit}", times["pygeoapi"] / ours, 5, "faster than pygeoapi", note),
        at_most(f"items, {limit}", ours / times["prototype"], 1.3, "the bare server's time"),
    ]


def _kind(servers: Mapping[str, Server], kind: str, box: tuple[float, ...]) -> Line:
    asked = urlencode({"limit": 1000, "bbox": ",".join(map(str, box)), **KINDS[kind]})
    paths = {name: _PATHS[name] + asked for name in servers}
    if kind == "JSON-FG":
        paths["geobase"] = paths["geobase"].replace("f=json&", "f=jsonfg&")
    ours, theirs = (json.loads(servers[name].get(paths[name]))["features"] for name in ("geobase", "pygeoapi"))
    if not ours or [each["id"] for each in ours] != [each["id"] for each in theirs] or not _is_near(ours[0], theirs[0]):
        raise Unequal(f"items, 1000, {kind}")
    times = medians({name: lambda each=name: servers[each].get(paths[each]) for name in servers}, ROUNDS)  # type: ignore[misc]
    note = f"{len(ours)} features, {times['geobase'] * 1000:.1f} ms, pygeoapi {times['pygeoapi'] * 1000:.1f}"
    return at_least(f"items, 1000, {kind}", times["pygeoapi"] / times["geobase"], 5, "faster than pygeoapi", note)


def _is_near(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Tell whether two features have the same corners to a centimetre, whatever the order of their axes."""
    first, second = (sorted(map(sorted, shape(each["geometry"] or each["place"]).exterior.coords)) for each in (ours, theirs))
    return len(first) == len(second) and all(isclose(a, b, abs_tol=0.01) for x, y in zip(first, second, strict=True) for a, b in zip(x, y, strict=True))


def _prepare(world: World) -> tuple[float, ...]:
    """Copy the layer's current rows for pygeoapi; find a box with some 15,000 matches round its middle."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_COPY}")
        cursor.execute(
            f"CREATE TABLE {_COPY} AS SELECT fid, {world.columns}, ST_SetSRID(geom, 4326)::geometry(Geometry, 4326) AS geom"
            f" FROM {world.table} WHERE until IS NULL ORDER BY fid"
        )
        cursor.execute(f"ALTER TABLE {_COPY} ADD PRIMARY KEY (fid)")
        cursor.execute(f"CREATE INDEX ON {_COPY} USING gist (geom)")
        cursor.execute(f"ANALYZE {_COPY}")
        west, south, east, north = world.view.spec.extent or (0, 0, 0, 0)
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
    return box


def _pygeoapi(world: World) -> dict[str, str]:
    """Write a configuration for one collection; return the environment that names it."""
    at = connection.settings_dict
    config = pygeoapi_configuration({
        "type": "feature", "name": "PostgreSQL", "id_field": "fid", "table": _COPY, "geom_field": "geom", "count": False,
        "storage_crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        "crs": ["http://www.opengis.net/def/crs/OGC/1.3/CRS84", KINDS["EPSG:4548"]["crs"]], "properties": ["fid", *world.names.values()],
        "data": {"host": at["HOST"], "port": int(at["PORT"] or 5432), "dbname": at["NAME"], "user": at["USER"],
                 "password": at["PASSWORD"] or "x", "search_path": ["public"]},
    })  # fmt: skip
    folder = world.folder
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    (folder / "openapi.yml").write_text("openapi: 3.0.2\ninfo: {title: x, version: '1'}\npaths: {}\n")
    return {"PYGEOAPI_CONFIG": str(folder / "config.yml"), "PYGEOAPI_OPENAPI": str(folder / "openapi.yml")}


def pygeoapi_configuration(provider: Mapping[str, Any]) -> dict[str, Any]:
    """Return the least that pygeoapi starts with: one collection, `items`, of one provider."""
    words = {"en": "bench"}
    return {
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
                                "providers": [dict(provider)]}},
    }  # fmt: skip
