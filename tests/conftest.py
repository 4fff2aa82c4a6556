"""A real PostGIS for the whole run: the private cluster, and in it a test database of this run's own."""

import dataclasses
import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_django
import pytest_django.fixtures
from django.conf import settings
from django.db import connections

from config import database
from tiles import pool

# pytest-django makes the test database only when some test is marked; the modules here build theirs in fixtures of
# a wider scope, and one of them run alone would write into, and then flush, the real database.
pytest_django.fixtures._get_databases_for_setup = lambda _items: ({"default"}, set())
SHARED = Path(settings.BASE_DIR).parent / "shared"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
) -> None:
    """Start the private cluster and give this run a database name that no other run uses.

    Called by pytest-django before it makes the test database; runs without database tests
    never come here, so unit tests need no PostgreSQL.
    """
    if not settings.GEOBASE.database_url:
        database.start(settings.GEOBASE.var)
        fresh = database.connection("", settings.GEOBASE.var)
        connections["default"].settings_dict["HOST"] = fresh["HOST"]
    name = f"test_geobase_{os.getpid()}"
    connections["default"].settings_dict["TEST"]["NAME"] = name
    with django_db_blocker.unblock():
        _drop_leftovers()


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """End what holds connections before this run's database is dropped: drawing processes, threads of live servers."""
    yield
    pool.stop_own()
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _drop_leftovers() -> None:
    """Drop the test databases of runs that were killed, known by their dead process number."""
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute(r"SELECT datname FROM pg_database WHERE datname ~ '^test_geobase_\d+$'")
        for (name,) in cursor.fetchall():
            if not Path(f"/proc/{name.rsplit('_', 1)[1]}").exists():
                cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """Give the `DATABASE_URL` of the test database, for programs that a test starts."""
    at = connections["default"].settings_dict
    secret = f":{at['PASSWORD']}" if at.get("PASSWORD") else ""
    return f"postgis://{at['USER']}{secret}@/{at['NAME']}?host={at['HOST']}"


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """Point the server's folders (store, cache, deliveries) at an empty one for this test."""
    was = settings.GEOBASE
    settings.GEOBASE = dataclasses.replace(
        was, store=tmp_path / "store", cache=tmp_path / "tiles", deliveries=tmp_path / "deliveries"
    )
    yield tmp_path
    settings.GEOBASE = was


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the folder of real public files beside the checkout; skip where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("../shared/data is not here: tests on real public files need it")
    return SHARED / "data"


@pytest.fixture(scope="session")
def shared_codes() -> Path:
    """Give the folder of code tables beside the checkout; skip where it is absent."""
    if not (SHARED / "codes").is_dir():
        pytest.skip("../shared/codes is not here")
    return SHARED / "codes"


@pytest.fixture
def no_collector() -> Iterator[None]:
    """Keep the collector from stopping what is timed: a look through all that the suite has loaded takes 0.2 s."""
    gc.disable()
    yield
    gc.enable()
