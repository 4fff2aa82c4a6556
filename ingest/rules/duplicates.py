"""Rules of what is there twice: whole rows, geometries, identities."""

from collections.abc import Iterable

from psycopg2 import sql

from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.staged import Found, Staged, collect
from layers.pairing import identity_column

_QUALITY = ("GB/T 24356 逻辑一致性", "GB/T 24356 logical consistency")


@rule("duplicate-row", "staged", ("要素完全重复", "Same feature twice"),
      ("{count} 个要素与另一个完全相同（图形与属性）", "{count} features equal another in geometry and attributes"),
      kinds="vector", basis=_QUALITY)  # fmt: skip
def rows(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find rows whose content equals an earlier row's."""
    return collect(staged, sql.SQL(
        "SELECT fid, src_file, src_row, NULL AS value, geom FROM (SELECT *, row_number() OVER (PARTITION BY hash ORDER BY fid) AS n "
        "FROM {s} WHERE hash IN (SELECT hash FROM {s} GROUP BY hash HAVING count(*) > 1)) AS same WHERE n > 1 ORDER BY fid"
    ).format(s=staged.stage))  # fmt: skip


@rule("duplicate-geometry", "staged", ("图形重复", "Same geometry twice"),
      ("{count} 个要素与另一个图形相同而属性不同", "{count} features have another's geometry with other attributes"),
      kinds="line polygon", wants="spatial", basis=_QUALITY)  # fmt: skip
def geometries(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find geometries that are there twice with different attributes; points in one place are no fault unless asked for."""
    # Equal geometries have equal boxes: only rows that share one are compared point by point.
    return collect(staged, sql.SQL(
        "WITH alike AS (SELECT *, ST_AsBinary(ST_Normalize(geom)) AS shape FROM (SELECT *, count(*) OVER "
        "(PARTITION BY ST_Envelope(geom)) AS n FROM {s} WHERE NOT ST_IsEmpty(geom)) AS boxed WHERE n > 1), "
        "same AS (SELECT shape, min(fid) AS first FROM alike GROUP BY shape HAVING count(DISTINCT hash) > 1) "
        "SELECT fid, src_file, src_row, NULL AS value, geom FROM alike JOIN same USING (shape) WHERE fid > first ORDER BY fid"
    ).format(s=staged.stage))  # fmt: skip


@rule("identity-duplicate", "staged", ("标识码不唯一", "Identity not unique"),
      ("{count} 个要素的标识 {field} 与别的要素相同", "{count} features share their {field} with another"),
      kinds="vector", basis=("TD/T 1057-2020 标识码", "TD/T 1057-2020"))  # fmt: skip
def identities(staged: Staged, setting: Setting) -> Iterable[Found]:
    """Find identities that name more than one row."""
    column = identity_column(staged.spec)
    if not column:
        return []
    return collect(staged, sql.SQL(
        "SELECT fid, src_file, src_row, {c} AS value, geom FROM {s} WHERE {c} IN "
        "(SELECT {c} FROM {s} WHERE {c}::text <> '' GROUP BY {c} HAVING count(*) > 1) ORDER BY {c}, fid"
    ).format(s=staged.stage, c=sql.Identifier(column)), staged.spec.identity)  # fmt: skip
