"""What a filter may compare: the columns a caller sees, with their types."""

from dataclasses import dataclass

from psycopg2 import sql

from layers.spec import FieldType


@dataclass(frozen=True, slots=True)
class ColumnRef:
    """A visible attribute: the SQL expression the caller sees of it, and its type."""

    expression: sql.Composable
    type: FieldType
