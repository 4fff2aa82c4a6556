"""What there is: themes, layers, their fields, styles and compositions."""

from typing import Any, ClassVar

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from layers.models.people import Department


def check_policy_is_readable(value: Any) -> None:
    """Refuse a check policy that is not {rule id: setting}; settings are words, or a word and a limit."""
    words = ("off", "info", "warning", "blocking")
    for rule, chosen in value.items() if isinstance(value, dict) else [("", value)]:
        setting = chosen if isinstance(chosen, dict) else {"severity": chosen}
        limit = setting.get("limit", 0)
        is_number = isinstance(limit, int | float) and not isinstance(limit, bool) and limit >= 0
        if not rule or setting.keys() - {"severity", "limit"} or setting.get("severity", "off") not in words or not is_number:
            raise ValidationError(_("Check policy: a rule is off, info, warning or blocking, or {severity, limit}"))


class Theme(models.Model):
    """A node of the theme tree (planning, land, heritage …)."""

    slug = models.SlugField(_("slug"), unique=True)
    title_zh = models.CharField(_("title (Chinese)"), max_length=80)
    title_en = models.CharField(_("title (English)"), max_length=80, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    order = models.IntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering: ClassVar = ["order", "slug"]

    def __str__(self) -> str:
        return self.title_zh


class LayerKind(models.TextChoices):
    """How a layer's content is kept."""

    VECTOR = "vector", _("vector")
    IMAGERY = "imagery", _("imagery")
    ELEVATION = "elevation", _("elevation")
    CASCADED = "cascaded", _("cascaded")
    MAP = "map", _("composed map")


class Level(models.IntegerChoices):
    """The label of a layer; no grant beats the zone's ceiling."""

    PUBLIC = 0, _("public")
    INTERNAL = 1, _("internal")
    SENSITIVE = 2, _("sensitive")


class Frequency(models.TextChoices):
    """How often a layer is kept up: MD_MaintenanceFrequencyCode of ISO 19115 (GB/T 19710)."""

    CONTINUAL = "continual", _("continually")
    DAILY = "daily", _("daily")
    MONTHLY = "monthly", _("monthly")
    QUARTERLY = "quarterly", _("quarterly")
    ANNUALLY = "annually", _("annually")
    AS_NEEDED = "asNeeded", _("as needed")
    IRREGULAR = "irregular", _("irregularly")
    NOT_PLANNED = "notPlanned", _("no update planned")
    UNKNOWN = "unknown", _("not known")


class Layer(models.Model):
    """A layer, written down once; `current` is the number of the version everyone sees."""

    slug = models.SlugField(_("slug"), unique=True, max_length=60)
    title_zh = models.CharField(_("title (Chinese)"), max_length=120)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    abstract_zh = models.TextField(_("abstract (Chinese)"), blank=True)
    abstract_en = models.TextField(_("abstract (English)"), blank=True)
    keywords = ArrayField(models.CharField(max_length=40), verbose_name=_("keywords"), default=list, blank=True)
    theme = models.ForeignKey(Theme, models.PROTECT, related_name="layers", verbose_name=_("theme"))
    owner = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="layers", verbose_name=_("owner")
    )
    level = models.PositiveSmallIntegerField(_("level"), choices=Level, default=Level.INTERNAL)
    zones = ArrayField(
        models.PositiveSmallIntegerField(), verbose_name=_("zones"), default=list, blank=True,
        help_text=_("0 internet, 1 extranet, 2 intranet; empty = every zone the level allows"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=LayerKind, default=LayerKind.VECTOR)
    geometry = models.CharField(_("geometry type"), max_length=12, blank=True)
    srid = models.PositiveIntegerField(_("storage CRS (EPSG)"), default=4490)
    identity = models.CharField(_("identity field"), max_length=120, blank=True)
    title_field = models.CharField(_("title field"), max_length=120, blank=True)
    current = models.PositiveIntegerField(_("current version"), default=0, editable=False)
    min_scale = models.FloatField(_("smallest scale drawn, 1:"), default=0)
    max_scale = models.FloatField(_("largest scale drawn, 1:"), default=0)
    is_base = models.BooleanField(_("base map"), default=False)
    is_searchable = models.BooleanField(_("found by name search"), default=False)
    shown_at_start = models.BooleanField(_("shown at first opening"), default=False)
    opacity = models.FloatField(_("opacity"), default=1.0)
    blend = models.CharField(_("blend"), max_length=10, default="normal")
    order = models.IntegerField(_("order"), default=0)
    is_sample = models.BooleanField(_("sample data"), default=False)
    attribution = models.CharField(_("attribution"), max_length=240, blank=True)
    contact = models.CharField(_("contact"), max_length=240, blank=True, help_text=_("e-mail or telephone"))
    survey_scale = models.PositiveIntegerField(_("survey scale, 1:"), default=0, help_text=_("0 = not told"))
    frequency = models.CharField(_("kept up"), max_length=12, choices=Frequency, default=Frequency.UNKNOWN)
    license = models.CharField(_("licence"), max_length=240, blank=True)
    use_limits_zh = models.TextField(_("limits of use (Chinese)"), blank=True)
    use_limits_en = models.TextField(_("limits of use (English)"), blank=True)
    quality_zh = models.TextField(_("quality (Chinese)"), blank=True)
    quality_en = models.TextField(_("quality (English)"), blank=True)
    check_policy = models.JSONField(
        _("check policy"), default=dict, blank=True, validators=[check_policy_is_readable],
        help_text=_('by rule (docs/checks.md): {"topology-gap": "off", "geometry-tiny": {"severity": "blocking", "limit": 0.5}}'),
    )  # fmt: skip
    needs_approval = models.BooleanField(
        _("needs approval"), default=False, help_text=_("a second person must approve each publication")
    )

    class Meta:
        verbose_name = _("layer")
        verbose_name_plural = _("layers")
        ordering: ClassVar = ["order", "slug"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__lte=2), name="layer_level_known"),
            # /ogc/collections/catalogue is the catalogue itself.
            models.CheckConstraint(condition=~Q(slug="catalogue"), name="layer_slug_not_reserved"),
            models.CheckConstraint(condition=Q(opacity__gte=0, opacity__lte=1), name="layer_opacity_0_1"),
        ]

    def __str__(self) -> str:
        return self.title_zh


