"""Registers `tiles` with Django, for its management commands."""

from django.apps import AppConfig


class TilesConfig(AppConfig):
    """Grids, drawing, cache."""

    name = "tiles"
    verbose_name = "Tiles"
