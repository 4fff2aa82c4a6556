"""Make the demo survey: the made-up deliveries of one town of the city."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from ingest.survey import bench, survey


class Command(BaseCommand):
    """`manage.py demo_survey OUT`: write the deliveries; `--parcels N` writes only N parcels for benchmarks."""

    help = "生成示例测绘成果 · make the demo survey's deliveries"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("out", type=Path, help="成果文件夹 · folder of the deliveries")
        parser.add_argument("--seed", type=int, default=survey.SEED)
        parser.add_argument("--processes", type=int, default=2, help="影像绘制进程数 · processes drawing imagery")
        parser.add_argument("--parcels", type=int, default=0, help="只写这么多图斑 · only this many parcels, for benchmarks")
        parser.add_argument("--gpkg", action="store_true", help="图斑另存 GPKG · the parcels as GeoPackage as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Generate and show how far it is."""
        out: Path = options["out"].resolve()
        if options["parcels"]:
            written = bench.write(out, options["parcels"], options["seed"], with_gpkg=options["gpkg"])
            self.stdout.write(f"{options['parcels']} 个图斑 · parcels: {written}")
            return
        for step in survey.generate(out, options["seed"], processes=options["processes"]):
            if sys.stderr.isatty():
                sys.stderr.write(f"\r\033[K{step.share:4.0%} {step.word}")
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        self.stdout.write(f"示例测绘成果已写入 · deliveries written to {out}")
