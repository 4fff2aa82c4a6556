"""Who may do what (grants), and who did what (audit)."""

from typing import ClassVar

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from layers.models.catalogue import Layer, Theme
from layers.models.people import ApiKey, Department, Role


class SubjectKind(models.TextChoices):
    """Whom a grant is for."""

    EVERYONE = "everyone", _("everyone")
    DEPARTMENT = "department", _("department")
    ROLE = "role", _("role")
    USER = "user", _("user")
    KEY = "key", _("key")


class Grant(models.Model):
    """An allow-only rule; nothing is allowed without one, and none takes away what another gives."""

    subject = models.CharField(_("subject"), max_length=12, choices=SubjectKind)
    department = models.ForeignKey(Department, models.CASCADE, null=True, blank=True, verbose_name=_("department"))
    role = models.CharField(_("role"), max_length=16, choices=Role, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, verbose_name=_("user")
    )
    key = models.ForeignKey(ApiKey, models.CASCADE, null=True, blank=True, verbose_name=_("key"))
    layer = models.ForeignKey(Layer, models.CASCADE, null=True, blank=True, verbose_name=_("layer"))
    theme = models.ForeignKey(Theme, models.CASCADE, null=True, blank=True, verbose_name=_("theme"))
    operations = ArrayField(models.CharField(max_length=10), verbose_name=_("operations"))
    area = models.MultiPolygonField(_("area"), srid=4490, null=True, blank=True)
    filter = models.TextField(_("filter (CQL2)"), blank=True)
    columns = ArrayField(
        models.CharField(max_length=120), verbose_name=_("fields"), null=True, blank=True,
        help_text=_("empty = all fields"),
    )
    min_scale = models.FloatField(_("smallest scale, 1:"), default=0)
    max_scale = models.FloatField(_("largest scale, 1:"), default=0)
    valid_from = models.DateTimeField(_("valid from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    limits = models.JSONField(_("limits"), default=dict, blank=True)
    note = models.CharField(_("note"), max_length=240, blank=True)

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(layer__isnull=False, theme__isnull=True) | Q(layer__isnull=True, theme__isnull=False),
                name="grant_layer_or_theme",
            ),
            models.CheckConstraint(
                condition=(
                    Q(subject="everyone", department=None, role="", user=None, key=None)
                    | Q(subject="department", department__isnull=False)
                    | (Q(subject="role") & ~Q(role=""))
                    | Q(subject="user", user__isnull=False)
                    | Q(subject="key", key__isnull=False)
                ),
                name="grant_names_its_subject",
            ),
        ]

    def __str__(self) -> str:
        whom = self.department or self.role or self.user or self.key or self.subject
        return f"{whom} → {self.layer or self.theme}: {', '.join(self.operations)}"


class AuditEntry(models.Model):
    """Who changed what; written by layers/services only, never edited."""

    at = models.DateTimeField(_("at"), auto_now_add=True, db_index=True)
    actor = models.CharField(_("actor"), max_length=150)
    action = models.CharField(_("action"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40)
    subject = models.CharField(_("subject"), max_length=240)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}"
