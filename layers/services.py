"""The only writers of the registry: each change is one transaction with its audit entry and revision."""

import hashlib
import secrets

from django.db import models as django_models
from django.db import transaction

from layers import audit, datums, models
from layers.drafts import LayerDraft, known, make_layer, spec, spec_of
from layers.errors import NotFound
from layers.mosaics import StagedFile
from layers.publication import Published, StagedRows, generalise_layer, publish, rollback

# Here __all__ names the parts of this interface that have modules of their own.
__all__ = [
    "LayerDraft",
    "Published",
    "StagedFile",
    "StagedRows",
    "delete",
    "generalise_layer",
    "issue_key",
    "known",
    "make_layer",
    "publish",
    "rollback",
    "save",
    "spec",
    "spec_of",
    "touch",
    "use_transformation",
]


def save(actor: str, row: django_models.Model, *, action: str = "save") -> None:
    """Write one registry row with its audit entry; the next request reads the new revision."""
    with transaction.atomic():
        row.save()
        audit.record(actor, action, row)
        audit.bump(rules=1)


def delete(actor: str, row: django_models.Model) -> None:
    """Delete one registry row with its audit entry."""
    with transaction.atomic():
        audit.record(actor, "delete", row)
        row.delete()
        audit.bump(rules=1)


def touch(actor: str, row: django_models.Model, action: str) -> None:
    """Record that rows belonging to `row` were changed (inlines of the admin pages)."""
    with transaction.atomic():
        audit.record(actor, action, row)
        audit.bump(rules=1)


def use_transformation(actor: str, name: str) -> datums.Local:
    """Return a registered local transformation to someone who may use it; raises NotFound for everybody else.

    Stewards may, and GIS staff of the department it belongs to; a name that is no user's is the operator's own, at
    the server's command line. The audit keeps who used which.
    """
    row = models.LocalTransformation.objects.filter(name=name).first()
    user = models.User.objects.filter(username=actor).first()
    if row is None or (user is not None and not _may_use(user, row)):
        raise NotFound("没有这个转换参数 / no such transformation")
    audit.record(actor, "use", row)
    values = [getattr(row, each) for each in datums.PARAMETERS[row.kind]]
    return datums.Local(
        row.name, row.title_zh, row.kind, row.source_crs, row.target_crs, values, row.is_coordinate_frame, row.rms_m, row.points
    )


def _may_use(user: models.User, row: models.LocalTransformation) -> bool:
    if user.is_superuser:
        return True
    if row.department is None:
        return user.role == models.Role.STEWARD
    return user.role in (models.Role.STEWARD, models.Role.STAFF) and user.department == row.department


def issue_key(actor: str, key: models.ApiKey) -> str:
    """Save a key and return its secret, which is shown once and never kept: gb_<prefix>_<secret>."""
    key.prefix = secrets.token_hex(4)
    secret = f"gb_{key.prefix}_{secrets.token_urlsafe(24)}"
    key.sha256 = hashlib.sha256(secret.encode()).hexdigest()
    save(actor, key, action="issue key")
    return secret
