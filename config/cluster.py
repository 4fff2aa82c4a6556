"""Where the private PostgreSQL cluster lives, whose processes it has, and how it is configured.

PostgreSQL refuses to run as root, so root hands the cluster to another user (`postgres`, else
`nobody`). The checkout may lie where that user cannot enter (/root, mode 700): then the data goes
to /var/lib, and `var/cluster.json` remembers where. A socket's path must stay under 107 bytes.
"""

import json
import os
import pwd
import secrets
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"  # no TCP: the port only names the socket
SOCKET_PATH_MAX = 100

CONFIGURATION = """\
# Written by config/cluster.py at each start.
listen_addresses = ''
port = 5432
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 512MB
effective_cache_size = 2GB
work_mem = 32MB
maintenance_work_mem = 256MB
random_page_cost = 1.1
effective_io_concurrency = 100
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 2
synchronous_commit = on
wal_compression = on
min_wal_size = 256MB
max_wal_size = 2GB
checkpoint_timeout = 15min
tcp_keepalives_idle = 20
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = warning
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
cluster_name = 'geobase'
"""


class DatabaseFault(Exception):
    """The private database cannot be made or started; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one cluster is: data folder, socket folder, and the user its processes run as."""

    data: str
    sockets: str
    user: str | None  # None: the user who runs Geobase

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a PostgreSQL program as the cluster's user, away from the terminal's signals."""
        groups: list[int] | None = [] if self.user else None
        account = pwd.getpwnam(self.user) if self.user else None
        return subprocess.run(  # noqa: S603
            command,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=groups,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )

    def give(self, folder: str) -> None:
        """Make a folder that only the cluster's user may enter (and root)."""
        Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        elif Path(folder).stat().st_uid != os.getuid():
            raise DatabaseFault(f"{folder} 属于他人 · {folder} belongs to somebody else")


def remembered(var: Path) -> Place | None:
    """Read where the cluster of `var` is, or None when there is none yet."""
    try:
        return Place(**json.loads((var / "cluster.json").read_text()))
    except FileNotFoundError:
        return None


def choose(var: Path) -> Place:
    """Choose where a new cluster goes and remember it; folders are made for it alone."""
    user = _database_user()
    token = secrets.token_hex(4)
    inside = Place(str(var / "pg"), str(var / "pg-socket"), user)
    is_enterable = _can_enter(inside, var)
    data = inside.data if is_enterable else f"/var/lib/geobase-{token}"
    is_short = len(f"{inside.sockets}/{SOCKET_NAME}".encode()) <= SOCKET_PATH_MAX
    # Mode 0700 and an unguessable name: nobody else can have made the folder before us.
    sockets = inside.sockets if is_enterable and is_short else f"/tmp/geobase-{token}"  # noqa: S108
    place = Place(data, sockets, user)
    place.give(data)
    part = var / "cluster.json.part"
    part.write_text(json.dumps(asdict(place), indent=1))
    part.replace(var / "cluster.json")
    return place


def binaries() -> Path:
    """Find the newest installed PostgreSQL server that has PostGIS."""
    found = sorted(
        (
            folder
            for folder in Path("/usr/lib/postgresql").glob("*/bin")
            if (folder / "initdb").exists() and _has_postgis(folder.parent.name)
        ),
        key=lambda folder: int(folder.parent.name),
    )
    if not found:
        raise DatabaseFault(
            "没有找到带 PostGIS 的 PostgreSQL，请先运行 make setup 或安装 postgresql-15-postgis-3"
            " · no PostgreSQL with PostGIS here: run make setup or install postgresql-15-postgis-3"
        )
    return found[-1]


def configure(place: Place) -> None:
    """Write the cluster's configuration and who may connect: only who can open the socket."""
    data = Path(place.data)
    _write_as(place, data / "geobase.conf", CONFIGURATION.format(sockets=place.sockets))
    _write_as(place, data / "pg_hba.conf", "local all all trust\n")
    main = data / "postgresql.conf"
    if "include 'geobase.conf'" not in (text := main.read_text()):
        _write_as(place, main, f"{text}\ninclude 'geobase.conf'\n")


def _write_as(place: Place, path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if place.user:
        account = pwd.getpwnam(place.user)
        os.chown(path, account.pw_uid, account.pw_gid)


def _has_postgis(version: str) -> bool:
    return Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists()


def _database_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {account.pw_name for account in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in names:
            return name
    raise DatabaseFault(
        "root 不能运行 PostgreSQL，而系统没有 postgres 用户"
        " · PostgreSQL does not run as root, and there is no user postgres here"
    )


def _can_enter(place: Place, folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    return place.run("/usr/bin/test", "-x", str(folder)).returncode == 0
