"""Tables of simplified rows for small scales: made at publication where a layer needs them, renewed where it changes.

A table has a row for each source row that is still drawn at its scale (`layers.simplify` has the rule), with the same
fid and columns and a since/until of its own. It is written unseen as the coming version, like the rows themselves
(`layers.versions`). Rows are taken block by block with all their neighbours, so memory does not grow with the layer and
the blocks leave no trace: a border's shape depends on the two polygons it parts and those at its ends (ADR 0005).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import StringIO

import numpy as np
import numpy.typing as npt
import shapely
from django.db import connection, transaction
from psycopg2 import sql

from layers import blocks, models, simplify, versions
from layers.pairing import execute, first_row, named
from layers.simplify import Shapes
from layers.spec import Bounds, GeneralisedTable, LayerSpec
from layers.versions import Diff

SCALES = (100_000, 400_000, 1_000_000, 2_000_000)
"""The largest scale each kind of table is drawn at; its pixel decides what is left out."""
FEW = 64
"""Up to so many changed boxes, a change is looked up by the spatial index; above, by reading the table once."""
NEEDED_VERTICES = 60_000
"""A layer with more vertices than this in a tile of 256 pixels has a table for the scale."""
_PIXEL_M = 0.00028
_METRES_PER_DEGREE = 111319.49079327358


def renew(layer: LayerSpec, diff: Diff) -> Diff:
    """Follow what was written as the coming version in the tables there are, unseen like it."""
    if diff.is_empty or not layer.generalised:
        return diff
    version = layer.version + 1
    with transaction.atomic():
        _find_affected(layer, version, diff.bounds)
        _fill(layer, layer.generalised, sql.SQL(" AND fid IN (SELECT fid FROM affected)"))
        for table in layer.generalised:
            _merge(layer, table, version)
        execute(sql.SQL("DROP TABLE touched, affected"))
    boxes = (box for each in layer.generalised for box in versions.changed_bounds(each.table, version))
    return replace(diff, tables=layer.generalised, coarse=tuple(boxes))


def make(layer: LayerSpec) -> tuple[GeneralisedTable, ...]:
    """Make the tables that a layer needs and has not, of its current rows."""
    if layer.kind != "vector" or layer.geometry == "Point" or not layer.version:
        return ()
    _drop_leftovers(layer)
    made = tuple(_table(layer, scale) for scale in _missing(layer))
    if made:
        _fill(layer, made, sql.SQL(""))
    for table in made:
        _make(layer, table)
    return made


def restore(layer: LayerSpec, number: int, diff: Diff) -> Diff:
    """Follow `versions.restore`: each table shows in the coming version what it showed in version `number`.

    A table made later than that goes: the version was drawn without it.
    """
    if diff.is_empty:
        return diff
    _drop_leftovers(layer)
    kept = tuple(each for each in layer.generalised if each.since <= number)
    boxes = (box for each in kept for box in versions.restore_rows(layer, each.table, number).bounds)
    return replace(diff, tables=kept, coarse=tuple(boxes))


def register(layer: LayerSpec, tables: Iterable[GeneralisedTable]) -> None:
    """Have the registry name these tables of a layer and no others, within the transaction that moves its pointer."""
    names = {each.table.split(".")[1]: each for each in tables}
    known = models.GeneralisedTable.objects.filter(layer_id=layer.id)
    known.exclude(table__in=names).delete()
    there = set(known.values_list("table", flat=True))
    models.GeneralisedTable.objects.bulk_create(
        models.GeneralisedTable(
            layer_id=layer.id, table=name, min_scale=each.min_scale, tolerance_m=each.tolerance_m, since=each.since
        )
        for name, each in names.items()
        if name not in there
    )


def pixel_deg(min_scale: float) -> float:
    """Return the size of a pixel of 0.28 mm at 1:`min_scale`, in degrees of longitude at the equator."""
    return min_scale * _PIXEL_M / _METRES_PER_DEGREE


def _table(layer: LayerSpec, scale: int) -> GeneralisedTable:
    # A name is never used twice: it is part of the tiles' drawing hash.
    return GeneralisedTable(f"geodata.g_{layer.id}_{scale}_{layer.version}", scale, scale * _PIXEL_M / 2, layer.version)


def _drop_leftovers(layer: LayerSpec) -> None:
    """Drop tables of abandoned publications, and those that a rollback put out of use."""
    kept = [each.table.split(".")[1] for each in layer.generalised]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'geodata' AND tablename ~ %s AND tablename <> ALL(%s)",
            [f"^g_{layer.id}_", kept],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier("geodata", name)))


def _missing(layer: LayerSpec) -> list[int]:
    """List the scales at which a tile would hold too many vertices and that have no table yet."""
    missing = [scale for scale in SCALES if all(each.min_scale != scale for each in layer.generalised)]
    if not missing:
        return []
    found = first_row(sql.SQL(
        "SELECT coalesce(sum(ST_NPoints(geom)), 0), ST_XMax(ST_Extent(geom)) - ST_XMin(ST_Extent(geom)), "
        "ST_YMax(ST_Extent(geom)) - ST_YMin(ST_Extent(geom)) FROM {} WHERE until IS NULL AND ST_Dimension(geom) > 0"
    ).format(named(layer.table)))  # fmt: skip
    vertices, wide, high = found
    return [scale for scale in missing if vertices * _share(scale, wide or 0, high or 0) > NEEDED_VERTICES]


def _share(scale: int, wide: float, high: float) -> float:
    """Return the share of an extent (degrees) that lies in a tile."""
    side = 256 * pixel_deg(scale)
    return min(1.0, side / max(wide, 1e-9)) * min(1.0, side / max(high, 1e-9))


def _find_affected(layer: LayerSpec, version: int, bounds: Sequence[Bounds]) -> None:
    """List the rows a version touches, and with them the polygons beside geometries that come, go or move."""
    near: sql.Composable = sql.SQL("")
    if len(bounds) <= FEW:
        boxes = (sql.SQL("geom && ST_MakeEnvelope({}, {}, {}, {}, 4490)").format(*map(sql.Literal, box)) for box in bounds)
        near = sql.SQL(" AND ({})").format(sql.SQL(" OR ").join([*boxes, sql.SQL("false")]))
    names = {"t": named(layer.table), "v": sql.Literal(version), "near": near}
    execute(sql.SQL(
        "CREATE TEMP TABLE touched ON COMMIT DROP AS "
        "SELECT fid, until IS NULL AS is_open, geom FROM {t} WHERE (since = {v} OR until = {v}){near}"
    ).format(**names))  # fmt: skip
    execute(sql.SQL(
        "CREATE TEMP TABLE affected ON COMMIT DROP AS SELECT fid FROM touched UNION "
        "SELECT n.fid FROM touched a LEFT JOIN touched b ON b.fid = a.fid AND b.is_open <> a.is_open "
        "JOIN {t} n ON n.geom && a.geom AND n.until IS NULL AND ST_Dimension(n.geom) = 2 "
        "WHERE a.geom IS DISTINCT FROM b.geom"
    ).format(**names))  # fmt: skip
    execute(sql.SQL("ANALYZE affected"))


def _fill(layer: LayerSpec, tables: Sequence[GeneralisedTable], only: sql.Composable) -> None:
    """Put the simplified geometry of the open rows, or `only` some, into a temporary table for each table."""
    for table in tables:
        made = _made(table)
        execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(made))
        execute(sql.SQL("CREATE TEMP TABLE {} (fid bigint, geom geometry)").format(made))
    wanted = sql.SQL("until IS NULL AND NOT ST_IsEmpty(geom){}").format(only)
    for fids, owned, shapes in blocks.read(layer.table, wanted):
        finer = shapes
        for scale in SCALES:
            drawn, finer = simplify.simplified(shapes, finer, pixel_deg(scale))
            for table in tables:
                if table.min_scale == scale:
                    _copy(table, fids[owned], drawn[owned])
    for table in tables:
        execute(sql.SQL("ANALYZE {}").format(_made(table)))


def _copy(table: GeneralisedTable, fids: npt.NDArray[np.int64], shapes: Shapes) -> None:
    hexes = shapely.to_wkb(shapely.set_srid(shapes, 4490), hex=True, include_srid=True)
    buffer = StringIO("".join(f"{fid}\t{text or chr(92) + 'N'}\n" for fid, text in zip(fids, hexes, strict=True)))
    with connection.cursor() as cursor:
        statement = sql.SQL("COPY pg_temp.{} (fid, geom) FROM STDIN").format(_made(table))
        cursor.copy_expert(statement.as_string(cursor.cursor), buffer)


def _make(layer: LayerSpec, table: GeneralisedTable) -> None:
    """Make a table of the rows put aside for it."""
    with transaction.atomic():
        versions.create_table(layer.id, layer.fields, table.table.split(".")[1])
        _insert(layer, table, layer.version)
        versions.index_table(named(table.table))
    execute(sql.SQL("ANALYZE {}").format(named(table.table)))


def _merge(layer: LayerSpec, table: GeneralisedTable, version: int) -> None:
    """Close the rows that differ from those put aside, and open the new ones."""
    names = {"g": named(table.table), "made": _made(table), "v": sql.Literal(version)}
    execute(sql.SQL(
        "UPDATE {g} SET until = {v} WHERE until IS NULL AND fid IN (SELECT fid FROM touched UNION ALL SELECT fid "
        "FROM {made} m JOIN {g} g USING (fid) WHERE g.until IS NULL AND m.geom IS DISTINCT FROM g.geom)"
    ).format(**names))  # fmt: skip
    _insert(layer, table, version)


def _insert(layer: LayerSpec, table: GeneralisedTable, version: int) -> None:
    """Open a row for each that is put aside and has none."""
    execute(sql.SQL(
        "INSERT INTO {g} (fid, since, geom, {columns}) SELECT t.fid, {v}, m.geom, {prefixed} FROM {made} m JOIN {t} t USING (fid) "
        "WHERE t.until IS NULL AND m.geom IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM {g} g WHERE g.fid = m.fid AND g.until IS NULL) ORDER BY t.fid"
    ).format(
        g=named(table.table), t=named(layer.table), made=_made(table), v=sql.Literal(version),
        columns=versions.attributes(layer), prefixed=versions.attributes(layer, "t"),
    ))  # fmt: skip
    execute(sql.SQL("DROP TABLE pg_temp.{}").format(_made(table)))


def _made(table: GeneralisedTable) -> sql.Identifier:
    return sql.Identifier("made_" + table.table.split(".")[1])
