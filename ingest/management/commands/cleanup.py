"""Remove what crashed processes left: staging tables, incoming files, forgotten uploads, files nobody names."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ingest.tidying import tidy


class Command(BaseCommand):
    """`manage.py cleanup`: workers do the same every six hours."""

    help = "清理中断的作业遗留的表和文件 · remove tables and files that crashed jobs left"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("--dry-run", action="store_true", help="只列出 · list only")
        parser.add_argument("--older-hours", type=float, default=24.0, help="只清理早于此的文件 · files older than this")

    def handle(self, *args: Any, **options: Any) -> None:
        """List what is removed."""
        found = tidy(older_s=options["older_hours"] * 3600, dry_run=options["dry_run"])
        self.stdout.write("\n".join(found) or "没有遗留 · nothing left over")
