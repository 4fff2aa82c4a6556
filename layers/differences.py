"""What differs: between two versions of a layer as one caller sees them, or between a layer and what is staged for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg2 import sql

from layers import narrowing, pairing
from layers.access import LayerView
from layers.errors import InvalidValue
from layers.spec import FieldSpec, LayerSpec

MAX_FEATURES = 10_000
_FIRST = -(2**62)


@dataclass(frozen=True, slots=True)
class Difference:
    """SQL of the rows that differ: `change`, `fid`, the older and the newer row as `o` and `n`; and the fields."""

    statement: sql.Composable
    fields: tuple[FieldSpec, ...]


@dataclass(frozen=True, slots=True)
class CodeArea:
    """Area in m² (on the ellipsoid) of the differing rows of one code, before and after."""

    code: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes: comma-joined GeoJSON features in UTF-8, how many, the last fid, whether more follow."""

    body: bytes
    returned: int
    last: int
    more: bool


def between(view: LayerView, older: int, newer: int) -> Difference:
    """Compare two versions, both narrowed to what the caller may have; rows alike for her are no difference."""
    if view.spec.kind != "vector":
        raise InvalidValue(f"{view.spec.slug} has no rows to compare")
    low, high = sorted((older, newer))
    touched = sql.SQL(
        "fid IN (SELECT fid FROM {t} WHERE since > {low} AND since <= {high} OR until > {low} AND until <= {high})"
    ).format(t=narrowing.table(view), low=sql.Literal(low), high=sql.Literal(high))
    sides = [sql.SQL("{} AND {}").format(narrowing.source(view, view.fields, version=each), touched) for each in (older, newer)]
    statement = sql.SQL(
        "SELECT coalesce(o.fid, n.fid) AS fid, CASE WHEN o.fid IS NULL THEN 'added' WHEN n.fid IS NULL THEN 'removed' "
        "ELSE 'changed' END AS change, o, n FROM ({}) o FULL JOIN ({}) n ON o.fid = n.fid WHERE o IS DISTINCT FROM n"
    ).format(*sides)
    return Difference(statement, view.fields)


def staged(spec: LayerSpec, stage: sql.Identifier, paired: sql.Identifier | None) -> Difference:
    """Compare a layer's current rows with staged ones by their pairing; without one all staged rows are new.

    A staged row has no fid yet: its id is the negative of its place in the stage.
    """
    columns = sql.SQL(", ").join(sql.Identifier(name) for name in ("fid", "geom", *(each.column for each in spec.fields)))
    if paired is None:
        text = "SELECT -n.fid AS fid, 'added' AS change, o, n FROM (SELECT {c} FROM {s}) n LEFT JOIN (SELECT {c} FROM {s}) o ON false"
        return Difference(sql.SQL(text).format(c=columns, s=stage), spec.fields)
    statement = sql.SQL(
        "SELECT coalesce(p.old, -p.new) AS fid, CASE WHEN p.old IS NULL THEN 'added' WHEN p.new IS NULL THEN 'removed' "
        "ELSE 'changed' END AS change, o, n FROM {p} p LEFT JOIN (SELECT {c} FROM {t} WHERE until IS NULL) o ON o.fid = p.old "
        "LEFT JOIN (SELECT {c} FROM {s}) n ON n.fid = p.new"
    ).format(p=paired, c=columns, t=pairing.table_of(spec), s=stage)
    return Difference(statement, spec.fields)


def counts(difference: Difference) -> tuple[int, int, int]:
    """Count what was added, changed and removed."""
    found = dict(_all(sql.SQL("SELECT change, count(*) FROM ({}) d GROUP BY 1").format(difference.statement)))
    return found.get("added", 0), found.get("changed", 0), found.get("removed", 0)


def areas(difference: Difference) -> list[CodeArea]:
    """Sum the areas of the differing rows by the layer's first coded field, before and after."""
    coded = next((each for each in difference.fields if each.codes), None)
    old, new = ((_member(side, coded) if coded else sql.SQL("''")) for side in ("o", "n"))
    statement = sql.SQL(
        "SELECT code, sum(before), sum(after) FROM (SELECT coalesce({old}::text, '') AS code, "
        "ST_Area((d.o).geom::geography) AS before, 0 AS after FROM ({d}) d WHERE change <> 'added' UNION ALL "
        "SELECT coalesce({new}::text, ''), 0, ST_Area((d.n).geom::geography) FROM ({d}) d WHERE change <> 'removed') a "
        "GROUP BY code HAVING sum(before) > 0 OR sum(after) > 0 ORDER BY code"
    ).format(old=old, new=new, d=difference.statement)
    return [CodeArea(code, float(before), float(after)) for code, before, after in _all(statement)]


def features(difference: Difference, *, after: int = _FIRST, limit: int = 1000) -> Changes:
    """Write changes as GeoJSON in EPSG:4490, lon first: the row as it is now (as it was, when removed).

    Each property list begins with `change`; a changed feature carries its `before` (geometry, properties).
    """
    limit = min(limit, MAX_FEATURES)
    statement = sql.SQL(
        "SELECT string_agg(feature, ',' ORDER BY place) FILTER (WHERE place <= {limit}), least(count(*), {limit}), "
        "max(fid) FILTER (WHERE place <= {limit}), count(*) > {limit} FROM (SELECT fid, row_number() OVER (ORDER BY fid) AS place, "
        "{feature} AS feature FROM ({d}) d WHERE fid > {after} ORDER BY fid LIMIT {limit} + 1) f"
    ).format(limit=sql.Literal(limit), after=sql.Literal(after), feature=_feature(difference.fields), d=difference.statement)
    body, returned, last, more = _all(statement)[0]
    return Changes((body or "").encode(), returned or 0, last or 0, bool(more))


def _feature(fields: Sequence[FieldSpec]) -> sql.Composable:
    return sql.SQL(
        "json_build_object('type', 'Feature', 'id', fid, 'geometry', CASE WHEN change = 'removed' THEN {was} ELSE {now} END, "
        "'properties', CASE WHEN change = 'removed' THEN {old} ELSE {new} END, 'before', CASE WHEN change = 'changed' "
        "THEN json_build_object('geometry', {was}, 'properties', {old}) END)::text"
    ).format(was=_json("o"), now=_json("n"), old=_properties("o", fields), new=_properties("n", fields))


def _json(side: str) -> sql.Composable:
    return sql.SQL("ST_AsGeoJSON((d.{}).geom, 9, 0)::json").format(sql.SQL(side))


def _properties(side: str, fields: Sequence[FieldSpec]) -> sql.Composable:
    selected = [sql.SQL("change"), *(sql.SQL("{} AS {}").format(_member(side, each), sql.Identifier(each.name[:60])) for each in fields)]
    return sql.SQL("(SELECT row_to_json(p) FROM (SELECT {}) p)").format(sql.SQL(", ").join(selected))


def _member(side: str, field: FieldSpec) -> sql.Composable:
    return sql.SQL("(d.{}).{}").format(sql.SQL(side), sql.Identifier(field.column))


def _all(statement: sql.Composable) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
