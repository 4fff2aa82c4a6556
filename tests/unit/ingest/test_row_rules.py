"""Each rule of rows finds its defect in a real file, and nothing in a clean one."""

import json
import struct
import warnings
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from django.contrib.gis.gdal import OGRGeometry
from hypothesis import given
from hypothesis import strategies as st

from ingest.fitting import fit, readable
from ingest.formats import gdal
from ingest.georeference import georeference
from ingest.load import prepared
from ingest.placing import place
from ingest.read import SourceLayer
from ingest.rules import sources
from ingest.rules.policy import Policy
from ingest.rules.rows import RowChecks, Source
from ingest.target import fields_of
from layers.spec import FieldSpec, Title

CITY = (115.6, 37.4, 117.9, 39.0)
KINDS = {"Point": {"point"}, "LineString": {"line", "network"}, "Polygon": {"polygon", "coverage"}}
SQUARE = shapely.box(116.8, 38.2, 116.81, 38.21)


def examine(path: Path, kind="Polygon", policy=None, slug="", fields=None):
    """Read a file as the pipeline does and return {rule id: finding}."""
    source = _source(path)
    where, _ = georeference(source.crs or "EPSG:4490", (116.5, 38.0, 117.0, 38.5), CITY, path.name)
    known = Source(slug, kind, "", sources.widths(source), source.encoding or "utf-8")
    rows = RowChecks(Policy(frozenset({"vector", "spatial", *KINDS[kind]}), policy or {}), known)
    first = 1
    with warnings.catch_warnings(), pyogrio.open_arrow(path, encoding=source.encoding or None, use_pyarrow=True) as (_, stream):
        warnings.simplefilter("ignore")  # GDAL says what is odd about the file, and so do the rules
        for batch in stream:
            prepared(batch, where, fields or fields_of(source, batch.schema), first, rows)
            first += batch.num_rows
    return {each.id: each for each in rows.findings(path.name, slug)}


def _source(path: Path) -> SourceLayer:
    """Describe the file's layer without the caged process: these are files of ours."""
    encoding = "GB18030" if path.suffix == ".shp" else ""
    each = gdal.info(str(path), encoding)[0]
    return SourceLayer(path, each["name"], each["geometry"], each["crs"], each["count"], None, tuple(each["fields"]), encoding)


def write(path: Path, shapes, columns=None, kind="Unknown", crs="EPSG:4490", **options):
    """Write geometries (shapely, WKB or None) and columns {name: values} to a file of the suffix's format."""
    columns = columns or {"n": np.arange(len(shapes))}
    wkb = np.array([each if each is None or isinstance(each, bytes) else shapely.to_wkb(each) for each in shapes], dtype=object)
    driver = {".gpkg": "GPKG", ".shp": "ESRI Shapefile"}[path.suffix]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyogrio.raw.write(
            path, geometry=wkb, field_data=[np.array(each) for each in columns.values()], fields=list(columns),
            geometry_type=kind, crs=crs, driver=driver, **options,
        )  # fmt: skip
    return path


def geojson(path: Path, *geometries):
    features = [{"type": "Feature", "properties": {"n": n}, "geometry": each} for n, each in enumerate(geometries)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[list(point) for point in ring] for ring in rings]}


def test_clean_parcels_lines_and_points_give_no_finding(tmp_path):
    columns = {"DLBM": ["0103"], "DLMC": ["旱地"], "NAME": ["捷地乡"]}
    assert examine(write(tmp_path / "a.gpkg", [SQUARE], columns)) == {}
    assert examine(write(tmp_path / "b.gpkg", [shapely.LineString([(116.8, 38.2), (116.9, 38.2), (116.9, 38.3)])]), "LineString") == {}
    assert examine(write(tmp_path / "c.gpkg", [shapely.Point(116.8, 38.2)]), "Point") == {}


def test_missing_and_empty_geometries_are_told_apart(tmp_path):
    found = examine(write(tmp_path / "a.gpkg", [None, shapely.Polygon(), SQUARE]))
    assert (found["geometry-missing"].count, found["geometry-empty"].count) == (1, 1)
    assert found["geometry-missing"].samples[0].row == 1


