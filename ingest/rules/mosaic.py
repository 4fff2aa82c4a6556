"""A raster layer as its rules see it: the staged sheets, measured, beside those that stay published.

The pixels are measured by a caged process over the staged COGs (`ingest.raster.measure`); rules judge its figures.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from ingest.findings import SAMPLES, Finding, Sample, refuse
from ingest.read import environment
from ingest.rules.policy import Policy
from ingest.rules.rows import finding, short_wkt
from ingest.rules.staged import Found
from layers import crs, models
from layers.mosaics import StagedFile
from layers.spec import Bounds, Kind
from layers.store import Store

_SECONDS = 3600


@dataclass(frozen=True)
class Sheet:
    """One sheet; `told` is what was read of the delivered file (empty for a published one)."""

    name: str
    path: str
    srs: str
    footprint: Any
    pixel_m: float
    bands: int
    dtype: str
    told: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def to_storage(self) -> crs.Path:
        """The way from the sheet's CRS to EPSG:4490."""
        return crs.to_storage(crs.read(self.srs))

    def placed(self, points: Sequence[Sequence[float]]) -> Any:
        """Return an outline of the sheet's own coordinates as a polygon in EPSG:4490, one point as a point."""
        xy = self.to_storage.transform(np.array([each[:2] for each in points], dtype=float))
        return shapely.Polygon(xy) if len(xy) > 2 else shapely.Point(xy[0])


@dataclass(frozen=True)
class Mosaic:
    """A raster layer's staged sheets and the published ones that stay; `seams` are (sheet, sheet, measures)."""

    slug: str
    kind: Kind
    sheets: tuple[Sheet, ...]
    published: tuple[Sheet, ...] = ()
    seams: tuple[tuple[Sheet, Sheet, dict[str, Any]], ...] = ()

    def found(self, places: Iterable[tuple[Sheet, str, Any]], values: str = "") -> Iterator[Found]:
        """Sum up sheets with a word about each and the place (EPSG:4490) to zoom to."""
        known = list(places)
        if known:
            box = shapely.total_bounds([shape for _, _, shape in known])
            bounds: Bounds = (float(box[0]), float(box[1]), float(box[2]), float(box[3]))
            samples = [Sample(value=word, wkt=short_wkt(shape), file=sheet.name) for sheet, word, shape in known[:SAMPLES]]
            yield Found(len(known), samples, bounds, values=values or "、".join(dict.fromkeys(each.name for each, _, _ in known[:3])))


def of_files(slug: str, kind: Kind, files: Sequence[tuple[StagedFile, dict[str, Any]]], layer_id: int) -> Mosaic:
    """Measure staged files, each with what was read of the delivered one, and how they meet each other and the published."""
    names = {(file.name, file.survey_date) for file, _ in files}
    rows = models.RasterFile.objects.filter(layer_id=layer_id, until=None) if layer_id else []
    published = tuple(
        Sheet(row.name, row.path, row.srs, shapely.from_wkb(bytes(row.footprint.wkb)), row.pixel_size_m, row.bands, row.dtype)
        for row in rows if (row.name, row.survey_date) not in names
    )  # fmt: skip
    plain = [
        Sheet(file.name, file.path, file.srs, shapely.from_wkb(file.footprint), file.pixel_size_m, file.bands, file.dtype, told)
        for file, told in files
    ]
    pairs = list(_meeting([*plain, *published], len(plain))) if kind == "elevation" else []
    measures = _measure(kind, plain, pairs)
    sheets = tuple(Sheet(**{**_values(sheet), "measured": found}) for sheet, found in zip(plain, measures["files"], strict=True))
    by_path = {sheet.path: sheet for sheet in (*published, *sheets)}
    seams = tuple(
        (by_path[one.path], by_path[other.path], found)
        for (one, other), found in zip(pairs, measures["seams"], strict=True) if found
    )  # fmt: skip
    return Mosaic(slug, kind, sheets, published, seams)


def check(mosaic: Mosaic, policy: Policy) -> list[Finding]:
    """Run the rules of a raster layer."""
    return [
        finding(setting, layer=mosaic.slug, count=found.count, samples=found.samples, bounds=found.bounds,
                field=found.field, values=found.values)
        for setting in policy.settings("raster") for found in setting.rule.check(mosaic, setting)
    ]  # fmt: skip


def _values(sheet: Sheet) -> dict[str, Any]:
    return {name: getattr(sheet, name) for name in Sheet.__dataclass_fields__}


def _meeting(sheets: Sequence[Sheet], own: int) -> Iterator[tuple[Sheet, Sheet]]:
    """Yield pairs of sheets that touch or overlap, at least one of them among the first `own`."""
    near = [each.footprint.buffer(2 * each.pixel_m / crs.degree_m(0.0)[1]) for each in sheets]
    left, right = shapely.STRtree(near).query(near, predicate="intersects")
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        if one < other and one < own:
            yield sheets[one], sheets[other]


def _measure(kind: Kind, sheets: Sequence[Sheet], pairs: Sequence[tuple[Sheet, Sheet]]) -> dict[str, Any]:
    store = Store(settings.GEOBASE.store)
    asked = {
        "folder": str(settings.GEOBASE.store), "kind": kind, "files": [str(store.path(each.path)) for each in sheets],
        "pairs": [[str(store.path(each.path)) for each in pair] for pair in pairs],
    }  # fmt: skip
    return _child(asked)


def _child(asked: dict[str, Any]) -> dict[str, Any]:
    cage = {**environment(), "GDAL_CACHEMAX": "256"}
    command = [sys.executable, "-m", "ingest.raster.measure"]
    try:
        done = subprocess.run(  # noqa: S603
            command, input=json.dumps(asked).encode(), capture_output=True, env=cage, timeout=_SECONDS, check=True
        )
    except subprocess.SubprocessError:
        raise refuse("raster-unmeasured", "像素检查中断：内存或时间超过上限，或文件异常，未能检查",
                     "the pixels could not be checked: more memory or time than is allowed, or an odd file") from None  # fmt: skip
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured
