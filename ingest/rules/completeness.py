"""Rules of what should be there: as many features as before, the declared area, all sheets."""

from collections.abc import Iterable

import shapely
from psycopg2 import sql

from ingest.findings import Sample
from ingest.rules.coverage import union_of
from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.rows import short_wkt
from ingest.rules.staged import Found, Staged, collect, geometry, select

_QUALITY = ("GB/T 24356 完整性", "GB/T 24356 completeness")


@rule("count-change", "staged", ("要素数与现行版本相差大", "Feature count differs much"),
      ("要素数由 {values} 个，变化超过 {limit}{unit}", "the number of features went from {values}, more than {limit}{unit}"),
      kinds="vector", limit=20.0, unit="%", basis=_QUALITY)  # fmt: skip
def count_change(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Compare how many rows there are with how many there were in what the delivery replaces."""
    if staged.is_new or staged.is_patch:
        return []
    inside: sql.Composable = sql.SQL("true")
    if staged.area is not None:
        inside = sql.SQL("ST_Intersects({}, ST_PointOnSurface(geom))").format(geometry(staged.area))
    now = select(sql.SQL("SELECT count(*) FROM {}").format(staged.stage))[0][0]
    before = select(sql.SQL("SELECT count(*) FROM {} AS t WHERE {}").format(staged.published, inside))[0][0]
    if not before or abs(now - before) <= before * setting.limit / 100:
        return []
    return [Found(abs(now - before), values=f"{before:,} → {now:,}")]


@rule("area-left", "staged", ("超出声明范围", "Outside the declared area"),
      ("{count} 个要素在声明的测区范围之外", "{count} features lie outside the declared area"), kinds="spatial", basis=_QUALITY)  # fmt: skip
def outside(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find features that have no part in the area the delivery says it covers."""
    if staged.told_area is None:
        return []
    return collect(staged, sql.SQL(
        "SELECT fid, src_file, src_row, NULL AS value, geom FROM {} WHERE NOT ST_Intersects(geom, {}) ORDER BY fid"
    ).format(staged.stage, geometry(staged.told_area)))  # fmt: skip


@rule("area-uncovered", "staged", ("声明范围未覆盖", "Declared area not covered"),
      ("声明的测区范围有 {values} 未覆盖", "{values} of the declared area is not covered"),
      kinds="coverage", wants="polygon", limit=0.5, unit="%", basis=_QUALITY)  # fmt: skip
def uncovered(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Compare the union of a coverage with the area the delivery says it covers."""
    if staged.told_area is None:
        return []
    told = shapely.from_wkb(staged.told_area)
    missing = shapely.difference(told, union_of(staged))
    share = 100 * missing.area / told.area
    if share <= setting.limit:
        return []
    parts = sorted(shapely.get_parts(missing), key=lambda each: -each.area)
    west, south, east, north = (float(each) for each in shapely.bounds(missing))
    samples = tuple(Sample(wkt=short_wkt(each)) for each in parts[:5])
    return [Found(len(parts), samples, (west, south, east, north), values=f"{share:.1f} %")]
