"""Which current and staged rows differ: paired by identity, else by content, within what the delivery replaces."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

from layers.spec import LayerSpec

type Counts = tuple[int, int, int]
"""Rows added, changed, removed."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a delivery replaces: the whole layer, what lies in `area` (WKB, EPSG:4490), or single features.

    With `patch` only staged rows are added or changed; removed are those whose identity is in `removed`.
    """

    area: bytes | None = None
    patch: bool = False
    removed: tuple[str, ...] = ()


WHOLE = Scope()


def pair(spec: LayerSpec, stage: sql.Identifier, pairing: sql.Identifier, scope: Scope = WHOLE) -> Counts:
    """Write which current and staged rows differ into the table `pairing` (old fid, new fid); count them.

    The result is that of the spec's version: `write` may use it as long as the layer is at that version.
    """
    with transaction.atomic():
        execute(sql.SQL("DROP TABLE IF EXISTS {}").format(pairing))
        execute(sql.SQL("CREATE TABLE {} AS {}").format(pairing, statement(spec, stage, scope)))
    return counted(pairing)


def counted(pairing: sql.Identifier) -> Counts:
    """Count a pairing's rows."""
    added, changed, removed = first_row(sql.SQL(
        "SELECT count(*) FILTER (WHERE old IS NULL), count(*) FILTER (WHERE old IS NOT NULL AND new IS NOT NULL),"
        " count(*) FILTER (WHERE new IS NULL) FROM {}").format(pairing))  # fmt: skip
    return added, changed, removed


def statement(spec: LayerSpec, stage: sql.Identifier, scope: Scope) -> sql.Composable:
    """Pair current and staged rows that differ: (old fid or NULL, staged fid or NULL)."""
    column = identity_column(spec)
    names = {"t": table_of(spec), "s": stage, "gone": _may_go(scope, column)}
    if column and is_identity(stage, column):
        return sql.SQL(
            "SELECT t.fid AS old, s.fid AS new FROM (SELECT fid, hash, geom, {key} AS key FROM {t} WHERE until IS NULL) t "
            "FULL JOIN (SELECT fid, hash, {key} AS key FROM {s}) s USING (key) "
            "WHERE t.hash IS DISTINCT FROM s.hash AND (s.fid IS NOT NULL OR {gone})"
        ).format(key=sql.Identifier(column), **names)
    return sql.SQL(
        "SELECT t.fid AS old, s.fid AS new FROM (SELECT fid, hash, geom, row_number() OVER (PARTITION BY hash ORDER BY fid) AS n "
        "FROM {t} WHERE until IS NULL) t FULL JOIN (SELECT fid, hash, row_number() OVER "
        "(PARTITION BY hash ORDER BY fid) AS n FROM {s}) s USING (hash, n) "
        "WHERE (t.fid IS NULL OR s.fid IS NULL) AND (s.fid IS NOT NULL OR {gone})"
    ).format(**names)


def _may_go(scope: Scope, column: str) -> sql.Composable:
    """Say of a current row that was not delivered again whether it is removed."""
    if scope.patch:
        if not (column and scope.removed):
            return sql.SQL("false")
        return sql.SQL("key::text = ANY({})").format(sql.Literal(list(scope.removed)))
    if scope.area is None:
        return sql.SQL("true")
    # A row belongs to the area its inside lies in: a neighbour that shares the border does not.
    return sql.SQL("ST_Intersects(ST_GeomFromWKB({}, 4490), ST_PointOnSurface(t.geom))").format(
        sql.Literal(memoryview(scope.area))
    )


def outside(stage: sql.Identifier, area: bytes) -> int:
    """Count the staged rows that do not even touch an area (WKB, EPSG:4490)."""
    return int(first_row(sql.SQL("SELECT count(*) FROM {} WHERE NOT ST_Intersects(ST_GeomFromWKB({}, 4490), geom)").format(
        stage, sql.Literal(memoryview(area))))[0])  # fmt: skip


def is_identity(stage: sql.Identifier, column: str) -> bool:
    """Tell whether a column names each staged row once."""
    found = first_row(sql.SQL("SELECT count(*) = count(DISTINCT {}) FROM {}").format(sql.Identifier(column), stage))
    return bool(found[0])


def identity_column(spec: LayerSpec) -> str:
    """Return the column of a layer's identity field, "" for none."""
    field = spec.field(spec.identity) if spec.identity else None
    return field.column if field else ""


def table_of(spec: LayerSpec) -> sql.Identifier:
    """Return a layer's table, quoted."""
    return named(spec.table)


def named(table: str) -> sql.Identifier:
    """Return a schema-qualified name, quoted."""
    return sql.Identifier(*table.split("."))


def execute(statement: sql.Composable) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


def first_row(statement: sql.Composable) -> tuple[Any, ...]:
    """Run one statement and return its first row, () when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchone()
    return tuple(found) if found else ()
