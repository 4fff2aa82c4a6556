"""Features on their way into a staging table: checked, put in place, hashed, copied.

Three batches are under way at once: one is read by the caged process, one is worked on here, one is copied.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import repeat
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

_SRID = (4490).to_bytes(4, "little").hex()


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
    kept = [each for each in fields if each is not None]
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in (
        "fid", "since", "geom", *(each.column for each in kept), "src_file", "src_row", "hash"))  # fmt: skip
    command = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(stage.table, columns)
    with batches(layer) as source, connection.cursor() as cursor, ThreadPoolExecutor(2) as beside:
        statement, raw = command.as_string(cursor.cursor), cursor.cursor
        done = copied = 0
        copying: Future[None] | None = None
        for batch in _ahead(source, beside):
            text = _csv(_rows(*prepared(batch, where, fields, done + 1, checks), done + 1, stage))
            done += batch.num_rows
            # The connection does one thing at a time: progress is told between two copies.
            if copying is not None:
                copying.result()
                progress(copied)
            copying, copied = beside.submit(raw.copy_expert, statement, text), done
        if copying is not None:
            copying.result()
            progress(copied)
    return done


def look(layer: SourceLayer, where: Georeference, fields: Sequence[FieldSpec | None], checks: RowChecks) -> None:
    """Let `checks` look at a layer's rows, and copy none."""
    start = 1
    with batches(layer) as source:
        for batch in source:
            prepared(batch, where, fields, start, checks)
            start += batch.num_rows


def _ahead[Item](items: Iterator[Item], beside: ThreadPoolExecutor) -> Iterator[Item]:
    """Fetch the next item in another thread while this one is worked on."""
    coming = beside.submit(next, items, None)
    while (item := coming.result()) is not None:
        coming = beside.submit(next, items, None)
        yield item


def _csv(table: pa.Table) -> BytesIO:
    text = BytesIO()
    pyarrow.csv.write_csv(table, text, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
    text.seek(0)
    return text


def prepared(
    batch: pa.RecordBatch, where: Georeference, fields: Sequence[FieldSpec | None], start: int, checks: RowChecks
) -> tuple[Placed, list[Attribute]]:
    """Put a batch of the source in place, its columns fitted, and let `checks` look at it; `start` counts from 1."""
    # pyogrio puts the geometry last under its own name; a table without one has none.
    has_geometry = batch.num_columns > len(fields)
    placed = place(batch.column(batch.num_columns - 1), where) if has_geometry else nothing(batch.num_rows)
    attributes = [_attribute(spec, batch.column(place)) for place, spec in enumerate(fields) if spec is not None]
    checks.mend(placed)
    checks.look(start, placed, attributes)
    return placed, attributes


def _rows(placed: Placed, attributes: Sequence[Attribute], start: int, stage: Stage) -> pa.Table:
    """Return the columns that COPY takes."""
    shapes = placed.geometries
    count = len(shapes)
    ordinals = np.arange(start, start + count)
    wkb = shapely.to_wkb(shapes)
    hashes = _hashes(wkb, [each.values for each in attributes])
    arrays = [
        pa.array(stage.before + ordinals),
        pa.array(np.ones(count, dtype=np.int32)),
        pa.array([None if each is None else _ewkb(each) for each in wkb], type=pa.string()),
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


def _ewkb(wkb: bytes) -> str:
    """Return little-endian 2D WKB as PostGIS takes it: hexadecimal, flagged 0x20, with the SRID (GEOS's own is slow)."""
    text = wkb.hex()
    return f"{text[:8]}20{_SRID}{text[10:]}"


def _hashes(wkb: Iterable[bytes | None], columns: Sequence[pa.Array]) -> Iterator[str]:
    """Hash geometry and values as `layers.content` does, so that an edited row equals a delivered one."""
    rows = zip(*(_plain(column) for column in columns), strict=True) if columns else repeat(())
    return (
        "\\x" + hashlib.blake2b((shape or b"") + repr([*row]).encode(), digest_size=16).hexdigest()
        for shape, row in zip(wkb, rows, strict=bool(columns))
    )


def _plain(column: pa.Array) -> list[Any]:
    """Return a column's values, days and times as ISO 8601 text."""
    values: list[Any] = column.to_pylist()
    if pa.types.is_temporal(column.type):
        return [None if each is None else each.isoformat() for each in values]
    return values
