"""Which files a version of a raster layer consists of: written unseen, restored, counted.

As with rows (layers/versions), `since`/`until` carry the coming version until the pointer moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon

from layers import models
from layers.spec import Bounds, LayerSpec
from layers.versions import Diff


@dataclass(frozen=True, slots=True)
class StagedFile:
    """One COG for a raster layer; column names are those of `layers.models.RasterFile`."""

    slug: str
    name: str
    sha256: str
    source_sha256: str
    path: str
    srs: str
    footprint: bytes
    width: int
    height: int
    bands: int
    dtype: str
    pixel_size_m: float
    nodata: float | None = None
    shade_path: str = ""
    survey_date: date | None = None
    priority: int = 0
    stats: dict[str, Any] = field(default_factory=dict)


def write(layer: LayerSpec, files: Sequence[StagedFile]) -> Diff:
    """A file replaces the one of the same name and survey date; all others stay."""
    version = layer.version + 1
    _undo_files(layer)
    current = models.RasterFile.objects.filter(layer_id=layer.id, until=None)
    added = changed = 0
    bounds: list[Bounds] = []
    for each in files:
        footprint = _footprint(each.footprint)
        old = current.filter(name=each.name, survey_date=each.survey_date).first()
        if old and (old.sha256, old.priority) == (each.sha256, each.priority):
            continue
        bounds.append(footprint.extent)
        if old:
            bounds.append(old.footprint.extent)
            models.RasterFile.objects.filter(pk=old.pk).update(until=version)
        added, changed = (added, changed + 1) if old else (added + 1, changed)
        models.RasterFile.objects.create(
            layer_id=layer.id, since=version, name=each.name, sha256=each.sha256, source_sha256=each.source_sha256,
            path=each.path, shade_path=each.shade_path, srs=each.srs, footprint=footprint,
            survey_date=each.survey_date, priority=each.priority, width=each.width, height=each.height,
            bands=each.bands, dtype=each.dtype, nodata=each.nodata, pixel_size_m=each.pixel_size_m, stats=each.stats,
        )  # fmt: skip
    return Diff(added, changed, 0, tuple(bounds))


def compared(layer: LayerSpec, files: Sequence[StagedFile]) -> tuple[int, int]:
    """Count how many of the files are new to the layer, and how many replace another."""
    current = {
        (name, day): (sha256, priority)
        for name, day, sha256, priority in models.RasterFile.objects.filter(layer_id=layer.id, until=None).values_list(
            "name", "survey_date", "sha256", "priority"
        )
    }
    old = [current.get((each.name, each.survey_date)) for each in files]
    changed = sum(1 for each, was in zip(files, old, strict=True) if was not in (None, (each.sha256, each.priority)))
    return old.count(None), changed


def _footprint(wkb: bytes) -> MultiPolygon:
    shape = GEOSGeometry(memoryview(wkb), srid=4490)
    return shape if isinstance(shape, MultiPolygon) else MultiPolygon(shape, srid=4490)


def _undo_files(layer: LayerSpec) -> None:
    files = models.RasterFile.objects.filter(layer_id=layer.id)
    files.filter(since__gt=layer.version).delete()
    files.filter(until__gt=layer.version).update(until=None)


def restore(layer: LayerSpec, number: int) -> Diff:
    """Make the coming version consist of the files of version `number`."""
    version = layer.version + 1
    _undo_files(layer)
    files = models.RasterFile.objects.filter(layer_id=layer.id)
    closed = files.filter(until=None, since__gt=number)
    lost = files.filter(since__lte=number, until__gt=number)
    bounds = tuple(each.footprint.extent for each in (*closed, *lost))
    removed, added = closed.count(), lost.count()
    lost_rows = list(lost)
    closed.update(until=version)
    for row in lost_rows:
        row.pk, row.since, row.until = None, version, None
        row.save(force_insert=True)
    return Diff(added, 0, removed, bounds)


def state(layer: LayerSpec) -> tuple[int, Bounds | None]:
    """Count the coming version's files and find their extent (EPSG:4490)."""
    boxes = [each.footprint.extent for each in models.RasterFile.objects.filter(layer_id=layer.id, until=None)]
    if not boxes:
        return 0, None
    west, south = min(box[0] for box in boxes), min(box[1] for box in boxes)
    return len(boxes), (west, south, max(box[2] for box in boxes), max(box[3] for box in boxes))
