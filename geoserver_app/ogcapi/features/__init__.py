"""OGC API - Features Parts 1–5 and JSON-FG: items, one feature, queryables, schemas."""
