"""How much of a layer lies in an area, by the values of a field: counts, areas, lengths; as the caller sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg2 import sql

from layers import narrowing
from layers.access import LayerView
from layers.errors import InvalidValue
from layers.spec import FieldSpec


@dataclass(frozen=True, slots=True)
class Share:
    """What one value has: features that meet the area, m² on the ellipsoid and in the plane, metres of lines."""

    value: str
    count: int
    ellipsoidal_m2: float
    plane_m2: float
    length_m: float


def shares(view: LayerView, field: FieldSpec | None, area: bytes | None, gauss_srid: int) -> Sequence[Share]:
    """Sum by a field's values (None = all together) what lies in `area` (WKB, EPSG:4490; None = everywhere).

    Features are cut at the area's edge; areas are on CGCS2000's ellipsoid, and in EPSG:`gauss_srid` beside it.
    """
    if view.spec.kind != "vector":
        raise InvalidValue(f"{view.spec.slug} 不是矢量图层 / has no rows")
    part: sql.Composable = sql.SQL("geom")
    condition: sql.Composable = sql.SQL("TRUE")
    if area is not None:
        shape = sql.SQL("ST_GeomFromWKB({}, 4490)").format(sql.Literal(memoryview(area)))
        # The area first: PostGIS prepares the constant one (shared/performance.md G).
        condition = sql.SQL("ST_Intersects({}, geom)").format(shape)
        part = sql.SQL("CASE WHEN ST_Covers({s}, geom) THEN geom ELSE ST_Intersection({s}, geom) END").format(s=shape)
    value = sql.SQL("coalesce({}::text, '')").format(sql.Identifier(field.column)) if field else sql.SQL("''")
    statement = sql.SQL(
        "SELECT value, count(*), coalesce(sum(ST_Area(part::geography)), 0), coalesce(sum(ST_Area(ST_Transform(part, {gk}))), 0), "
        "coalesce(sum(CASE WHEN ST_Dimension(part) = 1 THEN ST_Length(part::geography) END), 0) FROM "
        "(SELECT {value} AS value, {part} AS part FROM ({source}) AS r WHERE {condition}) AS p GROUP BY value ORDER BY value"
    ).format(gk=sql.Literal(gauss_srid), value=value, part=part, condition=condition, source=narrowing.source(view, [field] if field else []))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return [Share(row[0], row[1], float(row[2]), float(row[3]), float(row[4])) for row in found]
