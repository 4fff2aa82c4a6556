"""The rules as a set: each is complete, the page of them current, and policies do what they say."""

from datetime import date
from pathlib import Path

import pytest
import shapely
from django.conf import settings
from django.core.exceptions import ValidationError

from ingest.findings import Finding, Sample, from_json
from ingest.manifest import AreaTold, Manifest
from ingest.rules import metadata
from ingest.rules.metadata import Delivered
from ingest.rules.page import page
from ingest.rules.policy import Policy
from ingest.rules.registry import every, find, rule
from layers import sheets
from layers.models.catalogue import check_policy_is_readable

TOLD = Manifest(contractor="测绘院", survey_date=date(2026, 5, 1), scale=10_000)


def test_the_page_of_rules_is_current():
    kept = (Path(settings.BASE_DIR) / "docs" / "checks.md").read_text("utf-8")
    assert kept == page(), "run make docs"


@pytest.mark.parametrize("each", every(), ids=lambda each: each.id)
def test_every_rule_speaks_both_languages_and_says_what_it_rests_on(each):
    assert all(text.zh and text.en for text in (each.title, each.says, each.basis))
    assert each.check.__doc__
    assert each.kinds
    assert each.wants
    words = {"count": 1, "field": "f", "values": "v", "limit": "1", "unit": "m"}
    assert each.says.zh.format(**words) != each.says.en.format(**words)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ValueError, match="geometry-missing"):
        rule("geometry-missing", "rows", ("x", "x"), ("x", "x"), kinds="vector")


def test_a_policy_says_off_how_grave_and_with_which_limit():
    tiny, unlisted, overlap = find("geometry-tiny"), find("code-unlisted"), find("topology-overlap")
    polygon = frozenset({"vector", "spatial", "polygon"})
    assert Policy(polygon, {}).setting(tiny).limit == tiny.limit
    assert Policy(polygon, {"geometry-tiny": "off"}).setting(tiny) is None
    assert Policy(polygon, {"geometry-tiny": {"limit": 9}}).setting(tiny).limit == 9
    assert Policy(polygon, {"code-unlisted": "blocking"}).setting(unlisted).severity == "warning"
    assert Policy(polygon, {}).setting(overlap) is None
    assert Policy(polygon, {"topology-overlap": "blocking"}).setting(overlap).severity == "blocking"
    assert "no-such" in Policy(polygon, {"no-such": "off"}).unknown("x")[0].en


@pytest.mark.parametrize("wrong", [[], {"a": "grave"}, {"a": {"severity": "off", "more": 1}}, {"a": {"limit": "1"}}, {"a": {"limit": -1}}, {"": "off"}])
def test_a_policy_that_says_something_else_is_refused(wrong):
    with pytest.raises(ValidationError):
        check_policy_is_readable(wrong)


def test_a_finding_comes_back_from_json_and_one_of_an_older_report_too():
    whole = Finding("x", "info", "中", "en", "f", "l", 3, (Sample(1, 2, "F", "v", "POINT (1 2)", "g"),), (1.0, 2.0, 3.0, 4.0), "e", 0.5, "题", "title")
    assert from_json(whole.as_json()) == whole
    old = {"id": "x", "severity": "info", "zh": "中", "en": "en", "file": "", "layer": "", "step": "check"}
    assert from_json(old) == Finding("x", "info", "中", "en")


def look(told=TOLD, files=(), area=None):
    return {each.id: each for each in metadata.check(Delivered(told, tuple(files), area))}


def test_a_delivery_that_says_all_of_itself_has_no_finding_and_a_silent_one_three():
    assert look() == {}
    assert look(Manifest()).keys() == {"metadata-date", "metadata-contractor", "metadata-scale"}


def block(columns=4, rows=4):
    """Return the numbers of a block of 1:10,000 sheets from the north-west, row by row."""
    first = sheets.sheet("J50G041046")
    wide, high = first.east - first.west, first.north - first.south
    return [sheets.sheet_at(first.west + wide * x, first.south - high * y, 10_000).number for y in range(rows) for x in range(columns)]


def test_a_sheet_missing_inside_a_block_is_found_by_its_number():
    numbers = block()
    assert look(files=[f"{each}DLG.shp" for each in numbers]) == {}
    found = look(files=[f"{each}.shp" for place, each in enumerate(numbers) if place != 5])["sheet-missing"]
    assert (found.count, found.samples[0].value) == (1, numbers[5])
    assert found.bounds == pytest.approx(sheets.sheet(numbers[5]).bounds)


def test_a_kilometre_sheet_missing_inside_a_block_is_found_where_the_scale_is_told():
    names = [f"{4230 + row}.0-{486 + column}.0.tif" for row in range(3) for column in range(3)]
    told = Manifest("", "测绘院", TOLD.survey_date, 2000)
    assert look(told, names) == {}
    found = look(told, [each for each in names if each != "4231.0-487.0.tif"])["sheet-missing"]
    assert (found.count, found.samples[0].value) == (1, "4231.0-487.0")
    assert found.bounds == pytest.approx((116.8515, 38.2123, 116.8630, 38.2214), abs=2e-3)


def test_declared_sheets_and_a_declared_area_are_what_is_wanted():
    numbers = block(2, 1)
    told = Manifest("", "测绘院", TOLD.survey_date, 10_000, area=AreaTold(sheets=tuple(numbers)))
    assert look(told, [f"{numbers[0]}.tif"])["sheet-missing"].samples[0].value == numbers[1]
    area = shapely.to_wkb(shapely.union_all([shapely.box(*sheets.sheet(each).bounds) for each in numbers]))
    assert look(files=[f"{numbers[0]}.tif"], area=area)["sheet-missing"].count == 1
    assert look(files=[f"{each}.tif" for each in numbers], area=area) == {}


def test_fields_that_miss_are_left_out_or_garbled_are_found():
    from layers.services import LayerDraft, spec_of  # noqa: PLC0415
    from layers.spec import FieldSpec, Title  # noqa: PLC0415

    fields = (FieldSpec("DLBM", "c1", "string", Title("")), FieldSpec("TBBH", "c2", "string", Title("")))
    spec = spec_of(LayerDraft("dltb", Title("x"), "land", geometry="Polygon", fields=fields, identity="TBBH"), "geodata.x")
    said = {}
    for name in ("field-missing", "field-unknown", "field-name-garbled"):
        each = find(name)
        setting = Policy(frozenset({"vector"}), {}).setting(each)
        said[name] = [found.values for found in each.check(("DLBM", "µØÀà±àÂë", "备注"), spec, setting)]
    assert "TBBH" in said["field-missing"][0]
    assert said["field-unknown"] == ["µØÀà±àÂë、备注"]
    assert said["field-name-garbled"] == ["µØÀà±àÂë"]
