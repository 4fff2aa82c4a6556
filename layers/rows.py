"""The rows door: features of a LayerView, written as JSON by one SQL statement."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.db import DataError, connection
from psycopg2 import sql

from layers import narrowing
from layers.access import LayerView
from layers.errors import InvalidFilter
from layers.filters import Node
from layers.spec import Bounds, FieldSpec

_DEGREES = frozenset({4490, 4326})
_DECIMALS = {4490: 9, 4326: 9}
"""Decimals written: 9 of a degree and 4 of a metre are both 0.1 mm, the grain of the storage."""
_ROUNDING_DEG = 4e-5
"""PostGIS keeps boxes in single precision: up to 1.6e-5 degrees larger than the geometry."""


type Profile = Literal["rfc7946", "jsonfg", "jsonfg-plus"]


@dataclass(frozen=True, slots=True)
class RowQuery:
    """What of a view is asked for.

    `bounds` are x first in EPSG:`bounds_srid`; `after` is the last fid already had; `offset` pages
    sorted answers; `sort` is (field, ascending) pairs; `columns` None = all visible fields;
    answers are in EPSG:`srid`, axes swapped to north/east when `swap_axes`. The profiles of JSON-FG add `time`
    (JSON text, or the moment in the field `time_field`) and put what is not lon/lat into `place`; "jsonfg-plus" has it in lon/lat beside that.
    """

    bounds: Bounds | None = None
    bounds_srid: int = 4490
    filter: Node | None = None
    geometry: bytes | None = None
    after: int = 0
    offset: int = 0
    limit: int = 10
    sort: tuple[tuple[str, bool], ...] = ()
    columns: tuple[str, ...] | None = None
    srid: int = 4490
    swap_axes: bool = False
    profile: Profile = "rfc7946"
    time: str = "null"
    time_field: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A page: comma-joined GeoJSON features in UTF-8, how many, the last fid, whether more follow."""

    body: bytes
    returned: int
    last: int
    more: bool


def items(view: LayerView, query: RowQuery) -> Items:
    """Return one page, in the order of the fid or of `query.sort`."""
    order = _order(view, query.sort)
    statement = sql.SQL(
        "WITH page AS MATERIALIZED ({page}) "
        "SELECT string_agg(feature, ',' ORDER BY n) FILTER (WHERE n <= {limit}), "
        "least(count(*), {limit}), max(fid) FILTER (WHERE n <= {limit}), count(*) > {limit} "
        "FROM (SELECT t.fid, page.n, {feature} AS feature FROM page JOIN {table} t USING (fid, since)) AS f"
    ).format(
        page=_page(view, query, order),
        limit=sql.Literal(query.limit),
        feature=_feature(view, query),
        table=narrowing.table(view),
    )
    body, returned, last, more = _one(statement) or (None, 0, 0, False)
    return Items((body or "").encode(), returned or 0, last or 0, bool(more))


@dataclass(frozen=True, slots=True)
class Stored:
    """One GeoJSON feature in UTF-8 and the version that last wrote it."""

    body: bytes
    since: int


def feature(view: LayerView, fid: int, *, srid: int = 4490, swap_axes: bool = False) -> bytes | None:
    """Return one GeoJSON feature, or None: absent or not the caller's to see."""
    found = stored(view, fid, RowQuery(srid=srid, swap_axes=swap_axes))
    return found.body if found else None


def stored(view: LayerView, fid: int, query: RowQuery) -> Stored | None:
    """Return one feature with its state, written as `query` says (CRS, columns, form), or None as in `feature`."""
    statement = sql.SQL("SELECT {feature}, since FROM {table} t WHERE fid = {fid} AND {conditions}").format(
        feature=_feature(view, query),
        table=narrowing.table(view),
        fid=sql.Literal(fid),
        conditions=_conditions(view, query),
    )
    row = _one(statement)
    return Stored(str(row[0]).encode(), int(row[1])) if row else None


def count(view: LayerView, query: RowQuery) -> int:
    """Count the features the query matches, page or not."""
    is_whole = not (query.bounds or query.filter or query.geometry or view.pieces)
    if is_whole and view.spec.current and view.version == view.spec.version:
        return view.spec.current.count
    row = _one(
        sql.SQL("SELECT count(*) FROM {} WHERE {}").format(narrowing.table(view), _conditions(view, query))
    )
    return int(row[0]) if row else 0


