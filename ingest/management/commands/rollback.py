"""Give every layer of a published delivery the content it had before."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest import belonging, pipeline, told
from ingest.handled import handled
from layers import models
from layers.errors import GeobaseError


class Command(BaseCommand):
    """`manage.py rollback SHA`: undo a delivery, all its layers together."""

    help = "撤回一份已发布的汇交（其全部图层一起） · undo a published delivery, all its layers together"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("sha")
        parser.add_argument("--withdraw", action="store_true", help="并隐藏其版本 · and show its versions to nobody any more")
        parser.add_argument("--actor", default="ingest")
        parser.add_argument("--json", action="store_true", help="输出 JSON · write JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Roll back here and now."""
        try:
            delivery = belonging.find(None, options["sha"])
        except GeobaseError as fault:
            raise CommandError(str(fault)) from None
        if delivery.status != "published":
            raise CommandError(f"{told.line(delivery)}: 未发布 · not published")
        goal = "hidden" if options["withdraw"] else "withdrawn"
        models.Delivery.objects.filter(pk=delivery.pk).update(goal=goal, submitted_by=options["actor"])
        pipeline.advance(delivery.pk)
        handled(self, delivery, options, good=("withdrawn",))
