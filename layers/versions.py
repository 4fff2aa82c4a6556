"""How a staged delivery becomes the next version of a table: diff, write unseen, roll back.

Rows written here carry `since`/`until` = the coming version, so nobody sees them until
`layers.services` moves the layer's pointer (design §4, §9). What a dead publication left behind is
undone before anyone else writes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from psycopg2 import sql

from layers.errors import Busy
from layers.pairing import WHOLE, Scope, counted, execute, first_row, named, statement, table_of
from layers.spec import Bounds, FieldSpec, GeneralisedTable, LayerSpec

_LOCK_CLASS = 4490
SQL_TYPES = {
    "string": "text", "integer": "bigint", "number": "double precision",
    "boolean": "boolean", "date": "date", "datetime": "timestamptz",
}  # fmt: skip
RESERVED = frozenset({"fid", "since", "until", "geom", "src_file", "src_row", "hash"})


@dataclass(frozen=True, slots=True)
class Diff:
    """What a publication changes; `bounds` of the changed geometries, old and new, in EPSG:4490.

    `tables` are the layer's generalised tables afterwards, `coarse` the bounds of what changes in those.
    """

    added: int
    changed: int
    removed: int
    bounds: tuple[Bounds, ...] = ()
    tables: tuple[GeneralisedTable, ...] = ()
    coarse: tuple[Bounds, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs from the current version."""
        return not (self.added or self.changed or self.removed)


def table_name(layer_id: int) -> str:
    """Return the name of a layer's table in the schema `geodata`."""
    return f"l_{layer_id}"


def create_table(layer_id: int, fields: Sequence[FieldSpec], name: str = "") -> sql.Identifier:
    """Create a layer's empty table, or a staging table of the same shape called `name`."""
    table = sql.Identifier("geodata", name or table_name(layer_id))
    columns = [
        sql.SQL("{} " + SQL_TYPES[field.type]).format(sql.Identifier(field.column)) for field in fields
    ]
    body = sql.SQL(", ").join(
        [
            sql.SQL("fid bigint NOT NULL, since int NOT NULL DEFAULT 1, until int, geom geometry(Geometry, 4490)"),
            *columns,
            sql.SQL("src_file bigint, src_row bigint, hash bytea"),
        ]
    )
    execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    execute(sql.SQL("CREATE TABLE {} ({})").format(table, body))
    return table


def prepare(stage: sql.Identifier, identity: str = "") -> None:
    """Build a layer's indexes on a staging table that is to become the layer's own; done once."""
    with transaction.atomic():
        found = first_row(sql.SQL("SELECT count(*) FROM pg_index WHERE indrelid = {}::regclass").format(_literal(stage)))
        if not found[0]:
            index_table(stage, identity)
    execute(sql.SQL("ANALYZE {}").format(stage))


def index_table(table: sql.Identifier, identity: str = "") -> None:
    """Build the indexes of a layer's table: current rows, history, keys, identity."""
    for text in (
        "CREATE INDEX ON {} USING gist (geom) WHERE until IS NULL",
        "CREATE INDEX ON {} USING gist (int4range(since, until), geom) WHERE until IS NOT NULL",
        "CREATE UNIQUE INDEX ON {} (fid, since)",
        "CREATE UNIQUE INDEX ON {} (fid) WHERE until IS NULL",
    ):
        execute(sql.SQL(text).format(table))
    if identity:
        execute(sql.SQL("CREATE INDEX ON {} ({}) WHERE until IS NULL").format(table, sql.Identifier(identity)))


@contextmanager
def locked(slugs: Sequence[str], *, wait: bool = True) -> Iterator[None]:
    """Hold the layers' publication locks, taken in order; raises Busy when not willing to wait."""
    taken: list[str] = []
    try:
        for slug in sorted(slugs):
            lock = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
            got = first_row(sql.SQL("SELECT " + lock + "({}, hashtext({}))").format(sql.Literal(_LOCK_CLASS), sql.Literal(slug)))
            if not wait and got[0] is False:
                raise Busy
            taken.append(slug)
        yield
    finally:
        for slug in taken:
            first_row(sql.SQL("SELECT pg_advisory_unlock({}, hashtext({}))").format(sql.Literal(_LOCK_CLASS), sql.Literal(slug)))


def undo_abandoned(spec: LayerSpec) -> None:
    """Remove what a publication that never moved its pointer wrote."""
    with transaction.atomic():
        for table in (spec.table, *(each.table for each in spec.generalised)):
            values = {"t": named(table), "v": sql.Literal(spec.version)}
            execute(sql.SQL("DELETE FROM {t} WHERE since > {v}").format(**values))
            execute(sql.SQL("UPDATE {t} SET until = NULL WHERE until > {v}").format(**values))


def adopt(stage: sql.Identifier, layer_id: int) -> None:
    """Make a prepared staging table a new layer's own: the first publication copies nothing.

    Called in the transaction that moves the pointer, so that no crash can part the two.
    """
    table = sql.Identifier("geodata", table_name(layer_id))
    execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(stage, sql.Identifier(table_name(layer_id))))


