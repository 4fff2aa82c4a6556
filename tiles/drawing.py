"""What the drawing engine may read: SQL functions that return a view's rows, classed and labelled.

One function for each (layer, style, policy, table, dimension), in the schema `draw`, named by the
digest of its own text, so it never changes and two processes can only make the same. The narrowing
and the rules' literals live in it; the mapfile holds its name, and the version comes at run time.
STABLE and not STRICT, so the planner inlines it and uses the table's indexes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from math import ceil, floor, log10

from django.db import connection, transaction
from psycopg2 import sql

from layers import narrowing
from layers.access import LayerView
from layers.filters import ColumnRef, Node, properties, to_sql
from layers.filters.ast import Comparison, Property, Value
from layers.spec import Bounds, FieldSpec, GeneralisedTable
from layers.style import mapfile_classes
from layers.style.mapfile_classes import Dimension
from layers.style.model import Rule, Style, Text
from layers.style.reading import fields_of, template

SCHEMA = "draw"
KEPT = 4000
_LOCK = 4490_6
_SIZES: dict[Dimension, int] = {"point": 0, "line": 1, "polygon": 2}
_SOLE: dict[str, Dimension] = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
_made: set[str] = set()


@dataclass(frozen=True, slots=True)
class Source:
    """A drawing function: its name, and the column number of each label template of the style."""

    name: str
    texts: dict[mapfile_classes.Label, int]


def dimensions(view: LayerView) -> tuple[Dimension, ...]:
    """Return what the layer's geometries may be, areas first so that points lie above them."""
    sole = _SOLE.get(view.spec.geometry)
    return (sole,) if sole else ("polygon", "line", "point")


def vector(
    view: LayerView, style: Style, table: GeneralisedTable | None, dimension: Dimension
) -> Source:
    """Make the function `(version) → fid, geom, cls, t0 …` of a vector view.

    `cls` is the number of the first rule whose filter matches, -1 for none. A rule on a field the
    caller may not read matches nothing; a label of one is empty.
    """
    visible = {field.name: field for field in view.fields}
    named = fields_of(style).union(
        *(properties(each.filter) for each in style.rules if each.filter)
    )
    fields = [visible[name] for name in sorted(named & visible.keys())]
    texts = _texts(style)
    columns = [sql.SQL("s.fid::bigint"), sql.SQL("s.geom::geometry"), _class(style, visible)]
    columns += [_text(text, visible, writing) for text, writing in texts]
    where: sql.Composable = sql.SQL("")
    if len(dimensions(view)) > 1:
        where = sql.SQL(" WHERE ST_Dimension(s.geom) = {}").format(sql.Literal(_SIZES[dimension]))
    body = sql.SQL("SELECT {} FROM ({}) AS s{}").format(
        sql.SQL(", ").join(columns),
        narrowing.source(view, fields, generalised=table, version=sql.SQL("$1")),
        where,
    )
    returned = ["fid bigint", "geom geometry", "cls int", *(f"t{n} text" for n in texts.values())]
    return Source(_make("version int", returned, body), texts)


def raster(view: LayerView, *, shade: bool) -> Source:
    """Make the function `(version, day) → fid, geom, location, srs` of a raster view's files.

    `day` is YYYYMMDD, 0 = no bound: files surveyed later are left out. The last row is drawn on top:
    highest priority, then the latest survey (design §9).
    """
    body = sql.SQL(
        "SELECT id::bigint, footprint::geometry, {path}::text, srs::text FROM layers_rasterfile "
        "WHERE layer_id = {layer} AND {path} <> '' AND {valid} "
        "AND ($2 = 0 OR survey_date <= to_date($2::text, 'YYYYMMDD'))"
        "ORDER BY priority, survey_date NULLS FIRST, id"
    ).format(
        path=sql.Identifier("shade_path" if shade else "path"),
        layer=sql.Literal(view.spec.id),
        valid=narrowing.valid(sql.SQL("$1")),
    )
    returned = ["fid bigint", "geom geometry", "location text", "srs text"]
    return Source(_make("version int, day int", returned, body), {})


def classes_within(view: LayerView, style: Style, bounds: Bounds) -> frozenset[int]:
    """Return the numbers of the rules that have features in lon/lat bounds (EPSG:4490) at the view's version."""
    found: set[int] = set()
    for dimension in dimensions(view):
        name = vector(view, style, None, dimension).name
        query = sql.SQL("SELECT DISTINCT cls FROM {}(%s) WHERE geom && ST_MakeEnvelope(%s, %s, %s, %s, 4490)").format(
            sql.Identifier(*name.split("."))
        )
        with connection.cursor() as cursor:
            cursor.execute(query, [view.version, *bounds])
            found |= {number for (number,) in cursor.fetchall()}
    return frozenset(found)


@lru_cache(maxsize=1024)
def _values(layer: int, version: int, is_elevation: bool) -> tuple[float, float] | None:
    low, high = ("min", "max") if is_elevation else ("p2", "p98")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min((band->>%s)::float), max((band->>%s)::float), bool_and(dtype = 'uint8') "
            "FROM layers_rasterfile, jsonb_array_elements(stats->'bands') WITH ORDINALITY AS b (band, place) "
            "WHERE place <= 3 AND layer_id = %s AND since <= %s AND (until IS NULL OR until > %s) "
            "AND jsonb_typeof(stats->'bands') = 'array' AND jsonb_typeof(band) = 'object'",
            [low, high, layer, version, version],
        )
        found = cursor.fetchone()
    if not found or found[0] is None or found[0] >= found[1] or (found[2] and not is_elevation):
        return None
    return _rounded(float(found[0]), float(found[1]))


