"""The desk where deliveries are handled: what may be done with one in its state, by whom; work is left to jobs.

Web processes use this: it loads no reader of files.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from ingest import belonging, jobs, staged, uploads
from layers import access, audit, differences, models
from layers.access import Principal
from layers.errors import Conflict, InvalidValue, NotAllowed, NotFound

_AT_REST = ("staged", "approval", "refused", "failed", "cancelled", "withdrawn", "unchanged", "published")


def enter(principal: Principal) -> str:
    """Return the name under which the caller acts; raises NotFound for whoever may not handle deliveries."""
    if principal.role not in belonging.ROLES:
        raise NotFound
    if principal.user is not None:
        return models.User.objects.values_list("username", flat=True).get(pk=principal.user)
    if principal.key is None:
        raise NotFound
    return f"key:{models.ApiKey.objects.values_list('prefix', flat=True).get(pk=principal.key)}"


def principal_of(user: models.User) -> Principal:
    """Return a person as the decision knows her, on this machine itself."""
    return Principal(2, user=user.pk, department=user.department_id, role=user.role)


def finish(upload: models.Upload) -> None:
    """Make a delivery of a complete upload, a large one by a job; asking again changes nothing."""
    if upload.state == "open":
        with transaction.atomic():
            uploads.close(upload)
            if upload.size > uploads.INLINE:
                jobs.receive_upload.enqueue(str(upload.pk))
    if upload.size <= uploads.INLINE:
        uploads.take_in(upload)


def listing(principal: Principal | None, *, status: str = "", text: str = "", before: int = 0, limit: int = 50) -> list[models.Delivery]:
    """Return the caller's deliveries, newest first, older than the id `before`."""
    found = belonging.deliveries(principal).order_by("-id")
    if status:
        found = found.filter(status=status)
    if text:
        found = found.filter(Q(name__icontains=text) | Q(title__icontains=text) | Q(contractor__icontains=text))
    return list((found.filter(id__lt=before) if before else found)[:limit])


def confirm(delivery: models.Delivery, actor: str, mapping: Mapping[str, str], mode: str = "") -> None:
    """Say which layer each part goes to ("" = left out); what changes is checked and compared again."""
    _expect(delivery, ("staged", "approval", "refused", "failed", "cancelled"))
    known = set(delivery.parts.values_list("key", flat=True))
    if unknown := sorted(set(mapping) - known):
        raise InvalidValue(f"没有这个部件 / no such part: {unknown[0]}", parameter="mapping")
    wrong = [slug for slug in mapping.values() if slug and not _is_slug(slug)]
    if wrong or mode not in ("", "replace", "patch"):
        raise InvalidValue(f"图层标识或更新方式有误 / a slug or the mode is wrong: {(wrong or [mode])[0]}", parameter="mapping")
    current = dict(delivery.parts.values_list("key", "target"))
    is_same = all(current.get(key) == slug for key, slug in mapping.items()) and mode in ("", delivery.mode)
    with transaction.atomic():
        delivery.mapping = {**delivery.mapping, **mapping}
        delivery.options = {**delivery.options, **({"mode": mode} if mode else {})}
        delivery.is_confirmed = True
        delivery.save(update_fields=["mapping", "options", "is_confirmed"])
        audit.record(actor, "confirm mapping", delivery)
        if not is_same or delivery.status != "staged":
            _again(delivery)


def publish(delivery: models.Delivery, principal: Principal, actor: str) -> None:
    """Ask for publication; raises Conflict before the mapping is confirmed, NotAllowed without the right to a layer."""
    _expect(delivery, ("staged",))
    if not delivery.is_confirmed:
        raise Conflict("请先确认图层对应关系 / confirm the mapping first")
    _may_publish(principal, delivery)
    _go(delivery, actor, "ask to publish", goal="published", submitted_by=actor, approved_by="")


def approve(delivery: models.Delivery, principal: Principal, actor: str) -> None:
    """Agree to a publication that another person asked for."""
    _expect(delivery, ("approval",))
    if actor == delivery.submitted_by:
        raise NotAllowed("须由另一人复核 / a second person must approve")
    _may_publish(principal, delivery)
    _go(delivery, actor, "approve", goal="published", approved_by=actor)


def cancel(delivery: models.Delivery, actor: str) -> None:
    """Stop a delivery that is not published; what it staged is removed, its original stays."""
    _expect(delivery, ("received", "running", "waiting", "staged", "approval"))
    _go(delivery, actor, "cancel", is_cancelled=True, goal=delivery.goal or "staged")


def retry(delivery: models.Delivery, actor: str) -> None:
    """Take a delivery that failed, was refused or cancelled from detection on again."""
    _expect(delivery, ("failed", "refused", "cancelled", "withdrawn", "waiting", "staged"))
    with transaction.atomic():
        audit.record(actor, "retry", delivery)
        _again(delivery)


def roll_back(delivery: models.Delivery, principal: Principal, actor: str, *, hide: bool = False) -> None:
    """Give every layer of a published delivery the content it had before."""
    _expect(delivery, ("published",))
    _may_publish(principal, delivery)
    _go(delivery, actor, "ask to withdraw" if hide else "ask to roll back", goal="hidden" if hide else "withdrawn", submitted_by=actor)


def changes(delivery: models.Delivery, principal: Principal, slug: str, *, after: int | None, limit: int) -> differences.Changes:
    """Return what publication would change in a layer, as GeoJSON; for those who may query all of the layer."""
    view = access.decide(principal, slug, "query")
    if (view is None or view.pieces) and slug not in delivery.drafts:
        raise NotFound
    found = staged.changes_of(delivery, slug)
    if found is None:
        raise NotFound
    return differences.features(found, limit=limit) if after is None else differences.features(found, after=after, limit=limit)


def _again(delivery: models.Delivery) -> None:
    staged.restart(delivery)
    delivery.goal = "staged"
    delivery.save(update_fields=["goal"])
    jobs.want(delivery)


def _go(delivery: models.Delivery, actor: str, action: str, **values: Any) -> None:
    with transaction.atomic():
        audit.record(actor, action, delivery)
        models.Delivery.objects.filter(pk=delivery.pk).update(**values)
        jobs.want(delivery)
    delivery.refresh_from_db()


def _expect(delivery: models.Delivery, states: Iterable[str]) -> None:
    if delivery.status not in states:
        word = delivery.get_status_display()
        raise Conflict(f"当前状态不允许：{word} / not possible while {delivery.status}")


def _may_publish(principal: Principal, delivery: models.Delivery) -> None:
    """A layer that is there asks for the right to publish to it; one that is to be made asks for staff."""
    there = set(models.Layer.objects.values_list("slug", flat=True))
    for slug in set(delivery.parts.exclude(target="").values_list("target", flat=True)) & there:
        if access.decide(principal, slug, "publish") is None:
            raise NotAllowed(f"没有向图层 {slug} 发布的权限 / you may not publish to {slug}")


def _is_slug(text: str) -> bool:
    return len(text) <= 60 and text.isascii() and text.replace("-", "").isalnum() and text == text.lower()
