"""Features on their way into a staging table: checked, put in place, hashed, copied."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import shapely
from django.db import connection
from psycopg2 import sql

from ingest.fitting import fit, readable
from ingest.georeference import Georeference
from ingest.placing import Placed, nothing, place
from ingest.read import SourceLayer, batches
from ingest.rules.rows import Attribute, RowChecks
from layers.spec import FieldSpec


@dataclass(frozen=True, slots=True)
class Stage:
    """Where rows go: the staging table, the id of their part of the delivery, and the fid of the row before the first."""

    table: sql.Identifier
    part: int
    before: int = 0


def load(
    layer: SourceLayer,
    where: Georeference,
    fields: Sequence[FieldSpec | None],
    stage: Stage,
    checks: RowChecks,
    progress: Callable[[int], None],
) -> int:
    """Copy a layer into `stage`, `checks` looking on; return how many rows there were.

    `fields` gives the target of each source field, None = left out.
    """
    done = 0
    kept = [each for each in fields if each is not None]
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in (
        "fid", "since", "geom", *(each.column for each in kept), "src_file", "src_row", "hash"))  # fmt: skip
    command = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(stage.table, columns)
    with batches(layer) as source, connection.cursor() as cursor:
        statement = command.as_string(cursor.cursor)
        for batch in source:
            table = _rows(*prepared(batch, where, fields, done + 1, checks), done + 1, stage)
            buffer = BytesIO()
            pyarrow.csv.write_csv(table, buffer, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
            buffer.seek(0)
            cursor.copy_expert(statement, buffer)
            done += batch.num_rows
            progress(done)
    return done


def prepared(
    batch: pa.RecordBatch, where: Georeference, fields: Sequence[FieldSpec | None], start: int, checks: RowChecks
) -> tuple[Placed, list[Attribute]]:
    """Put a batch of the source in place, its columns fitted, and let `checks` look at it; `start` counts from 1."""
    # pyogrio puts the geometry last under its own name; a table without one has none.
    has_geometry = batch.num_columns > len(fields)
    placed = place(batch.column(batch.num_columns - 1), where) if has_geometry else nothing(batch.num_rows)
    attributes = [_attribute(spec, batch.column(place)) for place, spec in enumerate(fields) if spec is not None]
    checks.look(start, placed, attributes)
    return placed, attributes


def _rows(placed: Placed, attributes: Sequence[Attribute], start: int, stage: Stage) -> pa.Table:
    """Return the columns that COPY takes."""
    shapes = placed.geometries
    count = len(shapes)
    ordinals = np.arange(start, start + count)
    hashes = _hashes(shapely.to_wkb(shapes), [each.values for each in attributes])
    arrays = [
        pa.array(stage.before + ordinals),
        pa.array(np.ones(count, dtype=np.int32)),
        pa.array(shapely.to_wkb(shapely.set_srid(shapes, 4490), hex=True, include_srid=True), type=pa.string()),
        *(each.values for each in attributes),
        pa.array(np.full(count, stage.part)),
        pa.array(ordinals),
        pa.array(hashes, type=pa.string()),
    ]
    return pa.table(arrays, names=[f"c{place}" for place in range(len(arrays))])


def _attribute(spec: FieldSpec, column: pa.Array) -> Attribute:
    delivered = readable(column)
    values, unfit = fit(delivered, spec.type)
    return Attribute(spec, values, delivered, unfit)


def _hashes(wkb: Iterable[bytes | None], columns: Sequence[pa.Array]) -> Iterator[str]:
    values = zip(wkb, *(column.to_pylist() for column in columns), strict=True)
    return (
        "\\x" + hashlib.blake2b((shape or b"") + repr([_canonical(each) for each in rest]).encode(), digest_size=16).hexdigest()
        for shape, *rest in values
    )


def _canonical(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
