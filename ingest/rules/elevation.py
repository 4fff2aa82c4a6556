"""Rules of elevation models: holes, spikes, steps at sheet edges, feet for metres, depths for heights."""

from collections.abc import Iterable

from ingest.rules.mosaic import Mosaic
from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.staged import Found

_BASIS = ("CH/T 1026 数字高程模型质量检验", "CH/T 1026")
_FOOT = 0.3048
_SPREAD = 0.04
"""Two surveys of one place agree in their median ratio to this share."""
_LEVEL_M = 2.0
"""Below this a ratio of heights says nothing."""


@rule("dem-hole", "raster", ("高程空洞", "Hole in the heights"),
      ("{count} 处高程空洞（图幅内部无数据）：{values}", "{count} holes inside the sheets: {values}"), kinds="elevation", basis=_BASIS)  # fmt: skip
def hole(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find places without heights that do not reach the sheet's edge."""
    return mosaic.found((each, "", each.placed(outline)) for each in mosaic.sheets for outline in each.measured["holes"])


@rule("dem-spike", "raster", ("高程突变点", "Spike"),
      ("{count} 幅有孤立的高程突变点：{values}", "{count} sheets have heights that stand off all their neighbours: {values}"),
      kinds="elevation", basis=_BASIS)  # fmt: skip
def spike(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find cells 10 m and four times their neighbours' range off the neighbours' mean."""
    return mosaic.found(
        (each, f"{place[2]:g} m（共 {each.measured['spikes']} 点）", each.placed([place]))
        for each in mosaic.sheets for place in each.measured["places"][:1]
    )  # fmt: skip


@rule("dem-step", "raster", ("图幅间高程台阶", "Step at a sheet's edge"),
      ("{count} 处相邻图幅高程相差超过 {limit} {unit}：{values}", "neighbouring sheets differ by more than {limit} {unit} in {count} places: {values}"),
      kinds="elevation", limit=1.0, unit="m", basis=_BASIS)  # fmt: skip
def step(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find a constant difference along the edge two sheets share, or where they overlap; published ones count."""
    return mosaic.found(
        (one, f"{other.name}：{seam['step']:+.2f} m", one.placed([seam["place"]]))
        for one, other, seam in mosaic.seams
        if abs(seam["step"]) > setting.limit and not (_is_feet(seam) or _is_inverted(seam))
    )


@rule("dem-feet", "raster", ("高程可能以英尺为单位", "Heights may be feet"),
      ("{count} 处与相邻高程之比约为 3.28，可能以英尺为单位：{values}", "heights are about 3.28 times the neighbour's in {count} places, maybe feet: {values}"),
      kinds="elevation", basis=_BASIS)  # fmt: skip
def feet(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find sheets whose heights are to a neighbour's as feet to metres."""
    return mosaic.found((one, other.name, one.placed([seam["place"]])) for one, other, seam in mosaic.seams if _is_feet(seam))


@rule("dem-inverted", "raster", ("高程符号可能相反", "Sign may be inverted"),
      ("{count} 处高程符号可能相反：{values}", "the sign of heights may be inverted in {count} places: {values}"),
      kinds="elevation", basis=_BASIS)  # fmt: skip
def inverted(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find sheets whose heights are a neighbour's with the other sign, or that lie below the sea almost everywhere."""
    beside = [(one, other.name, one.placed([seam["place"]])) for one, other, seam in mosaic.seams if _is_inverted(seam)]
    told = {id(sheet) for sheet, _, _ in beside}
    deep = [
        (each, f"{each.measured['levels'][2]:g} m", each.footprint)
        for each in mosaic.sheets
        if each.measured["levels"] and each.measured["levels"][3] < -_LEVEL_M and id(each) not in told
    ]
    return mosaic.found([*beside, *deep])


@rule("dem-range", "raster", ("高程超出可能范围", "Impossible heights"),
      ("{count} 幅有低于 −450 m 或高于 9000 m 的高程：{values}", "{count} sheets hold heights below −450 m or above 9000 m: {values}"),
      kinds="elevation", basis=_BASIS)  # fmt: skip
def impossible(mosaic: Mosaic, setting: Setting) -> Iterable[Found]:
    """Find heights that there are nowhere on land."""
    return mosaic.found(
        (each, f"{each.measured['levels'][0]:g} … {each.measured['levels'][4]:g} m", each.footprint)
        for each in mosaic.sheets
        if each.measured["levels"] and (each.measured["levels"][0] < -450 or each.measured["levels"][4] > 9000)
    )


def _is_feet(seam: dict[str, float]) -> bool:
    ratio = seam["ratio"]
    return seam["level"] > _LEVEL_M and any(abs(ratio / wanted - 1) < _SPREAD for wanted in (_FOOT, 1 / _FOOT))


def _is_inverted(seam: dict[str, float]) -> bool:
    return seam["level"] > _LEVEL_M and abs(seam["ratio"] + 1) < _SPREAD
