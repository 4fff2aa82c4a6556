"""List deliveries, or show one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest import belonging, desk, told
from layers.errors import NotFound


class Command(BaseCommand):
    """`manage.py deliveries [SHA]`."""

    help = "列出汇交，或显示其中一份 · list deliveries, or show one"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("sha", nargs="?", default="", help="SHA-256，至少前 8 位 · at least its first 8 digits")
        parser.add_argument("--status", default="")
        parser.add_argument("--limit", type=int, default=50)
        parser.add_argument("--json", action="store_true", help="输出 JSON · write JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the list or the one."""
        if options["sha"]:
            try:
                found = belonging.find(None, options["sha"])
            except NotFound as fault:
                raise CommandError(str(fault)) from None
            self.stdout.write(told.dumped(told.as_json(found)) if options["json"] else told.text(found))
            return
        listed = desk.listing(None, status=options["status"], limit=options["limit"])
        if options["json"]:
            self.stdout.write(told.dumped([told.as_json(each) for each in listed]))
        else:
            self.stdout.write("\n".join(map(told.line, listed)))
