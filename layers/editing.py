"""Edits of a layer's rows: each transaction is one version with its author, or nothing happens at all.

The caller's view for "edit" narrows: a row outside it is absent (NotFound), one partly outside its area or a result
outside it is refused (NotAllowed), and fields it does not give keep their values. Rows written carry the coming
version's number, so nobody sees them before the pointer moves (design §4, §9).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import shapely
from django.db import connection, transaction
from psycopg2 import sql
from shapely.geometry.base import BaseGeometry

from layers import content, drafts, history, narrowing, publication, versions
from layers.access import LayerView
from layers.errors import Busy, Conflict, InvalidContent, NotAllowed, NotFound, Stale, TooLarge
from layers.spec import Bounds, LayerSpec

MAX_CHANGES = 1000
_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do.

    `values` are JSON values by field name; a replace empties the fields it does not name, an update keeps them, and
    keeps the geometry unless `has_geometry`. `geometry` is in EPSG:4490, x first. `states` are the versions one of
    which must have last written the row, `unmodified_since` the moment since which it must not have been written;
    otherwise Stale is raised.
    """

    action: Literal["create", "replace", "update", "delete"]
    fid: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    geometry: BaseGeometry | None = None
    has_geometry: bool = True
    states: frozenset[int] | None = None
    unmodified_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The version that holds the changes, and the feature of each change in order."""

    version: int
    fids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    since: int
    hash: bytes
    shape: bytes | None
    held: tuple[bool, ...]
    values: tuple[Any, ...]


def edit(actor: str, view: LayerView, changes: Sequence[Change]) -> Edited:
    """Do all the changes as one version, or raise and do none; returns once every process shows it.

    Raises NotFound, NotAllowed, Stale, Conflict (identity taken), InvalidContent, TooLarge, Busy.
    """
    if view.operation != "edit" or view.spec.kind != "vector":
        raise NotAllowed
    if len(changes) > MAX_CHANGES:
        raise TooLarge(f"一次最多 {MAX_CHANGES} 项修改 / at most {MAX_CHANGES} changes at once")
    named = [change.fid for change in changes if change.action != "create"]
    if len(set(named)) < len(named):
        raise InvalidContent("同一要素一次只能修改一次 / a feature is named twice", parameter="id")
    with _locked(view.spec.slug):
        layer = drafts.spec(view.spec.slug)
        versions.undo_abandoned(layer)
        with transaction.atomic():
            work = _Work(view, layer)
            fids = tuple(work.do(change) for change in changes)
            number = layer.version if work.diff.is_empty else publication.publish_edit(actor, layer, work.diff, work.extent())
    if number != layer.version:
        publication.settle()
    return Edited(number, fids)


@contextmanager
def _locked(slug: str) -> Iterator[None]:
    """Hold the layer's lock; a long publication makes an edit give up (Busy) rather than hang."""
    end = time.monotonic() + _PATIENCE_S
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(versions.locked([slug], wait=False))
                break
            except Busy:
                if time.monotonic() > end:
                    raise
            time.sleep(0.05)
        yield


