"""Whose deliveries may a caller handle? Stewards all; staff their department's, those below it, and nobody's."""

from django.db.models import Q, QuerySet

from layers import models
from layers.access import Principal
from layers.errors import NotFound

ROLES = ("steward", "staff")
_ABSENT = "没有这份交付 / no such delivery"


def deliveries(principal: Principal | None) -> "QuerySet[models.Delivery]":
    """Return the deliveries a caller may handle, None = the server's own command line; raises NotFound for others."""
    every = models.Delivery.objects.all()
    if principal is None or principal.role == "steward":
        return every
    if principal.role not in ROLES:
        raise NotFound(_ABSENT)
    own = _below(principal.department)
    others = Q(department__isnull=False) & ~Q(department__in=own)
    names = models.User.objects.filter(others).values_list("username", flat=True)
    keys = models.ApiKey.objects.filter(~Q(department__in=own)).values_list("prefix", flat=True)
    return every.exclude(Q(actor__in=names) | Q(actor__in=[f"key:{prefix}" for prefix in keys]) | Q(received_by__in=models.User.objects.filter(others)))


def find(principal: Principal | None, key: str) -> models.Delivery:
    """Return a delivery by its SHA-256, or the first 8 digits or more of it; raises NotFound, for others' as for absent ones."""
    found = list(deliveries(principal).filter(sha256__startswith=key.lower())[:2]) if len(key) >= 8 else []
    if len(found) != 1:
        raise NotFound(_ABSENT)
    return found[0]


def _below(department: int | None) -> set[int]:
    """Return a department and all those under it."""
    found: set[int] = set()
    waiting = [department] if department is not None else []
    while waiting:
        found.update(waiting)
        waiting = [pk for pk in models.Department.objects.filter(parent__in=waiting).values_list("pk", flat=True) if pk not in found]
    return found