def test_a_bowtie_is_invalid_and_its_crossing_is_the_place_to_zoom_to(tmp_path):
    bowtie = shapely.Polygon([(116.8, 38.2), (116.9, 38.3), (116.9, 38.2), (116.8, 38.3)])
    found = examine(write(tmp_path / "a.gpkg", [SQUARE, bowtie]))["geometry-invalid"]
    assert "Self-intersection" in found.zh
    assert shapely.from_wkt(found.samples[0].wkt).distance(shapely.Point(116.85, 38.25)) < 1e-6
    assert found.samples[0].row == 2
    assert found.bounds == pytest.approx((116.8, 38.2, 116.9, 38.3))


def test_an_invalid_polygon_is_mended_only_where_asked_and_only_when_its_area_stays(tmp_path):
    folded = shapely.Polygon([(116.8, 38.2), (116.95, 38.2), (116.9, 38.2), (116.9, 38.3), (116.8, 38.3)])
    bowtie = shapely.Polygon([(116.8, 38.2), (116.9, 38.3), (116.9, 38.2), (116.8, 38.3)])
    path = write(tmp_path / "a.gpkg", [folded, bowtie])
    assert examine(path)["geometry-invalid"].count == 2
    found = examine(path, policy={"geometry-repaired": "info"})
    assert [each.row for each in found["geometry-repaired"].samples] == [1]
    assert [each.row for each in found["geometry-invalid"].samples] == [2]


def test_nan_and_infinite_coordinates_are_found_and_left_empty(tmp_path):
    line = shapely.to_wkb(shapely.LineString([(116.8, 38.2), (116.9, 38.2), (116.9, 38.3)]))
    shapes = [line.replace(struct.pack("<d", 38.2), struct.pack("<d", bad)) for bad in (np.inf, np.nan)]
    assert examine(write(tmp_path / "a.gpkg", shapes), "LineString")["geometry-infinite"].count == 2


def test_a_ring_left_open_is_closed_and_that_is_said(tmp_path):
    path = geojson(tmp_path / "a.geojson", polygon([(116.8, 38.2), (116.9, 38.2), (116.9, 38.3), (116.8, 38.3)]))
    found = examine(path)
    assert found.keys() == {"geometry-unclosed"}
    assert found["geometry-unclosed"].severity == "info"


def test_repeated_points_are_dropped_and_that_is_said(tmp_path):
    path = geojson(tmp_path / "a.geojson", polygon([(116.8, 38.2), (116.9, 38.2), (116.9, 38.2), (116.9, 38.3), (116.8, 38.2)]))
    assert examine(path).keys() == {"geometry-repeated-points"}


def test_other_geometry_types_than_the_layers_are_found(tmp_path):
    found = examine(write(tmp_path / "a.gpkg", [SQUARE, shapely.Point(116.8, 38.2), shapely.MultiPolygon([SQUARE])]))
    assert (found["geometry-type"].count, found["geometry-type"].samples[0].value) == (1, "Point")


def test_a_curve_is_stored_as_chords_and_that_is_said(tmp_path):
    circle = bytes(OGRGeometry("CURVEPOLYGON (CIRCULARSTRING (116.8 38.2, 116.85 38.25, 116.9 38.2, 116.85 38.15, 116.8 38.2))").wkb)
    found = examine(write(tmp_path / "a.gpkg", [SQUARE, circle]))
    assert found.keys() == {"geometry-curve"}
    assert found["geometry-curve"].count == 1


def test_heights_and_measures_that_are_left_out_are_said(tmp_path):
    shapes = [shapely.to_wkb(shapely.from_wkt(each), flavor="iso") for each in ("POINT Z (116.8 38.2 12)", "POINT ZM (116.8 38.2 12 3)")]
    found = examine(write(tmp_path / "a.gpkg", shapes), "Point")
    assert (found["geometry-z"].count, found["geometry-m"].count) == (2, 1)


