"""What one row may hold: values by their field's type, a geometry by the layer's kind, and the hash of both."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from layers.errors import InvalidContent
from layers.spec import FieldSpec, FieldType, LayerSpec

DECIMALS = 9
"""0.1 mm in degrees, the grain of the storage (design §9)."""
MAX_TEXT = 100_000
MAX_VERTICES = 200_000
_KINDS = {
    "Point": {"Point", "MultiPoint"},
    "LineString": {"LineString", "MultiLineString"},
    "Polygon": {"Polygon", "MultiPolygon"},
}


def value(field: FieldSpec, given: Any) -> Any:
    """Return a JSON value as its field's Python value; raises InvalidContent naming the field."""
    if given is None:
        return None
    found = _READERS[field.type](given)
    if found is None:
        raise InvalidContent(f"{_WORDS[field.type]}", parameter=field.name)
    return found


def geometry(spec: LayerSpec, given: BaseGeometry | None) -> BaseGeometry | None:
    """Return a geometry (EPSG:4490, x first) as it is stored: flat, on the 0.1 mm grid, outer rings counterclockwise.

    Raises InvalidContent when there is none, or it is invalid, of another kind or outside the earth.
    """
    if not spec.geometry:
        if given is not None:
            raise InvalidContent("此图层没有图形 / this layer has no geometry", parameter="geometry")
        return None
    if given is None or given.is_empty:
        raise InvalidContent("须有图形 / a geometry is needed", parameter="geometry")
    if given.geom_type not in _KINDS.get(spec.geometry, {given.geom_type}):
        raise InvalidContent(f"图形应为 {spec.geometry} / geometry must be {spec.geometry}", parameter="geometry")
    if shapely.get_num_coordinates(given) > MAX_VERTICES:
        raise InvalidContent(f"顶点多于 {MAX_VERTICES} / more than {MAX_VERTICES} vertices", parameter="geometry")
    west, south, east, north = given.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InvalidContent("坐标超出范围 / coordinates outside the earth", parameter="geometry")
    flat = shapely.transform(shapely.force_2d(given), lambda xy: np.round(xy, DECIMALS))
    if not shapely.is_valid(flat):
        raise InvalidContent("图形自相交或不合法 / the geometry is not valid", parameter="geometry")
    return shapely.orient_polygons(flat, exterior_cw=False)


def digest(shape: bytes | None, values: Sequence[Any]) -> bytes:
    """Return a row's content hash: of its WKB and its values in the fields' order."""
    plain = [each.isoformat() if isinstance(each, date) else each for each in values]
    return hashlib.blake2b((shape or b"") + repr(plain).encode(), digest_size=16).digest()


def _text(given: Any) -> str | None:
    good = isinstance(given, str) and len(given) <= MAX_TEXT and "\x00" not in given
    return given if good and not any("\ud800" <= each <= "\udfff" for each in given) else None


def _integer(given: Any) -> int | None:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    good = isinstance(given, int) and not isinstance(given, bool) and abs(given) < 2**63
    return given if good else None


def _number(given: Any) -> float | None:
    good = isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < 1e300 and isfinite(given)
    return float(given) if good else None


def _boolean(given: Any) -> bool | None:
    return given if isinstance(given, bool) else None


def _date(given: Any) -> date | None:
    if isinstance(given, datetime):
        return given.date()
    if isinstance(given, str) and len(given) == 10:
        try:
            return date.fromisoformat(given)
        except ValueError:
            return None
    return given if isinstance(given, date) else None


def _datetime(given: Any) -> datetime | None:
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            return None
    if not isinstance(given, datetime):
        return None
    return given if given.tzinfo else given.replace(tzinfo=UTC)


_READERS: Mapping[FieldType, Callable[[Any], Any]] = {
    "string": _text, "integer": _integer, "number": _number, "boolean": _boolean, "date": _date, "datetime": _datetime,
}  # fmt: skip
_WORDS: Mapping[FieldType, str] = {
    "string": f"应为不超过 {MAX_TEXT} 字的文字 / text of at most {MAX_TEXT} characters",
    "integer": "应为整数 / a whole number",
    "number": "应为有限的数 / a finite number",
    "boolean": "应为 true 或 false / true or false",
    "date": "应为日期 YYYY-MM-DD / a date YYYY-MM-DD",
    "datetime": "应为时刻（RFC 3339） / a moment (RFC 3339)",
}
