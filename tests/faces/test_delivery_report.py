"""The check report by HTTP: to whom it is shown, and what its page, JSON, workbook and PDF hold."""

import json
from io import BytesIO

import openpyxl
import pytest

from ingest.findings import Finding, Sample
from ingest.report import sketch, xlsx
from ingest.report.model import find, read
from layers import models
from layers.access import Principal
from layers.errors import NotFound

pytestmark = pytest.mark.django_db
SHA = "ab" * 32
FINDINGS = (
    Finding("crs-inferred", "info", "按数值判定为 EPSG:4548", "the numbers fit EPSG:4548", "a.shp", evidence="214/214", confidence=0.97),
    Finding("topology-overlap", "blocking", "2 处面重叠", "2 overlaps", layer="dltb", count=2, bounds=(116.8, 38.2, 116.81, 38.21),
            samples=(Sample(7, 7, value="第 9 行，3.10 m²", wkt="POLYGON ((116.8 38.2, 116.81 38.2, 116.81 38.21, 116.8 38.2))", file="a.shp"),
                     Sample(8, 8, value='=HYPERLINK("http://evil","x")', wkt="POINT (116.805 38.205)")), title_zh="面重叠", title_en="Overlap"),
    Finding("code-unknown", "warning", "代码不在表中：<script>", "unknown <script>", "a.shp", "dltb", 5, title_zh="代码", title_en="Code"),
)  # fmt: skip


@pytest.fixture
def people(django_user_model):
    """Give a steward, a person of the delivering office, one of another, and a planner."""
    city = models.Department.objects.create(code="city", name_zh="市局")
    county = models.Department.objects.create(code="county", name_zh="县局", parent=city)
    other = models.Department.objects.create(code="other", name_zh="他局")
    made = {"steward": ("steward", None), "boss": ("staff", city), "mine": ("staff", county), "foreign": ("staff", other), "planner": ("planner", county)}
    return {name: django_user_model.objects.create_user(name, role=role, department=where) for name, (role, where) in made.items()}


@pytest.fixture
def delivery(people):
    """Give a delivery of the county's with a report."""
    report = {"findings": [each.as_json() for each in FINDINGS], "rows": {"dltb": 300}, "published": []}
    return models.Delivery.objects.create(
        sha256=SHA, name="dltb.zip", title="沧县 地类图斑", contractor="测绘院", status="refused", actor="mine", report=report
    )


def test_findings_come_back_from_the_record_as_they_went_in(delivery):
    assert read(delivery).findings == FINDINGS


def test_counts_go_by_severity_rule_and_layer(delivery):
    report = read(delivery)
    assert report.counts == {"blocking": 1, "warning": 1, "info": 1}
    assert [each.id for each in report.groups] == ["topology-overlap", "code-unknown", "crs-inferred"]
    assert (report.count("topology-overlap", "dltb"), report.groups[0].title.zh) == (2, "面重叠")


@pytest.mark.parametrize(("name", "status"), [("steward", 200), ("boss", 200), ("mine", 200), ("foreign", 404), ("planner", 404)])
def test_a_report_is_for_stewards_and_the_offices_own_staff(client, people, delivery, name, status):
    client.force_login(people[name])
    assert client.get(f"/deliveries/{SHA}/report?f=json").status_code == status
    assert client.get(f"/deliveries/api/deliveries/{SHA}").status_code == status
    listed = client.get("/deliveries/api/deliveries")
    if name != "planner":
        assert [each["sha256"] for each in listed.json()["deliveries"]] == ([SHA] if status == 200 else [])
    else:
        assert listed.status_code == 404


def test_without_sign_in_and_of_what_is_not_there_the_answer_is_the_same(client, people, delivery):
    nobody = client.get(f"/deliveries/{SHA}/report?f=json")
    client.force_login(people["steward"])
    absent = client.get(f"/deliveries/{'0' * 64}/report?f=json")
    assert (nobody.status_code, absent.status_code) == (404, 404)
    assert nobody.json()["detail"] == absent.json()["detail"]
    with pytest.raises(NotFound):
        find(Principal(2, role="steward"), "ab")


def test_the_page_shows_every_finding_and_escapes_what_was_delivered(client, people, delivery):
    client.force_login(people["steward"])
    page = client.get(f"/deliveries/{SHA}/report")
    text = page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert "沧县 地类图斑" in text
    assert "&lt;script&gt;" in text
    assert "：<script>" not in text
    places = json.loads(text.split('<script id="places" type="application/json">')[1].split("</script>")[0])
    assert places["findings"][0]["shapes"][0]["type"] == "Polygon"
    assert places["bounds"] == [116.8, 38.2, 116.81, 38.21]


def test_the_json_can_be_read_by_a_program(client, people, delivery):
    client.force_login(people["steward"])
    told = client.get(f"/deliveries/{SHA[:12]}/report?f=json").json()
    assert told["counts"] == {"blocking": 1, "warning": 1, "info": 1}
    assert told["rules"][0]["layers"] == {"dltb": 2}
    assert told["findings"][1]["samples"][0]["row"] == 7


def test_the_workbook_runs_nothing_that_was_delivered(client, people, delivery):
    client.force_login(people["steward"])
    answer = client.get(f"/deliveries/{SHA}/report?f=xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert book.sheetnames == ["检查结果", "示例", "按图层"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert '\'=HYPERLINK("http://evil","x")' in {cell.value for cell in cells}
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a\x00b"])
def test_text_a_spreadsheet_would_run_or_refuse_is_kept_as_text(text):
    assert not xlsx.escaped(text).startswith(("=", "+", "-", "@", "\t"))
    assert "\x00" not in xlsx.escaped(text)


def test_the_pdf_holds_chinese_and_a_picture(client, people, delivery):
    client.force_login(people["steward"])
    answer = client.get(f"/deliveries/{SHA}/report?f=pdf")
    assert answer.content.startswith(b"%PDF-")
    assert b"/Subtype /Image" in answer.content
    assert b"MicroHei" in answer.content


def test_a_delivery_without_a_place_has_no_picture_and_an_unknown_form_is_told(client, people, delivery):
    delivery.report = {"findings": [FINDINGS[0].as_json()]}
    delivery.save()
    assert sketch.draw(read(delivery)) is None
    client.force_login(people["steward"])
    assert client.get(f"/deliveries/{SHA}/report?f=exe").status_code == 400
    assert client.get(f"/deliveries/{SHA}/report?f=pdf").status_code == 200
