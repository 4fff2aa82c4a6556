"""How a layer comes to be: a draft, written into the registry with its table, fields, styles and first grants."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from layers import audit, models, registry, versions
from layers.errors import NotFound
from layers.spec import OPERATIONS, FieldSpec, Kind, LayerSpec, StyleSpec, Title

PUBLIC_OPERATIONS = ["discover", "view", "query", "download"]


@dataclass(frozen=True, slots=True)
class LayerDraft:
    """A layer to be made; `public` gives everyone the right to read it (within the level's zones)."""

    slug: str
    title: Title
    theme: str
    kind: Kind = "vector"
    geometry: str = ""
    level: int = 1
    fields: tuple[FieldSpec, ...] = ()
    identity: str = ""
    title_field: str = ""
    styles: tuple[StyleSpec, ...] = ()
    abstract: Title = field(default_factory=lambda: Title(""))
    keywords: tuple[str, ...] = ()
    is_sample: bool = False
    public: bool = False
    display: tuple[tuple[str, Any], ...] = ()
    """Further columns of the layer: order, opacity, blend, is_base, shown_at_start, min_scale …"""


def make_layer(actor: str, draft: LayerDraft) -> LayerSpec:
    """Make a layer with its table, fields, styles and first grants; return its spec."""
    with transaction.atomic():
        layer_id = register(actor, draft)
        if draft.kind == "vector":
            versions.create_table(layer_id, draft.fields)
    return spec(draft.slug)


def register(actor: str, draft: LayerDraft) -> int:
    """Write a layer's rows of the registry, without its table; return its id."""
    with transaction.atomic():
        layer = models.Layer.objects.create(
            slug=draft.slug,
            title_zh=draft.title.zh,
            title_en=draft.title.en,
            abstract_zh=draft.abstract.zh,
            abstract_en=draft.abstract.en,
            keywords=list(draft.keywords),
            theme=models.Theme.objects.get(slug=draft.theme),
            level=draft.level,
            kind=draft.kind,
            geometry=draft.geometry,
            identity=draft.identity,
            title_field=draft.title_field,
            is_sample=draft.is_sample,
            **dict(draft.display),
        )
        _write_fields(layer, draft.fields)
        _write_styles(layer, draft.styles)
        _first_grants(layer, public=draft.public)
        audit.record(actor, "make layer", layer)
        audit.bump(rules=1)
    return layer.pk


def spec_of(draft: LayerDraft, table: str = "") -> LayerSpec:
    """Return the spec a draft will have; `table` is where its rows wait meanwhile."""
    return LayerSpec(
        id=0, slug=draft.slug, title=draft.title, abstract=draft.abstract, keywords=draft.keywords, theme=draft.theme,
        owner="", level=draft.level, zones=(), kind=draft.kind, geometry=draft.geometry,  # type: ignore[arg-type]
        srid=4490, table=table, fields=draft.fields, identity=draft.identity, title_field=draft.title_field,
        extent=None, current=None, styles=draft.styles, is_sample=draft.is_sample,
    )  # fmt: skip


def spec(slug: str) -> LayerSpec:
    """Return a layer's spec as it is now; for writers only, faces ask `layers.access`."""
    registry.forget()
    try:
        return registry.current().layers[slug]
    except KeyError:
        raise NotFound(f"no layer {slug}") from None


def known(slug: str) -> LayerSpec | None:
    """Return a layer's spec as it is now, or None."""
    try:
        return spec(slug)
    except NotFound:
        return None


def _write_fields(layer: models.Layer, fields: Iterable[FieldSpec]) -> None:
    models.LayerField.objects.bulk_create(
        models.LayerField(
            layer=layer, name=each.name, column=each.column, type=each.type, title_zh=each.title.zh,
            title_en=each.title.en, codes=each.codes, unit=each.unit, order=place,
        )
        for place, each in enumerate(fields)
    )  # fmt: skip


def _write_styles(layer: models.Layer, styles: Iterable[StyleSpec]) -> None:
    models.Style.objects.bulk_create(
        models.Style(
            layer=layer, name=each.name, title_zh=each.title.zh, title_en=each.title.en, body=each.body, order=place
        )
        for place, each in enumerate(styles)
    )


def _first_grants(layer: models.Layer, *, public: bool) -> None:
    grants = [
        models.Grant(subject="role", role=role, layer=layer, operations=list(OPERATIONS), note="made with the layer")
        for role in ("steward", "staff")
    ]
    if public:
        grants.append(models.Grant(subject="everyone", layer=layer, operations=PUBLIC_OPERATIONS))
    models.Grant.objects.bulk_create(grants)
