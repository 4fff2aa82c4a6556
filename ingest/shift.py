"""Were these coordinates shifted by a web map (GCJ-02, BD-09)? Told by the published layers round about; undone only by choice.

The shift moves everything in the city by some 500 m, smoothly, so the data fit nothing that is published, and fit it as soon as
the shift is undone. The measure: of `SAMPLE` places of the delivery (vertices, centroids), how many lie within `NEAR_M` of a
published point, line or outline, as delivered and with each shift undone. A shift counts as recognised when its share is
at least three times that of the delivered numbers, or 0.3 above it, and the difference is beyond eight standard errors:
what falls near something by chance does so under every hypothesis alike. And the fit is sharp: moved by `ASIDE_M` from where
the undone shift puts them, the places must fit far worse. A delivery that only comes to lie on a built-up place fits there
as well as beside it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray
from psycopg2 import sql

from ingest.findings import Finding, refuse
from ingest.georeference import Georeference
from layers import registry
from layers.spec import LayerSpec

SAMPLE, NEAR_M = 300, 8.0
_NEAR_DEG = NEAR_M / 111_195
_FEWEST = 30
ASIDE_M, _SHARPNESS = 30.0, 1.5
_LAYERS = 12
_A, _EE = 6378245.0, 0.006693421622965943
_X_PI = math.pi * 3000 / 180
_TITLES = {"gcj02": "GCJ-02（火星坐标）", "bd09": "BD-09（百度坐标）"}
type Places = NDArray[np.float64]


def to_gcj02(xy: Places) -> Places:
    """Shift true longitudes and latitudes (n, 2) as GCJ-02 does."""
    x, y = xy[:, 0] - 105.0, xy[:, 1] - 35.0
    root = np.sqrt(np.abs(x))
    waves = (20 * np.sin(6 * x * math.pi) + 20 * np.sin(2 * x * math.pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20 * np.sin(y * math.pi) + 40 * np.sin(y / 3 * math.pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * math.pi) + 320 * np.sin(y * math.pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20 * np.sin(x * math.pi) + 40 * np.sin(x / 3 * math.pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * math.pi) + 300 * np.sin(x / 30 * math.pi)) * 2 / 3
    latitude = np.radians(xy[:, 1])
    magic = 1 - _EE * np.sin(latitude) ** 2
    north = north * 180 / (_A * (1 - _EE) / (magic * np.sqrt(magic)) * math.pi)
    east = east * 180 / (_A / np.sqrt(magic) * np.cos(latitude) * math.pi)
    return np.column_stack((xy[:, 0] + east, xy[:, 1] + north))


def to_bd09(xy: Places) -> Places:
    """Shift true longitudes and latitudes (n, 2) as BD-09 does, which is GCJ-02 shifted again."""
    gcj = to_gcj02(xy)
    x, y = gcj[:, 0], gcj[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _X_PI)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _X_PI)
    return np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))


def _undone(shift: Callable[[Places], Places]) -> Callable[[Places], Places]:
    """Return the inverse of a shift, to 0.1 mm: what is shifted onto the place is sought step by step."""

    def undo(xy: Places) -> Places:
        found = xy.copy()
        for _ in range(8):
            found -= shift(found) - xy
        return found

    return undo


UNDO: dict[str, Callable[[Places], Places]] = {"gcj02": _undone(to_gcj02), "bd09": _undone(to_bd09)}


def undone(where: Georeference, shift: str, file: str) -> tuple[Georeference, list[Finding]]:
    """Have a chosen shift undone after everything else, and say so; nothing chosen, nothing done."""
    if not shift:
        return where, []
    path = replace(where.path, then=(*where.path.then, UNDO[shift]), note=f"{where.path.note} − {shift}")
    said = Finding("shift-undone", "warning", f"按指定消除 {_TITLES[shift]} 偏移（谱系中注明）",
                   f"the shift of {shift} is undone, as chosen; lineage says so", file)  # fmt: skip
    return replace(where, path=path, name=f"{where.name} − {shift}"), [said]


@dataclass(frozen=True, slots=True)
class Evidence:
    """How well a layer's neighbourhood fits: shares of the sample near something, by hypothesis ("" = as delivered)."""

    slug: str
    size: int
    shares: dict[str, float]

    def strength(self, shift: str) -> float:
        """Return by how many standard errors a shift fits better than the delivered numbers; 0 unless it counts."""
        plain, other = self.shares[""], self.shares[shift]
        if self.size < _FEWEST or not (other >= max(3 * plain, 0.1) or other - plain >= 0.3):
            return 0.0
        mean = (plain + other) / 2
        error = math.sqrt(max(mean * (1 - mean), 1e-6) * 2 / self.size)
        return (other - plain) / error


