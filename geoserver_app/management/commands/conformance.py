"""Write the page of conformance classes: `manage.py conformance > docs/conformance.md`."""

from typing import Any

from django.core.management.base import BaseCommand

from geoserver_app.ogcapi.conformance_page import page


class Command(BaseCommand):
    """Write docs/conformance.md to standard output."""

    help = "Write docs/conformance.md to standard output."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Write the page."""
        self.stdout.write(page(), ending="")
