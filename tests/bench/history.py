"""A version read from a table of 90 % history, beside a table that holds nothing else: items in a box, a vector tile.

A tenth of the parcels, of which every version changes a random third, 27 times over. Read are the newest version and the
middle one. Both tables are asked through the same doors, in this process.
"""

from dataclasses import replace
from typing import Any

from django.db import connection
from psycopg2 import sql

from layers import rows, versions
from tests.bench.line import Line, Unequal, at_most, medians
from tests.bench.world import PARCELS, World
from tiles import mvt
from tiles.grids import grid

VERSIONS, CHANGED = 27, 3
_ALL, _NEW, _OLD = "geodata.h_all", "geodata.h_newest", "geodata.h_middle"
_MIDDLE = 14
ROUNDS = 15


def run(world: World) -> list[Line]:
    """Make the tables and measure."""
    _tables(world)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ST_X(c), ST_Y(c) FROM (SELECT ST_Centroid(ST_Extent(geom)) AS c FROM {_NEW}) AS e")
        x, y = cursor.fetchone()
    query = rows.RowQuery(bounds=(x - 0.02, y - 0.015, x + 0.02, y + 0.015), limit=1000)
    found = grid("WebMercatorQuad")
    column, row, *_ = found.span(found.matrices[13], (x, y, x, y)) or (0, 0)
    asked = {
        "items, 1000": lambda view: rows.items(view, query).body,
        "vector tile z13": lambda view: mvt.tile(view, found, found.matrices[13], column, row),
    }
    lines = []
    for which, alone, version in (("newest", _NEW, VERSIONS + 1), ("middle", _OLD, _MIDDLE)):
        among, by_itself = _view(world, _ALL, version), _view(world, alone, version)
        for name, ask in asked.items():
            if ask(among) != ask(by_itself):
                raise Unequal(f"history: {name}")
            times = medians({"all": lambda a=ask, v=among: a(v), "alone": lambda a=ask, v=by_itself: a(v)}, ROUNDS)  # type: ignore[misc]
            note = f"{times['all'] * 1000:.1f} ms, alone {times['alone'] * 1000:.1f} ms"
            lines.append(at_most(f"90 % history, {which} version, {name}", times["all"] / times["alone"], 1.2, "a table of it alone", note))
    return lines


def _view(world: World, table: str, version: int) -> Any:
    return replace(world.view, spec=replace(world.view.spec, table=table, generalised=()), version=version)


def _tables(world: World) -> None:
    columns = ", ".join(["geom", *world.names, "src_file", "src_row", "hash"])
    for table in (_ALL, _NEW, _OLD):
        versions.create_table(0, world.view.spec.fields, table.split(".")[1])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_ALL} (fid, since, {columns}) SELECT fid, 1, {columns} FROM {world.table} WHERE until IS NULL "
            f"ORDER BY ST_Distance(geom, ST_SetSRID(ST_Point(%s, %s), 4490)) LIMIT {PARCELS // 10}",
            world.centre,
        )
        for number in range(2, VERSIONS + 2):
            cursor.execute(f"UPDATE {_ALL} SET until = {number} WHERE until IS NULL AND hashint8(fid * 31 + {number}) %% {CHANGED} = 0", [])
            cursor.execute(
                f"INSERT INTO {_ALL} (fid, since, {columns}) SELECT fid, {number}, {columns} FROM {_ALL} WHERE until = {number} ORDER BY fid"
            )
        for table, version in ((_NEW, VERSIONS + 1), (_OLD, _MIDDLE)):
            cursor.execute(
                f"INSERT INTO {table} (fid, since, {columns}) SELECT fid, since, {columns} FROM {_ALL} "
                f"WHERE since <= {version} AND (until IS NULL OR until > {version}) ORDER BY fid"
            )
        for table in (_ALL, _NEW, _OLD):
            versions.index_table(sql.Identifier(*table.split(".")))
            cursor.execute(f"VACUUM ANALYZE {table}")
