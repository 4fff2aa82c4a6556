"""The registry's tables read into frozen specs, one snapshot per revision and process."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from layers import models
from layers.spec import (
    Bounds,
    FieldSpec,
    GeneralisedTable,
    LayerSpec,
    MemberSpec,
    MetadataSpec,
    RasterSpec,
    StyleSpec,
    ThemeSpec,
    Title,
    VersionSpec,
)

POLL_S = 0.5
"""A change takes effect everywhere within 1 s (design §9), so each process looks twice as often."""


@dataclass(frozen=True, slots=True)
class GrantSpec:
    """A rule as the decision reads it; `area` is EWKB hex in EPSG:4490, `filter` CQL2 text."""

    id: int
    subject: str
    department: int | None
    role: str
    user: int | None
    key: int | None
    layer: str
    theme: str
    operations: frozenset[str]
    area: bytes | None
    filter: str
    columns: frozenset[str] | None
    min_scale: float
    max_scale: float
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything the registry says at one revision."""

    rules: int
    pointers: int
    layers: Mapping[str, LayerSpec]
    themes: Mapping[str, ThemeSpec]
    grants: tuple[GrantSpec, ...]
    ancestors: Mapping[int, tuple[int, ...]]
    """Department id → itself and the departments above it."""

    @property
    def revision(self) -> tuple[int, int]:
        """The two counters, in the order (rules, pointers)."""
        return self.rules, self.pointers


_lock = threading.Lock()
_state: dict[str, Any] = {"snapshot": None, "polled": 0.0}


def current() -> Snapshot:
    """Return the newest snapshot; asks the database for its revision at most every `POLL_S`."""
    snapshot: Snapshot | None = _state["snapshot"]
    if snapshot is not None and time.monotonic() - _state["polled"] < POLL_S:
        return snapshot
    with _lock:
        return _refreshed()


def forget() -> None:
    """Ask for the revision again at the next call, after a write of this process."""
    _state["polled"] = 0.0


def reset() -> None:
    """Drop the snapshot too: another database stands behind the connection now."""
    _state.update(snapshot=None, polled=0.0)


def _refreshed() -> Snapshot:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rules, pointers FROM layers_revision WHERE id = 1")
        row = cursor.fetchone() or (0, 0)
    snapshot: Snapshot | None = _state["snapshot"]
    if snapshot is None or snapshot.revision != tuple(row):
        snapshot = _state["snapshot"] = _read(*row)
    _state["polled"] = time.monotonic()
    return snapshot


def _read(rules: int, pointers: int) -> Snapshot:
    themes = {
        theme.slug: ThemeSpec(
            theme.slug, Title(theme.title_zh, theme.title_en), theme.parent.slug if theme.parent else "", theme.order
        )
        for theme in models.Theme.objects.select_related("parent")
    }
    parts = _Parts()
    layers = {
        layer.slug: parts.spec(layer)
        for layer in models.Layer.objects.select_related("theme", "owner").order_by("order", "slug")
    }
    grants = tuple(_grant(row) for row in models.Grant.objects.select_related("layer", "theme"))
    return Snapshot(rules, pointers, layers, themes, grants, _ancestors())


