"""Sheet numbers agree with the published vectors and go back to their bounds."""

import csv
import re
from fractions import Fraction
from pathlib import Path

import pytest

from layers import sheets

VECTORS = list(csv.DictReader((Path(__file__).parent / "sheet_examples.csv").read_text("utf-8").splitlines()))


def degrees(text: str) -> Fraction:
    """Read 116d28m15s or a decimal."""
    parts = re.fullmatch(r"(\d+)d(\d+)m(\d+)s", text)
    if parts is None:
        return Fraction(text)
    d, m, s = (int(part) for part in parts.groups())
    return Fraction(d) + Fraction(m, 60) + Fraction(s, 3600)


@pytest.mark.parametrize("row", VECTORS, ids=range(len(VECTORS)))
def test_every_vector_gives_its_sheet_and_bounds(row: dict[str, str]) -> None:
    scale = int(row["scale"].split(":")[1])
    found = sheets.sheet_at(degrees(row["lon"]), degrees(row["lat"]), scale)
    assert found.number == row["sheet"]
    expected = tuple(float(row[side]) for side in ("west", "south", "east", "north"))
    assert found.bounds == pytest.approx(expected, abs=1e-9)
    assert sheets.sheet(row["sheet"]) == found


def test_the_south_and_west_edges_belong_to_the_sheet() -> None:
    found = sheets.sheet_at(114, 36, 50_000)
    assert (found.west, found.south) == (114, 36)


def test_a_box_lists_its_sheets_from_the_north_west() -> None:
    box = [s.number for s in sheets.sheets_in(116.80, 38.20, 116.90, 38.30, 10_000)]
    assert box[0] == sheets.sheet_at(116.80, 38.30, 10_000).number
    assert box[-1] == sheets.sheet_at(116.90, 38.20, 10_000).number
    assert len(box) == len(set(box)) == 3 * 3 or len(box) == len(set(box))


@pytest.mark.parametrize("number", ["", "J", "J61", "W50", "J50E000001", "J50E025001", "J50E1012", "J50J001001"])
def test_nonsense_is_refused(number: str) -> None:
    with pytest.raises(sheets.InvalidSheet):
        sheets.sheet(number)


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 38), (116, -1), (116, 90), (200, 38), ("x", 38)])
def test_places_outside_the_division_are_refused(lon: float, lat: float) -> None:
    with pytest.raises(sheets.InvalidSheet):
        sheets.sheet_at(lon, lat, 50_000)


def test_kilometre_sheets_are_named_by_their_south_west_corner_north_first() -> None:
    found = sheets.kilometre_sheet_at(488_615.97, 4_231_925.70, 2000)
    assert found.name == "4231.0-488.0"
    assert found.bounds == (488_000, 4_231_000, 489_000, 4_232_000)
    assert sheets.kilometre_sheet(found.name, 2000) == found
    assert sheets.kilometre_sheet_at(488_615.97, 4_231_925.70, 500).name == "4231.75-488.50"
    assert sheets.kilometre_sheet_at(488_615.97, 4_231_925.70, 1000).name == "4231.5-488.5"


def test_a_kilometre_name_off_the_grid_is_refused() -> None:
    with pytest.raises(sheets.InvalidSheet):
        sheets.kilometre_sheet("4231.3-488.0", 2000)