def rows(view: LayerView, query: RowQuery) -> list[dict[str, Any]]:
    """Return one page as values by field name, with `fid` and `geometry` (GeoJSON text)."""
    fields = _selected(view, query.columns)
    columns = sql.SQL(", ").join(
        [sql.SQL("fid"), sql.SQL("{}").format(_geojson(view, query))]
        + [narrowing.column(view, field) for field in fields]
    )
    statement = sql.SQL("SELECT {} FROM ({}) AS page JOIN {} t USING (fid, since) ORDER BY n").format(
        columns, _page(view, query, _order(view, query.sort)), narrowing.table(view)
    )
    names = ["fid", "geometry", *(field.name for field in fields)]
    return [dict(zip(names, row, strict=True)) for row in _all(statement)][: query.limit]


def measures(view: LayerView, fids: Sequence[int], gauss_srid: int) -> Mapping[int, tuple[float, float]]:
    """Return fid → (ellipsoidal, plane) area in m² on CGCS2000 and in EPSG:`gauss_srid`; 0 for non-areas."""
    if not fids:
        return {}
    statement = sql.SQL(
        "SELECT fid, ST_Area(ST_SetSRID({g}, 4490)::geography), ST_Area(ST_Transform({g}, {srid})) FROM {table} t "
        "WHERE fid = ANY({fids}) AND {conditions}"
    ).format(
        g=narrowing.geometry(view),
        srid=sql.Literal(gauss_srid),
        table=narrowing.table(view),
        fids=sql.Literal(list(fids)),
        conditions=_conditions(view, RowQuery()),
    )
    return {fid: (ellipsoidal, plane) for fid, ellipsoidal, plane in _all(statement)}


def source(view: LayerView, fields: Sequence[FieldSpec], **choices: Any) -> sql.Composed:
    """Return the narrowed rows as a sub-query (see `layers.narrowing.source`)."""
    return narrowing.source(view, fields, **choices)


def envelope(bounds: Bounds, srid: int) -> sql.Composable:
    """Return a box as a polygon in storage coordinates; edges of plane CRSs are densified first."""
    box = sql.SQL("ST_MakeEnvelope({}, {})").format(
        sql.SQL(", ").join(map(sql.Literal, bounds)), sql.Literal(4490 if srid in _DEGREES else srid)
    )
    if srid in _DEGREES:
        return box
    # Two corners alone lose up to 290 m at the zone's edge (shared/proven.md 1.4).
    step = max(bounds[2] - bounds[0], bounds[3] - bounds[1]) / 32 or 1.0
    return sql.SQL("ST_Transform(ST_Segmentize({}, {}), 4490)").format(box, sql.Literal(step))


def _page(view: LayerView, query: RowQuery, order: sql.Composable | None) -> sql.Composable:
    """Write the page's (fid, since, n): ids are fenced so that the spatial index, not the key, finds them.

    With its since a row is found again by the key at once, however many versions of it there are.
    """
    conditions = _conditions(view, query)
    keys = narrowing.table(view)
    limit = sql.Literal(query.limit + 1)
    if order is None and not query.offset:
        hits = sql.SQL("SELECT fid, since FROM {} WHERE {}").format(keys, conditions)
        after = sql.SQL("fid > {}").format(sql.Literal(query.after))
        if query.bounds or query.geometry or query.filter or view.pieces:
            inner = sql.SQL("WITH hit AS MATERIALIZED ({}) SELECT fid, since FROM hit WHERE {}").format(hits, after)
        else:
            inner = sql.SQL("{} AND {}").format(hits, after)
        chosen = sql.SQL("{} ORDER BY fid LIMIT {}").format(inner, limit)
        return sql.SQL("SELECT fid, since, row_number() OVER (ORDER BY fid) AS n FROM ({}) AS p").format(chosen)
    return sql.SQL(
        "SELECT fid, since, row_number() OVER () AS n FROM "
        "(SELECT fid, since FROM {} WHERE {} ORDER BY {} fid LIMIT {} OFFSET {}) AS p"
    ).format(keys, conditions, order or sql.SQL(""), limit, sql.Literal(query.offset))


def _order(view: LayerView, sort: tuple[tuple[str, bool], ...]) -> sql.Composable | None:
    visible = {field.name: field for field in view.fields}
    parts: list[sql.Composable] = []
    for name, ascending in sort:
        if name not in visible:
            raise InvalidFilter(f"unknown property in sortby: {name}", parameter="sortby")
        direction = sql.SQL("ASC" if ascending else "DESC")
        parts.append(sql.SQL("{} {}, ").format(narrowing.column(view, visible[name]), direction))
    return sql.Composed(parts) if parts else None


