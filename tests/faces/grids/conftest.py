"""The land's files are made once a run; each module publishes them into its own database state."""

import dataclasses
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.management import call_command

from layers import registry
from tests.faces.grids import land
from tests.faces.ogcapi.conftest import Api


@pytest.fixture(scope="session")
def land_files(tmp_path_factory):
    """Make the files of the land; the store they lie in stays the run's."""
    folder = tmp_path_factory.mktemp("land")
    was = settings.GEOBASE
    settings.GEOBASE = dataclasses.replace(was, store=folder / "store")
    try:
        return folder, land.staged(folder)
    finally:
        settings.GEOBASE = was


@pytest.fixture(scope="module")
def land_world(django_db_setup, django_db_blocker, land_files) -> Iterator[None]:
    """Publish the land once for the tests of a module, which only read."""
    folder, files = land_files
    was, poll = settings.GEOBASE, registry.POLL_S
    settings.GEOBASE = dataclasses.replace(was, store=folder / "store", cache=folder / "tiles")
    registry.POLL_S = 0.0
    with django_db_blocker.unblock():
        land.build(files)
        yield
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
        registry.reset()
    settings.GEOBASE, registry.POLL_S = was, poll


@pytest.fixture
def api(land_world) -> Api:
    return Api()
