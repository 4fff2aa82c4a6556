"""Rules of one geometry: is it there, whole, of the right type, valid, and of a size a survey can mean?"""

import re
from collections.abc import Iterable

import numpy as np
import shapely
from django.conf import settings

from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.rows import REPAIR, Batch, Hits, hits

_SFA = ("OGC 06-103r4（ISO 19125-1）§6.1", "OGC 06-103r4 (ISO 19125-1) §6.1")
_QUALITY = ("GB/T 24356 数学与逻辑一致性", "GB/T 24356 logical consistency")
_TYPES = {"Point": (0, 4), "LineString": (1, 5), "Polygon": (3, 6)}
_CROSSING = re.compile("self-intersection", re.IGNORECASE)
_PLACE = re.compile(r"\[(\S+) (\S+)\]$")


@rule("geometry-missing", "rows", ("没有图形", "No geometry"), ("{count} 个要素没有图形", "{count} features have no geometry"),
      kinds="spatial", basis=_QUALITY)  # fmt: skip
def missing(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find rows without a geometry."""
    return batch.noticed("geometry-missing")


@rule("geometry-empty", "rows", ("空图形", "Empty geometry"), ("{count} 个要素的图形为空", "{count} features have an empty geometry"),
      kinds="spatial", basis=_QUALITY)  # fmt: skip
def empty(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find geometries without a point."""
    return batch.noticed("geometry-empty")


@rule("geometry-unreadable", "rows", ("图形读不出", "Unreadable geometry"),
      ("{count} 个要素的图形数据损坏，置空", "{count} features have a damaged geometry, left empty"),
      kinds="spatial", basis=_SFA)  # fmt: skip
def unreadable(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find geometries whose bytes make no geometry, not even when rings are closed."""
    return batch.noticed("geometry-unreadable")


@rule("geometry-infinite", "rows", ("坐标不是有限数", "Coordinates not finite"),
      ("{count} 个要素的坐标无法转换或不是有限数（NaN、Inf），图形置空",
       "{count} features have coordinates that are no numbers or cannot be transformed, left empty"),
      kinds="spatial", basis=_SFA)  # fmt: skip
def infinite(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find coordinates that are NaN or infinite, as delivered or once transformed."""
    return batch.noticed("geometry-infinite")


@rule("geometry-type", "rows", ("图形类型不符", "Wrong geometry type"),
      ("{count} 个要素的图形类型与图层不符：{values}", "{count} features are not of the layer's geometry type: {values}"),
      kinds="point line polygon", basis=("GB/T 20258 要素几何类型", "GB/T 20258"))  # fmt: skip
def wrong_type(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find geometries that are not what the layer holds (point, line, polygon or several of it)."""
    kinds = shapely.get_type_id(batch.shapes)
    allowed = _TYPES.get(batch.source.geometry)
    if allowed is None:
        return []
    return hits((kinds >= 0) & ~np.isin(kinds, allowed), values=batch.shapes)


@rule("geometry-curve", "rows", ("曲线", "Curve"), ("{count} 个要素含曲线，已按弦线近似入库", "{count} features hold curves, stored as chords"),
      kinds="spatial", severity="info", basis=("GB/T 17798 / ISO 19107", "ISO 19107"))  # fmt: skip
def curve(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Record arcs that were drawn as chords (4° each, GDAL's default)."""
    return batch.noticed("geometry-curve")


@rule("geometry-z", "rows", ("含高程 Z", "Z values"), ("{count} 个要素带 Z 值，平面入库，Z 未入库", "{count} features carry Z, which is not stored"),
      kinds="spatial", severity="info", basis=_SFA)  # fmt: skip
def with_z(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Record heights that are left out."""
    return batch.noticed("geometry-z")


@rule("geometry-m", "rows", ("含量测值 M", "M values"), ("{count} 个要素带 M 值，M 未入库", "{count} features carry M, which is not stored"),
      kinds="spatial", severity="info", basis=_SFA)  # fmt: skip
def with_m(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Record measures that are left out."""
    return batch.noticed("geometry-m")


@rule("geometry-unclosed", "rows", ("环未闭合", "Unclosed ring"), ("{count} 个面的环未闭合，已闭合", "{count} polygons had an open ring, closed"),
      kinds="spatial", severity="info", basis=_SFA)  # fmt: skip
def unclosed(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Record rings that were closed by repeating their first point."""
    return batch.noticed("geometry-unclosed")


@rule("geometry-repeated-points", "rows", ("重复节点", "Repeated points"),
      ("{count} 个要素有连续重复的节点，已去除（图形不变）", "{count} features had repeated points, dropped (the shape is the same)"),
      kinds="spatial", severity="info", basis=_QUALITY)  # fmt: skip
def repeated(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Record consecutive equal vertices that were dropped."""
    return batch.noticed("geometry-repeated-points")


@rule("geometry-invalid", "rows", ("图形不合法", "Invalid geometry"),
      ("{count} 个要素的图形不合法：{values}", "{count} features have an invalid geometry: {values}"),
      kinds="spatial", basis=_SFA)  # fmt: skip
def invalid(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find geometries that break the rules of simple features, each with its reason and place."""
    broken = ~shapely.is_valid(batch.shapes) & ~shapely.is_missing(batch.shapes)
    if not broken.any():
        return []
    rows = np.flatnonzero(broken)
    reasons = [str(each) for each in shapely.is_valid_reason(batch.shapes[rows])]
    places = [_PLACE.search(each) for each in reasons]
    at = np.array([[float(found[1]), float(found[2])] if found else [np.nan, np.nan] for found in places])
    values = [_PLACE.sub("", each) for each in reasons]
    return [Hits(rows, "", values, at if np.isfinite(at).all() else None)]


@rule(REPAIR, "rows", ("已修复的图形", "Mended geometry"),
      ("{count} 个面已按结构修复为合法图形，面积变化不超过 {limit} {unit}", "{count} polygons were made valid, their area within {limit} {unit} of what it was"),
      kinds="asked", wants="polygon", severity="info", limit=0.0001, unit="%", basis=_SFA)  # fmt: skip
def repaired(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Record polygons that the policy let be mended; those whose area would change stay as they are, and invalid."""
    return batch.noticed(REPAIR)


@rule("geometry-self-crossing", "rows", ("线自相交", "Self-crossing line"),
      ("{count} 条线自相交", "{count} lines cross themselves"), kinds="line", basis=_QUALITY)  # fmt: skip
def self_crossing(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find lines that cross themselves; a polygon that does is invalid."""
    lines = shapely.get_dimensions(batch.shapes) == 1
    return hits(lines & ~shapely.is_simple(batch.shapes))


@rule("geometry-spike", "rows", ("尖刺", "Spike"),
      ("{count} 处尖刺（折角小于 {limit}{unit}）", "{count} spikes (an angle below {limit}{unit})"),
      kinds="line polygon", limit=1.0, unit="°", basis=_QUALITY)  # fmt: skip
def spike(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find vertices where a line turns back on itself: the angle between the arms is below the limit."""
    coordinates, line, dx, dy, row, joined = batch.segments
    if not len(line):
        return []
    before = _previous(coordinates, line, joined)
    length = dx * dx + dy * dy
    dot = -(dx[before] * dx + dy[before] * dy)
    is_sharp = (dot > 0) & (dot * dot > np.cos(np.radians(setting.limit)) ** 2 * length[before] * length)
    found = np.flatnonzero(is_sharp & joined & joined[before])
    return [Hits(row[found], at=coordinates[found])] if len(found) else []


def _previous(coordinates: np.ndarray, line: np.ndarray, joined: np.ndarray) -> np.ndarray:
    """Return each vertex's predecessor along its line; a closed line's first one has the last but one."""
    before = np.arange(len(line)) - 1
    starts = np.flatnonzero(np.r_[True, line[1:] != line[:-1]])
    ends = np.r_[starts[1:], len(line)] - 1
    closed = (coordinates[starts] == coordinates[ends]).all(axis=1) & (ends > starts)
    before[starts[closed]] = ends[closed] - 1
    # An open line's first vertex has none; its last vertex is joined to nothing, which says so.
    before[starts[~closed]] = ends[~closed]
    return before


@rule("geometry-sliver", "rows", ("狭长面", "Sliver"),
      ("{count} 个狭长碎面（平均宽度小于 {limit} {unit}）", "{count} slivers (mean width below {limit} {unit})"),
      kinds="polygon", limit=0.2, unit="m", basis=_QUALITY)  # fmt: skip
def sliver(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find polygons whose mean width, twice the area by the perimeter, is below the limit."""
    width = 2 * batch.area_m2 / batch.length_m
    return hits((shapely.get_dimensions(batch.shapes) == 2) & (batch.area_m2 > 0) & (width < setting.limit))


@rule("geometry-tiny", "rows", ("细小面", "Tiny polygon"),
      ("{count} 个面小于 {limit} {unit}", "{count} polygons are smaller than {limit} {unit}"),
      kinds="polygon", limit=0.5, unit="m²", basis=_QUALITY)  # fmt: skip
def tiny(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find polygons below the area that the survey can mean."""
    return hits((shapely.get_dimensions(batch.shapes) == 2) & (batch.area_m2 < setting.limit))


@rule("geometry-short", "rows", ("极短线", "Short line"),
      ("{count} 条线短于 {limit} {unit}", "{count} lines are shorter than {limit} {unit}"),
      kinds="line", limit=0.05, unit="m", basis=_QUALITY)  # fmt: skip
def short(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find lines below the length that the survey can mean."""
    return hits((shapely.get_dimensions(batch.shapes) == 1) & (batch.length_m < setting.limit))


@rule("geometry-off-earth", "rows", ("坐标超出地球", "Off the earth"),
      ("{count} 个要素的经纬度超出 ±180°、±90°", "{count} features lie beyond ±180° or ±90°"), kinds="spatial", basis=_QUALITY)  # fmt: skip
def off_earth(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find longitudes and latitudes that there are not."""
    return hits(_is_off_earth(batch))


@rule("geometry-outside", "rows", ("在市域之外", "Outside the city"),
      ("{count} 个要素远在市域之外{values}", "{count} features lie far outside the city {values}"), kinds="spatial", limit=0.5, unit="°",
      basis=_QUALITY)  # fmt: skip
def outside(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find features farther from the city's bounds than the limit, and say which would be inside with x and y swapped."""
    west, south, east, north = settings.GEOBASE.city_bounds
    margin = setting.limit
    left, low, right, high = batch.bounds.T
    is_far = (left > east + margin) | (right < west - margin) | (low > north + margin) | (high < south - margin)
    is_swapped = (low >= west) & (high <= east) & (left >= south) & (right <= north)
    is_far &= ~_is_off_earth(batch)
    words = np.array([None, "（疑似纵横坐标互换 / x and y swapped?）"], dtype=object)
    return hits(is_far, values=words[is_swapped.astype(int)])


def _is_off_earth(batch: Batch) -> np.ndarray:
    left, low, right, high = batch.bounds.T
    return np.asarray((left < -180) | (right > 180) | (low < -90) | (high > 90))