class _Parts:
    """The rows that belong to layers, fetched once for all of them."""

    def __init__(self) -> None:
        self.fields: dict[int, list[FieldSpec]] = defaultdict(list)
        for row in models.LayerField.objects.order_by("layer_id", "order", "id"):
            title = Title(row.title_zh or row.name, row.title_en)
            spec = FieldSpec(row.name, row.column, row.type, title, row.codes, row.unit)  # type: ignore[arg-type]
            self.fields[row.layer_id].append(spec)
        self.styles: dict[int, list[StyleSpec]] = defaultdict(list)
        for style in models.Style.objects.order_by("layer_id", "order", "id"):
            title = Title(style.title_zh or style.name, style.title_en)
            self.styles[style.layer_id].append(StyleSpec(style.name, title, style.body, style.revision))
        self.members: dict[int, list[MemberSpec]] = defaultdict(list)
        for member in models.Member.objects.select_related("layer").order_by("map_id", "order", "id"):
            self.members[member.map_id].append(MemberSpec(member.layer.slug, member.style, member.opacity))
        self.generalised: dict[int, list[GeneralisedTable]] = defaultdict(list)
        for table in models.GeneralisedTable.objects.order_by("layer_id", "min_scale"):
            spec_ = GeneralisedTable(f"geodata.{table.table}", table.min_scale, table.tolerance_m, table.since)
            self.generalised[table.layer_id].append(spec_)
        self.versions = {
            version.layer_id: _version(version)
            for version in models.Version.objects.select_related("delivery").extra(
                tables=["layers_layer"],
                where=["layers_layer.id = layers_version.layer_id", "layers_layer.current = layers_version.number"],
            )
        }
        self.rasters = _rasters()

    def spec(self, layer: models.Layer) -> LayerSpec:
        """Put one layer together."""
        return LayerSpec(
            id=layer.pk,
            slug=layer.slug,
            title=Title(layer.title_zh, layer.title_en),
            abstract=Title(layer.abstract_zh, layer.abstract_en),
            keywords=tuple(layer.keywords),
            theme=layer.theme.slug,
            owner=layer.owner.code if layer.owner else "",
            level=layer.level,
            zones=tuple(layer.zones),
            kind=layer.kind,  # type: ignore[arg-type]
            geometry=layer.geometry,  # type: ignore[arg-type]
            srid=layer.srid,
            table=f"geodata.l_{layer.pk}",
            fields=tuple(self.fields[layer.pk]),
            identity=layer.identity,
            title_field=layer.title_field,
            extent=version.extent if (version := self.versions.get(layer.pk)) else None,
            current=version,
            styles=tuple(self.styles[layer.pk]),
            members=tuple(self.members[layer.pk]),
            generalised=tuple(self.generalised[layer.pk]),
            raster=self.rasters.get(layer.pk),
            min_scale=layer.min_scale,
            max_scale=layer.max_scale,
            is_base=layer.is_base,
            is_searchable=layer.is_searchable,
            shown_at_start=layer.shown_at_start,
            opacity=layer.opacity,
            blend=layer.blend,  # type: ignore[arg-type]
            order=layer.order,
            is_sample=layer.is_sample,
            attribution=layer.attribution,
            metadata=_metadata(layer),
        )


def _metadata(layer: models.Layer) -> MetadataSpec:
    owner = layer.owner
    return MetadataSpec(
        owner=Title(owner.name_zh, owner.name_en) if owner else Title(""),
        contact=layer.contact,
        scale=layer.survey_scale,
        frequency=layer.frequency,
        license=layer.license,
        use_limits=Title(layer.use_limits_zh, layer.use_limits_en),
        quality=Title(layer.quality_zh, layer.quality_en),
    )


def _version(row: models.Version) -> VersionSpec:
    extent: Bounds | None = row.extent.extent if row.extent else None
    delivery = str(row.delivery) if row.delivery else ""
    return VersionSpec(row.number, row.published, row.survey_date, delivery, row.count, extent)


def _rasters() -> dict[int, RasterSpec]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT layer_id, min(bands), min(dtype), min(nodata), min(pixel_size_m) "
            "FROM layers_rasterfile WHERE until IS NULL GROUP BY layer_id"
        )
        return {row[0]: RasterSpec(*row[1:]) for row in cursor.fetchall()}


def _grant(row: models.Grant) -> GrantSpec:
    return GrantSpec(
        id=row.pk,
        subject=row.subject,
        department=row.department_id,
        role=row.role,
        user=row.user_id,
        key=row.key_id,
        layer=row.layer.slug if row.layer else "",
        theme=row.theme.slug if row.theme else "",
        operations=frozenset(row.operations),
        area=bytes(row.area.wkb) if row.area else None,
        filter=row.filter,
        columns=frozenset(row.columns) if row.columns else None,
        min_scale=row.min_scale,
        max_scale=row.max_scale,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def _ancestors() -> dict[int, tuple[int, ...]]:
    parents = dict(models.Department.objects.values_list("pk", "parent_id"))
    chains: dict[int, tuple[int, ...]] = {}
    for start in parents:
        chain: list[int] = []
        node: int | None = start
        while node is not None and node not in chain:
            chain.append(node)
            node = parents.get(node)
        chains[start] = tuple(chain)
    return chains
