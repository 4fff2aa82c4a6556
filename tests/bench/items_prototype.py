"""The least that could answer items: one statement, its text sent as bytes; no access, versions, links or checks."""

import os
import threading
from urllib.parse import parse_qs

import psycopg2

_local = threading.local()
_STATEMENT = """
WITH hit AS MATERIALIZED (
  SELECT fid FROM {table} WHERE until IS NULL AND ST_Intersects(ST_MakeEnvelope({box}, 4490), geom)
), page AS MATERIALIZED (SELECT fid FROM hit ORDER BY fid LIMIT {limit})
SELECT string_agg('{{"type":"Feature","id":' || fid || ',"geometry":' || ST_AsGeoJSON(geom, 9, 0) || ',"properties":'
  || (SELECT row_to_json(p)::text FROM (SELECT {columns}) AS p) || '}}', ',' ORDER BY fid)
FROM page JOIN {table} USING (fid) WHERE until IS NULL
"""


def application(environ, start_response):
    """Answer ?limit=&bbox= with a GeoJSON FeatureCollection."""
    query = parse_qs(environ["QUERY_STRING"])
    if not hasattr(_local, "cursor"):
        connection = psycopg2.connect(os.environ["BENCH_DSN"])
        connection.autocommit = True
        _local.cursor = connection.cursor()
    box = ",".join(str(float(part)) for part in query["bbox"][0].split(","))
    _local.cursor.execute(
        _STATEMENT.format(
            table=os.environ["BENCH_TABLE"], columns=os.environ["BENCH_COLUMNS"], box=box, limit=int(query["limit"][0])
        )
    )
    text = _local.cursor.fetchone()[0] or ""
    body = b'{"type":"FeatureCollection","features":[' + text.encode() + b"]}"
    start_response("200 OK", [("Content-Type", "application/geo+json"), ("Content-Length", str(len(body)))])
    return [body]
