"""A small world behind /ogc/: a public layer, a hidden one, an empty one, and a client."""

import json
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from layers import changes, registry
from tests.faces.ogcapi.world import COUNT, make, publish, row


class Api:
    """Asks /ogc/ and reads JSON."""

    def __init__(self) -> None:
        self.client = Client()

    def get(self, path: str, expected: int = 200, headers: dict[str, str] | None = None, **query: str):
        address = path if path.startswith("http") else f"/ogc{path}"
        answer = self.client.get(address, query or None, headers=headers or {})
        assert answer.status_code == expected, answer.content[:500]
        return answer

    def json(self, path: str, **query: str):
        return json.loads(self.get(path, **query).content)


def _build() -> None:
    changes.forget()
    registry.reset()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('land', '土地', 'Land', 0)"
            " ON CONFLICT DO NOTHING"
        )
    make("buildings")
    publish("buildings", [row(number) for number in range(COUNT)])
    make("secret", public=False)
    publish("secret", [row(number) for number in range(3)])
    make("empty")


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Build the world once for the tests that only read."""
    was, registry.POLL_S = registry.POLL_S, 0.0
    with django_db_blocker.unblock():
        _build()
        yield
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)
        registry.reset()
    registry.POLL_S = was


@pytest.fixture
def api(world) -> Api:
    return Api()


@pytest.fixture
def changing(transactional_db, monkeypatch) -> Api:
    """Build a world of its own for a test that publishes or grants."""
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    _build()
    return Api()
