"""What was published of a layer, newest first: versions with their counts, as one caller may know them."""

from dataclasses import dataclass

from django.db import connection
from psycopg2 import sql

from layers import history, models, narrowing
from layers.access import LayerView
from layers.spec import Bounds, VersionSpec


@dataclass(frozen=True, slots=True)
class Entry:
    """One publication and the version shown before it (0 = none); counts and `bounds` (of what changed, EPSG:4490) are None where the caller's view is narrowed."""

    version: VersionSpec
    previous: int
    restores: int | None
    added: int | None
    changed: int | None
    removed: int | None
    bounds: Bounds | None


def entries(view: LayerView, *, before: int = 0, since: int = 0, limit: int = 50) -> list[Entry]:
    """Return versions older than `before` (0 = from the newest) and newer than `since`."""
    known = history.versions(view)
    previous = dict(zip((each.number for each in known), (0, *(each.number for each in known)), strict=False))
    shown = [each for each in reversed(known) if (not before or each.number < before) and each.number > since][:limit]
    numbers = [each.number for each in shown]
    rows = {
        row.number: row for row in models.Version.objects.filter(layer_id=view.spec.id, number__in=numbers).only(
            "number", "restores", "added", "changed", "removed")
    }  # fmt: skip
    bounds = {} if view.pieces or view.spec.kind != "vector" else _bounds(view, numbers)
    found = []
    for each in shown:
        row = rows[each.number]
        added, changed, removed = (None, None, None) if view.pieces else (row.added, row.changed, row.removed)
        found.append(Entry(each, previous[each.number], row.restores, added, changed, removed, bounds.get(each.number)))
    return found


def _bounds(view: LayerView, numbers: list[int]) -> dict[int, Bounds]:
    """Find where each version changed something, in one reading of the table."""
    statement = sql.SQL(
        "SELECT v, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM (SELECT v, ST_Extent(geom) AS e FROM ("
        "SELECT since AS v, geom FROM {t} WHERE since = ANY({n}) UNION ALL SELECT until, geom FROM {t} WHERE until = ANY({n})"
        ") r GROUP BY v) x WHERE e IS NOT NULL"
    ).format(t=narrowing.table(view), n=sql.Literal(numbers))
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {row[0]: (row[1], row[2], row[3], row[4]) for row in cursor.fetchall()}
