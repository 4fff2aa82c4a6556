"""Draw a layer's tiles before anyone asks; again after a publication, what it touched."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers import access
from layers.access import LayerView
from layers.errors import GeobaseError
from tiles import seeding
from tiles.grids import Grid, grid
from tiles.plan import formats


class Command(BaseCommand):
    """Seed one layer; stopped and started again it goes on where it was: fresh tiles are left alone."""

    help = "预先绘制瓦片 / draw a layer's tiles beforehand"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the layer, the grid, the matrices and the format."""
        parser.add_argument("slug")
        parser.add_argument("--grid", default="WebMercatorQuad", help="矩阵集 / tile matrix set")
        parser.add_argument("--levels", default="8-14", help="级别 / matrix identifiers, first-last")
        parser.add_argument("--format", default="", help="png, webp, jpg, pbf; 默认按图层 / the layer's own")
        parser.add_argument("--style", default="")
        parser.add_argument("--kept", action="store_true", help="只重绘已有的过期瓦片 / only kept tiles that are stale")

    def handle(self, *args: object, **options: Any) -> None:
        """Draw, and tell how many units were drawn."""
        try:
            view = access.whole(options["slug"])
            steps = seeding.refresh_kept(view) if options["kept"] else seeding.seed(_job(view, options))
            done = drawn = 0
            for was_drawn in steps:
                done, drawn = done + 1, drawn + was_drawn
        except GeobaseError as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"{view.spec.slug}: {done} 块，新绘 {drawn} / {done} units, {drawn} drawn")


def _job(view: LayerView, options: dict[str, Any]) -> seeding.Seeding:
    chosen = grid(options["grid"])
    first, last = _levels(chosen, options["levels"])
    return seeding.Seeding(view, chosen, options["format"] or formats(view)[0], first, last, options["style"])


def _levels(chosen: Grid, text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return chosen.matrix(first).level, chosen.matrix(last or first).level
