"""A first load from staged rows to moved pointer, and the same layer delivered again with 1 % of its rows changed.

The first load is timed once, re-deliveries as many times as there are rounds, each with another hundredth changed: half
of the rows get another class, half another geometry, so that their neighbours' simplified borders move too.
"""

import time
from pathlib import Path

from django.db import connection
from psycopg2 import sql

from layers import registry, services, versions
from tests.bench import loading
from tests.bench import world as worlds
from tests.bench.line import Line, at_most, medians

SHARE = 100
ROUNDS = 3


def run(shapefile: Path, *, is_compared: bool) -> list[Line]:
    """Publish what is staged; then deliver again."""
    registry.POLL_S = 0.0  # nobody else reads here, so a publication need not wait for them
    staged = services.StagedRows(worlds.SLUG, sql.Identifier("geodata", loading.STAGE), draft=loading.draft(shapefile))
    for name in _indexes():  # made with the stage, and part of this
        versions.execute(sql.SQL("DROP INDEX geodata.{}").format(sql.Identifier(name)))
    start = time.perf_counter()
    services.publish("bench", None, [staged])
    first = time.perf_counter() - start
    if not is_compared:
        return []
    number = iter(range(ROUNDS))
    again = medians({"again": lambda: _again(next(number))}, ROUNDS)["again"]
    note = f"{again:.1f} s, first load {first:.1f} s (once), both with indexes and tables for small scales; re-deliveries: {ROUNDS}"
    return [at_most("re-delivery with 1 % changed", again / first, 0.25, "the first load's time, staged rows to moved pointer", note)]


def _indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'geodata' AND tablename = %s", [loading.STAGE])
        return [name for (name,) in cursor.fetchall()]


def _again(turn: int) -> float:
    spec = services.spec(worlds.SLUG)
    stage = versions.create_table(0, spec.fields, "s_again")
    code = next(each.column for each in spec.fields if each.name == "DLBM")
    columns = sql.SQL(", ").join(sql.Identifier(each.column) for each in spec.fields if each.column != code)
    chosen, moved = sql.SQL("fid %% {s} = {t}"), sql.SQL("fid %% {s2} = {t}")
    values = {"s": sql.Literal(SHARE), "s2": sql.Literal(2 * SHARE), "t": sql.Literal(7 + turn)}
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "INSERT INTO {stage} (fid, since, geom, {code}, {columns}, src_row, hash) SELECT fid, 1, "
                "CASE WHEN {moved} THEN ST_SnapToGrid(geom, 1e-6) ELSE geom END, "
                "CASE WHEN {chosen} AND NOT {moved} THEN '1202' || {t} ELSE {code} END, {columns}, src_row, "
                "CASE WHEN {chosen} THEN decode(md5(fid || '/' || {t}), 'hex') ELSE hash END "
                "FROM {table} WHERE until IS NULL ORDER BY fid"
            ).format(
                stage=stage, code=sql.Identifier(code), columns=columns, table=sql.Identifier(*spec.table.split(".")),
                chosen=chosen.format(**values), moved=moved.format(**values), t=values["t"],
            ),
            [],
        )  # fmt: skip
    start = time.perf_counter()
    (done,) = services.publish("bench", None, [services.StagedRows(worlds.SLUG, stage)])
    taken = time.perf_counter() - start
    if (done.added, done.removed) != (0, 0) or abs(done.changed - worlds.PARCELS / SHARE) > 1:
        raise SystemExit(f"the re-delivery changed {done}")
    return taken
