"""Local transformations from old datums into CGCS2000: restricted parameters, used by name."""

from typing import ClassVar

from django.contrib.gis.db import models
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from layers.models.people import Department


class LocalTransformation(models.Model):
    """A named set of 4 or 7 parameters with the residuals of its estimation; who may not see it may not use it."""

    class Kind(models.IntegerChoices):
        """How many parameters there are."""

        SEVEN = 7, _("7 parameters (geocentric)")
        FOUR = 4, _("4 parameters (plane)")

    name = models.SlugField(_("name"), max_length=60, unique=True)
    title_zh = models.CharField(_("Chinese title"), max_length=120)
    title_en = models.CharField(_("English title"), max_length=120, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, verbose_name=_("department"),
        help_text=_("only its people may use the parameters; empty = every steward"),
    )
    kind = models.SmallIntegerField(_("kind"), choices=Kind, default=Kind.SEVEN)
    source_crs = models.TextField(_("from CRS"), help_text=_("EPSG:4610, EPSG:2384 … or WKT"))
    target_crs = models.CharField(_("to CRS"), max_length=20, default="EPSG:4490", help_text=_("4 parameters: the plane, EPSG:4548"))
    dx = models.FloatField(_("ΔX / ΔE, m"), default=0)
    dy = models.FloatField(_("ΔY / ΔN, m"), default=0)
    dz = models.FloatField(_("ΔZ, m"), default=0)
    rx = models.FloatField(_("rotation X, ″"), default=0)
    ry = models.FloatField(_("rotation Y, ″"), default=0)
    rz = models.FloatField(_("rotation Z or in the plane, ″"), default=0)
    scale_ppm = models.FloatField(_("scale, ppm"), default=0)
    is_coordinate_frame = models.BooleanField(_("coordinate frame convention"), default=False)
    area = models.MultiPolygonField(_("area of use"), srid=4490, null=True, blank=True)
    rms_m = models.FloatField(_("root mean square of the residuals, m"))
    max_residual_m = models.FloatField(_("largest residual, m"))
    points = models.PositiveIntegerField(_("common points"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("local transformation")
        verbose_name_plural = _("local transformations")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=(4, 7)), name="local_transformation_kind"),
            models.CheckConstraint(condition=models.Q(rms_m__gte=0, max_residual_m__gte=0), name="local_transformation_residuals"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.title_zh}"

    def clean(self) -> None:
        """Refuse CRSs that cannot be read, and a plane transformation between what are no planes."""
        from layers import crs  # noqa: PLC0415 - a form's check; models import nothing at load
        from layers.errors import UnknownCrs  # noqa: PLC0415

        for name in ("source_crs", "target_crs"):
            try:
                found = crs.read(getattr(self, name))
            except UnknownCrs as error:
                raise ValidationError({name: str(error)}) from None
            if self.kind == self.Kind.FOUR and not found.is_projected:
                raise ValidationError({name: _("4 parameters join two planes: give projected CRSs")})
            if name == "target_crs" and crs.datum(found) != "cgcs2000":
                raise ValidationError({name: _("the way ends in CGCS2000")})