def test_a_line_that_crosses_itself_is_found(tmp_path):
    loop = shapely.LineString([(116.8, 38.2), (116.9, 38.3), (116.9, 38.2), (116.8, 38.3)])
    assert examine(write(tmp_path / "a.gpkg", [loop]), "LineString").keys() == {"geometry-self-crossing"}


@pytest.mark.parametrize("turn", range(5))
def test_a_spike_is_found_wherever_the_ring_starts(tmp_path, turn):
    spiked = [(116.8, 38.2), (116.9, 38.2), (117.0, 38.2001), (116.9, 38.2003), (116.8, 38.3)]
    ring = spiked[turn:] + spiked[:turn]
    found = examine(write(tmp_path / "a.gpkg", [shapely.Polygon([*ring, ring[0]])]))
    assert "geometry-spike" in found
    assert shapely.from_wkt(found["geometry-spike"].samples[0].wkt).distance(shapely.Point(117.0, 38.2001)) < 1e-6


def test_slivers_tiny_polygons_and_short_lines_are_found_by_their_size_in_metres(tmp_path):
    sliver = shapely.box(116.8, 38.2, 116.81, 38.2 + 0.1 / 111_000)
    tiny = shapely.box(116.8, 38.2, 116.8 + 0.5 / 88_000, 38.2 + 0.5 / 111_000)
    found = examine(write(tmp_path / "a.gpkg", [SQUARE, sliver, tiny]))
    assert found["geometry-sliver"].samples[0].row == 2
    assert found["geometry-tiny"].samples[0].row == 3
    short = shapely.LineString([(116.8, 38.2), (116.8, 38.2 + 0.02 / 111_000)])
    assert examine(write(tmp_path / "b.gpkg", [short]), "LineString").keys() == {"geometry-short"}


def test_a_policy_changes_the_limit_and_the_gravity_and_switches_rules_off(tmp_path):
    path = write(tmp_path / "a.gpkg", [shapely.box(116.8, 38.2, 116.8 + 3 / 88_000, 38.2 + 3 / 111_000)])
    assert examine(path) == {}
    found = examine(path, policy={"geometry-tiny": {"severity": "blocking", "limit": 10}})
    assert (found["geometry-tiny"].severity, "10 m²" in found["geometry-tiny"].zh) == ("blocking", True)
    assert examine(path, policy={"geometry-tiny": "off"}) == {}


def test_features_off_the_earth_or_far_from_the_city_are_found_and_swapped_axes_guessed(tmp_path):
    shapes = [shapely.Point(116.8, 38.2), shapely.Point(38.3, 116.87), shapely.Point(38.3, 76.0), shapely.Point(120.0, 30.0)]
    found = examine(write(tmp_path / "a.gpkg", shapes), "Point")
    assert found["geometry-off-earth"].samples[0].row == 2
    assert found["geometry-outside"].count == 2


def test_the_nine_defects_of_the_shared_file_are_found(shared_data):
    found = examine(shared_data / "broken" / "handmade" / "bad_geometries.geojson")
    assert found["geometry-missing"].count == 1
    assert found["geometry-unclosed"].count == 1
    assert found["geometry-invalid"].count >= 2
    assert found["geometry-off-earth"].count >= 2
    assert found["geometry-type"].count >= 4
    assert found["geometry-z"].count == 1


def test_required_values_of_the_land_survey_may_not_be_empty(tmp_path):
    path = write(tmp_path / "a.gpkg", [SQUARE, SQUARE], {"DLBM": ["0103", "0103"], "TBBH": ["00001", "  "], "BZ": ["", ""]})
    found = examine(path, slug="dltb")
    assert found.keys() == {"attribute-missing"}
    assert (found["attribute-missing"].count, found["attribute-missing"].samples[0].field) == (1, "TBBH")


def test_values_that_are_not_of_the_fields_type_are_left_empty_and_said(tmp_path):
    path = write(tmp_path / "a.gpkg", [SQUARE] * 3, {"层数": ["3", "六层", ""]})
    found = examine(path, fields=[FieldSpec("层数", "c1", "integer", Title("层数"))])["attribute-type"]
    assert (found.count, found.samples[0].value) == (2, "六层")


