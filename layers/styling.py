"""Styles written: put, renamed, deleted; each change is one transaction with its audit entry (layers/services)."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Max

from layers import models, services
from layers.access import LayerView
from layers.errors import Conflict, NotAllowed, NotFound, Stale
from layers.spec import StyleSpec


def put(
    actor: str, view: LayerView, style: StyleSpec, known: Sequence[StyleSpec], *, is_new: bool = False, revision: int | None = None
) -> bool:
    """Write a style of a layer the caller may edit; tell whether it is a new one.

    `known` are the layer's styles as they are now: made-up ones are written down first, so that a new style never
    becomes the default by being the only one. Raises Conflict (`is_new`, but there is one), Stale (not `revision`).
    """
    _check(view)
    with transaction.atomic():
        layer = _locked(view)
        if not layer.styles.exists():
            for place, each in enumerate(known):
                row = models.Style(layer=layer, name=each.name, body=each.body, order=place)
                row.title_zh, row.title_en = each.title.zh, each.title.en
                services.save(actor, row, action="write down style")
        found = layer.styles.filter(name=style.name).first()
        if found is not None and is_new:
            raise Conflict("已有同名样式 / There is a style of that name", parameter="name")
        if revision is not None and (found is None or found.revision != revision):
            raise Stale
        row = found or models.Style(layer=layer, name=style.name, order=_last(layer) + 1)
        row.title_zh, row.title_en, row.body = style.title.zh, style.title.en, style.body
        row.revision = found.revision + 1 if found else 1
        services.save(actor, row, action="change style" if found else "make style")
    return found is None


def delete(actor: str, view: LayerView, name: str, *, revision: int | None = None) -> None:
    """Delete a style; raises NotFound, Stale, or Conflict where a composed map uses it."""
    _check(view)
    with transaction.atomic():
        layer = _locked(view)
        row = layer.styles.filter(name=name).first()
        if row is None:
            raise NotFound
        if revision is not None and row.revision != revision:
            raise Stale
        if models.Member.objects.filter(layer=layer, style=name).exists():
            raise Conflict("有组合地图在用此样式 / A composed map uses this style")
        services.delete(actor, row)


def _check(view: LayerView) -> None:
    if view.operation != "edit":
        raise NotAllowed


def _locked(view: LayerView) -> models.Layer:
    return models.Layer.objects.select_for_update().get(pk=view.spec.id)


def _last(layer: models.Layer) -> int:
    return int(layer.styles.aggregate(last=Max("order"))["last"] or 0)
