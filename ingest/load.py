"""Features on their way into a staging table: checked, put in place, hashed, copied."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import shapely
from django.db import connection
from psycopg2 import sql

from ingest.findings import Finding
from ingest.georeference import Georeference
from ingest.read import SourceLayer, batches
from layers.spec import FieldSpec, FieldType

DECIMALS = 9
"""0.1 mm in degrees: coordinates are rounded to it, so that the same survey hashes the same (design §9)."""
_PROBLEMS = {
    "geometry-missing": ("没有图形", "have no geometry"),
    "geometry-invalid": ("图形自相交或不合法", "have an invalid geometry"),
    "geometry-infinite": ("坐标无法转换或不是有限数，图形置空", "have coordinates that cannot be transformed"),
}


@dataclass(slots=True)
class Load:
    """What was loaded: rows and problems counted."""

    rows: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def findings(self, file: str, layer: str) -> list[Finding]:
        """Say what the row checks found."""
        return [
            Finding(name, "warning", f"{number} 个要素{_PROBLEMS[name][0]}", f"{number} features {_PROBLEMS[name][1]}", file, layer)
            for name, number in self.problems.items()
        ]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where rows come from: the id of their part of the delivery, and the fid of the row before the first."""

    part: int
    before: int = 0


def field_type(kind: pa.DataType) -> FieldType | None:
    """Return the registry's type for an Arrow type; None for what is not kept (binary)."""
    checks: Sequence[tuple[Callable[[pa.DataType], bool], FieldType]] = (
        (pa.types.is_boolean, "boolean"), (pa.types.is_integer, "integer"), (pa.types.is_floating, "number"),
        (pa.types.is_date, "date"), (pa.types.is_timestamp, "datetime"),
    )  # fmt: skip
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    return next((name for check, name in checks if check(kind)), "string")


def load(
    layer: SourceLayer,
    where: Georeference,
    fields: Sequence[FieldSpec | None],
    stage: tuple[sql.Identifier, Origin],
    progress: Callable[[int], None],
) -> Load:
    """Copy a layer into a staging table; `fields` gives the target of each source field, None = left out."""
    done = Load()
    kept = [each for each in fields if each is not None]
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in (
        "fid", "since", "geom", *(each.column for each in kept), "src_file", "src_row", "hash"))  # fmt: skip
    command = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(stage[0], columns)
    with batches(layer) as source, connection.cursor() as cursor:
        statement = command.as_string(cursor.cursor)
        for batch in source:
            table = _rows(batch, where, fields, (stage[1], done))
            buffer = BytesIO()
            pyarrow.csv.write_csv(table, buffer, pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed"))
            buffer.seek(0)
            cursor.copy_expert(statement, buffer)
            done.rows += batch.num_rows
            progress(done.rows)
    return done


def _rows(
    batch: pa.RecordBatch, where: Georeference, fields: Sequence[FieldSpec | None], so_far: tuple[Origin, Load]
) -> pa.Table:
    origin, done = so_far
    names = batch.schema.names
    # pyogrio puts the geometry last under its own name; a table without one has none.
    has_geometry = len(names) > len(fields)
    shapes = _shapes(batch, where, done) if has_geometry else np.full(batch.num_rows, None)
    attributes = [(spec, _plain(batch.column(place))) for place, spec in enumerate(fields) if spec is not None]
    wkb = shapely.to_wkb(shapes)
    hashes = _hashes(wkb, [column for _, column in attributes])
    start = done.rows + 1
    ordinals = pa.array(np.arange(start, start + batch.num_rows))
    arrays = [
        pa.array(np.arange(origin.before + start, origin.before + start + batch.num_rows)),
        pa.array(np.ones(batch.num_rows, dtype=np.int32)),
        pa.array(shapely.to_wkb(shapely.set_srid(shapes, 4490), hex=True, include_srid=True), type=pa.string()),
        *(column for _, column in attributes),
        pa.array(np.full(batch.num_rows, origin.part)),
        ordinals,
        pa.array(hashes, type=pa.string()),
    ]
    return pa.table(arrays, names=[f"c{place}" for place in range(len(arrays))])


def _shapes(batch: pa.RecordBatch, where: Georeference, done: Load) -> Any:
    column = batch.column(batch.num_columns - 1)
    shapes = shapely.force_2d(shapely.from_wkb(column.to_numpy(zero_copy_only=False), on_invalid="ignore"))
    if where.is_swapped:
        shapes = shapely.transform(shapes, lambda xy: xy[:, ::-1])
    if where.path.transformer is not None:
        shapes = shapely.transform(shapes, where.path.transform)
    bounds = shapely.bounds(shapes)
    present = ~shapely.is_missing(shapes)
    broken = present & ~shapely.is_empty(shapes) & ~np.isfinite(bounds).all(axis=1)
    shapes[broken] = None
    valid = shapely.is_valid(shapes)
    done.problems.update({
        "geometry-missing": int((~present | shapely.is_empty(shapes)).sum()),
        "geometry-infinite": int(broken.sum()),
        "geometry-invalid": int((~valid & ~shapely.is_missing(shapes)).sum()),
    })  # fmt: skip
    done.problems = +done.problems
    # Rounded, not re-noded: topology stays as delivered; exterior rings run as GeoJSON wants them.
    shapes = shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))
    return shapely.orient_polygons(shapes, exterior_cw=False)


def _plain(column: pa.Array) -> pa.Array:
    """Return a column as CSV can carry it: lists, times and dictionaries become text."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.dictionary_decode()
    if pa.types.is_nested(kind):
        values = (None if each is None else json.dumps(each, ensure_ascii=False, default=str) for each in column.to_pylist())
        return pa.array(list(values), type=pa.string())
    if pa.types.is_time(kind):
        return column.cast(pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        # PostgreSQL's text holds no NUL character.
        return pa.compute.replace_substring(column, "\x00", "")
    return column


def _hashes(wkb: Iterable[bytes | None], columns: Sequence[pa.Array]) -> Iterator[str]:
    values = zip(wkb, *(column.to_pylist() for column in columns), strict=True)
    return (
        "\\x" + hashlib.blake2b((shape or b"") + repr([_canonical(each) for each in rest]).encode(), digest_size=16).hexdigest()
        for shape, *rest in values
    )


def _canonical(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
