"""Rules of a source's fields: those that must be there, those the layer does not know, names in the wrong encoding."""

from collections.abc import Iterable

from ingest.rules.attributes import is_garbled
from ingest.rules.policy import Setting
from ingest.rules.registry import rule
from ingest.rules.required import required
from ingest.rules.staged import Found
from layers.spec import LayerSpec

_SURVEY = ("TD/T 1057-2020、GB/T 20258", "TD/T 1057-2020, GB/T 20258")


@rule("field-missing", "fields", ("缺少必备字段", "Required field missing"),
      ("缺少必备字段：{values}", "required fields are missing: {values}"), kinds="vector", basis=_SURVEY)  # fmt: skip
def missing(names: tuple[str, ...], spec: LayerSpec, setting: Setting) -> Iterable[Found]:
    """Find fields that the layer's standard requires and the source has not."""
    lacking = sorted(required(spec.slug, spec.identity) - {each.upper() for each in names})
    return [Found(len(lacking), values="、".join(lacking))] if lacking else []


@rule("field-unknown", "fields", ("图层没有的字段", "Field the layer does not have"),
      ("图层没有这些字段，未入库：{values}", "the layer does not have these fields, they are left out: {values}"),
      kinds="vector", severity="info", basis=_SURVEY)  # fmt: skip
def unknown(names: tuple[str, ...], spec: LayerSpec, setting: Setting) -> Iterable[Found]:
    """Find fields that are left out because the layer was made without them."""
    known = {each.name.upper() for each in spec.fields}
    extra = [each for each in names if each.upper() not in known]
    return [Found(len(extra), values="、".join(extra))] if extra else []


@rule("field-name-garbled", "fields", ("字段名乱码", "Garbled field name"),
      ("字段名像乱码：{values}", "names of fields look garbled: {values}"), kinds="vector", basis=("GB 18030-2022", "GB 18030-2022"))  # fmt: skip
def garbled(names: tuple[str, ...], spec: LayerSpec, setting: Setting) -> Iterable[Found]:
    """Find names that were read or written in the wrong encoding, or cut inside a character."""
    bad = [each for each in names if is_garbled(each)]
    return [Found(len(bad), values="、".join(bad))] if bad else []
