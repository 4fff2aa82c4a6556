"""Which field of a layer says when each feature was observed, and from when to when a version's rows reach."""

from datetime import datetime
from functools import lru_cache

from django.db import connection
from psycopg2 import sql

from layers import narrowing
from layers.access import LayerView
from layers.spec import FieldSpec


def time_field(view: LayerView) -> FieldSpec | None:
    """Return the layer's only field of moments, if the caller may see it.

    Days are not taken for it: a building's year or a parcel's approval is no time of observation. A layer without
    such a field has one time, its survey's date.
    """
    fields = [each for each in view.spec.fields if each.type == "datetime"]
    visible = {each.name for each in view.fields}
    return fields[0] if len(fields) == 1 and fields[0].name in visible else None


def span(view: LayerView) -> tuple[datetime, datetime] | None:
    """Return the first and last moment among the rows the caller may see; None where there is no time field."""
    return _span(view) if time_field(view) is not None else None


@lru_cache(maxsize=512)
def _span(view: LayerView) -> tuple[datetime, datetime] | None:
    # A view names its layer, version and narrowing, and a published version never changes.
    field = time_field(view)
    if field is None:
        return None
    statement = sql.SQL("SELECT min({c}), max({c}) FROM ({rows}) AS r").format(
        c=sql.Identifier(field.column), rows=narrowing.source(view, [field])
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: tuple[datetime | None, datetime | None] = cursor.fetchone() or (None, None)
    first, last = found
    return (first, last) if first is not None and last is not None else None
