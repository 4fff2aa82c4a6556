"""Generalised tables: made where needed, renewed where rows change, undone, rolled back, and used at small scales."""

import mapbox_vector_tile
import pytest
import shapely
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.db import connection

from layers import access, blocks, generalise, models, services, versions
from tests.data.parcels import lattice
from tests.integration.tiles.test_mvt import over
from tiles import mvt, serve

SIDE, STEP = 20, 0.004
PLACE = (116.8 + SIDE * STEP / 2, 38.2 + SIDE * STEP / 2)


@pytest.fixture(autouse=True)
def _small_layers_have_tables(monkeypatch):
    monkeypatch.setattr(generalise, "NEEDED_VERTICES", 100)


@pytest.fixture
def parcels(town):
    town.make(identity="地类")
    shapes = dict(zip((f"{number:04}" for number in range(SIDE * SIDE)), lattice(7, SIDE, STEP), strict=True))
    town.publish_shapes(shapes.items())
    return shapes


def open_rows(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT c1, since, ST_AsBinary(geom) FROM {table} WHERE until IS NULL ORDER BY fid")
        return {name: (since, shapely.from_wkb(bytes(shape))) for name, since, shape in cursor.fetchall()}


def pictures(town, levels=(8, 10, 12, 13, 15)):
    made = []
    for level in levels:
        found, matrix, column, row = over("WebMercatorQuad", level, PLACE)
        at = serve.Address(found, matrix, row, column)
        made += [serve.tile_bytes(town.view, at, extension) for extension in ("pbf", "png")]
    return made


def test_a_first_publication_makes_a_table_for_each_scale_with_the_rows_fids_and_fields(town, parcels):
    tables = town.view.spec.generalised
    assert [each.min_scale for each in tables] == list(generalise.SCALES)
    rows = open_rows(town.view.spec.table)
    for each in tables:
        coarse = open_rows(each.table)
        assert coarse
        assert coarse.keys() <= rows.keys()
    finest = open_rows(tables[0].table)
    assert finest.keys() == rows.keys()
    assert shapely.coverage_is_valid([shape for _, shape in finest.values()])
    vertices = [sum(int(shapely.get_num_coordinates(shape)) for _, shape in each.values()) for each in (finest, rows)]
    assert vertices[0] < 0.7 * vertices[1]


def test_blocks_leave_no_trace(town, parcels, monkeypatch):
    whole = open_rows(town.view.spec.generalised[0].table)
    monkeypatch.setattr(blocks, "MAX_VERTICES", 1500)
    models.GeneralisedTable.objects.all().delete()
    services.generalise_layer("tester", "parcels")
    assert open_rows(town.view.spec.generalised[0].table) == whole


@pytest.mark.parametrize("change", ["removed", "grown", "recoded"])
def test_a_publication_renews_only_changed_rows_and_those_beside_them(town, parcels, change):
    number = 8 * SIDE + 8
    name, beside = f"{number:04}", f"{number + 1:04}"
    changed = dict(parcels)
    if change == "recoded":
        changed["new"] = changed.pop(name)
    else:
        gone = changed.pop(name)
        if change == "grown":
            changed[beside] = shapely.coverage_union(gone, changed[beside])
    town.publish_shapes(changed.items())
    (table, *_) = town.view.spec.generalised
    renewed = {each for each, (since, _) in open_rows(table.table).items() if since == 2}
    near = {f"{r * SIDE + c:04}" for r in range(6, 11) for c in range(6, 12)} | {"new"}
    assert renewed <= near
    assert (renewed == {"new"}) == (change == "recoded")
    after = {each: shape for each, (_, shape) in open_rows(table.table).items()}
    models.GeneralisedTable.objects.all().delete()
    services.generalise_layer("tester", "parcels")
    assert after == {each: shape for each, (_, shape) in open_rows(town.view.spec.generalised[0].table).items()}


def test_a_rollback_gives_byte_identical_tiles_at_every_scale(town, parcels):
    before = pictures(town)
    changed = {name: shape for name, shape in parcels.items() if int(name) % 3}
    town.publish_shapes(changed.items())
    assert all(was.body != now.body for was, now in zip(before, pictures(town), strict=True))
    services.rollback("tester", ["parcels"], {"parcels": 1})
    assert town.view.version == 3
    assert [each.etag for each in pictures(town)] == [each.etag for each in before]


def test_what_an_abandoned_publication_wrote_is_undone_in_every_table(town, parcels):
    layer = services.spec("parcels")
    before = [open_rows(each.table) for each in layer.generalised]
    stage = town.staged((name, shape) for name, shape in parcels.items() if int(name) % 2)
    generalise.renew(layer, versions.write(layer, stage))
    assert [open_rows(each.table) for each in layer.generalised] != before
    town.publish_shapes(parcels.items())
    assert [open_rows(each.table) for each in town.view.spec.generalised] == before


def test_a_layer_that_grows_gets_its_tables_then_and_loses_them_by_a_rollback(town, monkeypatch):
    monkeypatch.setattr(generalise, "NEEDED_VERTICES", 5000)
    town.make(identity="地类")
    shapes = [(f"{number:04}", shape) for number, shape in enumerate(lattice(7, SIDE, STEP))]
    town.publish_shapes(shapes[:50])
    assert not town.view.spec.generalised
    before = pictures(town)
    town.publish_shapes(shapes)
    assert {each.since for each in town.view.spec.generalised} == {2}
    found, matrix, column, row = over("WebMercatorQuad", 8, PLACE)
    assert mvt.tile(town.view.at(1), found, matrix, column, row) == before[0].body
    services.rollback("tester", ["parcels"], {"parcels": 1})
    assert not town.view.spec.generalised
    assert pictures(town) == before
    town.publish_shapes(shapes)
    assert {each.since for each in town.view.spec.generalised} == {4}


def test_who_may_have_a_row_is_decided_by_where_it_is_not_by_its_simplified_shape(town, parcels):
    layer = models.Layer.objects.get(slug="parcels")
    models.Grant.objects.filter(layer=layer).delete()
    area = Polygon(((116.81, 38.21), (116.8317, 38.21), (116.8253, 38.2371), (116.81, 38.23), (116.81, 38.21)))
    grant = models.Grant(subject="everyone", layer=layer, operations=["discover", "view"], area=MultiPolygon(area, srid=4490))
    services.save("tester", grant)
    view = access.decide(access.Principal(zone=2), "parcels", "view")
    whole = shapely.from_wkt(area.wkt)
    for level in (8, 12):
        body = mvt.tile(view, *over("WebMercatorQuad", level, PLACE))
        names = {each["properties"]["地类"] for each in mapbox_vector_tile.decode(body)["parcels"]["features"]}
        assert names
        assert names <= {name for name, shape in parcels.items() if shape.intersects(whole)}


def test_a_neighbours_moved_border_makes_small_scale_tiles_stale_and_no_others(town, parcels):
    def kept(level):
        found, matrix, _, _ = over("WebMercatorQuad", level, PLACE)
        left, top, right, bottom = found.span(matrix, (116.8, 38.2, 116.88, 38.28))
        return [serve.Address(found, matrix, row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]

    places = {level: kept(level) for level in (12, 13, 16)}
    before = {level: [serve.tile_bytes(town.view, at, "pbf") for at in each] for level, each in places.items()}
    number = 8 * SIDE + 8
    town.publish_shapes((name, shape) for name, shape in parcels.items() if int(name) != number)
    changed = shapely.box(*parcels[f"{number:04}"].bounds)
    for level, each in places.items():
        stale = [serve.cached(town.view, at, "pbf") is None for at in each]
        touched = [changed.intersects(shapely.box(*at.grid.lonlat(at.matrix.bounds(at.column, at.row)))) for at in each]
        assert sum(touched) <= sum(stale) <= 2 * sum(touched) + 2
        for at, was, is_stale in zip(each, before[level], stale, strict=True):
            assert is_stale or mvt.tile(town.view, at.grid, at.matrix, at.column, at.row) == was.body
