"""The grids' arithmetic against the published numbers and against PROJ."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from tiles.errors import TileOutOfRange, UnknownGrid, UnknownMatrix
from tiles.grids import grid, grids


def test_every_matrix_halves_the_one_above_and_covers_the_same_ground():
    for each in grids().values():
        for upper, lower in zip(each.matrices, each.matrices[1:], strict=False):
            assert lower.cell * 2 == pytest.approx(upper.cell, rel=1e-15)
            assert (lower.columns, lower.rows) == (upper.columns * 2, upper.rows * 2)
            assert lower.point_of_origin == upper.point_of_origin


def test_scale_denominators_are_for_pixels_of_028_mm():
    for each in grids().values():
        metres = 6378137 * 3.141592653589793 / 180 if each.srid == 4490 else 1.0
        for matrix in each.matrices:
            assert matrix.scale == pytest.approx(matrix.cell * metres / 0.00028, rel=1e-14)


def test_c_is_tianditus_latitude_longitude_grid():
    c = grid("c")
    assert [m.id for m in c.matrices] == [str(n) for n in range(1, 21)]
    first = c.matrix("1")
    assert (first.columns, first.rows, first.cell) == (2, 1, 0.703125)
    assert first.point_of_origin == (90.0, -180.0)
    assert first.bounds(0, 0) == (-180.0, -90.0, 0.0, 90.0)
    assert first.scale == pytest.approx(279541132.0143589)


def test_w_has_the_levels_of_webmercatorquad_under_tianditus_names():
    w, web = grid("w"), grid("WebMercatorQuad")
    assert w.matrix("1").bounds(1, 1) == web.matrix("1").bounds(1, 1)
    assert w.matrix("20").level == 19
    assert "0" not in w.by_id


def test_gk_grid_starts_at_its_corner_north_first_and_ends_at_one_to_500():
    gk = grid("CGCS2000-GK39")
    assert [m.scale for m in gk.matrices] == [1_024_000 / 2**n for n in range(12)]
    assert gk.matrix("0").point_of_origin == (4_500_000.0, 300_000.0)
    west, south, east, north = gk.matrix("0").bounds(0, 0)
    assert (west, north) == (300_000.0, 4_500_000.0)
    assert Fraction(str(round(east - west, 6))) == Fraction("73400.32")
    assert north - south == pytest.approx(73400.32)


def test_mercator_lonlat_is_what_proj_says():
    web = grid("WebMercatorQuad")
    bounds = web.matrix("14").bounds(13500, 6300)
    project = Transformer.from_crs(3857, 4326, always_xy=True)
    assert web.lonlat(bounds) == pytest.approx(project.transform_bounds(*bounds), abs=1e-11)


def test_the_tile_over_a_point_holds_it_in_every_grid():
    point = (116.83, 38.30)
    for each in grids().values():
        for matrix in each.matrices:
            found = each.span(matrix, (*point, *point))
            assert found is not None
            column, row, _, _ = found
            west, south, east, north = each.lonlat(matrix.bounds(column, row))
            assert west <= point[0] <= east
            assert south <= point[1] <= north


@given(st.integers(0, 22), st.data())
def test_a_tiles_own_bounds_span_that_tile_alone_or_touch_by_rounding(level, data):
    web = grid("WebMercatorQuad")
    matrix = web.matrices[level]
    column = data.draw(st.integers(0, matrix.columns - 1))
    row = data.draw(st.integers(0, matrix.rows - 1))
    west, south, east, north = web.lonlat(matrix.bounds(column, row))
    inset = (east - west) * 1e-6
    assert web.span(matrix, (west + inset, south + inset, east - inset, north - inset)) == (column, row, column, row)


def test_a_box_outside_the_grid_spans_nothing():
    gk = grid("CGCS2000-GK39")
    assert gk.span(gk.matrix("5"), (100.0, 30.0, 101.0, 31.0)) is None


def test_wrong_addresses_are_named():
    web = grid("WebMercatorQuad")
    with pytest.raises(UnknownGrid):
        grid("nope")
    with pytest.raises(UnknownMatrix):
        web.matrix("23")
    with pytest.raises(TileOutOfRange) as fault:
        web.check(web.matrix("3"), 8, 0)
    assert fault.value.parameter == "TileCol"
