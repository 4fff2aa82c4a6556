"""Take a delivery: a folder, an archive or a file."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest.pipeline import Options, Report, run


class Command(BaseCommand):
    """`manage.py ingest PATH`: detect, check, stage and publish, and say what was found."""

    help = "接收一份汇交数据（文件夹、压缩包或文件） · take a delivery (folder, archive or file)"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("path", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入 · look only, write nothing")
        parser.add_argument("--no-publish", action="store_true", help="检查入库但不发布 · check and stage, do not publish")
        parser.add_argument("--json", action="store_true", help="输出 JSON · write the report as JSON")
        parser.add_argument("--as-layer", default="", metavar="SLUG", help="作为此图层（没有则新建） · into this one layer")
        parser.add_argument("--level", type=int, choices=(0, 1, 2), help="新图层的级别，0 公开 · level of a new layer")
        parser.add_argument("--transformation", default="", metavar="NAME", help="已登记的本地转换参数 · a registered local transformation")
        parser.add_argument("--shift", default="", choices=("", "gcj02", "bd09"), help="消除网络地图偏移 · undo a web map's shift")
        parser.add_argument("--lang", choices=("zh", "en"), default="zh")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the pipeline and report."""
        path: Path = options["path"].resolve()
        if not path.exists():
            raise CommandError(f"没有这个文件 / no such file: {options['path']}")
        level = options["level"] if options["level"] is not None else (1 if options["as_layer"] else None)
        chosen = Options("ingest", options["dry_run"], not options["no_publish"], options["as_layer"], level,
                         options["transformation"], options["shift"])  # fmt: skip
        bar = _bar if sys.stderr.isatty() and not options["json"] else (lambda *_: None)
        report = run(path, chosen, bar)
        self.stdout.write(
            json.dumps(report.as_json(), ensure_ascii=False, indent=1) if options["json"] else text(report, options["lang"])
        )
        if report.is_blocked:
            raise SystemExit(1)


def _bar(what: str, done: int, total: int) -> None:
    share = min(1.0, done / total) if total else 1.0
    end = "\n" if done >= total else ""
    sys.stderr.write(f"\r{what:<20} [{'█' * int(share * 30):<30}] {done:,} / {total:,}{end}")
    sys.stderr.flush()


def text(report: Report, language: str) -> str:
    """Write the report for people."""
    is_zh = language == "zh"
    marks = {"info": "·", "warning": "!", "blocking": "✗"}
    lines = [f"{marks[each.severity]} {each.text(language)}" for each in report.findings]
    for each in report.published:
        if each.added or each.changed or each.removed:
            change = f"+{each.added} ~{each.changed} -{each.removed}"
            lines.append(f"✓ {each.slug}: {'版本' if is_zh else 'version'} {each.version}  {change}")
        else:
            lines.append(f"= {each.slug}: {'与现行版本相同，未发布' if is_zh else 'equals the current version, nothing published'}")
    if not report.published:
        rows = ", ".join(f"{slug} {count:,}" for slug, count in report.rows.items())
        lines.append(f"{'未发布' if is_zh else 'Nothing published'} {rows}".rstrip())
    return "\n".join(lines)
