"""The change map: right answers, few false ones, small and quick."""

import random
import sys

from hypothesis import given
from hypothesis import strategies as st

from layers.changes import MAX_KEPT, MAX_MARKS, ChangeMap, cells, merged

CITY = (115.7, 37.5, 117.9, 38.9)
boxes = st.builds(
    lambda x, y, w, h: (x, y, x + w, y + h),
    st.floats(115.7, 117.9),
    st.floats(37.5, 38.9),
    st.floats(0, 0.5),
    st.floats(0, 0.5),
)


def meets(a, b):
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def build(changes):
    held = ChangeMap()
    for version, box in changes:
        for cell in cells(box):
            held.add(cell, version)
    return held


@given(boxes)
def test_a_box_has_at_most_9_cells_and_they_cover_it(box):
    found = cells(box)
    assert 1 <= len(found) <= 9
    for x, y in ((box[0], box[1]), (box[2], box[3]), (box[0], box[3])):
        assert any(
            360 * cx / 2**n - 180 <= x + 1e-9
            and x <= 360 * (cx + 1) / 2**n - 180 + 1e-9
            and 360 * cy / 2**n - 180 <= y + 1e-9
            and y <= 360 * (cy + 1) / 2**n - 180 + 1e-9
            for n, cx, cy in found
        )


@given(st.lists(boxes, min_size=1, max_size=20), boxes)
def test_no_change_that_meets_the_box_is_ever_missed(changed, asked):
    held = build(enumerate(changed, 1))
    touching = max((n for n, box in enumerate(changed, 1) if meets(box, asked)), default=0)
    assert held.last_change(asked) >= touching
    assert held.last_change(asked, known=3) == max(held.last_change(asked), 3)


@given(st.lists(boxes, min_size=30, max_size=60), boxes)
def test_compaction_never_hides_a_change(changed, asked):
    held = build(enumerate(changed, 1))
    before = held.last_change(asked)
    held.compact(limit=25)
    assert len(held.marks) <= 25
    assert held.last_change(asked) >= before


def test_a_publication_of_very_many_changes_is_merged_upward_in_constant_memory():
    chance = random.Random(1)  # noqa: S311
    many = ((x := chance.uniform(115.7, 117.9), y := chance.uniform(37.5, 38.9), x + 1e-3, y + 1e-3) for _ in range(20_000))
    assert 0 < len(merged(many)) <= MAX_MARKS


def test_a_change_far_away_leaves_a_box_alone():
    held = build([(1, CITY), (2, (116.0, 38.0, 116.001, 38.001))])
    assert held.last_change((116.0005, 38.0005, 116.002, 38.002)) == 2
    assert held.last_change((116.01, 38.01, 116.02, 38.02)) == 1
    assert held.last_change((10.0, 10.0, 10.1, 10.1)) == 0


def test_redrawn_units_stay_within_twice_those_the_changes_touch():
    """Parcels of some 100–300 m against the units of z14–z18 and of metatiles, 1 % changed."""
    chance = random.Random(7)  # noqa: S311
    for unit in (0.0014, 0.0028, 0.0055, 0.022):
        changed = []
        for _ in range(80):
            x, y = chance.uniform(115.8, 116.1), chance.uniform(37.6, 37.9)
            changed.append((x, y, x + chance.uniform(0.001, 0.003), y + chance.uniform(0.001, 0.003)))
        held = build([(1, CITY), *((2, box) for box in changed)])
        touched = redrawn = 0
        for column in range(int(0.3 / unit)):
            for row in range(int(0.3 / unit)):
                x, y = 115.8 + column * unit, 37.6 + row * unit
                box = (x - unit / 64, y - unit / 64, x + unit * 65 / 64, y + unit * 65 / 64)
                touched += any(meets(box, each) for each in changed)
                redrawn += held.last_change(box) == 2
        assert touched <= redrawn <= 2 * touched, (unit, touched, redrawn)


def test_ten_years_of_weekly_publications_fit_in_50_mb():
    chance = random.Random(3)  # noqa: S311
    held = ChangeMap()
    versions = list(range(1, 501))
    for version in versions:
        for _ in range(50):
            x, y = chance.uniform(CITY[0], CITY[2]), chance.uniform(CITY[1], CITY[3])
            for cell in cells((x, y, x + 0.001, y + 0.001)):
                held.add(cell, version)
        held.compact()
    # What tracemalloc would count, in a tenth of the time: tables, and one integer per key.
    keys = held.marks.keys() | held.below.keys()
    size = sys.getsizeof(held.marks) + sys.getsizeof(held.below) + 36 * len(keys)
    assert len(held.marks) <= MAX_KEPT
    assert size <= 50e6, f"{size / 1e6:.0f} MB"
