"""Who may ask: departments, users and the keys their programs carry."""

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class Department(models.Model):
    """A department or county office; a tree, with the area it answers for (EPSG:4490)."""

    code = models.SlugField(_("code"), unique=True)
    name_zh = models.CharField(_("name (Chinese)"), max_length=120)
    name_en = models.CharField(_("name (English)"), max_length=120, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    admin_code = models.CharField(_("administrative division code"), max_length=12, blank=True)
    area = models.MultiPolygonField(_("area"), srid=4490, null=True, blank=True)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering: ClassVar = ["code"]

    def __str__(self) -> str:
        return self.name_zh


class Role(models.TextChoices):
    """What a person does with the base database."""

    STEWARD = "steward", _("steward")
    STAFF = "staff", _("GIS staff")
    PLANNER = "planner", _("planner")
    CONSUMER = "consumer", _("consumer")


class User(AbstractUser):
    """A person; the department decides with the role what she may see."""

    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("department")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.CONSUMER)
    display_name = models.CharField(_("display name"), max_length=60, blank=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")  # type: ignore[assignment]
        verbose_name_plural = _("users")  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.display_name or self.username


class ApiKey(models.Model):
    """A program's key: only its SHA-256 is kept; `prefix` finds it without the secret."""

    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    sha256 = models.CharField(max_length=64, unique=True, editable=False)
    department = models.ForeignKey(Department, models.PROTECT, related_name="keys", verbose_name=_("department"))
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.CONSUMER)
    max_zone = models.PositiveSmallIntegerField(_("highest zone"), default=2)
    network = models.CharField(_("allowed network (CIDR)"), max_length=43, blank=True)
    expires = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked = models.DateTimeField(_("revoked"), null=True, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("key")
        verbose_name_plural = _("keys")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
