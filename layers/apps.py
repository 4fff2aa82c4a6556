"""The Django application of the registry."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LayersConfig(AppConfig):
    """Name the application for Django and the admin pages."""

    name = "layers"
    label = "layers"
    verbose_name = _("Registry")
    default_auto_field = "django.db.models.BigAutoField"
