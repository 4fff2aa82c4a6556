"""What was handed in, how far it has come, and what was found of each of its parts."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryStatus(models.TextChoices):
    """How far a delivery has come."""

    RECEIVED = "received", _("received")
    RUNNING = "running", _("under way")
    WAITING = "waiting", _("interrupted, will go on by itself")
    STAGED = "staged", _("ready to publish")
    APPROVAL = "approval", _("waits for a second person")
    PUBLISHED = "published", _("published")
    UNCHANGED = "unchanged", _("unchanged")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    WITHDRAWN = "withdrawn", _("rolled back")


class Mode(models.TextChoices):
    """What a delivery replaces."""

    REPLACE = "replace", _("the whole layer")
    AREA = "area", _("what lies in its area")
    PATCH = "patch", _("single features, by identity")


class Delivery(models.Model):
    """What a surveyor handed in: the same bytes are the same delivery.

    `steps` says of each step of `ingest.pipeline` its state, times and rows per second; `preview` what
    publication would change, by layer; `report` the findings. `goal` is how far it shall go ("", staged,
    published): a worker takes up any delivery that has not come so far and that nobody works on.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=240)
    title = models.CharField(_("title"), max_length=240, blank=True)
    contractor = models.CharField(_("contractor"), max_length=240, blank=True)
    survey_date = models.DateField(_("survey date"), null=True, blank=True)
    scale = models.PositiveIntegerField(_("scale, 1:"), null=True, blank=True)
    mode = models.CharField(_("replaces"), max_length=8, choices=Mode, default=Mode.REPLACE)
    area = models.MultiPolygonField(_("area"), srid=4490, null=True, blank=True)
    removals = models.JSONField(_("features to remove, by layer"), default=dict, blank=True)
    is_sample = models.BooleanField(_("sample data"), default=False)
    status = models.CharField(_("status"), max_length=12, choices=DeliveryStatus, default=DeliveryStatus.RECEIVED)
    problem = models.TextField(_("why it waits or failed"), blank=True)
    received = models.DateTimeField(_("received"), auto_now_add=True)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, verbose_name=_("received by")
    )
    actor = models.CharField(_("handed in by"), max_length=150, blank=True)
    submitted_by = models.CharField(_("publication asked for by"), max_length=150, blank=True)
    approved_by = models.CharField(_("approved by"), max_length=150, blank=True)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    files = models.PositiveIntegerField(_("files"), default=0)
    goal = models.CharField(max_length=10, blank=True)
    moved = models.CharField(max_length=10, blank=True, help_text="the goal the pointers were moved for, in that transaction")
    options = models.JSONField(default=dict, blank=True)
    mapping = models.JSONField(_("layer of each source"), default=dict, blank=True)
    is_confirmed = models.BooleanField(_("mapping confirmed"), default=False)
    is_cancelled = models.BooleanField(default=False)
    steps = models.JSONField(default=dict, blank=True)
    drafts = models.JSONField(default=dict, blank=True)
    preview = models.JSONField(default=dict, blank=True)
    report = models.JSONField(_("report"), default=dict, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering: ClassVar = ["-received"]

    def __str__(self) -> str:
        return self.title or self.name


class DeliveryPart(models.Model):
    """One layer of a vector source, or one raster: what it was found to be and where its rows wait.

    Kept for ever: `src_file` of a row is the id of its part, so a feature leads back to file, row and survey.
    """

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="parts", verbose_name=_("delivery"))
    key = models.CharField(_("file and layer"), max_length=700)
    kind = models.CharField(_("kind"), max_length=12)
    target = models.CharField(_("layer"), max_length=60, blank=True)
    state = models.CharField(max_length=10, default="found")
    facts = models.JSONField(default=dict, blank=True)
    stage = models.CharField(max_length=63, blank=True)
    rows = models.PositiveBigIntegerField(_("rows"), null=True, blank=True)
    file = models.JSONField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("part of a delivery")
        verbose_name_plural = _("parts of deliveries")
        ordering: ClassVar = ["delivery", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["delivery", "key"], name="delivery_part_once")]

    def __str__(self) -> str:
        return self.key


class WorkerBeat(models.Model):
    """A sign of life of a worker, in the database's time (ingest.presence)."""

    worker = models.CharField(_("worker"), max_length=64, primary_key=True)
    host = models.CharField(_("host"), max_length=120)
    process = models.PositiveIntegerField(_("process"))
    beat = models.DateTimeField(_("last sign of life"))

    class Meta:
        verbose_name = _("worker")
        verbose_name_plural = _("workers")
        ordering: ClassVar = ["-beat"]

    def __str__(self) -> str:
        return f"{self.host}/{self.process}"


class Upload(models.Model):
    """A delivery on its way in, in pieces: the files it is to have; how much of each is there, the disk knows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    actor = models.CharField(_("handed in by"), max_length=150)
    name = models.CharField(_("name"), max_length=240)
    files = models.JSONField(default=list)
    size = models.PositiveBigIntegerField(_("bytes"))
    options = models.JSONField(default=dict)
    begun = models.DateTimeField(_("begun"), auto_now_add=True)
    state = models.CharField(_("status"), max_length=10, default="open")
    problem = models.TextField(blank=True)
    delivery = models.ForeignKey(Delivery, models.CASCADE, null=True, blank=True, verbose_name=_("delivery"))

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering: ClassVar = ["-begun"]

    def __str__(self) -> str:
        return self.name
