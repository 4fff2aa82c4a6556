"""发布 publish, and the way back: all layers of a delivery together, or none."""

from ingest.compare import compare
from ingest.findings import Finding
from ingest.progress import Progress
from ingest.staged import staged_files, staged_rows, thawed
from ingest.work import Work
from layers import models, publication, services
from layers.errors import Stale
from layers.publication import Published

UNDOING = ("withdrawn", "hidden")
"""Goals of a published delivery: rolled back; rolled back and its versions no longer shown to anyone."""


def publish(work: Work, heard: Progress) -> None:
    """Publish what is staged, unless a second person has to agree first or a layer has moved on."""
    delivery = work.delivery
    if not has_staged(delivery):
        delivery.status = "refused"
        return
    if _lacks_approval(delivery):
        delivery.status, delivery.goal = "approval", "staged"
        return
    work.step = "publish"
    if delivery.moved == "published":
        _finish(work)
        return
    drafts = {slug: thawed(each) for slug, each in delivery.drafts.items()}
    with heard.step("publish"):
        try:
            work.report.published = services.publish(
                work.options.actor, delivery, staged_rows(delivery), staged_files(delivery), drafts_of_files=drafts, fence=lambda: _moving(work),
            )  # fmt: skip
        except Stale:
            _compare_again(work)
            return
    _finish(work)


def undo(work: Work, heard: Progress) -> None:
    """Publish, for every layer of the delivery, the content it had before; refused once others have built on it."""
    delivery = work.delivery
    work.report.read(delivery.report)
    work.step = "rollback"
    work.report.by_step[work.step] = []
    if delivery.moved == delivery.goal:
        delivery.status = "withdrawn"
        return
    mine = {each.layer.slug: each for each in delivery.versions.select_related("layer").filter(restores=None).order_by("number")}
    later = sorted(slug for slug, each in mine.items() if each.layer.current != each.number)
    if later:
        work.say(Finding("rollback-built-upon", "warning", f"之后又有发布，不能单独撤回：{'、'.join(later)}；请先撤回之后的交付",
                         f"other versions were published since to {', '.join(later)}; roll those back first"))  # fmt: skip
        delivery.status, delivery.goal = "published", ""
        return
    with heard.step("rollback"):
        publication.rollback(
            work.options.actor, mine, {slug: each.number - 1 for slug, each in mine.items()},
            delivery=delivery, hide=delivery.goal == "hidden", fence=lambda: _moving(work),
        )  # fmt: skip
    delivery.status = "withdrawn"


def has_staged(delivery: models.Delivery) -> bool:
    """Tell whether a delivery has anything that may be published."""
    return any(not each.get("blocked") for each in delivery.preview.values())


def _moving(work: Work) -> None:
    """Note, in the transaction that moves the pointers, that it does: whoever goes on after a crash knows it is done."""
    work.fence()
    models.Delivery.objects.filter(pk=work.delivery.pk).update(moved=work.delivery.goal)


def _finish(work: Work) -> None:
    """Tell what was published, by the versions that the delivery made."""
    delivery = work.delivery
    made = delivery.versions.select_related("layer").filter(restores=None).order_by("number")
    newest = {each.layer.slug: Published(each.layer.slug, each.number, each.added, each.changed, each.removed) for each in made}
    told = {each.slug: each for each in work.report.published}
    work.report.published = tuple(told.get(slug, each) for slug, each in sorted({**told, **newest}.items()))
    delivery.status = "published" if newest else "unchanged"


def _compare_again(work: Work) -> None:
    """Another delivery came first: look at what is different now, and say so."""
    compare(work)
    work.say(Finding("base-moved", "warning", "比对之后图层又发布了新版本，已重新比对，请再次确认发布",
                     "a layer was published to after the comparison; compared again, please publish again"))  # fmt: skip
    work.delivery.status, work.delivery.goal, work.delivery.approved_by = "staged", "staged", ""


def _lacks_approval(delivery: models.Delivery) -> bool:
    """Tell whether a second person still has to agree: a layer's policy asks for one who did not submit it."""
    slugs = delivery.parts.filter(state="staged").values_list("target", flat=True)
    if not models.Layer.objects.filter(slug__in=list(slugs), needs_approval=True).exists():
        return False
    return not delivery.approved_by or delivery.approved_by == delivery.submitted_by
