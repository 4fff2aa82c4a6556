"""The shift of web maps: as published examples have it, and undone to a tenth of a millimetre."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest import shift


def test_the_shift_of_gcj02_is_the_one_maps_show():
    # Tian'anmen: true 116.397451 39.909187 is drawn at 116.403694 39.910590 (widely published pair, ± 2 m).
    assert np.allclose(shift.to_gcj02(np.array([[116.397451, 39.909187]])), [[116.403694, 39.910590]], atol=2e-5)


def test_bd09_lies_beyond_gcj02():
    place = np.array([[116.83, 38.30]])
    further = shift.to_bd09(place) - shift.to_gcj02(place)
    assert np.allclose(further, [[0.0065, 0.006]], atol=3e-4)


@given(st.floats(73.5, 135.0), st.floats(18.0, 53.5))
def test_undoing_gives_the_place_back(lon, lat):
    place = np.array([[lon, lat]])
    for name, forward in (("gcj02", shift.to_gcj02), ("bd09", shift.to_bd09)):
        assert np.allclose(shift.UNDO[name](forward(place)), place, atol=1e-9)
