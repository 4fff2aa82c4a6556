"""Rules of attribute values: there where they must be, of the field's type, whole, and in the right encoding."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.required import required
from ingest.rules.rows import Batch, Hits, hits

_SURVEY = ("TD/T 1057-2020、GB/T 24356", "TD/T 1057-2020, GB/T 24356")
_MOJIBAKE = "\ufffd|锟斤拷|烫烫|屯屯|[\ue000-\uf8ff]|[À-ÿ]{3}|[ÃÂäåæçèé][\u0080-¿]"
"""What is left of Chinese read wrongly: replacement characters, private use, GBK or UTF-8 taken for Latin."""
_AREA_FIELDS = ("TBMJ",)
_MANY = 8
"""So many different words as long as their field are no coincidence."""


@rule("attribute-missing", "rows", ("必填项为空", "Required value missing"),
      ("{count} 个要素的必填字段 {field} 为空", "{count} features lack the required {field}"), kinds="vector", basis=_SURVEY)  # fmt: skip
def missing(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find empty or blank values of fields that must be filled."""
    wanted = required(batch.source.slug, batch.source.identity)
    for each in batch.attributes:
        if each.spec.name.upper() in wanted:
            yield from hits(_is_blank(each.delivered), each.spec.name)


@rule("attribute-type", "rows", ("值的类型不符", "Wrong type"),
      ("字段 {field} 有 {count} 个值与字段类型不符，置空：{values}", "{field} has {count} values that are not of its type, left empty: {values}"),
      kinds="vector", basis=_SURVEY)  # fmt: skip
def wrong_type(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find values that cannot become what the layer's field is."""
    for each in batch.attributes:
        yield from hits(each.unfit, each.spec.name, each.delivered)


@rule("attribute-truncated", "rows", ("值可能被截断", "Value may be cut"),
      ("字段 {field} 有 {count} 个值占满字段宽度，可能被截断：{values}",
       "{count} values of {field} fill its width and may be cut: {values}"),
      kinds="vector", basis=_SURVEY)  # fmt: skip
def truncated(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find words that fill their field to the last byte; codes, which are as long as their field, do not count."""
    for each in batch.attributes:
        width = batch.source.widths.get(each.spec.name.upper(), 0)
        if width >= 8 and _is_text(each.delivered):
            yield from hits(_cut(each.delivered, width, batch.source.encoding), each.spec.name, each.delivered)


@rule("attribute-encoding", "rows", ("乱码", "Garbled text"),
      ("字段 {field} 有 {count} 个值像乱码：{values}", "{count} values of {field} look garbled: {values}"),
      kinds="vector", basis=("GB 18030-2022", "GB 18030-2022"))  # fmt: skip
def garbled(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find text that was read or written in the wrong encoding."""
    for each in batch.attributes:
        if _is_text(each.delivered):
            mask = np.asarray(pc.fill_null(pc.match_substring_regex(each.delivered, _MOJIBAKE), False))
            yield from hits(mask, each.spec.name, each.delivered)


@rule("attribute-area", "rows", ("登记面积与图形面积不符", "Recorded area differs"),
      ("{count} 个图斑的 {field} 与图形椭球面积相差超过 {limit}{unit}", "{field} of {count} parcels differs from the ellipsoidal area by more than {limit}{unit}"),
      kinds="polygon", limit=1.0, unit="%", basis=("TD/T 1055-2019 面积计算", "TD/T 1055-2019"))  # fmt: skip
def area(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Compare a parcel's recorded area in square metres with that of its geometry."""
    for name in _AREA_FIELDS:
        each = batch.attribute(name)
        if each is not None and each.spec.type == "number":
            told = np.asarray(pc.fill_null(each.values.cast(pa.float64()), np.nan), dtype=float)
            differs = np.abs(told - batch.area_m2) > np.maximum(batch.area_m2 * setting.limit / 100, 1.0)
            yield from hits(differs, each.spec.name, told)


def _is_text(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _is_blank(column: pa.Array) -> np.ndarray:
    blank = pc.is_null(column, nan_is_null=True)
    if _is_text(column):
        blank = pc.or_(blank, pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True))
    return np.asarray(blank)


def _cut(column: pa.Array, width: int, encoding: str) -> np.ndarray:
    """Mask words that fill the width, where they pile up there: more of them than are a character shorter.

    A field made to fit has few words as long as itself; one too narrow has all that did not fit.
    """
    wide = pc.greater(pc.binary_length(column), pc.utf8_length(column))
    if not pc.any(wide).as_py():
        return np.zeros(len(column), dtype=bool)
    # Codes and numbers, all ASCII, may fill their field; words of Chinese are what is cut.
    encoded = pc.if_else(wide, column, None).dictionary_encode()
    words = encoded.dictionary.to_pylist()
    sizes = np.array([len(each.encode(encoding, "replace")) for each in words], dtype=int)
    full, shorter = sizes >= width - 1, (sizes >= width - 5) & (sizes < width - 1)
    if full.sum() < _MANY or not shorter.any() or full.sum() <= 2 * shorter.sum():
        return np.zeros(len(column), dtype=bool)
    return np.asarray(pc.fill_null(pa.array(full).take(encoded.indices), False))


def is_garbled(name: str) -> bool:
    """Whether a name reads like text in the wrong encoding."""
    return bool(pc.match_substring_regex(pa.array([name]), _MOJIBAKE)[0].as_py())
