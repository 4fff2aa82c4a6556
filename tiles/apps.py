"""Registers `tiles` with Django, for its management commands."""

from django.apps import AppConfig


class TilesConfig(AppConfig):
    """Grids, drawing, cache."""

    name = "tiles"
    verbose_name = "Tiles"

    def ready(self) -> None:
        """Hear of every publication, to draw again what it touched."""
        from layers import publication  # noqa: PLC0415 - models are not ready above
        from tiles import jobs  # noqa: PLC0415

        publication.followers.append(jobs.want)
