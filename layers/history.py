"""Which versions a layer has had, and which one was shown on a day: for faces that pin a version."""

from datetime import date, datetime
from functools import lru_cache

from layers import models
from layers.access import LayerView
from layers.errors import NotFound
from layers.spec import LayerSpec, VersionSpec


def versions(view: LayerView) -> tuple[VersionSpec, ...]:
    """Return the layer's published versions, oldest first; those withdrawn, or removed by retention, are not among them."""
    return _versions(view.spec.id, view.spec.version)


def at(view: LayerView, number: int) -> LayerView:
    """Return the view of one version; raises NotFound."""
    if number == view.spec.version:
        return view.at(number)
    if not any(each.number == number for each in versions(view)):
        raise NotFound
    return view.at(number)


def as_of(view: LayerView, moment: datetime) -> LayerView:
    """Return the view of the version that was current at a moment; raises NotFound before the first."""
    found = [each.number for each in versions(view) if each.published <= moment]
    if not found:
        raise NotFound
    return view.at(found[-1])


def published(spec: LayerSpec, number: int) -> datetime:
    """Return when a version was published; raises NotFound."""
    for each in _versions(spec.id, spec.version):
        if each.number == number:
            return each.published
    raise NotFound


def survey_date(view: LayerView) -> date | None:
    """Return the day that the content of the view's version was surveyed."""
    if view.spec.current and view.version == view.spec.current.number:
        return view.spec.current.survey_date
    return next((each.survey_date for each in versions(view) if each.number == view.version), None)


@lru_cache(maxsize=512)
def _versions(layer: int, current: int) -> tuple[VersionSpec, ...]:
    rows = models.Version.objects.filter(layer_id=layer, number__lte=current, is_hidden=False).select_related("delivery").order_by("number")
    return tuple(
        VersionSpec(
            row.number, row.published, row.survey_date, str(row.delivery) if row.delivery else "", row.count,
            row.extent.extent if row.extent else None,
        )
        for row in rows
    )  # fmt: skip