def check(stage: sql.Identifier, part: int, chosen: str, file: str) -> list[Finding]:
    """Compare staged rows of one file with what is published; raises Refused when they were shifted and nobody chose to undo it."""
    places = _sample(stage, part)
    found = [each for spec in _control(places) for each in [_evidence(spec, places)] if each.size >= _FEWEST]
    if not found:
        return []
    ranked = sorted(((each, name) for each in found for name in UNDO), key=lambda pair: -pair[0].strength(pair[1]))
    recognised = [pair for pair in ranked if pair[0].strength(pair[1]) >= 8 and _is_sharp(pair[0], pair[1], places)]
    if not recognised:
        return _confirmed(max(found, key=lambda each: each.shares[""]), chosen, file)
    best, shift = recognised[0]
    told = f"{best.shares[shift]:.0%} / {best.shares['']:.0%}"
    if chosen:
        raise refuse("shift-twice", f"消除偏移后仍像 {_TITLES[shift]}（与 {best.slug} 吻合 {told}）：数据可能并未偏移",
                     f"with the shift undone it still looks like {shift} ({told} near {best.slug}): perhaps it was not shifted", file)  # fmt: skip
    raise refuse("shift-recognised", f"坐标像 {_TITLES[shift]} 偏移：消除后与已发布图层 {best.slug} 吻合 {told}（消除后/原样）；"
                 f'如确认，在 delivery.toml 写 shift = "{shift}"',
                 f"the coordinates look shifted by {shift}: {told} of the places fit layer {best.slug} (undone / as delivered); "
                 f'if that is so, write shift = "{shift}" in delivery.toml', file)  # fmt: skip


def _confirmed(best: Evidence, chosen: str, file: str) -> list[Finding]:
    if not chosen or best.shares[""] >= 0.3:
        return []
    return [Finding("shift-unconfirmed", "warning", f"消除偏移后与已发布图层只吻合 {best.shares['']:.0%}，请核对",
                    f"with the shift undone only {best.shares['']:.0%} fits what is published; check it", file)]  # fmt: skip


def _sample(stage: sql.Identifier, part: int) -> Places:
    """Return up to SAMPLE places of a file's staged rows, spread over all of them."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT min(fid), max(fid) FROM {} WHERE src_file = %s").format(stage), [part])
        first, last = cursor.fetchone()
        if first is None:
            return np.empty((0, 2))
        step = max(1, (last - first + 1) // SAMPLE)
        cursor.execute(
            sql.SQL("SELECT ST_AsBinary(geom) FROM {} WHERE src_file = %s AND geom IS NOT NULL AND fid %% %s = 0").format(stage), [part, step]
        )
        shapes = shapely.from_wkb([bytes(wkb) for (wkb,) in cursor.fetchall()])
    places, owner = shapely.get_coordinates(shapes, return_index=True)
    each = max(1, SAMPLE // max(1, len(shapes)))
    rank = np.arange(len(owner)) - np.searchsorted(owner, owner)
    size = np.bincount(owner, minlength=len(shapes))[owner] if len(owner) else owner
    chosen = places[(rank * each) % np.maximum(size, 1) < each] if len(places) else places
    return chosen[:: max(1, len(chosen) // SAMPLE)][:SAMPLE]


def _control(places: Places) -> list[LayerSpec]:
    """Return the published layers of features round the sample: they tell the true place."""
    if len(places) < _FEWEST:
        return []
    west, south = places.min(axis=0) - 0.02
    east, north = places.max(axis=0) + 0.02
    found = [
        spec for spec in registry.current().layers.values()
        if spec.kind == "vector" and spec.version and spec.extent and spec.extent[0] < east and spec.extent[2] > west
        and spec.extent[1] < north and spec.extent[3] > south
    ]  # fmt: skip
    return sorted(found, key=lambda spec: -(spec.current.count if spec.current else 0))[:_LAYERS]


def _evidence(spec: LayerSpec, places: Places) -> Evidence:
    hypotheses = {"": places, **{name: undo(places) for name, undo in UNDO.items()}}
    return Evidence(spec.slug, len(places), {name: _near(spec, each) for name, each in hypotheses.items()})


def _is_sharp(evidence: Evidence, shift: str, places: Places) -> bool:
    """Whether the fit is lost a few metres aside: true outlines lie on each other, chance does not care."""
    spec = registry.current().layers[evidence.slug]
    there = UNDO[shift](places)
    east = ASIDE_M / (111_195 * math.cos(math.radians(float(there[:, 1].mean()))))
    north = ASIDE_M / 111_195
    aside = [_near(spec, there + np.array(step)) for step in ((east, 0.0), (-east, 0.0), (0.0, north), (0.0, -north))]
    return evidence.shares[shift] >= _SHARPNESS * max(aside)


def _near(spec: LayerSpec, places: Places) -> float:
    """Return the share of places within NEAR_M of a feature: of a polygon's outline, since its inside says nothing."""
    query = sql.SQL(
        "SELECT count(*) FROM unnest(%s::float8[], %s::float8[]) AS p (x, y) WHERE EXISTS (SELECT FROM {table} AS t"
        " WHERE t.until IS NULL AND t.since <= {version} AND t.geom && ST_Expand(ST_SetSRID(ST_Point(x, y), 4490), %s) AND ST_DWithin("
        " CASE WHEN ST_Dimension(t.geom) = 2 THEN ST_Boundary(t.geom) ELSE t.geom END, ST_SetSRID(ST_Point(x, y), 4490), %s))"
    ).format(table=sql.Identifier(*spec.table.split(".")), version=sql.Literal(spec.version))
    # Not "valid in the version": joined to points, only the current rows' own index is ever used.
    with connection.cursor() as cursor:
        cursor.execute(query, [places[:, 0].tolist(), places[:, 1].tolist(), _NEAR_DEG, _NEAR_DEG])
        return float(cursor.fetchone()[0]) / len(places)
