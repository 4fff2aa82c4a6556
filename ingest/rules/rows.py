"""Rules of rows, run on each batch while it is on its way into the stage; what they hit is summed up.

A rule gets a `Batch` and its `Setting` and gives `Hits`: positions in the batch, with a field, values
and places where it knows them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from ingest.findings import SAMPLES, Finding, Sample
from ingest.placing import Mask, Placed
from ingest.rules.policy import Policy, Setting
from layers.spec import Bounds, FieldSpec

_A, _E2 = 6_378_137.0, 0.006_694_380_022_9
"""CGCS2000's ellipsoid: semi-major axis and first eccentricity squared (GB 22021-2008)."""
_WKT_POINTS = 60
_SHOWN_VALUES = 5
REPAIR = "geometry-repaired"
"""The rule that mends invalid polygons, where a policy asks for it."""


@dataclass(frozen=True, slots=True)
class Source:
    """What row rules must know of layer and file: `widths` of text fields are bytes in `encoding`, by field name."""

    slug: str = ""
    geometry: str = ""
    identity: str = ""
    widths: Mapping[str, int] = field(default_factory=dict)
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Hits:
    """Rows of a batch that a rule is about, by position; `values` and `at` (lon lat) go with them."""

    rows: NDArray[np.int64]
    field: str = ""
    values: Sequence[Any] = ()
    at: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """One column: its values as the layer's field, as `delivered`, and the mask of those that did not fit."""

    spec: FieldSpec
    values: pa.Array
    delivered: pa.Array
    unfit: Mask | None = None


