"""What differs between two versions of a layer: counts, areas by code, GeoJSON or a GeoPackage."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest import packages
from layers import access, differences, history
from layers.errors import GeobaseError


class Command(BaseCommand):
    """`manage.py diff SLUG A B`."""

    help = "比较图层的两个版本 · compare two versions of a layer"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("slug")
        parser.add_argument("older", type=int, metavar="A")
        parser.add_argument("newer", type=int, metavar="B")
        parser.add_argument("--json", action="store_true", help="输出 JSON · write JSON")
        parser.add_argument("--geojson", type=Path, help="变化要素写入 · write the changed features to")
        parser.add_argument("--gpkg", type=Path, help="变化要素写入 GeoPackage · write a GeoPackage to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and write."""
        try:
            view = access.whole(options["slug"])
            for number in (options["older"], options["newer"]):
                history.at(view, number)
            found = differences.between(view, options["older"], options["newer"])
            added, changed, removed = differences.counts(found)
            areas = differences.areas(found) if view.spec.geometry == "Polygon" else []
        except GeobaseError as fault:
            raise CommandError(str(fault)) from None
        for suffix, write in (("geojson", packages.geojson), ("gpkg", packages.geopackage)):
            if options[suffix]:
                write(found, options[suffix])
        if options["json"]:
            rows = [{"code": each.code, "before": each.before, "after": each.after} for each in areas]
            self.stdout.write(json.dumps({"added": added, "changed": changed, "removed": removed, "areas": rows}, ensure_ascii=False))
            return
        self.stdout.write(f"+{added} ~{changed} -{removed}")
        for each in areas:
            self.stdout.write(f"{each.code or '—':<12} {each.before:>16,.2f} → {each.after:>16,.2f} m²  {each.after - each.before:+,.2f}")
