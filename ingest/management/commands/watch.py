"""Watch a folder: what is put into it is taken once, when it has stopped growing."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, connection

from ingest.watching import Watched


class Command(BaseCommand):
    """`manage.py watch FOLDER`: each folder, archive or file in it is a delivery."""

    help = "监视文件夹，逐份接收放入的汇交 · take every delivery put into a folder"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options of the command."""
        parser.add_argument("folder", type=Path)
        parser.add_argument("--quiet-seconds", type=float, default=10.0, help="不再变化多久后接收 · seconds without a change before it is taken")
        parser.add_argument("--once", action="store_true", help="看一遍即退出 · look until all is taken, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look every second; a share that cannot be read is looked at again."""
        if not options["folder"].is_dir() and options["once"]:
            raise CommandError(f"没有这个文件夹 / no such folder: {options['folder']}")
        watched = Watched(options["folder"].resolve(), options["quiet_seconds"])
        while True:
            try:
                for line in watched.look(time.monotonic()):
                    self.stdout.write(line)
            except (OperationalError, InterfaceError):
                connection.close()
                self.stderr.write("数据库暂不可用，稍后再试 · the database is away, tried again")
            if options["once"] and watched.is_done:
                return
            time.sleep(1)
