"""Bring the demo city in: make its survey, take every delivery, compose its two maps. Idempotent."""

import json
import shutil
import sys
import time
from argparse import ArgumentParser
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from ingest import originals
from ingest.pipeline import Options, Report, run
from ingest.survey import survey
from layers import presets, services
from layers.models import Delivery, Layer, Member
from tiles import fonts

ACTOR = "demo"
SURVEY_SHARE = 0.5
"""Share of the whole that making the survey takes, on two cores."""


_ORDER = {"vec": 5, "vecnote": 610, "imgnote": 620}
"""Of the composed maps: the ground under everything, names over everything."""


class Command(BaseCommand):
    """`manage.py demo_city FOLDER`: what is done already is not done again."""

    help = "生成并入库示例城市 · make the demo city's survey and take it in"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("folder", type=Path, help="示例成果文件夹 · folder of the demo survey")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make, take, compose; refuse to end well when a delivery was refused."""
        folder: Path = options["folder"].resolve()
        bar = Bar()
        listed = _survey(folder, bar)
        refused = _take_all(folder, listed, bar)
        for slug in presets.COMPOSED:
            _compose(slug)
        bar.end("示例城市 · demo city")
        if refused:
            raise CommandError("\n".join(refused))


class Bar:
    """One progress bar for the whole; without a terminal, one line when it ends."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.share = 0.0

    def show(self, share: float, word: str) -> None:
        """Draw the bar at a share of 0 to 1, with what is being done."""
        self.share = max(self.share, min(1.0, share))
        if not sys.stderr.isatty():
            return
        full = round(self.share * 30)
        seconds = time.monotonic() - self.began
        sys.stderr.write(f"\r\033[K  {'█' * full}{'░' * (30 - full)} {self.share:4.0%} {seconds:3.0f} s  {word}")
        sys.stderr.flush()

    def end(self, word: str) -> None:
        """Draw the full bar and end its line."""
        self.show(1.0, word)
        line = "" if sys.stderr.isatty() else f"  {word}: {time.monotonic() - self.began:.0f} s"
        sys.stderr.write(f"{line}\n")


def _survey(folder: Path, bar: Bar) -> list[dict[str, Any]]:
    """Make the survey unless it is whole; its list is written last, so a list means a whole survey."""
    listed = folder.with_name(f"{folder.name}.json")
    if not listed.exists():
        shutil.rmtree(folder, ignore_errors=True)
        # Labels' fonts are made meanwhile: this process mostly waits for those that draw the imagery.
        with ThreadPoolExecutor(1) as beside:
            made = beside.submit(fonts.fonts)
            for step in survey.generate(folder):
                bar.show(step.share * SURVEY_SHARE, f"生成 · make: {step.word}")
            made.result()
    deliveries: list[dict[str, Any]] = json.loads(listed.read_text(encoding="utf-8"))["deliveries"]
    bar.show(SURVEY_SHARE, "")
    return deliveries


def _take_all(folder: Path, listed: list[dict[str, Any]], bar: Bar) -> list[str]:
    """Take every delivery that is not in yet; return what was refused, in words."""
    sizes = [_size(folder / each["folder"]) for each in listed]
    total = sum(sizes) or 1
    done, refused = 0, []
    for each, size in zip(listed, sizes, strict=True):
        begun = done / total

        def show(
            what: str, part: int, whole: int, start: float = begun, weight: float = size / total, title: str = each["title"]
        ) -> None:
            at = start + weight * (part / whole if whole else 1)
            bar.show(SURVEY_SHARE + (1 - SURVEY_SHARE) * at, f"入库 · ingest: {title} {what}")

        show("", 0, 1)
        if not _is_in(folder / each["folder"]):
            report = run(folder / each["folder"], Options(ACTOR), show)
            refused += _refusals(each["folder"], report)
        done += size
    return refused


def _is_in(path: Path) -> bool:
    known = Delivery.objects.filter(sha256=originals.digest(path))
    return known.filter(status__in=["published", "unchanged"]).exists()


def _refusals(name: str, report: Report) -> list[str]:
    return [f"{name}: {each.zh} · {each.en} {each.file}" for each in report.findings if each.severity == "blocking"]


@transaction.atomic
def _compose(slug: str) -> None:
    """Make a composed map of the layers there are, unless it is made."""
    title, members = presets.COMPOSED[slug]
    present = {layer.slug: layer for layer in Layer.objects.filter(slug__in=members)}
    if not present or Layer.objects.filter(slug=slug).exists():
        return
    services.make_layer(ACTOR, services.LayerDraft(
        slug, title, "base", kind="map", level=0, is_sample=True, public=True,
        display=(("is_base", True), ("order", _ORDER[slug])),
    ))  # fmt: skip
    composed = Layer.objects.get(slug=slug)
    for order, member in enumerate(each for each in members if each in present):
        services.save(ACTOR, Member(map=composed, layer=present[member], order=order), action="compose")


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
