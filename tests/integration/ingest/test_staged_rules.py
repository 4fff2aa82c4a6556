"""Each rule of staged layers finds its defect in rows on real PostGIS, and nothing among clean ones."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyogrio
import pytest
import shapely
from django.db import connection
from psycopg2 import sql

from ingest.rules import staged as rules
from ingest.rules.kinds import kinds_of
from ingest.rules.policy import Policy
from ingest.rules.staged import Staged
from layers import versions
from layers.services import LayerDraft, spec_of
from layers.spec import FieldSpec, Title, VersionSpec

pytestmark = pytest.mark.django_db
FIELDS = (FieldSpec("BSM", "c1", "string", Title("标识码")),)
M = 1 / 111_000
"""About a metre in degrees of latitude."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(rules, "BLOCK_ROWS", 4)


def cells(columns, rows, west=116.8, south=38.2, side=0.001):
    """Return a coverage of squares that share their edges."""
    xs, ys = west + side * np.arange(columns + 1), south + side * np.arange(rows + 1)
    return [shapely.box(xs[x], ys[y], xs[x + 1], ys[y + 1]) for y in range(rows) for x in range(columns)]


def stage(sheets, slug="dltb", geometry="Polygon", identities=None, name="s_1"):
    """Stage {file id: geometries} and return it as the rules see it."""
    table = versions.create_table(0, FIELDS, name)
    fid = 0
    with connection.cursor() as cursor:
        for file, shapes in sheets.items():
            for row, shape in enumerate(shapes, 1):
                fid += 1
                identity = identities[fid - 1] if identities else f"B{fid}"
                wkb = shapely.to_wkb(shape)
                cursor.execute(
                    sql.SQL("INSERT INTO {} (fid, since, geom, c1, src_file, src_row, hash) VALUES "
                            "(%s, 1, ST_GeomFromWKB(%s, 4490), %s, %s, %s, %s)").format(table),
                    [fid, wkb, identity, file, row, hashlib.sha256(wkb + identity.encode()).digest()],
                )  # fmt: skip
    draft = LayerDraft(slug, Title(slug), "land", geometry=geometry, fields=FIELDS, identity="BSM")
    return Staged(spec_of(draft, f"geodata.{name}"), table, {file: f"sheet{file}.shp" for file in sheets})


def published(around, shapes):
    """Give a staged layer a published version of these geometries, of which `around.area` is replaced."""
    was = stage({9: shapes}, around.spec.slug, around.spec.geometry, name="l_1")
    return replace(around, spec=replace(was.spec, current=VersionSpec(1, datetime.now(UTC), None, "", len(shapes), None)))


def look(layer, policy=None):
    """Run the rules and return {rule id: finding}."""
    return {each.id: each for each in rules.check(layer, Policy(kinds_of(layer.spec), policy or {}))}


def test_a_clean_coverage_in_many_blocks_has_no_finding():
    assert look(stage({1: cells(5, 5)})) == {}


def test_an_overlap_is_found_once_with_its_area_and_place():
    shapes = cells(5, 5)
    shapes[12] = shapely.box(116.802, 38.202, 116.803 + 2 * M, 38.203)
    found = look(stage({1: shapes}))["topology-overlap"]
    assert found.count == 1
    shared = shapely.from_wkt(found.samples[0].wkt)
    assert shared.bounds == pytest.approx((116.803, 38.202, 116.803 + 2 * M, 38.203))
    assert "m²" in found.samples[0].value
    assert found.samples[0].file == "sheet1.shp"


def test_a_missing_cell_is_a_gap_of_its_size():
    shapes = cells(5, 5)
    del shapes[12]
    found = look(stage({1: shapes}))
    assert found.keys() == {"topology-gap"}
    assert shapely.from_wkt(found["topology-gap"].samples[0].wkt).equals(shapely.box(116.802, 38.202, 116.803, 38.203))


def test_an_edge_without_the_neighbours_vertex_is_said():
    left = shapely.Polygon([(116.8, 38.2), (116.801, 38.2), (116.80100002, 38.2005), (116.801, 38.201), (116.8, 38.201)])
    found = look(stage({1: [left, shapely.box(116.801, 38.2, 116.802, 38.201)]}))
    assert found["topology-edge"].count == 2
    assert found["topology-edge"].severity == "info"


