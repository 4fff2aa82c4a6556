"""The only writers of the registry: each change is one transaction with its audit entry and revision."""

import hashlib
import secrets

from django.db import models as django_models
from django.db import transaction

from layers import audit, models
from layers.drafts import LayerDraft, known, make_layer, spec, spec_of
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


def issue_key(actor: str, key: models.ApiKey) -> str:
    """Save a key and return its secret, which is shown once and never kept: gb_<prefix>_<secret>."""
    key.prefix = secrets.token_hex(4)
    secret = f"gb_{key.prefix}_{secrets.token_urlsafe(24)}"
    key.sha256 = hashlib.sha256(secret.encode()).hexdigest()
    save(actor, key, action="issue key")
    return secret
