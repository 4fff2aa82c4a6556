"""Which layer does a source belong to, and what is a new one called?"""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from ingest import names
from ingest.findings import Finding, Severity
from ingest.fitting import field_type
from ingest.formats import cass
from ingest.read import SourceLayer, batches
from layers import field_names, layer_names
from layers.presets import PRESETS, Preset
from layers.services import LayerDraft
from layers.spec import FieldSpec, GeometryType, Kind, Title
from layers.style.defaults import default_style

_ALIASES = {"yjjbntbhtb": "yjjbnt", "jbnttb": "yjjbnt", "boua": "county", "xzq": "county", "agnp": "place", "aanp": "place",
            "resp": "place", "ghyd": "ydyh", "dltb_2026": "dltb"}  # fmt: skip
_SIGNS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("dltb", frozenset({"DLBM", "TBMJ"}), "Polygon"),
    ("dltb", frozenset({"DLBM", "TBBH"}), "Polygon"),
    ("ydyh", frozenset({"YDYHFLDM"}), "Polygon"),
    ("yjjbnt", frozenset({"YJJBNTTBBH"}), "Polygon"),
    ("yjjbnt", frozenset({"JBNTTBBH"}), "Polygon"),
    ("czkfbj", frozenset({"CZKFBJ"}), "Polygon"),
    ("stbhhx", frozenset({"HXMC", "HXLX"}), "Polygon"),
)
"""Fields that only one layer has."""
_CODES_READ, _SHARE_OF_CODES = 2000, 0.8
_IDENTITIES = ("BSM", "GUID", "UUID")
_TITLES = ("NAME", "MC", "名称", "NAME_ZH", "DLMC")


@dataclass(frozen=True, slots=True)
class Guess:
    """The layer a source most likely belongs to: its slug, why, and how sure that is ("told" by the delivery, else by what)."""

    slug: str
    zh: str
    en: str
    confidence: Literal["told", "high", "medium", "low"]

    def finding(self, file: str, name: str) -> Finding | None:
        """Say where the source goes and why, unless the delivery said so itself."""
        if self.confidence == "told":
            return None
        sure = {"high": "高", "medium": "中", "low": "低"}[self.confidence]
        severity: Severity = "warning" if self.confidence == "low" else "info"
        return Finding("target-detected", severity, f"{name} → {self.slug}：{self.zh}（把握：{sure}）",
                       f"{name} → {self.slug}: {self.en} (confidence: {self.confidence})", file)  # fmt: skip


def guess(layer: SourceLayer, mapping: Mapping[str, str]) -> Guess:
    """Find the layer a source belongs to: by what the delivery says, by names, by fields; else a new one of its name."""
    given = [layer.name, layer.path.stem]
    told = next((mapping[name.lower()] for name in given if name.lower() in mapping), "")
    if told:
        return Guess(told, "", "", "told")
    new = new_slug(names.without_sheet(layer.name))
    unlike = Guess(new, "没有已知图层与之相符，按新图层处理", "no known layer is like it; a new one is made", "low")
    return _by_name(given) or _by_fields(layer) or _by_codes(layer) or unlike


def _by_name(given: Sequence[str]) -> Guess | None:
    for name in given:
        plain = names.without_sheet(name).lower()
        for candidate in (name.lower(), plain, re.sub(r"[_-]?(19|20)\d\d.*$", "", name.lower())):
            known = _ALIASES.get(candidate, candidate).replace("_", "-")
            if known in PRESETS:
                return Guess(known, f"按名称 {name}", f"by the name {name}", "high")
        if coded := layer_names.describe(plain):
            return Guess(new_slug(plain), f"按名称 {name}（{coded.source}）", f"by the name {name}", "high")
    return None


def _by_fields(layer: SourceLayer) -> Guess | None:
    upper = {each.upper() for each in layer.fields}
    for known, signs, geometry in _SIGNS:
        if signs <= upper and geometry in layer.geometry:
            listed = "、".join(sorted(signs))
            return Guess(known, f"按字段 {listed}", f"by the fields {listed}", "medium")
    return None