def write(
    spec: LayerSpec, stage: sql.Identifier, scope: Scope = WHOLE, *, pairing: sql.Identifier | None = None
) -> Diff:
    """Write the difference between the current rows and the staged ones as the coming version, unseen."""
    version = spec.version + 1
    names = {"t": table_of(spec), "s": stage, "v": sql.Literal(version), "columns": columns(spec), "prefixed": columns(spec, "s")}
    with transaction.atomic():
        if pairing is None:
            pairing = sql.Identifier("pairing")
            execute(sql.SQL("CREATE TEMP TABLE pairing ON COMMIT DROP AS {}").format(statement(spec, stage, scope)))
        names["p"] = pairing
        added, changed, removed = counted(pairing)
        execute(sql.SQL(
            "UPDATE {t} SET until = {v} WHERE until IS NULL AND fid IN (SELECT old FROM {p} WHERE old IS NOT NULL)"
        ).format(**names))  # fmt: skip
        first = first_row(sql.SQL("SELECT coalesce(max(fid), 0) FROM {t}").format(**names))[0]
        execute(sql.SQL(
            "INSERT INTO {t} (fid, since, {columns}) SELECT coalesce(p.old, {first} + row_number() OVER "
            "(PARTITION BY p.old IS NULL ORDER BY s.fid)), {v}, {prefixed} "
            "FROM {p} p JOIN {s} s ON s.fid = p.new"
        ).format(first=sql.Literal(first), **names))  # fmt: skip
    return Diff(added, changed, removed, changed_bounds(spec.table, version))


def columns(spec: LayerSpec, prefix: str = "") -> sql.Composable:
    """Return the columns a row brings along: all but fid, since and until."""
    geometry = sql.Identifier(prefix, "geom") if prefix else sql.Identifier("geom")
    return sql.SQL("{}, {}").format(geometry, attributes(spec, prefix))


def attributes(spec: LayerSpec, prefix: str = "") -> sql.Composable:
    """Return the columns a row brings along, geometry aside."""
    names = (*(field.column for field in spec.fields), "src_file", "src_row", "hash")
    return sql.SQL(", ").join(sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names)


def restore(spec: LayerSpec, number: int) -> Diff:
    """Write rows so that the coming version's content equals version `number`, unseen."""
    return restore_rows(spec, spec.table, number)


def restore_rows(spec: LayerSpec, table: str, number: int) -> Diff:
    """As `restore`, for one table of the layer: its own, or a generalised one."""
    version = spec.version + 1
    old = sql.SQL("since <= {n} AND (until IS NULL OR until > {n})").format(n=sql.Literal(number))
    names = {"t": named(table), "v": sql.Literal(version), "old": old, "columns": columns(spec)}
    with transaction.atomic():
        # A row valid then and now has not been touched between: the same (fid, since) stays open.
        execute(sql.SQL(
            "CREATE TEMP TABLE lost ON COMMIT DROP AS SELECT fid, since FROM {t} WHERE {old} AND until IS NOT NULL"
        ).format(**names))  # fmt: skip
        execute(sql.SQL(
            "UPDATE {t} SET until = {v} WHERE until IS NULL AND NOT ({old})"
        ).format(**names))  # fmt: skip
        execute(sql.SQL(
            "INSERT INTO {t} (fid, since, {columns}) SELECT fid, {v}, {columns} FROM {t} "
            "WHERE (fid, since) IN (SELECT fid, since FROM lost)"
        ).format(**names))  # fmt: skip
        counts = first_row(sql.SQL(
            "SELECT count(*) FILTER (WHERE c.fid IS NULL), count(*) FILTER (WHERE c.fid IS NOT NULL AND n.fid IS NOT NULL),"
            " count(*) FILTER (WHERE n.fid IS NULL) FROM (SELECT fid FROM {t} WHERE until = {v}) c "
            "FULL JOIN (SELECT fid FROM {t} WHERE since = {v}) n USING (fid)"
        ).format(**names))  # fmt: skip
    return Diff(counts[0], counts[1], counts[2], changed_bounds(table, version))


def state(spec: LayerSpec, version: int) -> tuple[int, Bounds | None]:
    """Count a version's rows and find their extent (EPSG:4490)."""
    return extent_of(table_of(spec), version)


def extent_of(table: sql.Identifier, version: int) -> tuple[int, Bounds | None]:
    """Count the rows of a table valid in a version and find their extent (EPSG:4490)."""
    found = first_row(sql.SQL(
        "SELECT n, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT count(*) AS n, ST_Extent(geom) AS e "
        "FROM {} WHERE since <= {v} AND (until IS NULL OR until > {v})) AS found"
    ).format(table, v=sql.Literal(version)))  # fmt: skip
    return int(found[0] or 0), (found[1], found[2], found[3], found[4]) if found[1] is not None else None


def drop_stage(stage: sql.Identifier) -> None:
    """Remove a staging table; nothing happens when it has been adopted."""
    execute(sql.SQL("DROP TABLE IF EXISTS {}").format(stage))


def changed_bounds(table: str, version: int) -> tuple[Bounds, ...]:
    """Return the boxes of the rows that a version opened or closed in a table."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(
            "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM {} "
            "WHERE (since = {v} OR until = {v}) AND NOT ST_IsEmpty(geom)"
        ).format(named(table), v=sql.Literal(version)))  # fmt: skip
        return tuple(cursor.fetchall())


def _literal(table: sql.Identifier) -> sql.Composable:
    return sql.Literal(".".join(f'"{each}"' for each in table.strings))
