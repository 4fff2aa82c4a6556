"""A view's rows taken out in batches for a download: cut to an area, in a CRS, as WKB with the visible fields."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from psycopg2 import sql

from layers import narrowing
from layers.access import LayerView
from layers.errors import InvalidValue

BATCH = 5000
_DIMENSIONS = {"Point": 1, "LineString": 2, "Polygon": 3}


def count(view: LayerView, area: bytes | None) -> int:
    """Count the rows a download holds."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT count(*) FROM ({}) AS r WHERE {}").format(narrowing.source(view, []), _meets(area)))
        return int(cursor.fetchone()[0])


def batches(view: LayerView, area: bytes | None, srid: int) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows (fid, WKB in EPSG:`srid` x first, values of `view.fields`…), at most `BATCH` at a time, by fid.

    `area` is WKB in EPSG:4490: features are cut at its edge. Lines and areas come as multi-geometries.
    """
    if view.spec.kind != "vector":
        raise InvalidValue(f"{view.spec.slug} 不是矢量图层 / has no rows")
    shape: sql.Composable = sql.SQL("geom")
    if area is not None:
        shape = sql.SQL("CASE WHEN ST_Covers({a}, geom) THEN geom ELSE ST_Intersection({a}, geom) END").format(a=_literal(area))
    if dimension := _DIMENSIONS.get(view.spec.geometry):
        shape = sql.SQL("ST_CollectionExtract({}, {})").format(shape, sql.Literal(dimension))
        shape = sql.SQL("ST_Multi({})").format(shape) if dimension > 1 else shape
    if srid != 4490:
        shape = sql.SQL("ST_Transform({}, {})").format(shape, sql.Literal(srid))
    columns = sql.SQL("").join(sql.SQL(", {}").format(sql.Identifier(each.column)) for each in view.fields)
    statement = sql.SQL("SELECT fid, ST_AsBinary({}){} FROM ({}) AS r WHERE {} ORDER BY fid").format(
        shape, columns, narrowing.source(view, view.fields), _meets(area)
    )
    # A cursor of the server's: memory does not grow with the layer.
    with transaction.atomic():
        connection.ensure_connection()
        with connection.connection.cursor(name="extraction") as cursor:
            cursor.execute(statement)
            while rows := cursor.fetchmany(BATCH):
                yield rows


def _meets(area: bytes | None) -> sql.Composable:
    return sql.SQL("ST_Intersects({}, geom)").format(_literal(area)) if area is not None else sql.SQL("TRUE")


def _literal(area: bytes) -> sql.Composable:
    return sql.SQL("ST_GeomFromWKB({}, 4490)").format(sql.Literal(memoryview(area)))
