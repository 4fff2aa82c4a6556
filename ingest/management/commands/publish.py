"""Publish a delivery that is ready, or agree to it as the second person."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest import belonging, desk, pipeline, told
from ingest.handled import handled
from layers import models
from layers.errors import GeobaseError


class Command(BaseCommand):
    """`manage.py publish SHA`: all layers of the delivery in one step."""

    help = "发布一份已检查的汇交 · publish a delivery that is ready"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("sha")
        parser.add_argument("--actor", default="ingest", help="送审人，或复核人的账号 · who asks, or the account that approves")
        parser.add_argument("--approve", action="store_true", help="作为第二人复核 · agree as the second person")
        parser.add_argument("--json", action="store_true", help="输出 JSON · write JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish here and now; a worker need not run."""
        try:
            delivery = belonging.find(None, options["sha"])
            if options["approve"]:
                self._approve(delivery, options["actor"])
            elif delivery.status != "staged":
                raise CommandError(f"{told.line(delivery)}: 不是待发布 · not ready to publish")
            else:
                values = {"submitted_by": options["actor"], "approved_by": ""}
                models.Delivery.objects.filter(pk=delivery.pk).update(goal="published", is_confirmed=True, **values)
        except GeobaseError as fault:
            raise CommandError(str(fault)) from None
        pipeline.advance(delivery.pk)
        handled(self, delivery, options, good=("published", "unchanged", "approval"))

    def _approve(self, delivery: models.Delivery, name: str) -> None:
        person = models.User.objects.filter(username=name, is_active=True, role__in=("steward", "staff")).first()
        if person is None:
            raise CommandError(f"没有这个可复核的账号 · no account that may approve: {name}")
        desk.approve(delivery, desk.principal_of(person), name)