def _by_codes(layer: SourceLayer) -> Guess | None:
    """Tell the layer by the codes of its first rows: YSDM of the land and planning databases, GB of GB/T 13923."""
    upper = [each.upper() for each in layer.fields]
    column = next((name for name in ("YSDM", "GB") if name in upper), "")
    if not column:
        return None
    with batches(layer) as found:
        first = next(found, None)
    values = first.column(upper.index(column)).slice(0, _CODES_READ).to_pylist() if first is not None else []
    codes = [str(each).split(".")[0].strip() for each in values if each is not None]
    names_of = [_class_of(code, column, layer.geometry) for code in codes]
    best, count = Counter(each for each in names_of if each).most_common(1)[0] if any(names_of) else ("", 0)
    if not best or count < _SHARE_OF_CODES * len(codes):
        return None
    known = _ALIASES.get(best.lower(), best.lower())
    share = f"{count / len(codes):.0%}"
    return Guess(known if known in PRESETS else new_slug(best), f"按 {column} 代码（{share} 属 {best}）", f"by its {column} codes ({share} are of {best})", "medium")


def _class_of(code: str, column: str, geometry: str) -> str:
    if column == "YSDM":
        return layer_names.of_ysdm(code)
    theme = cass.theme_of(code)
    suffix = next((letter for kind, letter in (("Point", "P"), ("Line", "L"), ("Polygon", "A")) if kind in geometry), "")
    return theme + suffix if theme and suffix else ""


def new_slug(name: str) -> str:
    """Make a slug of any name; Chinese names get a short hash of theirs."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if plain and name.isascii():
        return plain[:50]
    return (plain[:30] + "-" if plain else "layer-") + hashlib.sha256(name.encode()).hexdigest()[:8]


def draft(layer: SourceLayer, schema: pa.Schema, target: str, *, level: int | None, is_sample: bool) -> LayerDraft:
    """Describe the layer to be made for a source that has none yet."""
    preset = PRESETS.get(target)
    coded = layer_names.describe(names.without_sheet(layer.name))
    fields = fields_of(layer, schema)
    by_upper = {each.name.upper(): each.name for each in fields}
    identity = _first(by_upper, (preset.identity,) if preset and preset.identity else _IDENTITIES)
    title_field = _first(by_upper, (preset.title_field, *_TITLES) if preset and preset.title_field else _TITLES)
    public = (preset.public if preset else False) if level is None else level == 0
    geometry = _geometry(layer.geometry)
    return LayerDraft(
        slug=target,
        title=preset.title if preset else (coded.title if coded else Title(layer.name)),
        theme=preset.theme if preset else (coded.theme if coded else "base"),
        geometry=geometry,
        level=(preset.level if preset else 1) if level is None else level,
        fields=fields,
        identity=identity,
        title_field=title_field,
        styles=default_style(target, fields, geometry, title_field) if preset else (),
        is_sample=is_sample,
        public=public,
        display=tuple(_display(preset).items()),
    )


def raster_draft(target: str, name: str, kind: Kind, *, level: int | None, is_sample: bool) -> LayerDraft:
    """Describe the layer to be made for rasters that have none yet."""
    preset = PRESETS.get(target)
    public = (preset.public if preset else False) if level is None else level == 0
    return LayerDraft(
        slug=target,
        title=preset.title if preset else Title(name),
        theme=preset.theme if preset else ("terrain" if kind == "elevation" else "imagery"),
        kind=kind,
        level=(preset.level if preset else 1) if level is None else level,
        is_sample=is_sample,
        public=public,
        display=tuple(_display(preset).items()),
    )


def fields_of(layer: SourceLayer, schema: pa.Schema) -> tuple[FieldSpec, ...]:
    """Return the fields a new layer gets, columns named c1, c2 … in the source's order."""
    kept = []
    for place, name in enumerate(layer.fields):
        kind = field_type(schema.field(place).type)
        if kind is not None:
            known = field_names.describe(name)
            kept.append(FieldSpec(name, f"c{place + 1}", kind, known.title, known.codes, known.unit))
    return tuple(kept)


def matched(layer: SourceLayer, known: tuple[FieldSpec, ...]) -> list[FieldSpec | None]:
    """Pair a source's fields with a layer's by name, case aside; None = the layer has no such field."""
    by_name = {each.name.upper(): each for each in known}
    return [by_name.get(name.upper()) for name in layer.fields]


def _display(preset: Preset | None) -> dict[str, Any]:
    if preset is None:
        return {"order": 900}
    names = ("order", "min_scale", "opacity", "blend", "is_base", "is_searchable", "shown_at_start")
    return {name: getattr(preset, name) for name in names}


def _first(names: Mapping[str, str], wanted: tuple[str, ...]) -> str:
    return next((names[each.upper()] for each in wanted if each.upper() in names), "")


def _geometry(text: str) -> GeometryType:
    for name in ("Point", "LineString", "Polygon"):
        if name.lower() in text.lower() or (name == "LineString" and "curve" in text.lower()):
            return name
    return "Geometry" if text else ""


