"""What a delivery replaces: a whole layer, an area, single features; previewed, published together, undone together."""

import json

import pytest

from ingest import pipeline
from ingest.staged import changes_of
from layers import differences, history, models
from layers.access import decide
from layers.errors import NotFound
from tests.integration.jobs.world import (
    NOBODY,
    ids,
    of,
    parcels,
    received,
    seen,
    square,
    stages,
    take,
)

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = {"1": "0101", "2": "0102", "3": "0103", "4": "0104"}


def folder(path, rows, toml="", **choices):
    parcels(path / "parcels.geojson", rows, **choices)
    (path / "delivery.toml").write_text(toml)
    return path


def go_on(delivery, **values):
    models.Delivery.objects.filter(pk=delivery.pk).update(**values)
    pipeline.advance(delivery.pk)
    return models.Delivery.objects.get(pk=delivery.pk)


def test_a_preview_tells_counts_areas_by_code_and_the_changes_as_geojson(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    delivery = received(folder(tmp_path / "b", {"1": "0101", "2": "0201", "3": "0103", "5": "0105"}), goal="staged")
    pipeline.advance(delivery.pk)
    delivery.refresh_from_db()
    told = delivery.preview["parcels"]
    assert (told["base"], told["added"], told["changed"], told["removed"], told["unchanged"]) == (1, 1, 1, 1, 2)
    areas = {each["code"]: (round(each["before"]), round(each["after"])) for each in told["areas"]}
    assert areas["0102"][0] == areas["0201"][1] > 9000
    assert areas["0102"][1] == areas["0201"][0] == 0
    page = differences.features(changes_of(delivery, "parcels"))
    features = json.loads(f"[{page.body.decode()}]")
    assert sorted(each["properties"]["change"] for each in features) == ["added", "changed", "removed"]
    changed = next(each for each in features if each["before"])
    assert (changed["before"]["properties"]["DLBM"], changed["properties"]["DLBM"]) == ("0102", "0201")
    assert seen() == FIRST


def test_an_area_is_replaced_and_a_neighbour_at_its_border_stays(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    area = f'mode = "area"\n[area]\npolygon = "{square(1).union(square(2)).wkt}"'
    report = take(folder(tmp_path / "b", {"2": "0202"}, area))
    assert (report.published[0].changed, report.published[0].removed) == (1, 1)
    assert seen() == {"2": "0202", "3": "0103", "4": "0104"}


def test_rows_outside_the_area_stop_publication(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    area = f'mode = "area"\n[area]\npolygon = "{square(1).wkt}"'
    report = take(folder(tmp_path / "b", {"1": "0101", "4": "0901"}, area))
    assert "area-outside" in ids(report)
    assert of(report).status == "refused"
    assert seen() == FIRST


def test_a_patch_touches_only_what_it_names(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    report = take(folder(tmp_path / "b", {"2": "0202", "5": "0105"}, 'mode = "patch"\n[remove]\nparcels = ["4"]'))
    done = report.published[0]
    assert (done.added, done.changed, done.removed) == (1, 1, 1)
    assert seen() == {"1": "0101", "2": "0202", "3": "0103", "5": "0105"}


def test_a_patch_whose_identity_repeats_is_refused(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    twice = parcels(tmp_path / "b" / "parcels.geojson", {"2": "0202", "3": "x"})
    twice.write_text(twice.read_text().replace('"BSM": "3"', '"BSM": "2"'))
    (tmp_path / "b" / "delivery.toml").write_text('mode = "patch"')
    assert "patch-needs-identity" in ids(take(tmp_path / "b"))
    assert seen() == FIRST


def test_a_wrong_delivery_toml_refuses_the_delivery(tmp_path):
    assert "manifest-wrong" in ids(take(folder(tmp_path / "a", FIRST, 'mode = "area"')))
    assert decide(NOBODY, "parcels", "query") is None


def test_the_loser_of_two_deliveries_is_told_and_compared_again(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    late = received(folder(tmp_path / "late", {**FIRST, "2": "0909"}), goal="staged")
    pipeline.advance(late.pk)
    take(folder(tmp_path / "c", {**FIRST, "1": "0303"}))
    told = go_on(late, goal="published")
    assert (told.status, told.preview["parcels"]["base"], told.preview["parcels"]["changed"]) == ("staged", 2, 2)
    assert "base-moved" in {each["id"] for each in told.report["findings"]}
    assert seen()["1"] == "0303"
    assert go_on(late, goal="published").status == "published"
    assert seen() == {**FIRST, "2": "0909"}


def test_a_layer_that_asks_for_it_is_published_only_by_two_persons(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    models.Layer.objects.filter(slug="parcels").update(needs_approval=True)
    report = take(folder(tmp_path / "b", {**FIRST, "1": "0303"}))
    delivery = of(report)
    assert (delivery.status, report.published) == ("approval", ())
    assert go_on(delivery, goal="published", approved_by="tester").status == "approval"
    assert go_on(delivery, goal="published", approved_by="another").status == "published"
    assert seen()["1"] == "0303"


def test_a_rollback_undoes_all_layers_of_a_delivery_and_a_withdrawal_hides_them_too(tmp_path):
    two = folder(tmp_path / "a", FIRST)
    parcels(two / "roads.geojson", {"7": "a"})
    report = take(two)
    assert {each.slug for each in report.published} == {"parcels", "roads"}
    assert go_on(of(report), goal="hidden").status == "withdrawn"
    assert (seen(), seen("roads")) == ({}, {})
    view = decide(NOBODY, "parcels", "query")
    with pytest.raises(NotFound):
        history.at(view, 1)


def test_a_delivery_others_have_built_on_is_not_rolled_back_alone(tmp_path):
    first = of(take(folder(tmp_path / "a", FIRST)))
    second = of(take(folder(tmp_path / "b", {**FIRST, "1": "0303"})))
    told = go_on(first, goal="withdrawn")
    assert told.status == "published"
    assert "rollback-built-upon" in {each["id"] for each in told.report["findings"]}
    assert go_on(second, goal="withdrawn").status == "withdrawn"
    assert seen() == FIRST


def test_versions_are_compared_as_a_caller_sees_them_and_a_rollback_is_no_difference(tmp_path):
    take(folder(tmp_path / "a", FIRST))
    second = of(take(folder(tmp_path / "b", {**FIRST, "1": "0303"})))
    go_on(second, goal="withdrawn")
    view = decide(NOBODY, "parcels", "query")
    assert differences.counts(differences.between(view, 1, 2)) == (0, 1, 0)
    assert differences.counts(differences.between(view, 1, 3)) == (0, 0, 0)


def test_every_row_leads_back_to_its_file_and_nothing_staged_is_left(tmp_path):
    report = take(folder(tmp_path / "a", FIRST))
    part = of(report).parts.get()
    assert (part.facts["file"], part.rows) == ("parcels.geojson", 4)
    table = models.Layer.objects.get(slug="parcels").pk
    with pipeline.connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT src_file FROM geodata.l_{table}")
        assert cursor.fetchall() == [(part.pk,)]
    assert stages() == []


def test_the_same_bytes_under_another_name_are_the_same_delivery(tmp_path):
    one = take(parcels(tmp_path / "one" / "parcels.geojson", FIRST), as_layer="parcels")
    (tmp_path / "copy.geojson").write_bytes((tmp_path / "one" / "parcels.geojson").read_bytes())
    two = take(tmp_path / "copy.geojson", as_layer="parcels")
    assert one.delivery == two.delivery
    assert models.Delivery.objects.count() == 1
    assert of(two).status == "published"
