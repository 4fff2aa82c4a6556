"""Rules of raster sheets and of the mosaic they make: CRS, pixels, bands, black edges, holes, overlaps, blanks."""

from collections import Counter
from collections.abc import Iterable, Iterator

import shapely

from ingest.rules.mosaic import Mosaic, Sheet
from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.staged import Found

_QUALITY = ("CH/T 1027 数字正射影像图质量检验", "CH/T 1027")


@rule("raster-crs", "raster", ("未声明坐标系", "No CRS"), ("{count} 幅未声明坐标系：{values}", "{count} sheets declare no CRS: {values}"),
      kinds="raster", basis=_QUALITY)  # fmt: skip
def no_crs(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find sheets whose file, .prj and .tfw say no CRS."""
    return mosaic.found((each, "", each.footprint) for each in mosaic.sheets if each.told.get("declared") == "")


@rule("raster-pixel-size", "raster", ("像素大小不一致", "Pixel size differs"),
      ("{count} 幅的像素大小与其他图幅相差超过 {limit}{unit}：{values}", "the pixels of {count} sheets differ from the others' by more than {limit}{unit}: {values}"),
      kinds="raster", limit=1.0, unit="%", basis=_QUALITY)  # fmt: skip
def pixel_size(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Compare each sheet's pixels with those of the published mosaic, or else of most of the delivery."""
    usual = _usual(round(each.pixel_m, 6) for each in (mosaic.published or mosaic.sheets))
    off = (each for each in mosaic.sheets if abs(each.pixel_m / usual - 1) * 100 > setting.limit)
    return mosaic.found((each, f"{each.pixel_m:g} m ≠ {usual:g} m", each.footprint) for each in off)


@rule("raster-bands", "raster", ("波段不一致", "Bands differ"),
      ("{count} 幅的波段数或数据类型与其他图幅不同：{values}", "{count} sheets have other bands or types than the rest: {values}"),
      kinds="raster", basis=_QUALITY)  # fmt: skip
def bands(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Compare each sheet's band count and type with those of the published mosaic, or else of most of the delivery."""
    usual = _usual((each.bands, each.dtype) for each in (mosaic.published or mosaic.sheets))
    off = (each for each in mosaic.sheets if (each.bands, each.dtype) != usual)
    return mosaic.found((each, f"{each.bands} × {each.dtype}", each.footprint) for each in off)


@rule("raster-black-border", "raster", ("黑边", "Black border"),
      ("{count} 幅有连到图边的黑色区域（超过 {limit}{unit}），未设无效值：{values}",
       "{count} sheets are black up to their edges (above {limit}{unit}) with no no-data value: {values}"),
      kinds="imagery", limit=0.1, unit="%", basis=_QUALITY)  # fmt: skip
def black_border(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find valid pixels that are black in every band and hang together up to the sheet's edge."""
    return mosaic.found(
        (each, f"{each.measured['black']:.1%}", each.placed(outline))
        for each in mosaic.sheets
        if each.measured["black"] * 100 > setting.limit and not each.measured["blank"]
        for outline in each.measured["collar"][:1]
    )


@rule("raster-nodata", "raster", ("无效像素多", "Much without data"),
      ("{count} 幅有超过 {limit}{unit} 的像素无数据：{values}", "{count} sheets hold no data in more than {limit}{unit} of their pixels: {values}"),
      kinds="raster", limit=50.0, unit="%", severity="info", basis=_QUALITY)  # fmt: skip
def nodata(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find sheets that are mostly empty."""
    empty = (each for each in mosaic.sheets if (1 - each.measured["valid"]) * 100 > setting.limit)
    return mosaic.found((each, f"{1 - each.measured['valid']:.0%}", each.footprint) for each in empty)


@rule("raster-blank", "raster", ("空白图幅", "Blank sheet"),
      ("{count} 幅只有一个值：{values}", "{count} sheets hold one value only: {values}"), kinds="raster", basis=_QUALITY)  # fmt: skip
def blank(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find sheets all of whose pixels are the same."""
    return mosaic.found((each, "", each.footprint) for each in mosaic.sheets if each.measured["blank"])


@rule("mosaic-overlap", "raster", ("图幅重叠", "Sheets overlap"),
      ("{count} 对图幅重叠超过 {limit}{unit}：{values}", "{count} pairs of sheets overlap by more than {limit}{unit}: {values}"),
      kinds="raster", limit=20.0, unit="%", basis=_QUALITY)  # fmt: skip
def overlap(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find sheets of one delivery that share more of the smaller one's area than the limit."""
    return mosaic.found(_overlaps(mosaic, setting.limit / 100))


@rule("mosaic-hole", "raster", ("镶嵌空洞", "Hole in the mosaic"),
      ("图幅之间有 {count} 处空洞", "{count} holes between the sheets"), kinds="raster", basis=_QUALITY)  # fmt: skip
def holes(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find places that sheets, delivered and published, surround and none covers."""
    everything = [*mosaic.sheets, *mosaic.published]
    # Two pixels close the seams of footprints that were traced on overviews.
    reach = max((2 * each.pixel_m for each in mosaic.sheets), default=0.0) / 88_000
    union = shapely.union_all([each.footprint.buffer(reach, join_style="mitre") for each in everything])
    found = [shapely.Polygon(ring) for part in shapely.get_parts(union) for ring in part.interiors]
    return mosaic.found((mosaic.sheets[0], "", each.buffer(reach, join_style="mitre")) for each in found)


def _overlaps(mosaic: Mosaic, share: float) -> Iterator[tuple[Sheet, str, object]]:
    shapes = [each.footprint for each in mosaic.sheets]
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        if one < other:
            shared = shapely.intersection(shapes[one], shapes[other])
            part = shared.area / min(shapes[one].area, shapes[other].area)
            if part > share:
                yield mosaic.sheets[one], f"{mosaic.sheets[other].name}，{part:.0%}", shared


def _usual[Value](values: Iterable[Value]) -> Value:
    return Counter(values).most_common(1)[0][0]
