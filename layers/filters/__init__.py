"""Filters of every protocol as one tree: CQL2 text and JSON are read in, bound SQL is written out.

`parse_text` / `parse_json` → `Node`; `to_sql(node, columns)` → a psycopg2 `Composable` in which every
value is a `Literal`. Execute it WITHOUT a parameter list: a LIKE pattern holds `%` signs.
All faults are `layers.errors.InvalidFilter`. OGC 21-065r2 (CQL2).
"""

from layers.filters.ast import Node, properties
from layers.filters.cql2_json import parse_json, parse_json_text
from layers.filters.cql2_text import parse_text
from layers.filters.json_writer import to_json
from layers.filters.sql import to_sql
from layers.filters.typing import ColumnRef

__all__ = [
    "ColumnRef",
    "Node",
    "parse_json",
    "parse_json_text",
    "parse_text",
    "properties",
    "to_json",
    "to_sql",
]
