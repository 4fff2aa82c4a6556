"""A delivered column becomes what the layer's field is; values that cannot be are left out and noted."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.placing import Mask
from layers.spec import FieldType

_ARROW: dict[FieldType, pa.DataType] = {
    "string": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(),
    "date": pa.date32(), "datetime": pa.timestamp("us"),
}  # fmt: skip


def field_type(kind: pa.DataType) -> FieldType | None:
    """Return the registry's type for an Arrow type; None for what is not kept (binary)."""
    checks: Sequence[tuple[Callable[[pa.DataType], bool], FieldType]] = (
        (pa.types.is_boolean, "boolean"), (pa.types.is_integer, "integer"), (pa.types.is_floating, "number"),
        (pa.types.is_date, "date"), (pa.types.is_timestamp, "datetime"),
    )  # fmt: skip
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return None
    return next((name for check, name in checks if check(kind)), "string")


def fit(column: pa.Array, wanted: FieldType) -> tuple[pa.Array, Mask | None]:
    """Return the column as `wanted` and the mask of values that are not (None = all fit)."""
    plain = _plain(column)
    if field_type(plain.type) == wanted or (wanted == "number" and pa.types.is_integer(plain.type)):
        return plain, None
    if wanted == "string":
        return _as_text(plain), None
    try:
        return plain.cast(_ARROW[wanted]), None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _one_by_one(plain, _ARROW[wanted])


def readable(column: pa.Array) -> pa.Array:
    """Return a column whose text is UTF-8: bytes that are not (GBK in a GeoPackage) are taken for GB18030."""
    if not pa.types.is_string(column.type):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = column.cast(pa.binary()).to_pylist()
        return pa.array([None if each is None else _decoded(each) for each in raw], type=pa.string())
    return column


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("gb18030", "replace")


def _one_by_one(column: pa.Array, kind: pa.DataType) -> tuple[pa.Array, Mask]:
    """Cast distinct values each by itself: few of a bad column's values are bad."""
    encoded = column.dictionary_encode()
    fitted = [_cast(each, kind) for each in encoded.dictionary]
    taken = pa.array([each.as_py() for each in fitted], type=kind).take(encoded.indices)
    return taken, np.asarray(pc.and_(pc.is_valid(column), pc.is_null(taken)))


def _cast(value: Any, kind: pa.DataType) -> Any:
    if pa.types.is_string(value.type):
        text = value.as_py().strip()
        # "0.00" of an integer field and "" of a number say what they mean.
        text = text.removesuffix(".0") if pa.types.is_integer(kind) else text
        value = pa.scalar(text, type=pa.string())
    try:
        return value.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.scalar(None, type=kind)


def _as_text(column: pa.Array) -> pa.Array:
    """Write numbers as people do: 210101.0 of a number column is the code 210101."""
    if pa.types.is_floating(column.type):
        whole = pc.all(pc.or_kleene(pc.equal(column, pc.round(column)), pc.is_null(column))).as_py()
        if whole is not False and (pc.max(pc.abs(column)).as_py() or 0) < 1e15:
            column = column.cast(pa.int64())
    return column.cast(pa.string())


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
        return pc.replace_substring(column, "\x00", "")
    return column
