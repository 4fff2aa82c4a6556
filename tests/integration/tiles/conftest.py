"""A small town for tile tests: a grid of parcels in PostGIS, published through the services."""

import json
from dataclasses import dataclass, field

import pytest
import shapely
from django.db import connection
from psycopg2 import sql
from psycopg2.extras import execute_values

from layers import access, changes, credentials, registry, services, versions
from layers.spec import FieldSpec, StyleSpec, Title
from tiles import cache, plan

FIELDS = (
    FieldSpec("地类", "c1", "string", Title("地类", "Class")),
    FieldSpec("面积", "c2", "number", Title("面积", "Area")),
)
FILL = {"type": "fill", "color": "#88cc66", "outline": "#335522", "outlineWidth": 1}
LABEL = {"type": "text", "text": "{地类}", "size": 11, "color": "#222222"}


def body(*symbolizers):
    title = {"zh": "全部", "en": "All"}
    return json.dumps({"version": 1, "rules": [{"name": "all", "title": title, "symbolizers": list(symbolizers)}]})


@dataclass
class Town:
    """Squares of 0.002° by number: column, row, and their class; west and south corner at 116.8 E, 38.2 N."""

    slug: str = "parcels"
    squares: dict[tuple[int, int], str] = field(default_factory=dict)

    def make(self, *symbolizers, public=True, level=0, identity=""):
        style = StyleSpec("plain", Title("素色", "Plain"), body(*(symbolizers or (FILL,))))
        draft = services.LayerDraft(
            self.slug, Title("图斑", "Parcels"), "land", geometry="Polygon", fields=FIELDS, styles=(style,),
            public=public, level=level, identity=identity,
        )  # fmt: skip
        services.make_layer("tester", draft)
        return self

    def publish(self, squares):
        self.squares = dict(squares)
        shapes = []
        for (column, row), name in sorted(self.squares.items()):
            west, south = 116.8 + column * 0.002, 38.2 + row * 0.002
            shapes.append((name, shapely.box(west, south, west + 0.0018, south + 0.0018)))
        return self.publish_shapes(shapes)

    def publish_shapes(self, shapes):
        """Publish (class, geometry) pairs."""
        stage = self.staged(shapes)
        return services.publish("tester", None, [services.StagedRows(self.slug, stage)])[0]

    def staged(self, shapes):
        stage = versions.create_table(0, FIELDS, f"s_{self.slug}")
        rows = [(number, shape.wkb, name, f"{name} {shape.wkt}".encode()) for number, (name, shape) in enumerate(shapes, 1)]
        statement = sql.SQL("INSERT INTO {} (fid, since, geom, c1, c2, hash) VALUES %s").format(stage)
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, statement, rows, "(%s, 1, ST_GeomFromWKB(%s, 4490), %s, 1.5, %s)")
        return stage

    @property
    def view(self):
        return access.whole(self.slug)


@pytest.fixture
def town(transactional_db, monkeypatch, folders):
    changes.forget()
    registry.reset()
    credentials._keys.cache_clear()  # the counters of a flushed database start again
    plan.forget()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('land', '土地', 'Land', 1)"
            " ON CONFLICT DO NOTHING"
        )
    yield Town()
    cache.close()
    plan.forget()


@pytest.fixture
def squares():
    return {(column, row): f"{column:02}{row:02}" for column in range(10) for row in range(10)}