def test_a_field_too_narrow_for_its_words_is_found_and_one_that_fits_is_not(tmp_path):
    names = [f"沧县捷地乡{each}大龚堤口村委会" for each in "前后东西南北中上下"] + ["沧县", "沧县旧州镇前营"]
    cut = [name.encode("gb18030")[:16].decode("gb18030", "ignore") for name in names]
    as_gbk = {"kind": "Polygon", "encoding": "GB18030", "RESIZE": "YES"}
    assert examine(write(tmp_path / "a.shp", [SQUARE] * 11, {"MC": cut}, **as_gbk))["attribute-truncated"].count == 9
    fits = {"MC": ["捷南干渠", "捷西干渠", "捷北干渠", "捷东干渠", "捷地减河", "南运河", "东村", "西村", "前大村", "后大村", "沧浪渠"]}
    assert "attribute-truncated" not in examine(write(tmp_path / "b.shp", [SQUARE] * 11, fits, **as_gbk))


@pytest.mark.parametrize("bad", ["ÖÐ¹ú²×ÖÝ", "æ²§å·ž", "锟斤拷", "沧\ufffd州"])
def test_text_in_the_wrong_encoding_is_found(tmp_path, bad):
    assert examine(write(tmp_path / "a.gpkg", [SQUARE] * 2, {"NAME": ["沧州", bad]}))["attribute-encoding"].count == 1


def test_a_recorded_area_far_from_the_geometrys_is_found(tmp_path):
    right = 875.97 * 1109.9  # metres of 0.01° of longitude and latitude at 38.2° N on the ellipsoid
    path = write(tmp_path / "a.gpkg", [SQUARE] * 2, {"TBMJ": [right, right * 1.05]})
    assert examine(path)["attribute-area"].samples[0].row == 2


def test_an_unknown_land_code_is_found_and_an_unlisted_map_code_never_blocks(tmp_path):
    path = write(tmp_path / "a.gpkg", [SQUARE] * 3, {"DLBM": ["0103", "0199", "01"], "GB": ["210101", "999999", "2101012"]})
    found = examine(path, policy={"code-unknown": "blocking", "code-unlisted": "blocking"})
    assert (found["code-unknown"].severity, found["code-unknown"].samples[0].value) == ("blocking", "0199")
    assert (found["code-unlisted"].severity, found["code-unlisted"].count) == ("warning", 1)
    assert found["code-general"].samples[0].value == "01"


def test_a_name_that_is_not_its_codes_is_found(tmp_path):
    path = write(tmp_path / "a.gpkg", [SQUARE] * 2, {"DLBM": ["0103", "0102"], "DLMC": ["旱地", "旱地"]})
    assert examine(path)["code-name"].samples[0].row == 2


@given(st.lists(st.tuples(st.floats(116, 117), st.floats(38, 39)), min_size=3, max_size=12, unique=True))
def test_what_is_mended_is_the_same_shape(points):
    ring = shapely.Polygon([*points, points[0], points[0]])
    where, _ = georeference("EPSG:4490", ring.bounds, CITY, "a")
    placed = place(pa.array([shapely.to_wkb(ring)]), where)
    assert shapely.hausdorff_distance(placed.geometries[0], ring) < 1e-8


def test_gbk_bytes_where_utf8_must_be_are_read_as_gbk():
    raw = pa.array(["沧州".encode("gb18030"), "沧州".encode(), None], type=pa.binary())
    column = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    assert readable(column).to_pylist() == ["沧州", "沧州", None]


@given(st.lists(st.one_of(st.none(), st.integers(-(10**12), 10**12)), max_size=30))
def test_numbers_in_text_become_numbers_and_come_back(values):
    text = pa.array([None if each is None else str(each) for each in values], type=pa.string())
    column, unfit = fit(text, "integer")
    assert column.to_pylist() == values
    assert unfit is None or not unfit.any()
