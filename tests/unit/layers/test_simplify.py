"""Simplified shapes: common borders stay common, ground keeps its shares, networks stay connected."""

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.simplify import simplified
from tests.data.parcels import lattice

PIXEL = 0.001
seeds = st.integers(0, 2**32 - 1)


def coverage(seed, side=8, step=0.004):
    return lattice(seed, side, step)


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_neighbours_keep_their_common_borders_and_the_whole_its_area(seed):
    shapes = coverage(seed)
    drawn, _ = simplified(shapes, shapes, PIXEL)
    assert shapely.coverage_is_valid(drawn)
    assert shapely.get_num_coordinates(drawn).sum() < shapely.get_num_coordinates(shapes).sum() / 3
    assert abs(shapely.area(drawn).sum() / shapely.area(shapes).sum() - 1) < 0.05


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_a_polygon_with_its_neighbours_alone_comes_out_as_among_all(seed):
    shapes = coverage(seed)
    whole, _ = simplified(shapes, shapes, PIXEL)
    row, column = 3, 4
    near = np.array([r * 8 + c for r in range(row - 1, row + 2) for c in range(column - 1, column + 2)])
    alone, _ = simplified(shapes[near], shapes[near], PIXEL)
    assert alone[4].wkb == whole[row * 8 + column].wkb


@given(seeds)
@settings(max_examples=15, deadline=None)
def test_polygons_smaller_than_a_pixel_share_the_cells_of_their_ground(seed):
    shapes = coverage(seed, side=30, step=0.0003)
    drawn, _ = simplified(shapes, shapes, PIXEL)
    kept = drawn[[each is not None for each in drawn]]
    assert 0 < len(kept) < len(shapes) / 2
    assert abs(shapely.area(kept).sum() / shapely.area(shapes).sum() - 1) < 0.15
    assert shapely.area(shapely.union_all(kept)) > shapely.area(kept).sum() * 0.999


def test_a_network_of_short_lines_stays_connected():
    x = np.linspace(116.8, 116.81, 60)
    lines = np.array([shapely.LineString([(a, 38.2 + a / 10), (b, 38.2 + b / 10)]) for a, b in itertools.pairwise(x)])
    drawn, _ = simplified(lines, lines, PIXEL)
    kept = [each for each in drawn if each is not None]
    assert 0 < len(kept) < len(lines) / 1.5
    assert shapely.line_merge(shapely.union_all(kept)).geom_type == "LineString"


def test_long_lines_are_simplified_and_points_left_alone():
    bent = shapely.LineString([(116.8 + n / 1000, 38.2 + (n % 2) / 10000) for n in range(50)])
    shapes = np.array([bent, shapely.Point(116.8, 38.2)])
    drawn, _ = simplified(shapes, shapes, PIXEL)
    assert shapely.get_num_coordinates(drawn[0]) < 10
    assert drawn[1] is shapes[1]


@pytest.mark.parametrize("bad", [
    "POLYGON((0 0,.01 0,.01 .01,.02 .02,.01 .01,0 .01,0 0))",
    "POLYGON((0 0,.01 .01,.01 0,0 .01,0 0))",
    "POLYGON((0 0,.01 0,.02 0,0 0))",
    "MULTIPOLYGON(((0 0,.01 0,.01 .01,0 .01,0 0)),((.005 .005,.02 .005,.02 .02,.005 .005)))",
    "MULTIPOLYGON(EMPTY,((0 0,.01 0,.01 .01,0 0)))",
])  # fmt: skip
def test_one_broken_polygon_does_not_spoil_the_others(bad):
    good = coverage(1)
    shapes = np.array([shapely.from_wkt(bad), *good])
    for pixel in (PIXEL, 0.05):
        drawn, _ = simplified(shapes, shapes, pixel)
        alone, _ = simplified(good, good, pixel)
        assert [each and each.wkb for each in drawn[1:]] == [each and each.wkb for each in alone]


def test_nothing_of_any_kind_is_no_trouble():
    none = np.array([], dtype=object)
    assert len(simplified(none, none, PIXEL)[0]) == 0
    tiny = np.array([shapely.box(116.80001, 38.20001, 116.800011, 38.200011)])
    assert simplified(tiny, tiny, PIXEL)[0][0] is None
