"""Rules of lines that should meet: ends that miss a line by little, and ends that do not match over a sheet's edge."""

from collections.abc import Iterable

from psycopg2 import sql

from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.staged import Found, Staged, collect, run
from layers import crs

_BASIS = ("GB/T 24356 线要素拓扑、GB/T 20258", "GB/T 24356, GB/T 20258")
_EDGE = ("GB/T 24356 接边", "GB/T 24356 edge matching")
_SAME_M = 0.001
"""Nearer than this is the same place: coordinates are rounded to 0.1 mm."""


@rule("topology-dangle", "staged", ("悬挂点", "Dangling end"),
      ("{count} 个线端点距另一条线不足 {limit} {unit} 而未相接", "{count} line ends miss another line by less than {limit} {unit}"),
      kinds="network", wants="line", limit=0.5, unit="m", basis=_BASIS)  # fmt: skip
def dangle(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find ends that stop short of a line of the same file, or run past it, by less than the limit."""
    return collect(staged, sql.SQL(
        "SELECT e.fid, e.src_file, e.src_row, round(near.metres::numeric, 3) || ' m' AS value, e.place AS geom "
        "FROM {ends} AS e CROSS JOIN LATERAL (SELECT ST_Distance(a.geom::geography, e.place::geography) AS metres "
        "FROM {around} AS a WHERE a.geom && ST_Expand(e.place, {reach}) AND a.fid <> e.fid AND a.src_file = e.src_file "
        "AND ST_Dimension(a.geom) = 1 ORDER BY 1 LIMIT 1) AS near "
        "WHERE near.metres BETWEEN {same} AND {limit} ORDER BY e.fid"
    ).format(**_names(staged, setting)))  # fmt: skip


@rule("topology-edge-match", "staged", ("接边错位", "Sheets do not match"),
      ("与相邻图幅接边错位 {count} 处：{values}", "{count} line ends miss the neighbouring sheet's: {values}"),
      kinds="line", limit=2.0, unit="m", basis=_EDGE)  # fmt: skip
def edge_match(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find free ends near, but not at, a free end of another sheet or of what stays published around the delivery."""
    statement = sql.SQL(
        "SELECT e.fid, e.src_file, e.src_row, near.metres AS value, e.place AS geom FROM {ends} AS e CROSS JOIN LATERAL "
        "(SELECT f.fid, f.src_file, round(ST_Distance(f.place::geography, e.place::geography)::numeric, 3) AS metres FROM {ends} AS f "
        "WHERE f.place && ST_Expand(e.place, {reach}) AND f.src_file <> e.src_file ORDER BY 3 LIMIT 1) AS near "
        "WHERE e.src_file > near.src_file AND near.metres BETWEEN {same} AND {limit} ORDER BY near.metres DESC"
    ).format(**_names(staged, setting))  # fmt: skip
    for found in collect(staged, statement):
        worst = [each.value for each in found.samples]
        yield Found(found.count, found.samples, found.bounds, values=f"≤ {worst[0]} m")


def _names(staged: Staged, setting: Setting) -> dict[str, sql.Composable]:
    reach = setting.limit / crs.degree_m(60.0)[0]
    return {"ends": _ends(staged), "around": staged.around, "reach": sql.Literal(reach), "same": sql.Literal(_SAME_M),
            "limit": sql.Literal(setting.limit)}  # fmt: skip


def _ends(staged: Staged) -> sql.Composable:
    """Make the table of ends that no other line shares: (fid, src_file, src_row, place), published ones with file 0."""
    if "ends" not in staged.memo:
        table = staged.scratch("ends")
        run(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        run(sql.SQL(
            "CREATE UNLOGGED TABLE {} AS SELECT min(fid) AS fid, min(src_file) AS src_file, min(src_row) AS src_row, place "
            "FROM (SELECT fid, src_file, src_row, (ST_Dump(geom)).geom AS line FROM {} AS a WHERE ST_Dimension(geom) = 1) AS d "
            "CROSS JOIN LATERAL (VALUES (ST_StartPoint(line)), (ST_EndPoint(line))) AS v(place) GROUP BY place HAVING count(*) = 1"
        ).format(table, staged.around))  # fmt: skip
        run(sql.SQL("CREATE INDEX ON {} USING gist (place)").format(table))
        run(sql.SQL("ANALYZE {}").format(table))
        staged.memo["ends"] = table
    made: sql.Composable = staged.memo["ends"]
    return made