class _Work:
    """One transaction on one layer, under its lock."""

    def __init__(self, view: LayerView, layer: LayerSpec) -> None:
        self.view, self.layer = view, layer
        self.version = layer.version + 1
        self.added = self.changed = self.removed = 0
        self.bounds: list[Bounds] = []
        self._table = narrowing.table(view)
        self._columns = [sql.Identifier(each.column) for each in layer.fields]

    @property
    def diff(self) -> versions.Diff:
        """What has been done so far."""
        return versions.Diff(self.added, self.changed, self.removed, tuple(self.bounds))

    def extent(self) -> Bounds | None:
        """Return the layer's extent grown by what changed: a bound, not shrunk by deletions."""
        boxes = [*self.bounds, *([self.layer.extent] if self.layer.extent else [])]
        if not boxes:
            return None
        west, south, east, north = zip(*boxes, strict=True)
        return min(west), min(south), max(east), max(north)

    def do(self, change: Change) -> int:
        """Do one change and return its feature's fid."""
        self._check_names(change)
        if change.action == "create":
            return self._create(change)
        row = self._read(change)
        if change.action == "delete":
            self._close(change.fid, row)
            self.removed += 1
        else:
            self._rewrite(change, row)
        return change.fid

    def _create(self, change: Change) -> int:
        fid = self._value("SELECT coalesce(max(fid), 0) + 1 FROM {table}")
        values = [content.value(each, change.values.get(each.name)) for each in self.layer.fields]
        self._insert(fid, values, content.geometry(self.layer, change.geometry))
        self._check_result(fid, [name for name, given in change.values.items() if given is not None])
        self.added += 1
        return int(fid)

    def _rewrite(self, change: Change, row: _Row) -> None:
        given = self._given(row.held)
        if change.values.keys() - given:
            raise NotAllowed
        values = list(row.values)
        for place, each in enumerate(self.layer.fields):
            if each.name in change.values or (change.action == "replace" and each.name in given):
                values[place] = content.value(each, change.values.get(each.name))
        shape = shapely.from_wkb(row.shape) if row.shape else None
        if change.action == "replace" or change.has_geometry:
            shape = content.geometry(self.layer, change.geometry)
        if content.digest(shapely.to_wkb(shape) if shape is not None else None, values) == row.hash:
            return
        different = [each.name for each, old, new in zip(self.layer.fields, row.values, values, strict=True) if old != new]
        self._close(change.fid, row)
        self._insert(change.fid, values, shape)
        self._check_result(change.fid, different)
        self.changed += 1

    def _check_names(self, change: Change) -> None:
        known = {each.name for each in self.view.fields}
        for name in change.values:
            if name not in known:
                raise InvalidContent("没有这个属性 / there is no such property", parameter=name[:64])

    def _given(self, held: Sequence[bool]) -> set[str]:
        """Return the fields that the pieces holding a row give; raises NotAllowed when none holds it."""
        names = {each.name for each in self.layer.fields}
        if not any(held):
            raise NotAllowed
        if not self.view.pieces:
            return names
        pieces = [piece for piece, holds in zip(self.view.pieces, held, strict=True) if holds]
        return set().union(*(names if piece.columns is None else piece.columns for piece in pieces))

    def _check_result(self, fid: int, written: Sequence[str]) -> None:
        held = self._value("SELECT {held} FROM {table} WHERE fid = {fid} AND since = {version}", fid=sql.Literal(fid))
        if set(written) - self._given(held):
            raise NotAllowed
        key = self.layer.field(self.layer.identity) if self.layer.identity else None
        if key is None:
            return
        same = self._value(
            "SELECT count(*) FROM {table} o JOIN {table} n ON o.{key} = n.{key} "
            "WHERE n.fid = {fid} AND n.since = {version} AND o.until IS NULL",
            key=sql.Identifier(key.column), fid=sql.Literal(fid),
        )  # fmt: skip
        if same > 1:
            raise Conflict("标识码已被占用 / the identity is taken", parameter=key.name)

    def _read(self, change: Change) -> _Row:
        """Read the row as it stands; raises NotFound outside the view, NotAllowed partly outside, Stale."""
        found = self._row(
            "SELECT since, hash, ST_AsBinary(geom), {held}, {columns} FROM {table} "
            "WHERE fid = {fid} AND until IS NULL AND {narrowed}",
            fid=sql.Literal(change.fid),
            columns=sql.SQL(", ").join([*self._columns, sql.SQL("NULL")]),
            narrowed=narrowing.narrowed(self.view) or sql.SQL("TRUE"),
        )
        if found is None:
            raise NotFound
        since, digest, shape, held, *values = found
        row = _Row(since, bytes(digest or b""), bytes(shape) if shape else None, tuple(held), tuple(values[:-1]))
        self._given(row.held)
        if change.states is not None and since not in change.states:
            raise Stale
        if change.unmodified_since is not None:
            self._check_unmodified(change.fid, since, change.unmodified_since)
        return row

    def _check_unmodified(self, fid: int, since: int, moment: datetime) -> None:
        """Raise Stale when the row was written after a moment, which HTTP tells in whole seconds.

        A row written twice within that second may be the one or the other: Stale too, so that nothing is lost.
        """
        written = history.published(self.layer, since).replace(microsecond=0)
        before = self._value(
            "SELECT since FROM {table} WHERE fid = {fid} AND until = {since}", fid=sql.Literal(fid), since=sql.Literal(since)
        )
        twice = before is not None and history.published(self.layer, before).replace(microsecond=0) == written
        if written > moment or (twice and written == moment):
            raise Stale

    def _close(self, fid: int, row: _Row) -> None:
        self._run("UPDATE {table} SET until = {version} WHERE fid = {fid} AND until IS NULL", fid=sql.Literal(fid))
        if row.shape:
            self.bounds.append(_box(shapely.from_wkb(row.shape)))

    def _insert(self, fid: int, values: Sequence[Any], shape: BaseGeometry | None) -> None:
        wkb = shapely.to_wkb(shape) if shape is not None else None
        self._run(
            "INSERT INTO {table} (fid, since, hash, geom, {columns}) VALUES ({fid}, {version}, {hash}, {geom}, {values})"
            if self._columns else "INSERT INTO {table} (fid, since, hash, geom) VALUES ({fid}, {version}, {hash}, {geom})",
            fid=sql.Literal(fid),
            hash=sql.Literal(content.digest(wkb, values)),
            geom=sql.SQL("ST_GeomFromWKB({}, 4490)").format(sql.Literal(wkb)),
            columns=sql.SQL(", ").join(self._columns),
            values=sql.SQL(", ").join(map(sql.Literal, values)),
        )  # fmt: skip
        if shape is not None:
            self.bounds.append(_box(shape))

    def _run(self, text: str, **parts: sql.Composable) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self._statement(text, parts))

    def _row(self, text: str, **parts: sql.Composable) -> tuple[Any, ...] | None:
        with connection.cursor() as cursor:
            cursor.execute(self._statement(text, parts))
            found: tuple[Any, ...] | None = cursor.fetchone()
        return found

    def _value(self, text: str, **parts: sql.Composable) -> Any:
        row = self._row(text, **parts)
        return row[0] if row else None

    def _statement(self, text: str, parts: Mapping[str, sql.Composable]) -> sql.Composable:
        shared = {"table": self._table, "version": sql.Literal(self.version), "held": narrowing.held(self.view)}
        return sql.SQL(text).format(**shared, **parts)


def _box(shape: BaseGeometry) -> Bounds:
    west, south, east, north = shape.bounds
    return west, south, east, north
