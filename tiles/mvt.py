"""Vector tiles: one prepared ST_AsMVT for each narrowed view, run on the thread's kept connection.

Mapbox Vector Tile 2.1, 4096 units a side with a rim of 64. Features are in the order of their fid, which is their id;
attributes go by their public names. Storage is EPSG:4490: where a tile is so small that its CRS is straight in degrees
to half a unit, the degrees themselves are scaled to it, and PROJ is not asked for each vertex.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg2 import sql

from layers import narrowing, rows
from layers.access import LayerView
from layers.spec import Bounds, GeneralisedTable
from tiles.grids import Grid, Matrix
from tiles.plan import MVT_EXTENT, MVT_RIM, leaves

MAX_PREPARED = 200
_prepared: WeakKeyDictionary[object, dict[str, None]] = WeakKeyDictionary()


class Statement(NamedTuple):
    """A prepared statement: its name and text, `$1…$4` the tile's box, `$5…$8` the box of rows to look at."""

    name: str
    text: str


def tile(view: LayerView, grid: Grid, matrix: Matrix, column: int, row: int) -> bytes:
    """Return a vector tile of a view, b"" where nothing is; a composed map's has a layer for each member."""
    return b"".join(
        _layer(leaf, grid, matrix, column, row)
        for leaf in leaves(view)
        if leaf.spec.kind == "vector" and leaf.version > 0
    )


def _layer(view: LayerView, grid: Grid, matrix: Matrix, column: int, row: int) -> bytes:
    bounds = matrix.bounds(column, row)
    rim = MVT_RIM * matrix.cell * matrix.size_px / MVT_EXTENT
    west, south, east, north = bounds
    seen = grid.lonlat((west - rim, south - rim, east + rim, north + rim))
    straight = is_straight(grid, bounds)
    box = grid.lonlat(bounds) if straight else bounds
    made = statement(view, 4490 if straight else grid.srid, narrowing.generalised(view, matrix.scale))
    with connection.cursor() as cursor:
        _prepare(made)
        cursor.execute(f"EXECUTE {made.name} (%s,%s,%s,%s,%s,%s,%s,%s)", (*box, *seen))
        found = cursor.fetchone()
    return bytes(found[0]) if found and found[0] else b""


def is_straight(grid: Grid, bounds: Bounds) -> bool:
    """Whether degrees scaled to the tile differ from its CRS by less than half a unit of 4096.

    Exact for EPSG:4490. In Web Mercator it is so from z12 on at the city's latitude: the halfway parallel is where
    the two differ most. The GK grid is turned against north, so never.
    """
    if grid.srid == 4490:
        return True
    if grid.srid != 3857:
        return False
    _, south, _, north = bounds
    _, lower, _, upper = grid.lonlat(bounds)
    halfway = (lower + upper) / 2
    northing = grid.from_lonlat((0.0, halfway, 0.0, halfway))[1]
    return abs(northing - (south + north) / 2) / (north - south) * MVT_EXTENT < 0.5


def statement(view: LayerView, srid: int, table: GeneralisedTable | None) -> Statement:
    """Write the statement of a view for tiles whose box is given in EPSG:`srid`."""
    place = (id(view), srid, table.table if table else "")
    kept = _statements.get(place)
    if kept is not None and kept[0] is view:
        return kept[1]
    made = _written(view, srid, table)
    if len(_statements) >= 4 * MAX_PREPARED:
        _statements.clear()
    _statements[place] = (view, made)
    return made


_statements: dict[tuple[int, int, str], tuple[LayerView, Statement]] = {}


def _written(view: LayerView, srid: int, table: GeneralisedTable | None) -> Statement:
    geometry: sql.Composable = sql.SQL("geom")
    if srid != 4490:
        geometry = sql.SQL("ST_Transform(geom, {})").format(sql.Literal(srid))
    attributes = [
        sql.SQL("{} AS {}").format(sql.Identifier(field.column), sql.Identifier(_shortened(field.name)))
        for field in view.fields
    ]
    selected = sql.SQL(", ").join(
        [
            sql.SQL("fid"),
            *attributes,
            sql.SQL("ST_AsMVTGeom({}, ST_MakeEnvelope($1, $2, $3, $4, {}), {}, {}, true) AS geom").format(
                geometry, sql.Literal(srid), sql.Literal(MVT_EXTENT), sql.Literal(MVT_RIM)
            ),
        ]
    )
    text = sql.SQL(
        "SELECT ST_AsMVT(tile, {name}, {extent}, 'geom', 'fid') FROM (SELECT {selected} FROM ({source}) AS source "
        "WHERE geom && ST_MakeEnvelope($5, $6, $7, $8, 4490) ORDER BY fid) AS tile WHERE geom IS NOT NULL"
    ).format(
        name=sql.Literal(view.spec.slug),
        extent=sql.Literal(MVT_EXTENT),
        selected=selected,
        source=rows.source(view, view.fields, generalised=table),
    )
    with connection.cursor() as cursor:
        written = text.as_string(cursor.cursor)
    return Statement("mvt_" + hashlib.sha256(written.encode()).hexdigest()[:24], written)


def _shortened(name: str) -> str:
    """Cut a field's name to the 63 bytes PostgreSQL keeps of one."""
    return name.encode()[:63].decode(errors="ignore")


def _prepare(made: Statement) -> None:
    """Prepare a statement unless this connection has it."""
    raw = connection.connection
    known = _prepared.setdefault(raw, {})
    if made.name in known:
        return
    with connection.cursor() as cursor:
        if len(known) >= MAX_PREPARED:
            cursor.execute("DEALLOCATE ALL")
            known.clear()
        columns = ", ".join(["float8"] * 8)
        # Not through Django: a text without parameters is sent as it is, `%` and all.
        cursor.execute(f"PREPARE {made.name} ({columns}) AS {made.text}")
    known[made.name] = None


def fields(view: LayerView) -> Mapping[str, Mapping[str, str]]:
    """Return TileJSON 3.0 field types by layer and field: String, Number or Boolean."""
    kinds = {"integer": "Number", "number": "Number", "boolean": "Boolean"}
    return {
        leaf.spec.slug: {_shortened(field.name): kinds.get(field.type, "String") for field in leaf.fields}
        for leaf in leaves(view)
        if leaf.spec.kind == "vector"
    }
