"""What was asked of a process: one row a job, its inputs and outcome."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from layers.models.people import ApiKey


class JobStatus(models.TextChoices):
    """statusCode of OGC 18-062r2 §7.12."""

    ACCEPTED = "accepted", _("accepted")
    RUNNING = "running", _("running")
    SUCCESSFUL = "successful", _("successful")
    FAILED = "failed", _("failed")
    DISMISSED = "dismissed", _("dismissed")


class ProcessJob(models.Model):
    """A process's run for one caller; who it was is kept, and decided anew when it runs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    process = models.CharField(_("process"), max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, verbose_name=_("user"))
    key = models.ForeignKey(ApiKey, models.CASCADE, null=True, blank=True, verbose_name=_("key"))
    zone = models.PositiveSmallIntegerField(_("zone"))
    language = models.CharField(max_length=8, default="zh")
    inputs = models.JSONField(_("inputs"), default=dict)
    wanted = models.JSONField(_("outputs wanted"), default=list, blank=True)
    is_raw = models.BooleanField(default=False)
    outputs = models.JSONField(_("outputs"), default=dict, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=JobStatus, default=JobStatus.ACCEPTED)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    message = models.CharField(_("message"), max_length=400, blank=True)
    created = models.DateTimeField(_("created"), auto_now_add=True)
    started = models.DateTimeField(_("started"), null=True, blank=True)
    finished = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("process job")
        verbose_name_plural = _("process jobs")
        ordering: ClassVar = ["-created"]
        indexes: ClassVar = [models.Index(fields=["user", "-created"]), models.Index(fields=["key", "-created"])]

    def __str__(self) -> str:
        return f"{self.process} {self.id}"
