"""Who draws: mapserv processes behind one private unix socket, started and watched over here.

`fd 0 is the listening socket` is the whole contract of FastCGI, so N processes started on one socket
are the pool, and the kernel hands each request to an idle one. Any process that draws calls
`ask()`: whoever finds no pool and takes the lock starts one and watches over it. An idle
mapserv ignores SIGTERM until its next request, so retiring is SIGTERM and stopping is SIGKILL.
"""

import atexit
import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connections

from layers.errors import RenderFailed
from tiles import engine
from tiles.fastcgi import Answer, exchange

START_WITHIN_S = 10.0
RSS_LIMIT = 400 * 1024 * 1024
"""mapserv grows with what it has drawn (engines.md 2.3); the cause is unknown, so it is replaced."""
REQUEST_LIMIT_S = 90.0
_BACKLOG = 128
_STALE = (b"server closed the connection", b"connection to server", b"no connection to the")


def ask(parameters: Mapping[str, str]) -> Answer:
    """Send one query built by `tiles.render` to the pool; raises RenderFailed.

    `parameters` are CGI variables. A process that died or whose database connection a restart cut
    is asked again: each process fails once before it reconnects, hence one try for each and one more.
    """
    # FastCGI puts a request's variables in place of the process's own, libpq's among them.
    variables = engine.environment() | dict(parameters)
    tries = settings.GEOBASE.mapserv_processes + 1
    for turn in range(tries + 1):
        try:
            answer = exchange(ensure_pool(), variables)
        except (ConnectionError, FileNotFoundError):
            forget()
            continue
        if turn == tries or not _is_stale(answer):
            return answer
    raise RenderFailed("绘图进程没有应答 / the drawing process did not answer")


def _is_stale(answer: Answer) -> bool:
    if answer.media_type.startswith("image/"):
        return False
    return any(sign in answer.body for sign in _STALE)


def socket_path() -> str:
    """Return the pool's socket: one for each runtime folder and database, under 100 bytes."""
    at = connections["default"].settings_dict
    name = "|".join([str(settings.GEOBASE.var), str(at["HOST"]), str(at["PORT"]), str(at["NAME"])])
    digest = hashlib.sha256(name.encode()).hexdigest()[:12]
    path = settings.GEOBASE.var / "run" / f"mapserv-{digest}"
    if len(str(path)) > 95:
        path = Path(tempfile.gettempdir()) / f"geobase-{os.getuid()}-{digest}" / "mapserv"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.parent.stat().st_uid != os.getuid():
        raise RenderFailed(f"{path.parent} 属于他人 / belongs to somebody else")
    return str(path)


_known: dict[str, "Pool | None"] = {}
_lock = threading.Lock()


def ensure_pool() -> str:
    """Return the socket of a running pool, starting one in this process where there is none."""
    path = socket_path()
    if path in _known:
        return path
    with _lock:
        deadline = time.monotonic() + START_WITHIN_S
        while path not in _known:
            if _answers(path):
                _known[path] = None
            elif (pool := Pool.start(path)) is not None:
                _known[path] = pool
                atexit.register(pool.stop)
            elif time.monotonic() > deadline:
                raise RenderFailed("绘图进程未能启动 / the drawing processes did not start")
            else:
                time.sleep(0.02)
    return path


def forget() -> None:
    """Look for the pool anew at the next request, unless it is this process's own and alive."""
    with _lock:
        for path, pool in list(_known.items()):
            if pool is None or not pool.is_alive:
                del _known[path]


def stop_own() -> None:
    """Stop the pools this process started (end of a test run, of a command)."""
    with _lock:
        for pool in _known.values():
            if pool is not None:
                pool.stop()
        _known.clear()


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


@dataclass(slots=True, eq=False)
class Pool:
    """N mapserv processes on one listening socket, replaced when they die, grow or hang."""

    path: str
    listener: socket.socket
    lock: IO[str]
    processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    retiring: dict[int, float] = field(default_factory=dict)
    busy: dict[tuple[int, str], float] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    owner: int = field(default_factory=os.getpid)

    @classmethod
    def start(cls, path: str) -> "Pool | None":
        """Take the lock, listen and start the processes; None when another process has the lock."""
        lock = Path(f"{path}.lock").open("w")  # noqa: SIM115
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        Path(path).unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        Path(path).chmod(0o600)
        listener.listen(_BACKLOG)
        pool = cls(path, listener, lock)
        engine.write_configuration()
        pool.thread = threading.Thread(target=pool.watch, name="mapserv pool", daemon=True)
        pool.thread.start()
        return pool

    @property
    def is_alive(self) -> bool:
        """Whether the watching thread still runs (it does not in a forked child)."""
        return self.thread is not None and self.thread.is_alive() and not self.stopping.is_set()

    def watch(self) -> None:
        """Keep the processes as many and as small as they should be, until stopped.

        They are started by this thread only: they end with the thread that started them.
        """
        while not self.stopping.is_set():
            self.processes = [each for each in self.processes if each.poll() is None]
            alive = {each.pid for each in self.processes}
            self.retiring = {pid: at for pid, at in self.retiring.items() if pid in alive}
            for _ in range(settings.GEOBASE.mapserv_processes - len(alive - self.retiring.keys())):
                self.processes.append(engine.spawn(self.listener))
            self._retire_grown()
            self._kill_hung()
            self.stopping.wait(1.0)

    def stop(self) -> None:
        """End all processes at once and give the socket up; nothing in a forked child."""
        if self.owner != os.getpid():
            return
        self.stopping.set()
        if self.thread is not None and self.thread is not threading.current_thread():
            self.thread.join(5)
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()
        self.listener.close()
        Path(self.path).unlink(missing_ok=True)
        self.lock.close()

    def _retire_grown(self) -> None:
        for process in self.processes:
            if process.pid in self.retiring:
                if time.monotonic() - self.retiring[process.pid] > REQUEST_LIMIT_S:
                    process.kill()
            elif engine.rss(process.pid) > RSS_LIMIT:
                self.retiring[process.pid] = time.monotonic()
                process.send_signal(signal.SIGTERM)

    def _kill_hung(self) -> None:
        """Kill a process that has been at one request for too long: its accepted socket is the same."""
        accepted = engine.sockets_named(self.path)
        now = time.monotonic()
        held = {
            (process.pid, inode)
            for process in self.processes
            for inode in engine.sockets_of(process.pid) & accepted
        }
        self.busy = {key: self.busy.get(key, now) for key in held}
        for (pid, _), since in self.busy.items():
            if now - since > REQUEST_LIMIT_S:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