@dataclass
class Batch:
    """Rows on their way into the stage: placed geometries and attributes, `first` row counts from 1."""

    first: int
    placed: Placed
    attributes: Sequence[Attribute]
    source: Source

    @property
    def shapes(self) -> NDArray[np.object_]:
        """The geometries in EPSG:4490."""
        return self.placed.geometries

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """Bounds of each geometry, NaN where there is none."""
        return shapely.bounds(self.shapes)

    @cached_property
    def scale_m(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Metres of a degree of longitude and of latitude, by row, on the ellipsoid of CGCS2000."""
        sine = np.sin(np.radians((self.bounds[:, 1] + self.bounds[:, 3]) / 2))
        root = np.sqrt(1 - _E2 * sine * sine)
        degree = np.pi / 180 * _A
        return degree * np.sqrt(1 - sine * sine) / root, degree * (1 - _E2) / root**3

    @cached_property
    def area_m2(self) -> NDArray[np.float64]:
        """Areas in square metres on the ellipsoid, within 0.01 % for anything smaller than a town."""
        return np.asarray(shapely.area(self.shapes) * self.scale_m[0] * self.scale_m[1])

    @cached_property
    def length_m(self) -> NDArray[np.float64]:
        """Lengths (perimeters of polygons) in metres."""
        _, _, dx, dy, row, joined = self.segments
        lengths = np.where(joined, np.hypot(dx, dy), 0.0)
        return np.bincount(row, weights=lengths, minlength=len(self.shapes))

    @cached_property
    def segments(self) -> tuple[Any, Any, Any, Any, Any, Any]:
        """Vertices of all rings and lines: coordinates, line, dx and dy to the next in metres, row, whether it is joined."""
        parts, owner = self.shapes, np.arange(len(self.shapes))
        if (shapely.get_type_id(parts) > 3).any():
            parts, owner = shapely.get_parts(self.shapes, return_index=True)
        is_polygon = shapely.get_dimensions(parts) == 2
        rings, of = shapely.get_rings(parts[is_polygon], return_index=True)
        is_line = shapely.get_dimensions(parts) == 1
        lines = np.concatenate((rings, parts[is_line]))
        rows = np.concatenate((owner[is_polygon][of], owner[is_line]))
        coordinates, line = shapely.get_coordinates(lines, return_index=True)
        row = rows[line]
        following = np.roll(coordinates, -1, axis=0) - coordinates
        joined = np.roll(line, -1) == line
        if len(line):
            joined[-1] = False
        return coordinates, line, following[:, 0] * self.scale_m[0][row], following[:, 1] * self.scale_m[1][row], row, joined

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute called so, case aside."""
        return next((each for each in self.attributes if each.spec.name.upper() == name), None)

    def noticed(self, identifier: str) -> list[Hits]:
        """Return what was noticed while the geometries were put in place."""
        return hits(self.placed.noticed.get(identifier))


def hits(mask: Mask | None, name: str = "", values: Any = None) -> list[Hits]:
    """Make hits of a mask over the batch's rows; `values` is indexed by the same."""
    if mask is None or not mask.any():
        return []
    rows = np.flatnonzero(mask)
    return [Hits(rows, name, () if values is None else [_plain(values[row]) for row in rows])]


def _plain(value: Any) -> Any:
    return value.as_py() if isinstance(value, pa.Scalar) else getattr(value, "geom_type", value)


@dataclass(slots=True)
class _Sum:
    setting: Setting
    count: int = 0
    samples: list[Sample] = field(default_factory=list)
    bounds: Bounds | None = None
    values: Counter[str] = field(default_factory=Counter)


class RowChecks:
    """The rules of one layer's rows and what they have hit so far."""

    def __init__(self, policy: Policy, source: Source) -> None:
        self.source = source
        self._settings = list(policy.settings("rows"))
        self._sums: dict[tuple[str, str], _Sum] = {}

    def mend(self, placed: Placed) -> None:
        """Make polygons valid where the policy asks for it and their area stays what it is, within the rule's limit."""
        setting = next((each for each in self._settings if each.rule.id == REPAIR), None)
        if setting is None:
            return
        shapes = placed.geometries
        rows = np.flatnonzero((shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes))
        mended = shapely.make_valid(shapes[rows], method="structure", keep_collapsed=False)
        before, after = shapely.area(shapes[rows]), shapely.area(mended)
        kept = (after > 0) & (np.abs(after - before) <= after * setting.limit / 100) & (shapely.get_dimensions(mended) == 2)
        shapes[rows[kept]] = shapely.orient_polygons(mended[kept], exterior_cw=False)
        placed.noticed[REPAIR] = np.isin(np.arange(len(shapes)), rows[kept])

    def look(self, first: int, placed: Placed, attributes: Sequence[Attribute]) -> None:
        """Run the rules on one batch; `first` is its first row's number in the file."""
        batch = Batch(first, placed, attributes, self.source)
        with np.errstate(invalid="ignore", divide="ignore"):
            for setting in self._settings:
                for found in setting.rule.check(batch, setting):
                    self._add(setting, batch, found)

    def findings(self, file: str, layer: str) -> list[Finding]:
        """Say what the rules found, in their order."""
        order = {setting.rule.id: place for place, setting in enumerate(self._settings)}
        return [
            finding(each.setting, file=file, layer=layer, count=each.count, samples=each.samples, bounds=each.bounds,
                    field=name, values=_most(each.values))
            for (_, name), each in sorted(self._sums.items(), key=lambda item: order[item[0][0]])
        ]  # fmt: skip

    def _add(self, setting: Setting, batch: Batch, found: Hits) -> None:
        total = self._sums.setdefault((setting.rule.id, found.field), _Sum(setting))
        total.count += len(found.rows)
        total.values.update(str(each) for each in found.values if each is not None)
        if len(total.values) > 1000:
            total.values = Counter(dict(total.values.most_common(500)))
        for place, row in enumerate(found.rows[: SAMPLES - len(total.samples)]):
            value = str(found.values[place])[:200] if len(found.values) else ""
            number = batch.first + int(row)
            total.samples.append(Sample(number, None, found.field, value, _wkt(batch.shapes[row], found, place)))
        total.bounds = joined(total.bounds, batch.bounds[found.rows])


def finding(setting: Setting, *, field: str = "", values: str = "", limit: float | None = None, **more: Any) -> Finding:
    """Write a rule's finding: its sentence with the figures put in."""
    rule = setting.rule
    words = {"count": more.get("count", 1), "field": field, "values": values, "unit": rule.unit,
             "limit": f"{setting.limit if limit is None else limit:g}"}  # fmt: skip
    more |= {"samples": tuple(more.get("samples", ())), "title_zh": rule.title.zh, "title_en": rule.title.en}
    return Finding(rule.id, setting.severity, rule.says.zh.format(**words), rule.says.en.format(**words), **more)


def joined(bounds: Bounds | None, more: NDArray[np.float64]) -> Bounds | None:
    """Return bounds that hold `bounds` and all rows of `more` (n, 4); rows of NaN count for nothing."""
    more = more[np.isfinite(more).all(axis=1)]
    if bounds is not None:
        more = np.vstack((more, bounds))
    if not len(more):
        return None
    low, high = more.min(axis=0), more.max(axis=0)
    return float(low[0]), float(low[1]), float(high[2]), float(high[3])


def short_wkt(shape: Any) -> str:
    """Return a geometry's WKT, simplified to its outline when it has too many points; "" for none."""
    if shape is None or shapely.is_empty(shape):
        return ""
    if shapely.get_num_coordinates(shape) > _WKT_POINTS:
        shape = shapely.box(*shapely.bounds(shape))
    return str(shapely.to_wkt(shape, rounding_precision=9))


def _wkt(shape: Any, found: Hits, place: int) -> str:
    if found.at is not None:
        return f"POINT ({found.at[place][0]:.9f} {found.at[place][1]:.9f})"
    return short_wkt(shape)


def _most(values: Iterable[str] | Counter[str]) -> str:
    counted = Counter(values)
    shown = "、".join(value for value, _ in counted.most_common(_SHOWN_VALUES))
    return f"{shown}…" if len(counted) > _SHOWN_VALUES else shown
