"""Run the pool of drawing processes in the foreground, until SIGTERM or Ctrl-C."""

import signal
import threading
from types import FrameType

from django.core.management.base import BaseCommand

from tiles import fonts, pool


class Command(BaseCommand):
    """Start the drawing processes that all web processes of this machine share."""

    requires_system_checks = ()  # they would load every face, which takes seconds
    help = "运行绘图进程池 / run the pool of drawing processes"

    def handle(self, *args: object, **options: object) -> None:
        """Start the pool, or end at once where one already runs."""
        stop = threading.Event()

        def end(signum: int, frame: FrameType | None) -> None:
            stop.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        fonts.fonts()  # so that nobody's first picture waits for them to be made
        path = pool.ensure_pool()
        self.stdout.write(f"mapserv: {path}")
        stop.wait()
        pool.stop_own()
