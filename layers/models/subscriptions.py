"""Who is told of publications: subscriptions and the notices sent to them."""

import base64
import secrets
from typing import ClassVar

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from layers.models.catalogue import Layer
from layers.models.people import ApiKey


def new_secret() -> str:
    """Make a signing secret in the form of Standard Webhooks: whsec_ and 32 random bytes in Base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Subscription(models.Model):
    """An address that is told of every publication its key may discover; `layer` empty = of all layers."""

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=400)
    secret = models.CharField(_("signing secret"), max_length=80, default=new_secret)
    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="subscriptions", verbose_name=_("key"))
    layer = models.ForeignKey(Layer, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("layer"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Notice(models.Model):
    """One notice to one subscriber: written with the publication, sent and logged by workers."""

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="notices", verbose_name=_("webhook"))
    layer = models.CharField(_("layer"), max_length=60)
    body = models.JSONField()
    made = models.DateTimeField(_("made"), auto_now_add=True)
    state = models.CharField(_("status"), max_length=8, default="waiting", db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due = models.DateTimeField(_("due"), auto_now_add=True)
    log = models.JSONField(_("log"), default=list, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.subscription_id} {self.layer} {self.state}"
