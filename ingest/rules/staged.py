"""Rules of a staged layer: SQL over its staging table, beside what stays published around it.

A rule gets a `Staged` and its `Setting` and gives `Found`s. Rows that stay published outside the
delivery's area have negative fids and no file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from django.db import connection
from psycopg2 import sql

from ingest.findings import SAMPLES, Finding, Sample
from ingest.rules.policy import Policy
from ingest.rules.rows import finding, short_wkt
from layers.spec import Bounds, LayerSpec

BLOCK_ROWS = 20_000
"""How many rows are looked at together where neighbours matter: memory does not grow with the layer."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule found: the sample rows, the count of all, and the bounds that hold them."""

    count: int
    samples: Sequence[Sample] = ()
    bounds: Bounds | None = None
    field: str = ""
    values: str = ""


@dataclass(frozen=True, slots=True)
class Staged:
    """A layer waiting in `stage`; `area` (WKB, EPSG:4490) is what the delivery replaces, None = all of it."""

    spec: LayerSpec
    stage: sql.Identifier
    files: Mapping[int, str] = field(default_factory=dict)
    area: bytes | None = None
    told_area: bytes | None = None
    is_patch: bool = False
    memo: dict[str, Any] = field(default_factory=dict, compare=False)
    """What several rules need and one has worked out."""

    def column(self, name: str) -> sql.Identifier | None:
        """Return the column of a field, case aside, or None."""
        found = next((each for each in self.spec.fields if each.name.upper() == name.upper()), None)
        return sql.Identifier(found.column) if found else None

    @property
    def is_new(self) -> bool:
        """Whether nothing of the layer is published yet."""
        return self.spec.version == 0

    @property
    def published(self) -> sql.Composable:
        """Return the published rows, as a subquery."""
        return sql.SQL("(SELECT * FROM {} WHERE until IS NULL)").format(sql.Identifier(*self.spec.table.split(".")))

    @property
    def staying(self) -> sql.Composable:
        """Return the published rows that the delivery does not replace: (fid, src_file, src_row, geom)."""
        if self.is_new or self.area is None:
            return sql.SQL("SELECT fid, src_file, src_row, geom FROM {} WHERE false").format(self.stage)
        return sql.SQL(
            "SELECT -fid, 0::bigint, NULL::bigint, geom FROM {} AS t WHERE NOT ST_Intersects({}, ST_PointOnSurface(geom)) "
            "AND geom && (SELECT ST_Expand(ST_Extent(geom)::geometry, 0.001) FROM {})"
        ).format(self.published, geometry(self.area), self.stage)

    @property
    def around(self) -> sql.Composable:
        """Return the staged rows and those that stay published beside them: (fid, src_file, src_row, geom)."""
        return sql.SQL("(SELECT fid, src_file, src_row, geom FROM {} UNION ALL {})").format(self.stage, self.staying)

    def scratch(self, name: str) -> sql.Identifier:
        """Return the name of a table that is dropped when the checks are over."""
        table = sql.Identifier("geodata", f"{self.stage.strings[-1]}_{name}")
        self.memo.setdefault("scratch", []).append(table)
        return table

    def sample(self, row: int | None, fid: int, file: int | None, *, value: str = "", wkt: str = "") -> Sample:
        """Make a sample of a row; a row that stays published is told by its fid."""
        return Sample(row, abs(fid), "", value, wkt, self.files.get(file or 0, ""))


def check(staged: Staged, policy: Policy) -> list[Finding]:
    """Run the rules of a staged layer, with a spatial index for the time it takes."""
    with _indexed(staged):
        return [
            finding(setting, layer=staged.spec.slug, count=found.count, samples=found.samples, bounds=found.bounds,
                    field=found.field, values=found.values)
            for setting in policy.settings("staged") for found in setting.rule.check(staged, setting)
        ]  # fmt: skip


def collect(staged: Staged, inner: sql.Composable, name: str = "") -> Iterator[Found]:
    """Run a query of (fid, src_file, src_row, value, geom) and sum up what it found, in its order."""
    rows = select(sql.SQL(
        "WITH found AS MATERIALIZED ({}), total AS (SELECT count(*) AS n, ST_Extent(geom) AS e FROM found) "
        "SELECT n, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e), fid, src_file, src_row, value::text, ST_AsBinary(geom) "
        "FROM found, total LIMIT {}"
    ).format(inner, sql.Literal(SAMPLES)))  # fmt: skip
    if rows:
        samples = [
            staged.sample(row, fid, file, value=value or "", wkt=short_wkt(shapely.from_wkb(bytes(wkb)) if wkb else None))
            for *_, fid, file, row, value, wkb in rows
        ]
        total, *box = rows[0][:5]
        yield Found(total, samples, (box[0], box[1], box[2], box[3]) if box[0] is not None else None, name)


def gathered(staged: Staged, places: Iterable[tuple[Sample, Any]], values: str = "") -> Iterator[Found]:
    """Sum up samples with their geometries (EPSG:4490)."""
    known = list(places)
    if known:
        box = shapely.total_bounds([shape for _, shape in known])
        bounds: Bounds = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
        yield Found(len(known), [sample for sample, _ in known[:SAMPLES]], bounds, values=values)


def blocks(staged: Staged) -> Iterator[Bounds]:
    """Cut the layer's extent into blocks of about `BLOCK_ROWS` rows, half open to the east and north."""
    count, west, south, east, north = select(sql.SQL(
        "SELECT n, ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e) FROM "
        "(SELECT count(*) AS n, ST_Extent(geom) AS e FROM {} AS a) AS found"
    ).format(staged.around))[0]  # fmt: skip
    if west is None:
        return
    side = max(1, round((count / BLOCK_ROWS) ** 0.5))
    # The last edges are moved outwards: what lies on them belongs to the last blocks.
    xs, ys = np.linspace(west, east, side + 1), np.linspace(south, north, side + 1)
    xs[-1] += 1e-9
    ys[-1] += 1e-9
    for low, high in pairwise(ys):
        for left, right in pairwise(xs):
            yield float(left), float(low), float(right), float(high)


def geometry(wkb: bytes) -> sql.Composable:
    """Return a geometry of EPSG:4490 as SQL."""
    return sql.SQL("ST_GeomFromWKB({}, 4490)").format(sql.Literal(memoryview(wkb)))


def envelope(bounds: Bounds) -> sql.Composable:
    """Return bounds (EPSG:4490) as SQL."""
    return sql.SQL("ST_MakeEnvelope({}, 4490)").format(sql.SQL(", ").join(map(sql.Literal, bounds)))


def select(statement: sql.Composable) -> list[Any]:
    """Run one query and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def run(statement: sql.Composable) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def _indexed(staged: Staged) -> Iterator[None]:
    name = f"{staged.stage.strings[-1]}_checked"
    run(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier("geodata", name)))
    run(sql.SQL("CREATE INDEX {} ON {} USING gist (geom)").format(sql.Identifier(name), staged.stage))
    run(sql.SQL("ANALYZE {} (geom, hash, src_file)").format(staged.stage))
    try:
        yield
    finally:
        for table in staged.memo.pop("scratch", []):
            run(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        run(sql.SQL("DROP INDEX IF EXISTS {}").format(sql.Identifier("geodata", name)))
