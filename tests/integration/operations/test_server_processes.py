"""The server of one machine: it starts, says where it is, and leaves nothing behind when it ends."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import cluster, database
from config.environment import CHECKOUT


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    """A run-time folder of this module's own, with its own private cluster (about 3 s to make)."""
    folder = Path(tempfile.mkdtemp(prefix="geobase-test-"))
    folder.chmod(0o755)
    yield folder
    database.remove(folder)
    shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(var: Path, port: int) -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return mine | {"GEOBASE_VAR": str(var), "GEOBASE_PORT": str(port), "GEOBASE_WORKERS": "1"}


@pytest.fixture
def server(var: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with _serving(var) as server:
        yield server


@contextmanager
def _serving(var: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "config.supervisor", "serve"],
        cwd=CHECKOUT, env=_environment(var, port), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = ""
    while "Ctrl-C" not in said and (line := process.stdout.readline()):
        said += line
    assert f"http://127.0.0.1:{port}/" in said, said
    yield process, port
    process.kill()
    process.wait()
    process.stdout.close()


def _is_answering(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def _programs_of(var: Path) -> list[str]:
    """List the command lines of live processes whose environment names this run-time folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            named = f"GEOBASE_VAR={var}".encode() in (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            continue
        if command and (named or str(var / "pg") in command):
            found.append(command)
    return found


def _await_none(var: Path, within_s: float = 20) -> list[str]:
    deadline = time.monotonic() + within_s
    while (left := _programs_of(var)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def test_one_server_a_folder_restarted_when_it_dies_and_all_of_it_ended_by_ctrl_c(
    server: tuple[subprocess.Popen[str], int], var: Path
) -> None:
    process, port = server
    again = subprocess.run(
        [sys.executable, "-m", "config.supervisor", "serve"],
        cwd=CHECKOUT, env=_environment(var, _free_port()), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert again.returncode == 1
    assert "already running" in again.stderr

    _kill_web_server(port)
    deadline = time.monotonic() + 30
    while not _is_answering(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert _is_answering(port)

    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)  # an impatient second one
    assert process.wait(30) == 0
    assert _await_none(var) == []


def test_a_killed_supervisor_leaves_no_web_server_and_stop_ends_its_successor(
    server: tuple[subprocess.Popen[str], int], var: Path
) -> None:
    process, port = server
    process.kill()
    process.wait()
    deadline = time.monotonic() + 15
    while _is_answering(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _is_answering(port)

    with _serving(var) as (successor, _):
        subprocess.run(
            [sys.executable, "-m", "config.supervisor", "stop"],
            cwd=CHECKOUT, env=_environment(var, port), check=True, capture_output=True,
        )  # fmt: skip
        assert successor.wait(5) == 0
    assert _await_none(var) == [], "the database that the killed one left is ended too"


def _kill_web_server(port: int) -> None:
    """Kill the web server with its workers: each program has a process group of its own."""
    pids = [
        int(folder.name)
        for folder in Path("/proc").glob("[0-9]*")
        if _names(folder, f"--port={port}")
    ]
    os.killpg(os.getpgid(min(pids)), signal.SIGKILL)


def _names(folder: Path, word: str) -> bool:
    try:
        return word.encode() in (folder / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_taken_port_is_told_with_the_way_out(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        refused = subprocess.run(
            [sys.executable, "-m", "config.supervisor", "demo"],
            cwd=CHECKOUT, env=_environment(var, port), capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert refused.returncode == 1
    assert re.search(r"端口 \d+ 不可用", refused.stderr)
    assert "PORT=" in refused.stderr


def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    var = tmp_path / ("很长的目录名" * 6) / "var"
    place = cluster.choose(var)
    try:
        assert len(f"{place.sockets}/{cluster.SOCKET_NAME}".encode()) < 107
        assert cluster.remembered(var) == place
    finally:
        shutil.rmtree(place.data)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the cluster to another user")
def test_data_goes_elsewhere_when_the_database_user_cannot_enter_the_folder(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o700)
    place = cluster.choose(locked / "var")
    try:
        assert not place.data.startswith(str(tmp_path))
        assert Path(place.data).stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(place.data)


def test_starting_twice_at_once_makes_one_cluster(var: Path) -> None:
    database.stop(var)
    command = [sys.executable, "-m", "config.database", "start"]
    both = [
        subprocess.Popen(command, cwd=CHECKOUT, env=_environment(var, 1), stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    said = sorted(process.communicate()[0].strip() for process in both)
    database.stop(var)  # a server leaves a database running that it found running
    assert said == ["already running", "started"]
