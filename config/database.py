"""How to start, stop and reach the database: the private cluster, or the one `DATABASE_URL` names.

    python -m config.database start | stop | status | url

Starting is idempotent and safe to do from several processes at once.
"""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import psycopg2

from config import cluster, environment
from config.cluster import DatabaseFault, Place

NAME = "geobase"
ENGINE = "django.contrib.gis.db.backends.postgis"
EXTENSIONS = ("postgis", "btree_gist")


def connection(url: str, var: Path) -> dict[str, Any]:
    """Make Django's connection settings; the private cluster is not started by this."""
    settings: dict[str, Any] = {"ENGINE": ENGINE, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    if not url:
        place = cluster.remembered(var)
        # An unmade cluster has no address yet; `start` chooses it before settings are read again.
        sockets = place.sockets if place else str(var / "pg-socket")
        return {**settings, "NAME": NAME, "USER": NAME, "HOST": sockets}
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        **settings,
        "NAME": unquote(parts.path)[1:],
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def start(var: Path) -> bool:
    """Start the private cluster, making it first where there is none; False if it already ran."""
    if (place := cluster.remembered(var)) and _is_up(place):
        return False
    var.mkdir(parents=True, exist_ok=True)
    with _alone(var):
        place = cluster.remembered(var) or cluster.choose(var)
        if _is_up(place):
            return False
        if not (Path(place.data) / "geobase.conf").exists():
            _initialise(place)
        place.give(place.sockets)
        cluster.configure(place)
        _control(place, "start", "-w", "-t", "60", "-l", f"{place.data}/start.log")
        _prepare(place)
    return True


def stop(var: Path) -> bool:
    """Stop the private cluster; False if it was not running."""
    place = cluster.remembered(var)
    if place is None or not (Path(place.data) / "postmaster.pid").exists():
        return False
    _control(place, "stop", "-m", "fast", "-w", "-t", "60")
    return True


def remove(var: Path) -> None:
    """Stop the private cluster and delete its data."""
    stop(var)
    if place := cluster.remembered(var):
        shutil.rmtree(place.data, ignore_errors=True)
        shutil.rmtree(place.sockets, ignore_errors=True)
        (var / "cluster.json").unlink()


def url(var: Path) -> str:
    """Give the address of the private cluster in the form of `DATABASE_URL`."""
    place = cluster.remembered(var)
    if place is None:
        raise DatabaseFault("私有数据库尚未建立 · the private database is not made yet")
    return f"postgis://{NAME}@/{NAME}?host={place.sockets}"


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    with (var / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _initialise(place: Place) -> None:
    """Make the cluster's files; what an interrupted attempt left is cleared away first."""
    place.give(place.data)
    for left in Path(place.data).iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    made = place.run(
        str(cluster.binaries() / "initdb"), "--no-sync", "--auth=trust", f"--username={NAME}",
        "--encoding=UTF8", "--locale=C.UTF-8", f"--pgdata={place.data}",
    )  # fmt: skip
    if made.returncode:
        raise DatabaseFault(f"initdb: {made.stderr.strip()}")


def _control(place: Place, verb: str, *options: str) -> None:
    done = place.run(
        str(cluster.binaries() / "pg_ctl"), verb, f"--pgdata={place.data}", "-s", *options
    )
    if done.returncode:
        log = Path(place.data) / "start.log"
        words = log.read_text()[-2000:] if verb == "start" and log.exists() else ""
        raise DatabaseFault(f"PostgreSQL {verb}: {done.stderr.strip()}\n{words}".strip())


def _connect(place: Place, name: str) -> Any:
    opened = psycopg2.connect(host=place.sockets, user=NAME, dbname=name, connect_timeout=5)
    opened.autocommit = True
    return opened


def _is_up(place: Place) -> bool:
    """Answer whether the socket accepts connections to the finished database."""
    if not (Path(place.sockets) / cluster.SOCKET_NAME).exists():
        return False
    try:
        _connect(place, NAME).close()
    except psycopg2.OperationalError:
        return False
    return True


def _prepare(place: Place) -> None:
    """Put the extensions into the template, so that every database made here has them."""
    opened = _connect(place, "template1")
    with opened.cursor() as cursor:
        for extension in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME])
        is_made = cursor.fetchone()
    opened.close()  # a template cannot be copied while somebody is connected to it
    if not is_made:
        opened = _connect(place, "postgres")
        with opened.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {NAME}")
        opened.close()


def _main(arguments: list[str]) -> str:
    settings = environment.read(os.environ)
    verb = arguments[0] if arguments else "status"
    if settings.database_url:
        return settings.database_url if verb == "url" else "DATABASE_URL"
    if verb == "start":
        return "started" if start(settings.var) else "already running"
    if verb == "stop":
        return "stopped" if stop(settings.var) else "not running"
    if verb == "remove":
        remove(settings.var)
        return "removed"
    if verb == "url":
        return url(settings.var)
    place = cluster.remembered(settings.var)
    return f"running, {place.data}" if place and _is_up(place) else "not running"


if __name__ == "__main__":
    try:
        print(_main(sys.argv[1:]))  # noqa: T201
    except DatabaseFault as fault:
        sys.exit(str(fault))
