"""The web map's addresses: its page, its configuration and its search, as a browser asks them."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from psycopg2 import sql

from geoserver_app.webmap import built
from layers import changes, models, registry, services, versions
from layers.spec import FieldSpec, Title
from layers.style.defaults import default_style

pytestmark = pytest.mark.django_db(transaction=True)

UNBUILT = "the web map is not built: make setup-dev"
FIELDS = (
    FieldSpec("NAME", "c1", "string", Title("名称", "Name")),
    FieldSpec("CLASS", "c2", "string", Title("类别", "Class")),
)
NAMES = ["捷地回族乡", "大捷地村", "50%_乡", "伊润新城", "Botou"]


@pytest.fixture(autouse=True)
def _world(transactional_db, monkeypatch):
    changes.forget()
    registry.reset()
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO layers_revision VALUES (1, 1, 1) ON CONFLICT DO NOTHING")
        cursor.execute(
            "INSERT INTO layers_theme (slug, title_zh, title_en, \"order\") VALUES ('base', '底图', 'Base map', 0),"
            " ('land', '土地', 'Land', 1) ON CONFLICT DO NOTHING"
        )


def make(slug: str = "place", **choices) -> None:
    display = (("is_searchable", True), ("shown_at_start", True))
    draft = services.LayerDraft(
        slug, Title("地名", "Place names"), "base", geometry="Point", title_field="NAME",
        **{"fields": FIELDS, "public": True, "level": 0, "display": display, **choices},
    )  # fmt: skip
    services.make_layer("tester", draft)
    stage = versions.create_table(0, FIELDS, f"s_{slug}")
    with connection.cursor() as cursor:
        for number, name in enumerate(NAMES, 1):
            cursor.execute(
                sql.SQL(
                    "INSERT INTO {} (fid, since, geom, c1, c2, hash) VALUES "
                    "(%s, 1, ST_SetSRID(ST_MakePoint(116.8 + %s * 0.01, 38.2), 4490), %s, '乡镇', %s)"
                ).format(stage),
                [number, number, name, name.encode()],
            )
    services.publish("tester", None, [services.StagedRows(slug, stage)])


def config(client: Client) -> dict:
    answer = client.get("/map/config")
    assert answer.status_code == 200
    return answer.json()


def found(client: Client, text: str, **more) -> list[str]:
    answer = client.get("/map/search", {"q": text, **more})
    assert answer.status_code == 200
    return [each["properties"]["title"] for each in answer.json()["features"]]


def test_the_page_runs_no_script_and_no_style_of_others(client):
    answer = client.get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert built.page() is not None, UNBUILT
    assert "<script>" not in answer.text


def test_assets_are_packed_and_kept_for_a_year_and_no_path_leads_elsewhere(client):
    page = built.page()
    assert page is not None, UNBUILT
    for name in re.findall(r"/map/assets/([^\"]+\.(?:js|css))", page.decode()):
        answer = client.get(f"/map/assets/{name}", headers={"Accept-Encoding": "gzip, br"})
        assert (answer.status_code, answer["Content-Encoding"]) == (200, "gzip")
        assert "immutable" in answer["Cache-Control"]
        assert answer.content != client.get(f"/map/assets/{name}").content
    for name in ("..%2f..%2fviews.py", "nothing.js", "index.html"):
        assert client.get(f"/map/assets/{name}").status_code == 404


def test_the_first_load_stays_below_450_kilobytes_packed():
    page = built.page()
    assert page is not None, UNBUILT
    sizes = {each.name: each.stat().st_size for each in (built.FOLDER / "assets").glob("*.gz")}
    assert sum(size for name, size in sizes.items() if not name.startswith("en-")) < 450_000


def test_the_configuration_tells_of_each_layer_what_the_map_needs(client):
    make()
    document = config(client)
    assert document["city"] == {"zh": "沧州市", "en": "Cangzhou"}
    assert document["user"] is None
    assert [theme["slug"] for theme in document["themes"]] == ["base"]
    (layer,) = document["layers"]
    assert (layer["slug"], layer["version"], layer["queryable"], layer["shown"]) == ("place", 1, True, True)
    assert layer["title"] == {"zh": "地名", "en": "Place names"}
    assert [field["title"]["zh"] for field in layer["fields"]] == ["名称", "类别"]
    assert layer["tiles"].startswith("/tiles/place/WebMercatorQuad/{z}/{x}/{y}.png?v=")
    west, south, east, north = document["extent"]
    assert 116 < west < east < 117
    assert 38 < south <= north < 39


def test_a_layer_the_caller_may_not_see_is_nowhere(client):
    make()
    make("secret", public=False)
    make("inner", level=2)
    text = client.get("/map/config").content + client.get("/map/search", {"q": "捷地", "limit": "50"}).content
    assert b"secret" not in text
    assert found(client, "捷地", limit=50).count("捷地回族乡") == (2 if b"inner" in text else 1)


def test_answers_that_depend_on_the_caller_are_kept_by_no_shared_cache(client):
    for address in ("/map/config", "/map/search?q=a", "/map/codes"):
        answer = client.get(address)
        assert answer["Cache-Control"] == "private, no-cache"
        assert "Cookie" in answer["Vary"]


def test_a_name_is_found_by_any_part_of_it_the_best_match_first(client):
    make()
    assert found(client, "捷地") == ["捷地回族乡", "大捷地村"]
    assert found(client, "  伊润新城 ") == ["伊润新城"]
    assert found(client, "bOTOU") == ["Botou"]
    assert found(client, "没有这里") == []
    assert found(client, "") == []
    assert found(client, "捷地", limit=1) == ["捷地回族乡"]


def test_signs_with_a_meaning_in_patterns_are_taken_as_they_are(client):
    make()
    assert found(client, "%") == ["50%_乡"]
    assert found(client, "_") == ["50%_乡"]
    assert found(client, "'; DROP TABLE layers_layer; --") == []
    assert found(client, "\\") == []


@pytest.mark.parametrize("limit", ["-1", "0", "abc", "99999999999999999999", "²"])
def test_a_strange_limit_does_no_harm(client, limit):
    make()
    assert len(found(client, "捷地", limit=limit)) in (1, 2)


def test_a_found_place_carries_its_point_its_kind_and_its_layer(client):
    make()
    answer = client.get("/map/search", {"q": "伊润"})
    (feature,) = json.loads(answer.content)["features"]
    assert feature["geometry"] == {"type": "Point", "coordinates": [116.84, 38.2]}
    assert feature["properties"]["kind"] == "乡镇"
    assert feature["properties"]["layerTitle"]["en"] == "Place names"


def test_a_layer_that_is_not_searchable_is_not_searched(client):
    make(display=())
    assert found(client, "捷地") == []


def test_a_signed_in_person_sees_her_department_and_her_layers(client):
    make("inner", public=False)
    department = models.Department.objects.create(code="nr", name_zh="市自然资源和规划局", name_en="Planning")
    user = models.User.objects.create_user("wang", password="x" * 12, department=department)
    services_grant(department)
    assert config(client)["layers"] == []
    client.force_login(user)
    document = config(client)
    assert document["user"]["department"]["zh"] == "市自然资源和规划局"
    assert [layer["slug"] for layer in document["layers"]] == ["inner"]
    assert document["links"]["admin"] is None


def services_grant(department: models.Department) -> None:
    layer = models.Layer.objects.get(slug="inner")
    models.Grant.objects.create(
        subject="department", department=department, layer=layer, operations=["discover", "view", "query"]
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE layers_revision SET rules = rules + 1")
    registry.forget()


def test_a_bad_key_is_told_so_and_gets_nothing(client):
    answer = client.get("/map/config?key=wrong")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def classify(sentence: str) -> None:
    table = sql.Identifier("geodata", f"l_{models.Layer.objects.get(slug='place').pk}")
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("UPDATE {} SET c2 = " + sentence).format(table))


def test_a_legend_tells_which_classes_lie_in_view(client):
    make(styles=default_style("place", FIELDS, "Point", "NAME"))
    classify("CASE c1 WHEN '伊润新城' THEN 'AF' ELSE 'AJ' END")
    titles = [entry["title"]["zh"] for entry in config(client)["layers"][0]["legend"]]

    def within(bbox: str) -> list[str]:
        return [titles[place] for place in client.get("/map/legend/place", {"bbox": bbox}).json()["classes"]]

    assert within("116.8,38.1,116.9,38.3") == ["县、区", "乡、镇、街道"]
    assert within("116.835,38.1,116.845,38.3") == ["县、区"]
    assert within("10,10,11,11") == []


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "1,1,0,0", "nan,1,2,3", "-999,0,1,1", "1,2,3,inf"])
def test_a_legend_of_no_area_is_told_so(client, bbox):
    make()
    answer = client.get("/map/legend/place", {"bbox": bbox})
    assert answer.status_code == 400
    assert "bbox" in answer.text


def test_a_hidden_layers_legend_is_as_absent_as_any(client):
    make("secret", public=False)
    here = {"bbox": "116,38,117,39"}
    secret, nothing = (client.get(f"/map/legend/{name}", here) for name in ("secret", "nothing"))
    assert secret.status_code == nothing.status_code == 404
    assert secret.content.replace(b"secret", b"") == nothing.content.replace(b"nothing", b"")


def test_a_kind_is_told_by_its_name_or_not_at_all(client):
    coded = (FIELDS[0], replace(FIELDS[1], codes="dlg_agnp_class"))
    make(fields=coded)
    classify("CASE c1 WHEN '伊润新城' THEN 'ZZ' ELSE 'AJ' END")
    features = client.get("/map/search", {"q": "捷地"}).json()["features"]
    assert {each["properties"]["kind"] for each in features} == {"乡行政地名"}
    (unknown,) = client.get("/map/search", {"q": "伊润新城"}).json()["features"]
    assert unknown["properties"]["kind"] == ""


def test_imagery_tells_its_days_of_survey_and_the_version_that_shows_each(client):
    draft = services.LayerDraft("ortho", Title("影像"), "base", kind="imagery", level=0, public=True)
    services.make_layer("tester", draft)
    layer = models.Layer.objects.get(slug="ortho")
    for number, day in enumerate((date(2024, 5, 12), date(2026, 5, 18), date(2024, 5, 12), date(2026, 5, 18)), 1):
        models.Version.objects.create(layer=layer, number=number, published=timezone.now(), survey_date=day)
    services.save("tester", layer)
    models.Layer.objects.filter(pk=layer.pk).update(current=4)
    registry.reset()
    (told,) = config(client)["layers"]
    assert told["dates"] == [{"date": "2024-05-12", "version": 3}, {"date": "2026-05-18", "version": 4}]
