"""A LayerView written as SQL: which rows, which columns, which part of each geometry."""

from collections.abc import Iterable, Mapping

from psycopg2 import sql

from layers.access import LayerView, Piece
from layers.errors import InvalidValue
from layers.filters import ColumnRef, Node, properties, to_sql
from layers.spec import FieldSpec, GeneralisedTable

_DIMENSIONS = {"Point": 1, "LineString": 2, "Polygon": 3}


def table(view: LayerView, generalised: GeneralisedTable | None = None) -> sql.Composable:
    """Return the quoted table of the view's rows."""
    schema, name = (generalised.table if generalised else view.spec.table).split(".")
    return sql.Identifier(schema, name)


def generalised(view: LayerView, scale: float) -> GeneralisedTable | None:
    """Return the coarsest table made for 1:`scale` or larger scales, None for the rows themselves."""
    fitting = (each for each in view.spec.generalised if each.min_scale <= scale and each.since <= view.version)
    return max(fitting, key=lambda each: each.min_scale, default=None)


def valid(version: int | sql.Composable) -> sql.Composable:
    """Return the condition "row is valid in `version`" (design §4); both arms have their own index."""
    number = sql.Literal(version) if isinstance(version, int) else version
    # As a range, since the index of closed rows holds ranges and finds one version's only so; `+ 0` keeps the planner
    # from fetching half the table by the key (fid, since) as well (ADR 0002).
    return sql.SQL(
        "((until IS NULL AND since + 0 <= {v}) OR (until IS NOT NULL AND int4range(since, until) @> {v}))"
    ).format(v=number)


def narrowed(view: LayerView) -> sql.Composable | None:
    """Return the condition of the rows the caller may have, or None when it is all of them."""
    if not view.pieces or any(piece.area is None and piece.filter is None for piece in view.pieces):
        return None
    return _any(_piece(view, piece) for piece in view.pieces)


def held(view: LayerView) -> sql.Composable:
    """Return an array expression: for each piece, whether it gives the row wholly (its area covers the geometry)."""
    return sql.SQL("ARRAY[{}]").format(sql.SQL(", ").join([_held(view, piece) for piece in view.pieces] or [sql.SQL("TRUE")]))


def column(view: LayerView, field: FieldSpec) -> sql.Composable:
    """Return a field's expression: NULL on rows where no grant gives it."""
    plain = sql.Identifier(field.column)
    giving = [each for each in view.pieces if each.columns is None or field.name in each.columns]
    if not view.pieces or any(each.area is None and each.filter is None for each in giving):
        return plain
    if not giving:
        return sql.SQL("NULL")
    if len(giving) == len(view.pieces):
        return plain
    condition = _any(_piece(view, piece) for piece in giving)
    return sql.SQL("CASE WHEN {} THEN {} END").format(condition, plain)


def geometry(view: LayerView, name: str = "geom") -> sql.Composable:
    """Return the geometry's expression, of the column `name`: cut to the areas of the grants that give the row."""
    geom = sql.Identifier(name)
    if not view.pieces or any(piece.area is None for piece in view.pieces if piece.filter is None):
        return geom
    areas = sql.SQL(", ").join(_given_area(view, piece) for piece in view.pieces)
    dimension = _DIMENSIONS.get(view.spec.geometry)
    area = sql.SQL("ST_Union(ARRAY[{}])").format(areas) if len(view.pieces) > 1 else areas
    cut = sql.SQL("ST_Intersection({}, {})").format(geom, area)
    if dimension:
        cut = sql.SQL("ST_CollectionExtract({}, {})").format(cut, sql.Literal(dimension))
    return sql.SQL("CASE WHEN ST_Covers({area}, {geom}) THEN {geom} ELSE {cut} END").format(area=area, geom=geom, cut=cut)


def references(view: LayerView) -> Mapping[str, ColumnRef]:
    """Return what a filter may name: visible fields only, each as the caller sees it."""
    return {field.name: ColumnRef(column(view, field), field.type) for field in view.fields}


def matching(view: LayerView, node: Node) -> sql.Composable:
    """Write a client's filter; a hidden field is an unknown one, and what is cut off a geometry is not there."""
    return to_sql(node, references(view), geometry(view))


def source(
    view: LayerView,
    fields: Iterable[FieldSpec],
    *,
    generalised: GeneralisedTable | None = None,
    version: int | sql.Composable | None = None,
) -> sql.Composed:
    """Return `SELECT fid, geom, <columns> FROM …` of the rows the caller may have, unordered.

    Columns keep their SQL names (`FieldSpec.column`), geometry is in the storage CRS, x first.
    `version` overrides the view's by another number or an SQL parameter of a drawing function.
    """
    if view.spec.kind != "vector":
        raise InvalidValue(f"{view.spec.slug} has no rows")
    # Who may have a row is decided by where it is, not by where its simplified shape is.
    is_joined = generalised is not None and any(piece.area is not None for piece in view.pieces)
    shape = geometry(view, "coarse" if is_joined else "geom")
    selected = [sql.SQL("fid"), sql.SQL("{} AS geom").format(shape)]
    selected += [
        sql.SQL("{} AS {}").format(column(view, field), sql.Identifier(field.column)) for field in fields
    ]
    current = valid(view.version if version is None else version)
    rows = table(view, generalised)
    if is_joined:
        rows = sql.SQL("(SELECT t.*, g.geom AS coarse FROM {} t JOIN (SELECT fid, geom FROM {} WHERE {}) g USING (fid)) AS t").format(
            table(view), rows, current
        )
    conditions = [current]
    if (allowed := narrowed(view)) is not None:
        conditions.append(allowed)
    return sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join(selected), rows, sql.SQL(" AND ").join(conditions)
    )


def _any(conditions: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(" OR ").join(conditions))


def _piece(view: LayerView, piece: Piece) -> sql.Composable:
    parts: list[sql.Composable] = []
    if piece.area is not None:
        # The area first: PostGIS prepares the first, constant geometry (shared/performance.md G).
        parts.append(sql.SQL("ST_Intersects({}, geom)").format(_area(piece.area)))
    if piece.filter is not None:
        # A grant's own filter reads the true columns: it decides, the caller does not see them.
        plain = {field.name: ColumnRef(sql.Identifier(field.column), field.type) for field in view.spec.fields}
        unknown = properties(piece.filter) - plain.keys()
        parts.append(sql.SQL("FALSE") if unknown else to_sql(piece.filter, plain))
    return sql.SQL("({})").format(sql.SQL(" AND ").join(parts)) if parts else sql.SQL("TRUE")


def _held(view: LayerView, piece: Piece) -> sql.Composable:
    covers: sql.Composable = sql.SQL("TRUE")
    if piece.area is not None:
        covers = sql.SQL("ST_Covers({}, geom)").format(_area(piece.area))
    return sql.SQL("coalesce({} AND {}, FALSE)").format(covers, _piece(view, piece))


def _given_area(view: LayerView, piece: Piece) -> sql.Composable:
    area = _area(piece.area) if piece.area is not None else sql.SQL("ST_MakeEnvelope(-180, -90, 180, 90, 4490)")
    if piece.filter is None:
        return area
    return sql.SQL("CASE WHEN {} THEN {} END").format(_piece(view, piece), area)


def _area(wkb: bytes) -> sql.Composable:
    return sql.SQL("ST_GeomFromWKB({}, 4490)").format(sql.Literal(memoryview(wkb)))
