"""A box finds exactly what meets it, though rows inside are told by their boxes alone."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.rows import _inside

SPAN = 2e-4
offsets = st.floats(-SPAN, SPAN)


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(offsets, offsets, st.floats(0, SPAN), st.floats(0, SPAN), st.floats(1e-6, 1e-3))
def test_a_shape_at_the_boxs_edge_is_found_only_when_it_meets_it(database, east, north, width, height, side):
    west, south = 116.8, 38.2
    shape = f"ST_MakeEnvelope({west + east}, {south + north}, {west + east + width}, {south + north + height}, 4490)"
    if width == 0 or height == 0:
        shape = f"ST_SetSRID(ST_MakePoint({west + east}, {south + north}), 4490)"
    box = (west, south, west + side, south + side)
    with connection.cursor() as cursor:
        condition = _inside(box, 4490).as_string(cursor.cursor)
        cursor.execute(
            f"SELECT {condition}, ST_Intersects(ST_MakeEnvelope({','.join(map(str, box))}, 4490), geom)"
            f" FROM (SELECT {shape} AS geom) AS one"
        )
        found, true = cursor.fetchone()
    assert found == true