def test_an_invalid_polygon_among_others_is_compared_like_them():
    shapes = cells(3, 3)
    shapes[4] = shapely.Polygon([(116.801, 38.201), (116.8025, 38.201), (116.802, 38.201), (116.802, 38.202), (116.801, 38.202)])
    assert not shapes[4].is_valid
    assert not {"topology-overlap", "topology-gap"} & look(stage({1: shapes})).keys()


def test_what_is_published_around_the_area_is_a_neighbour_too():
    area = shapely.to_wkb(shapely.box(116.8, 38.2, 116.805, 38.205))
    mine = stage({1: [*cells(4, 5), shapely.box(116.804, 38.2, 116.805 + 2 * M, 38.205)]})
    layer = replace(published(mine, cells(10, 5)), area=area)
    found = look(layer, {"count-change": "off"})["topology-overlap"]
    assert found.count == 5
    assert "已发布要素" in found.samples[0].value


def test_a_row_twice_a_geometry_twice_and_an_identity_twice_are_three_findings():
    square, other = cells(2, 1)
    layer = stage({1: [square, square, other, other]}, identities=["A", "A", "B", "C"])
    found = look(layer, {"topology-overlap": "off", "topology-edge": "off"})
    assert found["duplicate-row"].samples[0].row == 2
    assert found["duplicate-geometry"].samples[0].row == 4
    assert (found["identity-duplicate"].count, found["identity-duplicate"].samples[0].value) == (2, "A")


def test_a_count_far_from_the_published_one_is_found():
    layer = published(stage({1: cells(3, 1)}), cells(5, 1))
    assert "5 → 3" in look(layer)["count-change"].zh
    assert "count-change" not in look(published(stage({1: cells(5, 1)}), cells(5, 1)))


def line(*points):
    return shapely.LineString([(116.8 + x * M, 38.2 + y * M) for x, y in points])


def test_an_end_short_of_a_line_or_past_it_dangles_and_a_dead_end_does_not():
    main = line((0, 0), (100, 0))
    found = look(stage({1: [main, line((20, 0.3), (20, 50)), line((40, -0.2), (40, 50)), line((60, 0), (60, 50))]}, "lrdl", "LineString"))
    assert found.keys() == {"topology-dangle"}
    assert [each.row for each in found["topology-dangle"].samples] == [2, 3]


def test_lines_that_miss_each_other_over_a_sheet_edge_are_found_and_matched_ones_are_not():
    west = [line((0, 0), (100, 0)), line((0, 50), (100, 50))]
    east = [line((100, 0.25), (200, 0)), line((100, 50), (200, 50))]
    found = look(stage({1: west, 2: east}, "lrdl", "LineString"))
    assert found.keys() == {"topology-edge-match"}
    assert found["topology-edge-match"].count == 1
    assert "0.25" in found["topology-edge-match"].zh


def test_a_line_that_misses_what_is_published_outside_the_area_is_found():
    area = shapely.to_wkb(shapely.box(116.8, 38.199, 116.8 + 99 * M, 38.201))
    layer = published(stage({1: [line((0, 0), (100, 0))]}, "lrdl", "LineString"), [line((100, 0.4), (200, 0))])
    assert look(replace(layer, area=area), {"count-change": "off"})["topology-edge-match"].count == 1


def test_the_declared_area_must_be_covered_and_not_be_left():
    told = shapely.to_wkb(shapely.box(116.8, 38.2, 116.81, 38.202))
    found = look(replace(stage({1: [*cells(5, 2), *cells(1, 1, west=116.9)]}), told_area=told))
    assert found["area-left"].count == 1
    assert "50.0 %" in found["area-uncovered"].zh


def test_a_rule_outside_the_layers_set_is_switched_on_by_naming_it():
    shapes = [shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]
    layer = stage({1: [shapely.transform(each, lambda xy: xy * 0.001 + (116.8, 38.2)) for each in shapes]}, "resa")
    assert "topology-overlap" not in look(layer)
    assert look(layer, {"topology-overlap": "blocking"})["topology-overlap"].severity == "blocking"


def test_real_polygons_that_overlap_slightly_are_found(shared_data):
    _, _, shapes, _ = pyogrio.raw.read(shared_data / "broken" / "shp" / "slightly_overlapping_polygons.shp")
    found = look(stage({1: list(shapely.from_wkb(shapes))}, "dltb"))
    assert {"topology-overlap", "topology-edge"} & found.keys()
