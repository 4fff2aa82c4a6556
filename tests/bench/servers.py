"""The servers of a comparison, each a process of its own on loopback, ended with the block that started it."""

import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PATIENCE_S = 300


@dataclass(slots=True)
class Server:
    """A server that runs, and one kept connection to it."""

    port: int
    pid: int
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)

    def get(self, path: str) -> bytes:
        """Return the body of an answer 200; anything else ends the bench."""
        try:
            return self._get(path)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.line.close()  # kept too long while answers were compared
            return self._get(path)

    def _get(self, path: str) -> bytes:
        self.line.request("GET", path, headers={"Accept": "*/*"})
        answer = self.line.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {body[:300]!r}")
        return body

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def granian(application: str, environment: Mapping[str, str] | None = None, *, workers: int = 1, threads: int = 1) -> Iterator[Server]:
    """Serve a WSGI application as the product is served."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
               "--workers", str(workers), "--blocking-threads", str(threads), "--log-level", "error", application]  # fmt: skip
    with process(command, port, environment) as started:
        yield Server(port, started.pid)


@contextmanager
def nginx(root: Path) -> Iterator[Server]:
    """Serve a folder by nginx, as it comes: sendfile, keep-alive, two workers."""
    port = free_port()
    config = root / "nginx.conf"
    config.write_text(
        f"daemon off; worker_processes 2; pid {root}/nginx.pid; error_log stderr error;\n"
        "events { worker_connections 256; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; client_body_temp_path {root}/t;\n"
        f"proxy_temp_path {root}/t; fastcgi_temp_path {root}/t; uwsgi_temp_path {root}/t; scgi_temp_path {root}/t;\n"
        f"types {{ image/png png; application/vnd.mapbox-vector-tile pbf; }}\n"
        f"server {{ listen 127.0.0.1:{port}; root {root}; }} }}\n"
    )
    root.chmod(0o755)  # its workers are another user when it is started by root
    with process([str(shutil.which("nginx")), "-c", str(config), "-p", str(root)], port) as started:
        yield Server(port, started.pid)


@contextmanager
def process(command: list[str], port: int, environment: Mapping[str, str] | None = None) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a program until the block ends; wait until it listens."""
    started = subprocess.Popen(command, env={**os.environ, **(environment or {})})
    try:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if started.poll() is not None:
                raise SystemExit(f"{command[0]} ended at once")
            time.sleep(0.1)
        else:
            raise SystemExit(f"{command[0]} did not start")
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def requests_per_second(url: str, connections: int = 16, seconds: float = 2) -> float:
    """Return what `wrk` counts with kept connections and one thread; other answers than 200 end the bench."""
    command = [str(shutil.which("wrk")), "-t1", f"-c{connections}", f"-d{seconds:g}s", url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"{url}: {told}")
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    return float(found[1]) if found else 0.0


def pss_megabytes(pid: int) -> list[float]:
    """Return the proportional set size of each process that a server's main process has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [_pss(each) for each in children]


def _pss(pid: str) -> float:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+)", text, re.M)
    return int(found[1]) / 1024 if found else 0.0
