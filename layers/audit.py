"""The audit trail and the registry's counters: written with every change, in its transaction."""

from django.db import models as django_models
from django.db.models import F

from layers import models, registry


def record(actor: str, action: str, row: django_models.Model, **detail: object) -> None:
    """Write who did what to which row."""
    models.AuditEntry.objects.create(
        actor=actor, action=action, kind=row._meta.model_name or "", subject=str(row)[:240], detail={"id": row.pk, **detail}
    )


def bump(*, rules: int = 0, pointers: int = 0) -> None:
    """Count a change: the next request of every process reads it."""
    models.Revision.objects.filter(pk=1).update(rules=F("rules") + rules, pointers=F("pointers") + pointers)
    registry.forget()
