"""Make the generalised tables of layers that were published before there were any, or that have grown."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from layers import services
from layers.models import Layer


class Command(BaseCommand):
    """`manage.py generalise [SLUG …]`: without a slug every vector layer; a publication does so by itself."""

    help = "为小比例尺建综合表 · make the simplified tables for small scales"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the layers."""
        parser.add_argument("slug", nargs="*", help="图层 · layers; 默认全部 · all of them")

    def handle(self, *args: object, **options: Any) -> None:
        """Make what is missing and say how much."""
        for slug in options["slug"] or Layer.objects.filter(kind="vector", current__gt=0).values_list("slug", flat=True):
            made = services.generalise_layer("manage.py generalise", slug)
            self.stdout.write(f"{slug}: {made} 张综合表 · tables made")
