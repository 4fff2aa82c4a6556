"""Numbers of an old datum in CGCS2000, by parameters of a surveying office's own."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from layers import crs, datums
from layers.errors import DatumRefused

SEVEN = datums.Local("xian-seven", "西安80七参数", 7, "EPSG:4610", "EPSG:4490", (24.3, -123.9, -94.2, -0.02, 0.25, 0.13, -1.1), rms_m=0.03, points=12)
FOUR = datums.Local("bj-four", "北京54四参数", 4, "EPSG:2436", "EPSG:4548", (55.2, -38.7, 1.25, 3.4), rms_m=0.05, points=8)
PLACE = np.array([[116.83, 38.30], [117.4, 38.9]])


def helmert(lon: float, lat: float) -> tuple[float, float]:
    """The seven parameters by hand: geocentric, position vector (EPSG method 9606), linear in the angles."""
    def geocentric(a, rf, lon, lat):
        f = 1 / rf
        e2 = f * (2 - f)
        n = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
        return n * math.cos(lat) * math.cos(lon), n * math.cos(lat) * math.sin(lon), n * (1 - e2) * math.sin(lat)

    dx, dy, dz, rx, ry, rz, ppm = SEVEN.values
    rx, ry, rz = (math.radians(each / 3600) for each in (rx, ry, rz))
    x, y, z = geocentric(6378140.0, 298.257, math.radians(lon), math.radians(lat))
    k = 1 + ppm * 1e-6
    moved = dx + k * (x - rz * y + ry * z), dy + k * (rz * x + y - rx * z), dz + k * (-ry * x + rx * y + z)
    back = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True).transform(*moved)
    return back[0], back[1]


def test_seven_parameters_move_degrees_as_the_formula_says():
    placed = datums.to_storage(CRS.from_epsg(4610), SEVEN).transform(PLACE)
    for (lon, lat), found in zip(PLACE, placed, strict=True):
        # The ellipsoids of WGS 84 and CGCS2000 differ by 0.1 mm.
        assert np.allclose(found, helmert(lon, lat), atol=2e-8)


def test_a_plane_of_the_same_datum_goes_the_same_way():
    plane = Transformer.from_crs(4610, 2384, always_xy=True)
    xy = np.column_stack(plane.transform(PLACE[:, 0], PLACE[:, 1]))
    by_plane = datums.to_storage(CRS.from_epsg(2384), SEVEN).transform(xy)
    assert np.allclose(by_plane, datums.to_storage(CRS.from_epsg(4610), SEVEN).transform(PLACE), atol=1e-10)


@given(st.floats(400_000, 600_000), st.floats(4_100_000, 4_400_000))
def test_four_parameters_turn_scale_and_move_the_plane(east, north):
    dx, dy, turn, ppm = FOUR.values
    k, r = 1 + ppm * 1e-6, math.radians(turn / 3600)
    expected = dx + k * (east * math.cos(r) - north * math.sin(r)), dy + k * (east * math.sin(r) + north * math.cos(r))
    placed = datums.to_storage(CRS.from_epsg(2436), FOUR).transform(np.array([[east, north]]))
    back = crs.transformer(4490, 4548).transform(*placed[0])
    assert np.allclose(back, expected, atol=1e-3)


def test_numbers_with_the_zones_prefix_are_the_same_plane():
    plain = datums.to_storage(CRS.from_epsg(2436), FOUR).transform(np.array([[485_000.0, 4_240_000.0]]))
    prefixed = datums.to_storage(CRS.from_epsg(2415), FOUR).transform(np.array([[39_485_000.0, 4_240_000.0]]))
    assert np.allclose(plain, prefixed, atol=1e-9)


def test_another_datum_is_refused():
    with pytest.raises(DatumRefused):
        datums.to_storage(CRS.from_epsg(4214), SEVEN)
    assert not datums.is_for(CRS.from_epsg(4548), FOUR)
