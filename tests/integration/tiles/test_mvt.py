"""Vector tiles from PostGIS: the right feature in the right place in every grid, byte for byte the same again."""

import mapbox_vector_tile
import pytest
from django.db import connection
from pyproj import Transformer

from layers import services
from tiles import mvt
from tiles.grids import grid, grids


def over(name, level, point):
    found = grid(name)
    matrix = found.matrices[level]
    column, row, _, _ = found.span(matrix, (*point, *point))
    return found, matrix, column, row


def decode(body):
    return mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})


@pytest.mark.parametrize("name", list(grids()))
@pytest.mark.parametrize("depth", [-1, -4, -7])
def test_the_feature_under_a_point_is_the_same_in_every_grid(town, squares, name, depth):
    town.make().publish(squares)
    point = (116.8 + 4 * 0.002 + 0.0009, 38.2 + 7 * 0.002 + 0.0009)
    matrices = grid(name).matrices
    found, matrix, column, row = over(name, min(len(matrices) + depth, 18), point)
    tile = decode(mvt.tile(town.view, found, matrix, column, row))["parcels"]
    x, y = point if found.srid == 4490 else Transformer.from_crs(4326, found.srid, always_xy=True).transform(*point)
    west, south, east, north = matrix.bounds(column, row)
    place = ((x - west) / (east - west) * 4096, (north - y) / (north - south) * 4096)
    hit = [each for each in tile["features"] if inside(each["geometry"]["coordinates"][0], place)]
    assert [each["properties"]["地类"] for each in hit] == ["0407"]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT fid FROM {town.view.spec.table} WHERE c1 = '0407'")
        assert hit[0]["id"] == cursor.fetchone()[0]
    assert hit[0]["properties"]["面积"] == 1.5


def inside(ring, point):
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return min(xs) <= point[0] <= max(xs) and min(ys) <= point[1] <= max(ys)


def test_degrees_scaled_to_a_small_tile_fall_within_a_unit_of_the_exact_projection(town, squares, monkeypatch):
    town.make().publish(squares)
    found, matrix, column, row = over("WebMercatorQuad", 13, (116.805, 38.205))
    assert mvt.is_straight(found, matrix.bounds(column, row))
    fast = decode(mvt.tile(town.view, found, matrix, column, row))["parcels"]["features"]
    monkeypatch.setattr(mvt, "is_straight", lambda *_: False)
    exact = decode(mvt.tile(town.view, found, matrix, column, row))["parcels"]["features"]
    assert len(fast) == len(exact) > 20
    for a, b in zip(fast, exact, strict=True):
        assert a["id"] == b["id"]
        for p, q in zip(a["geometry"]["coordinates"][0], b["geometry"]["coordinates"][0], strict=True):
            assert abs(p[0] - q[0]) <= 1
            assert abs(p[1] - q[1]) <= 1


def test_large_tiles_are_projected_vertex_by_vertex():
    found, matrix, column, row = over("WebMercatorQuad", 8, (116.8, 38.2))
    assert not mvt.is_straight(found, matrix.bounds(column, row))


def test_nothing_there_is_no_bytes(town, squares):
    town.make().publish(squares)
    assert mvt.tile(town.view, *over("WebMercatorQuad", 14, (110.0, 30.0))) == b""


def test_a_rollback_gives_the_same_bytes(town, squares):
    town.make().publish(squares)
    place = over("WebMercatorQuad", 13, (116.805, 38.205))
    before = mvt.tile(town.view, *place)
    town.publish({**squares, (3, 3): "changed"})
    assert mvt.tile(town.view, *place) != before
    services.rollback("tester", ["parcels"], {"parcels": 1})
    assert town.view.version == 3
    assert mvt.tile(town.view, *place) == before


def test_more_statements_than_are_kept_still_answer(town, squares, monkeypatch):
    town.make().publish(squares)
    monkeypatch.setattr(mvt, "MAX_PREPARED", 2)
    place = over("WebMercatorQuad", 13, (116.805, 38.205))
    for _ in range(3):
        town.publish({**town.squares, (0, 0): f"again {town.view.version}"})
        assert mvt.tile(town.view, *place)
