"""What was published: versions, raster files, changed cells, counters."""

from typing import ClassVar

from django.contrib.gis.db import models
from django.utils.translation import gettext_lazy as _

from layers.models.catalogue import Layer
from layers.models.deliveries import Delivery


class Version(models.Model):
    """One published state of a layer; it never changes."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="versions", verbose_name=_("layer"))
    number = models.PositiveIntegerField(_("number"))
    published = models.DateTimeField(_("published"))
    survey_date = models.DateField(_("survey date"), null=True, blank=True)
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, null=True, blank=True, related_name="versions", verbose_name=_("delivery")
    )
    restores = models.PositiveIntegerField(_("restores version"), null=True, blank=True)
    is_hidden = models.BooleanField(_("withdrawn"), default=False)
    added = models.PositiveBigIntegerField(_("added"), default=0)
    changed = models.PositiveBigIntegerField(_("changed"), default=0)
    removed = models.PositiveBigIntegerField(_("removed"), default=0)
    count = models.PositiveBigIntegerField(_("features"), default=0)
    extent = models.PolygonField(_("extent"), srid=4490, null=True, blank=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering: ClassVar = ["layer", "-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["layer", "number"], name="version_once")]

    def __str__(self) -> str:
        return f"{self.layer} v{self.number}"


class RasterFile(models.Model):
    """One COG of a raster layer, in the versions since <= v < until; paths are relative to the store."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="files", verbose_name=_("layer"))
    since = models.PositiveIntegerField(_("since version"))
    until = models.PositiveIntegerField(_("until version"), null=True, blank=True)
    name = models.CharField(_("delivered name"), max_length=240)
    sha256 = models.CharField(max_length=64)
    source_sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=240)
    shade_path = models.CharField(max_length=240, blank=True)
    srs = models.TextField(_("CRS"), help_text="EPSG:n or WKT")
    footprint = models.MultiPolygonField(_("footprint"), srid=4490)
    survey_date = models.DateField(_("survey date"), null=True, blank=True)
    priority = models.IntegerField(_("priority"), default=0)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bands = models.PositiveSmallIntegerField()
    dtype = models.CharField(max_length=16)
    nodata = models.FloatField(null=True, blank=True)
    pixel_size_m = models.FloatField(_("pixel size (m)"))
    stats = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("raster file")
        verbose_name_plural = _("raster files")
        ordering: ClassVar = ["layer", "priority", "survey_date", "id"]
        indexes: ClassVar = [models.Index(fields=["layer", "since"])]

    def __str__(self) -> str:
        return self.name


class ChangeMark(models.Model):
    """A cell of the change map (layers/changes): the last version that touched it.

    `coarse` marks are where generalised rows changed; only what is drawn from those asks for them.
    """

    layer = models.ForeignKey(Layer, models.CASCADE)
    coarse = models.BooleanField(default=False)
    version = models.PositiveIntegerField()
    level = models.PositiveSmallIntegerField()
    x = models.PositiveIntegerField()
    y = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["layer", "coarse", "level", "x", "y"], name="changemark_cell_once")
        ]
        indexes: ClassVar = [models.Index(fields=["layer", "coarse", "version"])]

    def __str__(self) -> str:
        return f"{self.layer_id} v{self.version} {self.level}/{self.x}/{self.y}"


class Revision(models.Model):
    """The registry's two counters (one row): rules and version pointers."""

    rules = models.PositiveBigIntegerField(default=1)
    pointers = models.PositiveBigIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.rules}.{self.pointers}"
