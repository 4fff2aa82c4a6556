"""Write the page of all check rules."""

from typing import Any

from django.core.management.base import BaseCommand

from ingest.rules.page import page


class Command(BaseCommand):
    """`manage.py check_rules`: docs/checks.md on standard output."""

    help = "列出全部检查规则（docs/checks.md） · write the page of all check rules"

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page."""
        self.stdout.write(page(), ending="")
