"""Text that is not what its file says: columns of several encodings in one table, decoded column by column."""

from collections.abc import Mapping

import pyarrow as pa

from ingest import encoding as encodings


def decoded(batch: pa.RecordBatch, by_field: Mapping[str, str]) -> pa.RecordBatch:
    """Return the batch with all text in UTF-8.

    `by_field` gives the encodings of columns (by their place) that were read as ISO 8859-1, which loses no byte;
    a column that is not valid UTF-8 for another reason is judged by its own values.
    """
    for place, field in enumerate(batch.schema):
        if not pa.types.is_string(field.type):
            continue
        encoding, column = by_field.get(str(place), ""), batch.column(place)
        if encoding:
            values = [None if each is None else each.encode("latin-1", "replace") for each in column.to_pylist()]
        elif _is_valid(column):
            continue
        else:
            values = column.view(pa.binary()).to_pylist()
            encoding = encodings.choose([each for each in values if each], "")[0]
        texts = [None if each is None else each.decode(encoding, "replace") for each in values]
        batch = batch.set_column(place, field, pa.array(texts, type=pa.string()))
    return batch


def _is_valid(column: pa.StringArray) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
