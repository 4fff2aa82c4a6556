"""What one mapserv process is told and how it is watched: its program, environment and size."""

import logging
import os
import socket
import subprocess
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connections

_logger = logging.getLogger(__name__)


def folder() -> Path:
    """Return the folder of the generated mapfiles; mapserv opens no mapfile outside it."""
    made = settings.GEOBASE.var / "map"
    made.mkdir(parents=True, exist_ok=True)
    return Path(made)


def spawn(listener: socket.socket) -> "subprocess.Popen[bytes]":
    """Start one process whose standard input is the listening socket.

    `--pdeathsig` ends it with the thread that started it, so a killed server leaves none behind.
    """
    command = ["/usr/bin/setpriv", "--pdeathsig", "KILL", str(settings.GEOBASE.mapserv)]
    if not Path(command[0]).exists():
        command = command[3:]
    errors = settings.GEOBASE.var / "log" / "mapserv.log"
    errors.parent.mkdir(parents=True, exist_ok=True)
    with errors.open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=listener.fileno(),
            stdout=log,
            stderr=log,
            cwd=folder(),
            env=environment(),
            start_new_session=True,
        )


def environment() -> dict[str, str]:
    """Return the environment a process starts with."""
    return {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "MAPSERVER_CONFIG_FILE": str(folder() / "mapserver.conf"),
    }


def connection_string() -> str:
    """Return libpq's connection string for the mapfile, with single quotes only; it reads only.

    It cannot come by environment variables: FastCGI puts a request's parameters in their place
    (libfcgi, `FCGI_Accept`). The password is in a file of its own that only this user may read.
    """
    at = connections["default"].settings_dict
    options = at.get("OPTIONS") or {}
    seconds = settings.GEOBASE.statement_seconds
    known = {
        "host": at["HOST"],
        "port": at["PORT"],
        "dbname": at["NAME"],
        "user": at["USER"],
        "passfile": str(_password_file(str(at["PASSWORD"]))) if at["PASSWORD"] else "",
        "sslmode": options.get("sslmode"),
        "sslrootcert": options.get("sslrootcert"),
        "application_name": "geobase mapserv",
        "options": f"-c default_transaction_read_only=on -c jit=off -c statement_timeout={seconds}s",
    }
    return " ".join(f"{key}='{_escaped(str(value))}'" for key, value in known.items() if value)


def _escaped(value: str) -> str:
    if '"' in value or "\n" in value or "%" in value:
        raise ValueError('MapServer 的连接参数不能含 " 或 % / no " or % in the database\'s address')
    return value.replace("\\", "\\\\").replace("'", "\\'")


def _password_file(password: str) -> Path:
    """Keep the password as libpq reads it: host:port:database:user:password, colons escaped."""
    path = folder() / "pgpass"
    text = "*:*:*:*:" + password.replace("\\", "\\\\").replace(":", "\\:") + "\n"
    if not path.exists() or path.read_text("utf-8") != text:
        fresh = folder() / f"pgpass.{os.getpid()}"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        fresh.replace(path)
    return path


def write_configuration() -> None:
    """Write mapserv's own configuration: the only mapfiles it opens are the generated ones."""
    pattern = "^" + str(folder()).replace(".", "\\.") + r"/[0-9a-f]{64}\.map$"
    options = {
        "MS_MAP_PATTERN": pattern,
        "PROJ_DATA": "/usr/share/proj",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_CACHEMAX": "64",
    }
    lines = "".join(f'    {key} "{value}"\n' for key, value in options.items())
    fresh = folder() / f"mapserver.conf.{os.getpid()}"
    fresh.write_text(f"CONFIG\n  ENV\n{lines}  END\nEND\n")
    fresh.replace(folder() / "mapserver.conf")


def rss(pid: int) -> int:
    """Return the bytes a process holds in memory, 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return 0


def sockets_of(pid: int) -> set[str]:
    """Return the open files of a process as /proc names them (`socket:[inode]`)."""
    found = set()
    with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):
                found.add(str(each.readlink()))
    return found


def sockets_named(path: str) -> set[str]:
    """Return the connected server ends of a unix socket as /proc writes them; state 3 = connected."""
    rows = (line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:])
    return {
        f"socket:[{row[6]}]" for row in rows if len(row) == 8 and row[7] == path and row[5] == "03"
    }


def report(answer: bytes) -> None:
    """Log what the engine said instead of a picture; it names tables, so no caller sees it."""
    words = answer.decode("utf-8", "replace")
    _logger.error("mapserv: %s", " ".join(words.split())[-800:])


@lru_cache(maxsize=1)
def version() -> str:
    """Return the engine's version line; part of the drawing hash."""
    return subprocess.run(  # noqa: S603
        [str(settings.GEOBASE.mapserv), "-v"], capture_output=True, text=True, check=False, env={}
    ).stdout.strip()
