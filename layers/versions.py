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
from layers.spec import Bounds, FieldSpec, LayerSpec

_LOCK_CLASS = 4490
SQL_TYPES = {
    "string": "text", "integer": "bigint", "number": "double precision",
    "boolean": "boolean", "date": "date", "datetime": "timestamptz",
}  # fmt: skip
RESERVED = frozenset({"fid", "since", "until", "geom", "src_file", "src_row", "hash"})


@dataclass(frozen=True, slots=True)
class Diff:
    """What a publication changes; `bounds` of the changed geometries, old and new, in EPSG:4490."""

    added: int
    changed: int
    removed: int
    bounds: tuple[Bounds, ...] = ()

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
    _run(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
    _run(sql.SQL("CREATE TABLE {} ({})").format(table, body))
    return table


def index_table(table: sql.Identifier, identity: str = "") -> None:
    """Build the indexes of a layer's table: current rows, history, keys, identity."""
    for text in (
        "CREATE INDEX ON {} USING gist (geom) WHERE until IS NULL",
        "CREATE INDEX ON {} USING gist (geom, int4range(since, until)) WHERE until IS NOT NULL",
        "CREATE UNIQUE INDEX ON {} (fid, since)",
        "CREATE UNIQUE INDEX ON {} (fid) WHERE until IS NULL",
    ):
        _run(sql.SQL(text).format(table))
    if identity:
        _run(sql.SQL("CREATE INDEX ON {} ({}) WHERE until IS NULL").format(table, sql.Identifier(identity)))


@contextmanager
def locked(layer_ids: Sequence[int], *, wait: bool = True) -> Iterator[None]:
    """Hold the layers' publication locks, taken in order; raises Busy when not willing to wait."""
    taken: list[int] = []
    try:
        for layer_id in sorted(layer_ids):
            lock = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
            row = _row(sql.SQL("SELECT " + lock + "({}, {})").format(sql.Literal(_LOCK_CLASS), sql.Literal(layer_id)))
            if not wait and row[0] is False:
                raise Busy
            taken.append(layer_id)
        yield
    finally:
        for layer_id in taken:
            _row(sql.SQL("SELECT pg_advisory_unlock({}, {})").format(sql.Literal(_LOCK_CLASS), sql.Literal(layer_id)))


def undo_abandoned(spec: LayerSpec) -> None:
    """Remove what a publication that never moved its pointer wrote."""
    with transaction.atomic():
        for table in [_table(spec), *(_named(each.table) for each in spec.generalised)]:
            values = {"t": table, "v": sql.Literal(spec.version)}
            _run(sql.SQL("DELETE FROM {t} WHERE since > {v}").format(**values))
            _run(sql.SQL("UPDATE {t} SET until = NULL WHERE until > {v}").format(**values))


def adopt(spec: LayerSpec, stage: sql.Identifier) -> Diff:
    """Make the staging table the layer's own: the first publication copies nothing."""
    table = _table(spec)
    column = _identity_column(spec)
    with transaction.atomic():
        index_table(stage, column)
        _run(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        _run(sql.SQL("ALTER TABLE {} RENAME TO {}").format(stage, sql.Identifier(table_name(spec.id))))
        _run(sql.SQL("UPDATE {} SET since = {} WHERE since <> {}").format(
            table, sql.Literal(spec.version + 1), sql.Literal(spec.version + 1)))  # fmt: skip
    _run(sql.SQL("ANALYZE {}").format(table))
    count, box = state(spec, spec.version + 1)
    return Diff(count, 0, 0, (box,) if box else ())


def write(spec: LayerSpec, stage: sql.Identifier, area: bytes | None = None) -> Diff:
    """Write the difference between the current rows (inside `area`, WKB) and the staged ones, unseen."""
    version = spec.version + 1
    pairing = _pairing(spec, stage, area)
    columns = sql.SQL(", ").join(
        sql.Identifier(name) for name in ("geom", *(f.column for f in spec.fields), "src_file", "src_row", "hash")
    )
    prefixed = sql.SQL(", ").join(
        sql.Identifier("s", name)
        for name in ("geom", *(f.column for f in spec.fields), "src_file", "src_row", "hash")
    )
    names = {"t": _table(spec), "s": stage, "v": sql.Literal(version), "columns": columns, "prefixed": prefixed}
    with transaction.atomic():
        _run(sql.SQL("CREATE TEMP TABLE pairing ON COMMIT DROP AS {}").format(pairing))
        counts = _row(sql.SQL(
            "SELECT count(*) FILTER (WHERE old IS NULL), count(*) FILTER (WHERE old IS NOT NULL AND new IS NOT NULL),"
            " count(*) FILTER (WHERE new IS NULL) FROM pairing"))  # fmt: skip
        _run(sql.SQL(
            "UPDATE {t} SET until = {v} WHERE until IS NULL AND fid IN (SELECT old FROM pairing WHERE old IS NOT NULL)"
        ).format(**names))  # fmt: skip
        first = _row(sql.SQL("SELECT coalesce(max(fid), 0) FROM {t}").format(**names))[0]
        _run(sql.SQL(
            "INSERT INTO {t} (fid, since, {columns}) SELECT coalesce(p.old, {first} + row_number() OVER "
            "(PARTITION BY p.old IS NULL ORDER BY s.fid)), {v}, {prefixed} "
            "FROM pairing p JOIN {s} s ON s.fid = p.new"
        ).format(first=sql.Literal(first), **names))  # fmt: skip
    return Diff(counts[0], counts[1], counts[2], _changed_bounds(spec, version))


def restore(spec: LayerSpec, number: int) -> Diff:
    """Write rows so that the coming version's content equals version `number`, unseen."""
    version = spec.version + 1
    table = _table(spec)
    columns = sql.SQL(", ").join(
        sql.Identifier(name) for name in ("geom", *(f.column for f in spec.fields), "src_file", "src_row", "hash")
    )
    old = sql.SQL("since <= {n} AND (until IS NULL OR until > {n})").format(n=sql.Literal(number))
    names = {"t": table, "v": sql.Literal(version), "old": old, "columns": columns}
    with transaction.atomic():
        # A row valid then and now has not been touched between: the same (fid, since) stays open.
        _run(sql.SQL(
            "CREATE TEMP TABLE lost ON COMMIT DROP AS SELECT fid, since FROM {t} WHERE {old} AND until IS NOT NULL"
        ).format(**names))  # fmt: skip
        _run(sql.SQL(
            "UPDATE {t} SET until = {v} WHERE until IS NULL AND NOT ({old})"
        ).format(**names))  # fmt: skip
        _run(sql.SQL(
            "INSERT INTO {t} (fid, since, {columns}) SELECT fid, {v}, {columns} FROM {t} "
            "WHERE (fid, since) IN (SELECT fid, since FROM lost)"
        ).format(**names))  # fmt: skip
        counts = _row(sql.SQL(
            "SELECT count(*) FILTER (WHERE c.fid IS NULL), count(*) FILTER (WHERE c.fid IS NOT NULL AND n.fid IS NOT NULL),"
            " count(*) FILTER (WHERE n.fid IS NULL) FROM (SELECT fid FROM {t} WHERE until = {v}) c "
            "FULL JOIN (SELECT fid FROM {t} WHERE since = {v}) n USING (fid)"
        ).format(**names))  # fmt: skip
    return Diff(counts[0], counts[1], counts[2], _changed_bounds(spec, version))


def state(spec: LayerSpec, version: int) -> tuple[int, Bounds | None]:
    """Count a version's rows and find their extent (EPSG:4490)."""
    row = _row(sql.SQL(
        "SELECT n, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT count(*) AS n, ST_Extent(geom) AS e "
        "FROM {} WHERE since <= {v} AND (until IS NULL OR until > {v})) AS found"
    ).format(_table(spec), v=sql.Literal(version)))  # fmt: skip
    return int(row[0] or 0), (row[1], row[2], row[3], row[4]) if row[1] is not None else None


def drop_stage(stage: sql.Identifier) -> None:
    """Remove a staging table; nothing happens when it has been adopted."""
    _run(sql.SQL("DROP TABLE IF EXISTS {}").format(stage))


def _pairing(spec: LayerSpec, stage: sql.Identifier, area: bytes | None) -> sql.Composable:
    """Pair current and staged rows that differ: (old fid or NULL, staged fid or NULL)."""
    inside: sql.Composable = sql.SQL("")
    if area is not None:
        inside = sql.SQL(" AND ST_Intersects(ST_GeomFromWKB({}, 4490), geom)").format(sql.Literal(memoryview(area)))
    column = _identity_column(spec)
    if column and _is_identity(stage, column):
        return sql.SQL(
            "SELECT t.fid AS old, s.fid AS new FROM (SELECT fid, hash, {key} AS key FROM {t} WHERE until IS NULL{inside}) t "
            "FULL JOIN (SELECT fid, hash, {key} AS key FROM {s}) s USING (key) WHERE t.hash IS DISTINCT FROM s.hash"
        ).format(key=sql.Identifier(column), t=_table(spec), s=stage, inside=inside)
    return sql.SQL(
        "SELECT t.fid AS old, s.fid AS new FROM (SELECT fid, hash, row_number() OVER (PARTITION BY hash ORDER BY fid) AS n "
        "FROM {t} WHERE until IS NULL{inside}) t FULL JOIN (SELECT fid, hash, row_number() OVER "
        "(PARTITION BY hash ORDER BY fid) AS n FROM {s}) s USING (hash, n) WHERE t.fid IS NULL OR s.fid IS NULL"
    ).format(t=_table(spec), s=stage, inside=inside)


def _is_identity(stage: sql.Identifier, column: str) -> bool:
    row = _row(sql.SQL("SELECT count(*) = count(DISTINCT {}) FROM {}").format(sql.Identifier(column), stage))
    return bool(row[0])


def _identity_column(spec: LayerSpec) -> str:
    field = spec.field(spec.identity) if spec.identity else None
    return field.column if field else ""


def _changed_bounds(spec: LayerSpec, version: int) -> tuple[Bounds, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(
            "SELECT ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM {} "
            "WHERE (since = {v} OR until = {v}) AND NOT ST_IsEmpty(geom)"
        ).format(_table(spec), v=sql.Literal(version)))  # fmt: skip
        return tuple(cursor.fetchall())


def _table(spec: LayerSpec) -> sql.Identifier:
    return _named(spec.table)


def _named(qualified: str) -> sql.Identifier:
    return sql.Identifier(*qualified.split("."))


def _run(statement: sql.Composable) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _row(statement: sql.Composable | str) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return tuple(row) if row else ()