def _conditions(view: LayerView, query: RowQuery) -> sql.Composable:
    parts: list[sql.Composable] = [narrowing.valid(view.version)]
    if query.bounds is not None:
        parts.append(_within(view, query.bounds, query.bounds_srid))
    if query.geometry is not None:
        shape = sql.SQL("ST_GeomFromWKB({}, 4490)").format(sql.Literal(memoryview(query.geometry)))
        parts.append(sql.SQL("geom && {} AND ST_Intersects({}, {})").format(shape, shape, narrowing.geometry(view)))
    if query.filter is not None:
        parts.append(narrowing.matching(view, query.filter))
    if (allowed := narrowing.narrowed(view)) is not None:
        parts.append(allowed)
    return sql.SQL(" AND ").join(parts)


def _within(view: LayerView, bounds: Bounds, srid: int) -> sql.Composable:
    """Write "what the caller sees of the geometry meets the box": what is cut off is found by no box."""
    if not any(piece.area is not None for piece in view.pieces):
        return _inside(bounds, srid)
    box = envelope(bounds, srid)
    return sql.SQL("geom && {} AND ST_Intersects({}, {})").format(box, box, narrowing.geometry(view))


def _inside(bounds: Bounds, srid: int) -> sql.Composable:
    """Write "the geometry meets the box", exactly; rows well inside are told by their own boxes alone (3x faster)."""
    box = envelope(bounds, srid)
    exact = sql.SQL("ST_Intersects({}, geom)").format(box)
    west, south, east, north = bounds
    if srid in _DEGREES and min(east - west, north - south) > 3 * _ROUNDING_DEG:
        inner = (west + _ROUNDING_DEG, south + _ROUNDING_DEG, east - _ROUNDING_DEG, north - _ROUNDING_DEG)
        exact = sql.SQL("(geom @ {} OR {})").format(envelope(inner, srid), exact)
    return sql.SQL("geom && {} AND {}").format(box, exact)


def _selected(view: LayerView, names: tuple[str, ...] | None) -> list[FieldSpec]:
    return [field for field in view.fields if names is None or field.name in names]


def _geojson(view: LayerView, query: RowQuery) -> sql.Composable:
    shape = narrowing.geometry(view)
    if query.srid not in _DEGREES:
        shape = sql.SQL("ST_Transform({}, {})").format(shape, sql.Literal(query.srid))
    if query.swap_axes:
        shape = sql.SQL("ST_FlipCoordinates({})").format(shape)
    return sql.SQL("ST_AsGeoJSON({}, {}, 0)").format(shape, sql.Literal(_DECIMALS.get(query.srid, 4)))


def _feature(view: LayerView, query: RowQuery) -> sql.Composable:
    properties = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(narrowing.column(view, field), sql.Identifier(field.name[:60]))
        for field in _selected(view, query.columns)
    )
    written = sql.SQL("(SELECT row_to_json(p)::text FROM (SELECT {}) AS p)").format(properties)
    return sql.SQL(
        """'{{"type":"Feature","id":' || fid || {} || ',"properties":' || {} || '}}'"""
    ).format(_place(view, query), written if _selected(view, query.columns) else sql.Literal("{}"))


def _place(view: LayerView, query: RowQuery) -> sql.Composable:
    """Write the members that say where, and in JSON-FG when (OGC 21-045r1 §7)."""
    shape = sql.SQL("coalesce({}, 'null')").format(_geojson(view, query))
    if query.profile == "rfc7946":
        return sql.SQL("""',"geometry":' || {}""").format(shape)
    time = _time(view, query)
    if query.srid in _DEGREES and not query.swap_axes:
        return sql.SQL("""{} || ',"place":null,"geometry":' || {}""").format(time, shape)
    plain: sql.Composable = sql.SQL("'null'")
    if query.profile == "jsonfg-plus":
        plain = sql.SQL("coalesce({}, 'null')").format(_geojson(view, replace(query, srid=4490, swap_axes=False)))
    return sql.SQL("""{} || ',"geometry":' || {} || ',"place":' || {}""").format(time, plain, shape)


def _time(view: LayerView, query: RowQuery) -> sql.Composable:
    field = next((each for each in view.fields if each.name == query.time_field), None)
    if field is None:
        return sql.Literal(f',"time":{query.time}')
    return sql.SQL(
        """',"time":' || coalesce('{{"timestamp":"' || to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || '"}}', 'null')"""
    ).format(narrowing.column(view, field))


def _one(statement: sql.Composable) -> tuple[Any, ...] | None:
    with _numbers_in_range(), connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


def _all(statement: sql.Composable) -> list[tuple[Any, ...]]:
    with _numbers_in_range(), connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@contextmanager
def _numbers_in_range() -> Iterator[None]:
    """Tell a filter's arithmetic that runs out of floating-point range as the filter's fault."""
    try:
        yield
    except DataError as error:
        raise InvalidFilter("运算结果超出范围 / a number is out of range", parameter="filter") from error
