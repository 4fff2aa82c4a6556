"""Publishing, diffing and rolling back rows, seen through the decision and the rows door."""

from collections.abc import Sequence

import pytest
from django.db import connection
from psycopg2 import sql

from layers import access, changes, registry, rows, services, versions
from layers.filters import parse_text
from layers.spec import FieldSpec, Title

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = (
    FieldSpec("名称", "c1", "string", Title("名称", "Name")),
    FieldSpec("层数", "c2", "integer", Title("层数", "Floors")),
)
NOBODY = access.Principal(zone=0)
FIRST = [("甲", 1, 116.0), ("乙", 2, 116.1), ("丙", 3, 116.2)]
SECOND = [("甲", 1, 116.0), ("乙", 9, 116.1), ("丁", 3, 116.3)]


@pytest.fixture(autouse=True)
def _world(transactional_db, monkeypatch):
    changes.forget()
    registry.reset()
    # Nobody else reads the registry here, so publications need not wait for them.
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('land', '土地', 'Land', 0)"
            " ON CONFLICT DO NOTHING"
        )


def make(**choices):
    draft = services.LayerDraft(
        "buildings", Title("房屋", "Buildings"), "land", geometry="Polygon", fields=FIELDS, identity="名称",
        **{"public": True, "level": 0, **choices},
    )  # fmt: skip
    return services.make_layer("tester", draft)


def stage(values: Sequence[tuple[str, int, float]]) -> services.StagedRows:
    table = versions.create_table(0, FIELDS, "s_test")
    with connection.cursor() as cursor:
        for number, (name, floors, west) in enumerate(values, 1):
            cursor.execute(
                sql.SQL(
                    "INSERT INTO {} (fid, since, geom, c1, c2, hash) VALUES "
                    "(%s, 1, ST_MakeEnvelope(%s, 38, %s + 0.01, 38.01, 4490), %s, %s, %s)"
                ).format(table),
                [number, west, west, name, floors, f"{name}{floors}{west}".encode()],
            )
    return services.StagedRows("buildings", table)


def seen(number: int | None = None, **query):
    view = access.decide(NOBODY, "buildings", "query")
    assert view is not None
    return rows.items(view.at(number) if number else view, rows.RowQuery(**query))


def test_a_delivery_with_changes_publishes_only_those_and_keeps_the_old_version_readable():
    make()
    assert services.publish("tester", None, [stage(FIRST)])[0].added == 3
    done = services.publish("tester", None, [stage(SECOND)])[0]
    assert (done.version, done.added, done.changed, done.removed) == (2, 1, 1, 1)
    assert '"层数":2' in seen(1).body.decode()
    assert '"层数":9' in seen(2).body.decode()
    assert "丙" not in seen().body.decode()


def test_the_same_survey_again_publishes_nothing():
    make()
    services.publish("tester", None, [stage(FIRST)])
    done = services.publish("tester", None, [stage(FIRST)])[0]
    assert (done.version, done.added, done.changed, done.removed) == (1, 0, 0, 0)


def test_a_rollback_gives_byte_identical_features_as_a_new_version():
    make()
    services.publish("tester", None, [stage(FIRST)])
    before = seen().body
    services.publish("tester", None, [stage(SECOND)])
    done = services.rollback("tester", ["buildings"], {"buildings": 1})[0]
    assert done.version == 3
    assert seen().body == before


def test_an_abandoned_publication_is_undone_before_the_next():
    spec = make()
    services.publish("tester", None, [stage(FIRST)])
    versions.write(services.spec("buildings"), stage(SECOND).stage)
    assert '"层数":2' in seen().body.decode()
    services.publish("tester", None, [stage(FIRST)])
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), count(until) FROM geodata.l_{spec.id}")
        assert cursor.fetchone() == (3, 0)


def test_only_the_changed_places_of_the_change_map_move():
    spec = make()
    services.publish("tester", None, [stage(FIRST)])
    services.publish("tester", None, [stage(SECOND)])
    assert changes.last_change(spec.id, 2, (116.0, 38.0, 116.001, 38.001)) == 1
    assert changes.last_change(spec.id, 2, (116.1, 38.0, 116.101, 38.001)) == 2


def test_pages_follow_the_fid_and_stop_at_the_end():
    make()
    services.publish("tester", None, [stage(FIRST)])
    page = seen(limit=2)
    assert (page.returned, page.last, page.more) == (2, 2, True)
    rest = seen(limit=2, after=page.last)
    assert (rest.returned, rest.more) == (1, False)


def test_a_filter_of_grants_narrows_rows_counts_and_columns():
    make(public=False, level=0)
    services.publish("tester", None, [stage(FIRST)])
    layer = services.models.Layer.objects.get(slug="buildings")
    grant = services.models.Grant(
        subject="everyone", layer=layer, operations=["query"], filter="层数 >= 2", columns=["名称"]
    )
    services.save("tester", grant)
    view = access.decide(NOBODY, "buildings", "query")
    assert view is not None
    page = rows.items(view, rows.RowQuery(bounds=(115, 37, 118, 39)))
    assert page.returned == 2
    assert "层数" not in page.body.decode()
    assert rows.count(view, rows.RowQuery()) == 2
    with pytest.raises(rows.InvalidFilter):
        rows.items(view, rows.RowQuery(filter=parse_text("层数 = 2")))


def test_a_layer_without_a_grant_is_absent():
    make(public=False)
    services.publish("tester", None, [stage(FIRST)])
    assert access.decide(NOBODY, "buildings", "view") is None
    assert access.views(NOBODY, "discover") == ()


def test_no_grant_beats_the_zone():
    make(level=2, public=True)
    assert access.decide(access.Principal(zone=1), "buildings", "view") is None
    assert access.decide(access.Principal(zone=2), "buildings", "view") is not None
