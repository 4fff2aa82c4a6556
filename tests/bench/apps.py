"""The servers that are compared with the product: each the least that could answer; and the product without its cache."""

import os
import re
import threading
from urllib.parse import parse_qs

import psycopg2

_local = threading.local()


def _cursor():
    if not hasattr(_local, "cursor"):
        connection = psycopg2.connect(os.environ["BENCH_DSN"])
        connection.autocommit = True
        _local.cursor = connection.cursor()
    return _local.cursor


_ITEMS = """
WITH hit AS MATERIALIZED (
  SELECT fid FROM {table} WHERE until IS NULL AND ST_Intersects(ST_MakeEnvelope({box}, 4490), geom)
), page AS MATERIALIZED (SELECT fid FROM hit ORDER BY fid LIMIT {limit})
SELECT string_agg('{{"type":"Feature","id":' || fid || ',"geometry":' || ST_AsGeoJSON(geom, 9, 0) || ',"properties":'
  || (SELECT row_to_json(p)::text FROM (SELECT {columns}) AS p) || '}}', ',' ORDER BY fid)
FROM page JOIN {table} USING (fid) WHERE until IS NULL
"""


def items(environ, start_response):
    """Answer ?limit=&bbox= with a GeoJSON FeatureCollection: one statement, its text sent as bytes."""
    query = parse_qs(environ["QUERY_STRING"])
    box = ",".join(str(float(part)) for part in query["bbox"][0].split(","))
    cursor = _cursor()
    cursor.execute(
        _ITEMS.format(table=os.environ["BENCH_TABLE"], columns=os.environ["BENCH_COLUMNS"], box=box, limit=int(query["limit"][0]))
    )
    text = cursor.fetchone()[0] or ""
    body = b'{"type":"FeatureCollection","features":[' + text.encode() + b"]}"
    start_response("200 OK", [("Content-Type", "application/geo+json"), ("Content-Length", str(len(body)))])
    return [body]


_TILE = """
PREPARE tile (int, int, int) AS SELECT ST_AsMVT(q, '{slug}', 4096, 'geom', 'fid') FROM (
  SELECT fid, {columns}, ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope($1, $2, $3), 4096, 64, true) AS geom
  FROM {table} WHERE until IS NULL AND geom && ST_Transform(ST_TileEnvelope($1, $2, $3, margin => 0.015625), 4490) ORDER BY fid
) AS q WHERE geom IS NOT NULL
"""


def vector_tiles(environ, start_response):
    """Answer /z/x/y.pbf by one prepared ST_AsMVT."""
    z, x, y = map(int, re.findall(r"\d+", environ["PATH_INFO"])[-3:])
    cursor = _cursor()
    if not hasattr(_local, "prepared"):
        names = {"slug": os.environ["BENCH_SLUG"], "columns": os.environ["BENCH_COLUMNS"], "table": os.environ["BENCH_TABLE"]}
        cursor.execute(_TILE.format(**names))
        _local.prepared = True
    cursor.execute("EXECUTE tile (%s, %s, %s)", (z, x, y))
    body = bytes(cursor.fetchone()[0])
    start_response("200 OK", [("Content-Type", "application/vnd.mapbox-vector-tile"), ("Content-Length", str(len(body)))])
    return [body]


def uncached():
    """Make the product find no kept tile, though it keeps every one; with BENCH_ROWS it draws from the rows at any scale."""
    from config.wsgi import application  # noqa: PLC0415
    from layers import narrowing  # noqa: PLC0415
    from tiles import cache  # noqa: PLC0415

    cache.Store.get = cache.Store.hot = lambda *_: None
    if os.environ.get("BENCH_ROWS"):
        narrowing.generalised = lambda *_: None
    return application


def mapproxy():
    """Make MapProxy serve the cache that the configuration names."""
    from mapproxy.wsgiapp import make_wsgi_app  # noqa: PLC0415

    return make_wsgi_app(os.environ["BENCH_MAPPROXY"])


_made = {"uncached": uncached, "mapproxy": mapproxy}


def __getattr__(name):
    """Give `uncached_app` and `mapproxy_app` when the server asks for them."""
    if name.endswith("_app") and name[:-4] in _made:
        return _made[name[:-4]]()
    raise AttributeError(name)
