"""A registry ready for deliveries."""

import pytest
from django.db import connection

from layers import changes, registry


@pytest.fixture(autouse=True)
def _world(transactional_db, folders, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        # Flushing the models between tests leaves the tables that no model describes.
        cursor.execute("SELECT format('DROP TABLE geodata.%I', tablename) FROM pg_tables WHERE schemaname = 'geodata'")
        for (drop,) in cursor.fetchall():
            cursor.execute(drop)
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") SELECT s, s, s, 0 FROM "
            "unnest(ARRAY['base', 'imagery', 'terrain', 'land']) AS s ON CONFLICT DO NOTHING"
        )
