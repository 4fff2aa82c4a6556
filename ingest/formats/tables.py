"""What a reader makes of a file that GDAL does not stream: one Arrow file a layer, written in constant memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import shapely

_BATCH_ROWS = 16_384
TEXT, NUMBER, INTEGER, DATETIME = pa.string(), pa.float64(), pa.int64(), pa.timestamp("s")


@dataclass(slots=True)
class Table:
    """One layer being written: rows of values and a geometry (shapely's, or None).

    Close it before its file is read; `described` then says what is in it.
    """

    path: Path
    name: str
    fields: Sequence[tuple[str, pa.DataType]]
    crs: str = ""
    count: int = 0
    geometry: str = ""
    is_spatial: bool = True
    _bounds: list[float] = field(default_factory=lambda: [np.inf, np.inf, -np.inf, -np.inf])
    _rows: list[Sequence[Any]] = field(default_factory=list)
    _shapes: list[Any] = field(default_factory=list)
    _sink: pa.RecordBatchStreamWriter | None = None

    def add(self, values: Sequence[Any], shape: Any) -> None:
        """Add a row; a value that does not fit its column's type becomes null."""
        self._rows.append(values)
        self._shapes.append(shape)
        if len(self._rows) >= _BATCH_ROWS:
            self._flush()

    def close(self) -> dict[str, Any]:
        """Write what is left and describe the layer as `ingest.child info` does."""
        if self._rows or self._sink is None:
            self._flush()
        assert self._sink is not None  # noqa: S101 - made by the first flush
        self._sink.close()
        return {
            "name": self.name, "geometry": self.geometry, "driver": "", "crs": self.crs, "count": self.count,
            "bounds": self._bounds if np.isfinite(self._bounds).all() else None,
            "fields": [name for name, _ in self.fields], "data": str(self.path),
        }  # fmt: skip

    def _flush(self) -> None:
        shapes = np.array(self._shapes, dtype=object)
        columns = [_array((row[place] for row in self._rows), kind) for place, (_, kind) in enumerate(self.fields)]
        named = [(f"f{place}", kind) for place, (_, kind) in enumerate(self.fields)]
        if self.is_spatial:
            columns.append(pa.array(shapely.to_wkb(shapes) if len(shapes) else [], type=pa.binary()))
            named.append(("geometry", pa.binary()))
        schema = pa.schema(named)
        if self._sink is None:
            self._sink = pa.ipc.new_stream(str(self.path), schema)
        self._sink.write_batch(pa.record_batch(columns, schema=schema))
        self._notice(shapes)
        self.count += len(self._rows)
        self._rows, self._shapes = [], []

    def _notice(self, shapes: Any) -> None:
        present = shapes[~shapely.is_missing(shapes)] if len(shapes) else shapes
        if not len(present):
            return
        bounds = shapely.bounds(present)
        self._bounds = [
            *np.fmin(self._bounds[:2], np.nanmin(bounds[:, :2], axis=0, initial=np.inf)).tolist(),
            *np.fmax(self._bounds[2:], np.nanmax(bounds[:, 2:], axis=0, initial=-np.inf)).tolist(),
        ]
        kinds = {each.geom_type for each in present}
        for plain in ("Point", "LineString", "Polygon"):
            if kinds <= {plain, f"Multi{plain}"} and self.geometry in ("", plain):
                self.geometry = plain
                return
        self.geometry = "Unknown"


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    cast = {INTEGER: _integer, NUMBER: _number, DATETIME: _moment}.get(kind, _text)
    return pa.array([None if each is None else cast(each) for each in values], type=kind)


def _integer(value: Any) -> int | None:
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if -(2**63) <= number < 2**63 else None


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    return datetime(value.year, value.month, value.day) if isinstance(value, date) else None


def _text(value: Any) -> str:
    return str(value).replace("\x00", "")


@dataclass(slots=True)
class Converted:
    """The tables a reader writes into a folder, and what it has to say."""

    folder: Path
    tables: list[Table] = field(default_factory=list)
    findings: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(rule, severity, zh, en)"""

    def table(self, name: str, fields: Sequence[tuple[str, pa.DataType]], crs: str = "", *, is_spatial: bool = True) -> Table:
        """Begin a layer."""
        made = Table(self.folder / f"{len(self.tables)}.arrow", name, fields, crs, is_spatial=is_spatial)
        self.tables.append(made)
        return made

    def say(self, rule: str, severity: str, zh: str, en: str) -> None:
        """Note a finding."""
        self.findings.append((rule, severity, zh, en))
