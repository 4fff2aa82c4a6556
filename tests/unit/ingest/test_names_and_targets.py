"""Sheets, layers and coordinates told from names, fields and numbers, with their evidence."""

from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from ingest import names, target
from ingest.findings import Refused
from ingest.georeference import georeference
from ingest.read import SourceLayer, layers
from layers import crs, sheets

CITY = (115.6, 37.4, 117.9, 39.0)
BOX = (116.80, 38.20, 116.90, 38.30)


def source(name: str, fields=(), geometry="Polygon", file="a.shp") -> SourceLayer:
    return SourceLayer(Path(file), name, geometry, "", 1, None, tuple(fields), "")


@pytest.mark.parametrize(("name", "slug", "confidence"), [
    ("DLTB", "dltb", "high"), ("J50G041046_HYDA", "hyda", "high"), ("DLTB_2023", "dltb", "high"), ("YJJBNTBHTB", "yjjbnt", "high"),
    ("HFCL", "hfcl", "high"), ("没见过", "layer-", "low"),
])  # fmt: skip
def test_a_layer_is_known_by_its_name_without_sheet_and_year(name, slug, confidence):
    found = target.guess(source(name), {})
    assert found.slug.startswith(slug)
    assert found.confidence == confidence
    assert found.finding("a.shp", name).id == "target-detected"


def test_a_layer_is_known_by_fields_that_only_it_has():
    found = target.guess(source("图斑", ("BSM", "DLBM", "TBMJ")), {})
    assert (found.slug, found.confidence) == ("dltb", "medium")
    assert target.guess(source("图斑", ("BSM", "DLBM", "TBMJ"), "Point"), {}).confidence == "low"


@pytest.mark.parametrize(("field", "codes", "slug"), [
    ("GB", ["210101", "210102", "230101"], "hydl"), ("gb", ["410101"] * 9 + ["310101"], "lrrl"), ("YSDM", ["1000600200"], "xzqjx"),
    ("GB", ["210101", "410101", "310101"], "layer-"), ("GB", ["无", None], "layer-"), ("GB", [None, None], "layer-"),
])  # fmt: skip
def test_a_layer_is_known_by_the_codes_of_its_rows(tmp_path, field, codes, slug):
    path = tmp_path / "未知.gpkg"
    lines = shapely.to_wkb([shapely.LineString([(116.8, 38.2), (116.9, 38.3)])] * len(codes))
    pyogrio.raw.write(path, geometry=lines, field_data=[np.array(codes, dtype=object)], fields=[field], geometry_type="LineString",
                      crs="EPSG:4490", driver="GPKG", layer="未知")  # fmt: skip
    found, _ = layers(path)
    assert target.guess(found[0], {}).slug.startswith(slug)


def test_what_the_delivery_says_needs_no_finding():
    found = target.guess(source("dltb"), {"dltb": "parcels"})
    assert found.slug == "parcels"
    assert found.finding("a.shp", "dltb") is None


def inside(sheet):
    west, south, east, north = sheet.bounds
    return west + 1e-5, south + 1e-5, east - 1e-5, north - 1e-5


def test_a_sheets_number_that_agrees_with_the_place_is_confirmed_and_one_that_does_not_is_told():
    sheet = sheets.sheet_at(116.83, 38.30, 10_000)
    assert [each.id for each in names.said_of(f"沧州{sheet.number}_2023", inside(sheet), "a.tif")] == ["sheet-number"]
    other = sheets.sheet_at(117.5, 38.30, 10_000)
    said = names.said_of(sheet.number, inside(other), "a.tif")
    assert [each.id for each in said] == ["sheet-disagrees"]
    assert other.number in said[0].zh


def test_a_sheet_without_a_name_is_known_by_its_extent():
    sheet = sheets.sheet_at(116.83, 38.30, 50_000)
    said = names.said_of("dem", sheet.bounds, "a.tif")
    assert said[0].id == "sheet-by-place"
    assert sheet.number in said[0].zh
    assert names.said_of("dem", BOX, "a.tif") == []


def test_a_kilometre_name_is_believed_only_where_the_place_bears_it_out():
    west, south = 485_000, 4_240_000
    box = crs.bounds((west, south, west + 250, south + 250), 4548, 4490)
    said = names.said_of("4240.00-485.00", box, "a.dxf")
    assert [each.id for each in said] == ["sheet-number"]
    assert "1:500" in said[0].zh
    assert names.said_of("2023-05", box, "a.dxf") == []


@pytest.mark.parametrize(("code", "swapped"), [
    (4490, False), (4548, False), (4527, False), (4498, False), (3857, False), (4548, True), (4527, True), (4490, True),
])  # fmt: skip
def test_numbers_of_the_city_tell_their_crs(code, swapped):
    # EPSG:4509, the 6° zone without prefix, has the meridian and the numbers of 4548.
    box = crs.bounds(BOX, 4490, code)
    given = (box[1], box[0], box[3], box[2]) if swapped else box
    where, said = georeference("", given, CITY, "a.shp")
    assert (where.name, where.is_swapped) == (f"EPSG:{code}", swapped)
    assert said[0].id == "crs-inferred"


@pytest.mark.parametrize(("change", "reason"), [
    (lambda box: np.array(box) / 1000, "crs-kilometres"),
    (lambda box: np.array(box) - [0, 4_000_000, 0, 4_000_000], "crs-truncated"),
    (lambda box: np.array(box) + 1e7, "crs-unknown"),
])  # fmt: skip
def test_numbers_that_lost_something_are_refused_with_what_they_lost(change, reason):
    box = crs.bounds(BOX, 4490, 4548)
    with pytest.raises(Refused) as refused:
        georeference("", tuple(change(box)), CITY, "a.shp")
    assert refused.value.finding.id == reason
