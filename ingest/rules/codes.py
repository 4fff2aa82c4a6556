"""Rules of coded values against the standards' tables (layers/codes): GB/T 13923, GB/T 21010, 三调, 用地用海.

A table may be older than the survey or partly from memory, so a value it lacks blocks only where the
policy says so *and* every row of the table is confirmed; GB/T 13923 is the edition of 2006.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.rows import Attribute, Batch, Hits, hits
from layers import codes

_TITLES = {
    "gbt13923_2006": "GB/T 13923-2006（2022 版表暂缺）",
    "landuse_gbt21010_2017": "GB/T 21010-2017",
    "landuse_sandiao": "三调工作分类",
    "yongdi_yonghai_2023": "用地用海分类（2023）",
}
_BASIS = ("GB/T 13923-2006、GB/T 21010-2017、TD/T 1055-2019、自然资发〔2023〕234号",
          "GB/T 13923-2006, GB/T 21010-2017, TD/T 1055-2019, 用地用海 2023")  # fmt: skip
_NAMES = {"DLBM": "DLMC", "YDYHFLDM": "YDYHFLMC"}
_SUFFIX_DIGITS = 7
"""Producers append a geometry digit to GB/T 13923's six (china.md §4.4)."""


@rule("code-unknown", "rows", ("代码不在标准表中", "Unknown code"),
      ("字段 {field}：{count} 个要素的代码不在表中：{values}", "{field}: {count} features have a code the table lacks: {values}"),
      kinds="vector", basis=_BASIS)  # fmt: skip
def unknown(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find codes that a fully confirmed table lacks."""
    return _outside(batch, confirmed=True)


@rule("code-unlisted", "rows", ("代码不在待核实表中", "Code not in an unconfirmed table"),
      ("字段 {field}：{count} 个要素的代码不在现有表中（表未全部核实，不作阻断）：{values}",
       "{field}: {count} features have a code our table lacks (the table is not confirmed throughout, so this never blocks): {values}"),
      kinds="vector", basis=_BASIS, never_blocks=True)  # fmt: skip
def unlisted(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find codes that a table lacks some of whose rows are from memory, or that is of an old edition."""
    return _outside(batch, confirmed=False)


@rule("code-general", "rows", ("代码未到末级", "Code not at its last level"),
      ("字段 {field}：{count} 个要素只给到上级类：{values}", "{field}: {count} features have only a class above the last level: {values}"),
      kinds="vector", severity="info", basis=_BASIS)  # fmt: skip
def general(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find codes of level 1 in a table whose surveys classify to level 2."""
    for each, values, table in _coded(batch):
        if table.name.startswith(("landuse", "yongdi")):
            tops = pa.array([code.code for code in table if code.level in ("1", "2") and not code.parent and table.children(code.code)])
            yield from hits(_is_in(values, tops), each.spec.name, values)


@rule("code-name", "rows", ("代码与名称不符", "Code and name differ"),
      ("{count} 个要素的 {field} 与代码对应的名称不符：{values}", "{field} of {count} features is not its code's name: {values}"),
      kinds="vector", basis=_BASIS)  # fmt: skip
def name(batch: Batch, setting: Setting) -> Iterable[Hits]:
    """Find names beside a code that are not the code's."""
    for code_field, name_field in _NAMES.items():
        code, given = batch.attribute(code_field), batch.attribute(name_field)
        if code is None or given is None or not code.spec.codes:
            continue
        table = codes.table(code.spec.codes)
        wanted = _through(_text(code), lambda value, table=table: table.name_zh(value) or None)
        differs = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(_text(given)), wanted), False)
        yield from hits(np.asarray(differs), given.spec.name, given.delivered)


def _outside(batch: Batch, *, confirmed: bool) -> Iterator[Hits]:
    for each, values, table in _coded(batch):
        if _is_confirmed(table.name) == confirmed:
            known = pa.array([code.code for code in table])
            present = pc.and_(pc.is_valid(values), pc.not_equal(values, ""))
            yield from hits(np.asarray(pc.fill_null(present, False)) & ~_is_in(values, known), each.spec.name, values)


def _coded(batch: Batch) -> Iterator[tuple[Attribute, pa.Array, codes.CodeTable]]:
    """Yield the fields with one of the standards' code tables, their values as text."""
    for each in batch.attributes:
        if each.spec.codes in _TITLES:
            values = pc.utf8_trim_whitespace(_text(each))
            if each.spec.codes == "gbt13923_2006":
                values = _through(values, lambda value: value[:6] if len(value) == _SUFFIX_DIGITS else value)
            yield each, values, codes.table(each.spec.codes)


@cache
def _is_confirmed(name: str) -> bool:
    """Whether every class of a table stands in public sources; 城镇村属性码 are values of another field."""
    rows = [each for each in codes.table(name) if each.level != "attr"]
    return all(each.confidence.startswith("confirmed") for each in rows) and name != "gbt13923_2006"


def _text(each: Attribute) -> pa.Array:
    return each.values if pa.types.is_string(each.values.type) else each.values.cast(pa.string())


def _through(values: pa.Array, change: object) -> pa.Array:
    """Change distinct values one by one: there are few."""
    encoded = values.dictionary_encode()
    made = pa.array([None if each is None else change(each) for each in encoded.dictionary.to_pylist()], type=pa.string())  # type: ignore[operator]
    return made.take(encoded.indices)


def _is_in(values: pa.Array, known: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.is_in(values, value_set=known), False))
