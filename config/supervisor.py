"""What runs when Geobase runs on one machine: `python -m config.supervisor demo | serve | stop`.

The supervisor starts the private database (unless it runs or `DATABASE_URL` names another), brings
the tables up to date, starts the drawing pool, the job worker and the web server, and stays in the foreground.
Ctrl-C, SIGTERM or `stop` end all it started.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import database, demo, environment
from config.cluster import DatabaseFault
from config.environment import Settings
from config.processes import Child, ProcessFault, end, manage, spawn

READY_WITHIN_S = 180.0
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class AlreadyServing(Exception):
    """A server of this checkout, or another program on its port, is in the way."""


def serve(settings: Settings, *, with_demo: bool) -> None:
    """Start everything, say where it is, and stay until told to stop."""
    _refuse_second(settings)
    was_killed = (settings.var / "server.pid").exists()
    with _pid_file(settings.var), _database(settings, is_orphaned=was_killed):
        _bring_up_to_date()
        if with_demo:
            demo.prepare(settings)
        children = _children(settings)
        try:
            for child in children:
                child.start()
            _await_ready(settings, children)
            _tell(f"\n  {_address(settings)}/\n")
            if with_demo:
                _tell(demo.sign_ins(settings))
            _tell("  Ctrl-C 停止 · stops it\n")
            while True:
                time.sleep(1)
                for child in children:
                    child.check()
        finally:
            for child in children:
                child.stop()


def stop(var: Path) -> bool:
    """Stop a server and a private database left running; False if there were none."""
    pid = _running(var)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 60
        while _running(var) is not None and time.monotonic() < deadline:
            time.sleep(0.1)
    was_database_up = database.stop(var)
    return pid is not None or was_database_up


def _children(settings: Settings) -> list[Child]:
    """List the programs of the server; the web processes come last, for they use the others."""
    logs = settings.var / "log"
    logs.mkdir(parents=True, exist_ok=True)
    web = [
        str(Path(sys.executable).with_name("granian")),
        "--interface=wsgi",
        f"--host={settings.host}",
        f"--port={settings.port}",
        f"--workers={settings.workers}",
        f"--blocking-threads={settings.threads}",
        "--respawn-failed-workers",
        "--workers-kill-timeout=5",
        "--static-path-route=/static",
        f"--static-path-mount={settings.var / 'static'}",
        "--log-level=warning",
        "config.wsgi:application",
    ]
    known = {"DJANGO_SETTINGS_MODULE": "config.settings"}
    return [
        Child("drawing", manage("mapserv"), logs / "drawing.log"),
        Child("worker", manage("worker", "--no-startup-delay", "--queue-name=*"), logs / "worker.log"),
        Child("web", web, logs / "web.log", known),
    ]


def _bring_up_to_date() -> None:
    """Bring the tables and the static files up to date, both at once (each costs a Django start)."""
    static = spawn(manage("collectstatic", "--noinput", "--verbosity=0"), environment={})
    tables = spawn(manage("migrate", "--noinput", "--verbosity=0"), environment={})
    try:
        for process in (tables, static):
            if process.wait():
                raise subprocess.CalledProcessError(process.returncode, process.args)
    finally:
        end(tables)
        end(static)


@contextmanager
def _database(settings: Settings, *, is_orphaned: bool) -> Iterator[None]:
    """Have the database running; stop it afterwards if it was started here, or by a killed server."""
    is_ours = not settings.database_url and (database.start(settings.var) or is_orphaned)
    try:
        yield
    finally:
        if is_ours:
            database.stop(settings.var)


@contextmanager
def _pid_file(var: Path) -> Iterator[None]:
    """Leave this process's number under `var`, for `stop`."""
    var.mkdir(parents=True, exist_ok=True)
    path = var / "server.pid"
    path.write_text(f"{os.getpid()} {_born(os.getpid())}")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _running(var: Path) -> int | None:
    """Give the process number of this checkout's server, if it lives: number and birth must agree."""
    try:
        pid, born = (var / "server.pid").read_text().split()
        return int(pid) if _born(int(pid)) == born else None
    except (FileNotFoundError, ValueError):
        return None


def _born(pid: int) -> str:
    """Give the start time of a process in clock ticks after boot, empty for none or a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if fields[0] == "Z" else fields[19]


def _refuse_second(settings: Settings) -> None:
    if (pid := _running(settings.var)) is not None:
        raise AlreadyServing(
            f"已在运行（进程 {pid}），先运行 make stop · already running (process {pid}), make stop ends it"
        )
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as fault:
            raise AlreadyServing(
                f"端口 {settings.port} 不可用（{fault.strerror}），可另选：make demo PORT=8001"
                f" · port {settings.port} is not free, choose another: make demo PORT=8001"
            ) from None


def _await_ready(settings: Settings, children: list[Child]) -> None:
    """Wait until the web server answers /readyz."""
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{_address(settings)}/readyz", timeout=5):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        for child in children:
            child.check()
    raise ProcessFault("网页服务没有就绪 · the web server did not get ready\n" + children[-1].last_words())


def _address(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{host}:{settings.port}"


def _tell(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def _raise_interrupt(signum: int, frame: object) -> None:
    # Stopping takes some seconds; a second Ctrl-C must not leave the half of it running.
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Run one verb; the exit code is 0 for a server that was told to stop."""
    for each in _STOPS:
        signal.signal(each, _raise_interrupt)
    verb = arguments[0] if arguments else ""
    try:
        settings = environment.read(os.environ)
        if verb == "stop":
            _tell("已停止 · stopped" if stop(settings.var) else "没有在运行 · not running")
        elif verb in {"demo", "serve"}:
            serve(settings, with_demo=verb == "demo")
        else:
            sys.exit(__doc__)
    except KeyboardInterrupt:
        _tell("\n已停止 · stopped")
    except subprocess.CalledProcessError as fault:
        sys.exit(fault.returncode)  # it has said why itself
    except (environment.SettingsFault, DatabaseFault, ProcessFault, AlreadyServing) as fault:
        sys.exit(str(fault))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
