"""Which layer does a source belong to, and what is a new one called?"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from ingest.fitting import field_type
from ingest.read import SourceLayer
from layers import field_names
from layers.presets import PRESETS, Preset
from layers.services import LayerDraft
from layers.spec import FieldSpec, GeometryType, Kind, Title
from layers.style.defaults import default_style

_ALIASES = {"yjjbntbhtb": "yjjbnt", "jbnttb": "yjjbnt", "boua": "county", "xzq": "county", "agnp": "place", "aanp": "place",
            "resp": "place", "ghyd": "ydyh", "dltb_2026": "dltb"}  # fmt: skip
_IDENTITIES = ("BSM", "GUID", "UUID")
_TITLES = ("NAME", "MC", "名称", "NAME_ZH", "DLMC")


def slug(layer: str, file: str, mapping: Mapping[str, str]) -> str:
    """Return the slug of the layer that a source's layer in a file (its stem) belongs to, known or new."""
    for name in (layer.lower(), file.lower()):
        if name in mapping:
            return mapping[name]
        plain = re.sub(r"[_-]?(19|20)\d\d.*$", "", name)
        for candidate in (name, plain):
            known = _ALIASES.get(candidate, candidate).replace("_", "-")
            if known in PRESETS:
                return known
    return new_slug(layer)


def new_slug(name: str) -> str:
    """Make a slug of any name; Chinese names get a short hash of theirs."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    if plain and name.isascii():
        return plain[:50]
    return (plain[:30] + "-" if plain else "layer-") + hashlib.sha256(name.encode()).hexdigest()[:8]


def draft(layer: SourceLayer, schema: pa.Schema, target: str, *, level: int | None, is_sample: bool) -> LayerDraft:
    """Describe the layer to be made for a source that has none yet."""
    preset = PRESETS.get(target)
    fields = fields_of(layer, schema)
    names = {each.name.upper(): each.name for each in fields}
    identity = _first(names, (preset.identity,) if preset and preset.identity else _IDENTITIES)
    title_field = _first(names, (preset.title_field, *_TITLES) if preset and preset.title_field else _TITLES)
    public = (preset.public if preset else False) if level is None else level == 0
    geometry = _geometry(layer.geometry)
    return LayerDraft(
        slug=target,
        title=preset.title if preset else Title(layer.name),
        theme=preset.theme if preset else "base",
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