def _rounded(low: float, high: float) -> tuple[float, float]:
    """Widen a range to round numbers, so that most new surveys leave it, and the tiles, as they are."""
    step = 10.0 ** floor(log10(high - low)) / 2
    return floor(low / step) * step, ceil(high / step) * step


def values(view: LayerView) -> tuple[float, float] | None:
    """Return the range of a raster's values at the view's version: of elevation whole, of imagery
    without its outer hundredths; None for imagery of 8 bits, which needs no stretching.
    """
    return _values(view.spec.id, view.version, view.spec.kind == "elevation")


def forget() -> None:
    """Look in the database anew which functions there are (after one was found missing)."""
    _made.clear()


def _texts(style: Style) -> dict[mapfile_classes.Label, int]:
    parts = (each for rule in style.rules for each in rule.symbolizers)
    labels = dict.fromkeys((each.text, each.writing) for each in parts if isinstance(each, Text))
    return {label: number for number, label in enumerate(labels)}


def _class(style: Style, visible: dict[str, FieldSpec]) -> sql.Composable:
    leading = _codes(style)
    arms = [
        sql.SQL("WHEN {} THEN {}").format(_condition(rule.filter, visible), sql.Literal(number))
        for number, rule in enumerate(style.rules)
        if number >= len(leading)
    ]
    rest = sql.SQL("CASE {} ELSE -1 END").format(sql.SQL(" ").join(arms)) if arms else sql.SQL("-1")
    name = _code_field(style.rules[0]) if leading else ""
    if name not in visible:
        return sql.SQL("({})::int").format(rest)
    # A land code has some 180 classes: planning as many arms takes longer than drawing.
    return sql.SQL("coalesce(array_position(ARRAY[{}]::text[], {}::text) - 1, {})::int").format(
        sql.SQL(", ").join(map(sql.Literal, leading)), sql.Identifier("s", visible[name].column), rest
    )


def _codes(style: Style) -> list[str]:
    """Return the values of the first rules as far as they are "field = text" on one field."""
    name = _code_field(style.rules[0])
    return [
        str(rule.filter.right.value)  # type: ignore[union-attr]
        for rule in takewhile(lambda rule: name and _code_field(rule) == name, style.rules)
    ]


def _code_field(rule: Rule) -> str:
    match rule.filter:
        case Comparison("=", Property(name=name), Value(value=str())):
            return name
    return ""


def _condition(node: Node | None, visible: dict[str, FieldSpec]) -> sql.Composable:
    if node is None:
        return sql.SQL("TRUE")
    if properties(node) - visible.keys():
        return sql.SQL("FALSE")
    # Over the narrowed source, so a column is already NULL where no grant gives it.
    return to_sql(node, {name: _reference(visible[name]) for name in properties(node)})


def _reference(field: FieldSpec) -> ColumnRef:
    return ColumnRef(sql.Identifier("s", field.column), field.type)


def _text(text: str, visible: dict[str, FieldSpec], writing: str) -> sql.Composable:
    pieces: list[sql.Composable] = []
    for piece, is_field in template(text):
        if not is_field:
            pieces.append(sql.Literal(piece))
        elif piece in visible:
            pieces.append(sql.SQL("{}::text").format(sql.Identifier("s", visible[piece].column)))
        else:
            return sql.SQL("''::text")
    # A missing value makes the whole label empty: "G" alone says nothing.
    whole = sql.SQL("coalesce({}, '')::text").format(sql.SQL(" || ").join(pieces))
    if writing == "horizontal":
        return whole
    mark = mapfile_classes.VERTICAL
    plain = sql.SQL("replace({}, {}, '')").format(whole, sql.Literal(mark))
    return sql.SQL("regexp_replace({}, '(.)(?=.)', {}, 'g')::text").format(plain, sql.Literal(f"\\1{mark}"))


def _make(arguments: str, returned: Sequence[str], body: sql.Composable) -> str:
    connection.ensure_connection()
    text = body.as_string(connection.connection)
    declared = f"({arguments}) RETURNS TABLE ({', '.join(returned)})"
    name = "f_" + hashlib.sha256(f"{declared}{text}".encode()).hexdigest()[:24]
    if name not in _made:
        if not _is_there(name):
            tag = f"$q{name[-8:]}$"
            _create(
                f"CREATE OR REPLACE FUNCTION {SCHEMA}.{name}{declared} LANGUAGE sql STABLE AS {tag}{text}{tag}",
            )
        _made.add(name)
    return f"{SCHEMA}.{name}"


def _is_there(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regproc(%s) IS NOT NULL", [f"{SCHEMA}.{name}"])
        row = cursor.fetchone()
    return bool(row and row[0])


def _create(statement: str) -> None:
    # Another process may have made it meanwhile, and this session's catalogue cache may not know: so
    # the statement replaces what it finds, which is the same function (its name is its digest).
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        _prune()
        cursor.execute(statement)


def _prune() -> None:
    """Drop the oldest functions above `KEPT`: policies and styles come and go over the years."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_function_identity_arguments(oid) FROM pg_proc "
            "WHERE pronamespace = %s::regnamespace ORDER BY oid DESC OFFSET %s LIMIT 100",
            [SCHEMA, KEPT],
        )
        for name, arguments in cursor.fetchall():
            cursor.execute(f"DROP FUNCTION {SCHEMA}.{name}({arguments})")