class LayerField(models.Model):
    """An attribute of a vector layer: public name, SQL column, aliases, code list."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="fields", verbose_name=_("layer"))
    name = models.CharField(_("name"), max_length=120)
    column = models.CharField(_("column"), max_length=63, editable=False)
    type = models.CharField(_("type"), max_length=10)
    title_zh = models.CharField(_("alias (Chinese)"), max_length=120, blank=True)
    title_en = models.CharField(_("alias (English)"), max_length=120, blank=True)
    codes = models.CharField(_("code list"), max_length=60, blank=True)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    order = models.IntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering: ClassVar = ["layer", "order", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["layer", "name"], name="field_name_once"),
            models.UniqueConstraint(fields=["layer", "column"], name="field_column_once"),
        ]

    def __str__(self) -> str:
        return self.title_zh or self.name


class Style(models.Model):
    """A named style of a layer; `body` is the style model's JSON, `revision` counts edits."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="styles", verbose_name=_("layer"))
    name = models.SlugField(_("name"), max_length=60)
    title_zh = models.CharField(_("title (Chinese)"), max_length=120, blank=True)
    title_en = models.CharField(_("title (English)"), max_length=120, blank=True)
    body = models.TextField(_("style document"))
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)
    order = models.IntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("style")
        verbose_name_plural = _("styles")
        ordering: ClassVar = ["layer", "order", "id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["layer", "name"], name="style_name_once")]

    def __str__(self) -> str:
        return self.title_zh or self.name


class Member(models.Model):
    """One member of a composed map, drawn bottom first."""

    map = models.ForeignKey(Layer, models.CASCADE, related_name="members", verbose_name=_("composed map"))
    layer = models.ForeignKey(Layer, models.PROTECT, related_name="+", verbose_name=_("layer"))
    style = models.CharField(_("style"), max_length=60, blank=True)
    opacity = models.FloatField(_("opacity"), default=1.0)
    order = models.IntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        ordering: ClassVar = ["map", "order", "id"]

    def __str__(self) -> str:
        return f"{self.map_id}/{self.layer_id}"


class GeneralisedTable(models.Model):
    """A simplified copy of a layer's rows for small scales."""

    layer = models.ForeignKey(Layer, models.CASCADE, related_name="generalised")
    table = models.CharField(max_length=63, unique=True)
    min_scale = models.FloatField()
    tolerance_m = models.FloatField()
    since = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["layer", "min_scale"]

    def __str__(self) -> str:
        return self.table
