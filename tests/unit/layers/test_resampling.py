"""Which source pixel belongs to which pixel of a picture, and which overview is read for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers import crs, resampling
from layers.resampling import Grid, gather, plan


def _grid(zoom: float, size=64, at=(10.0, 20.0)):
    rows, columns = np.mgrid[0:size, 0:size] + 0.5
    return np.dstack((columns * zoom + at[0], rows * zoom + at[1]))


@given(st.floats(0.3, 40))
def test_the_overview_read_is_never_coarser_than_the_picture(zoom):
    factors = [2, 4, 8, 16]
    found = plan(_grid(zoom), (4000, 4000), factors)
    assert found is not None
    factor = factors[found.level] if found.level >= 0 else 1
    assert factor <= max(1.0, zoom * 1.01)
    assert factor == 16 or factor * 2 > zoom * 0.99


def test_pixels_that_fall_on_pixels_are_taken_as_they_are():
    data = np.arange(100 * 100).reshape(100, 100)
    found = plan(_grid(1.0), (100, 100), [2])
    assert found is not None
    column, row, width, height = found.window
    for how in ("nearest", "bilinear"):
        values, there = gather(np.ma.array(data[row : row + height, column : column + width]), found, how)
        assert there.all()
        assert (values == data[20:84, 10:74]).all()


def test_outside_the_file_there_is_nothing():
    assert plan(_grid(1.0, at=(500.0, 0.0)), (100, 100), []) is None
    found = plan(_grid(1.0, at=(-10.0, 0.0)), (100, 100), [])
    assert found is not None
    _, there = gather(np.ma.ones((64 + 2, 100), dtype="uint8"), found, "nearest")
    assert not there[:, :10].any()
    assert there[:, 10:].all()


def test_bilinear_does_not_mix_in_what_is_no_data():
    band = np.ma.masked_equal(np.array([[10.0, -9999.0], [10.0, 20.0]]), -9999.0)
    chosen = resampling.Plan(-1, (0, 0, 2, 2), np.array([[[1.2, 1.4]]]))
    values, there = gather(band, chosen, "bilinear")
    assert there.all()
    assert 10 <= values[0, 0] <= 20


@pytest.mark.parametrize("srid", [4490, 4548, 3857])
def test_interpolated_places_are_those_computed_one_by_one(srid):
    bounds = crs.bounds((116.8, 38.2, 116.9, 38.3), 4490, srid)
    grid = Grid.over(bounds, srid, (333, 256))
    to_plane = crs.transformer(4490, 4548)

    def place(lonlats):
        x, y = to_plane.transform(lonlats[:, 0], lonlats[:, 1])
        return np.column_stack((x, y)) / 10

    wanted = place(grid.lonlats()).reshape(333, 256, 2)
    assert np.abs(grid.project(place) - wanted).max() < 0.5
