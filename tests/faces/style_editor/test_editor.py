"""The style editor: drafts are drawn for who may edit, foreign styles taken with what they lose, and saving is safe."""

import io
import json

import numpy as np
import pytest
from django.test import Client
from PIL import Image

from layers import models, registry, services
from tests.faces.ogcapi.conftest import _build

HOME = "/admin/layers/style/editor/"
AT = f"{HOME}buildings/default/"
RED = {"name": "a", "title": {"zh": "红", "en": "Red"}, "filter": "层数 >= 3 AND 名称 LIKE '楼%'", "symbolizers": [{"type": "fill", "color": "#ff0000"}]}
REST = {"name": "b", "title": {"zh": "", "en": ""}, "filter": "", "symbolizers": [{"type": "fill", "color": "#0000ff"}]}
PLACE = {"lon": 116.7, "lat": 38.2, "scale": 1_200_000, "width": 200, "height": 200}


@pytest.fixture
def steward(transactional_db, monkeypatch):
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    _build()
    client = Client(enforce_csrf_checks=False)
    client.force_login(models.User.objects.create_superuser("steward", password="x", role="steward"))  # noqa: S106
    return client


def post(client, action, body):
    return client.post(AT + action, body if isinstance(body, bytes) else json.dumps(body), content_type="application/json")


def colours(answer):
    assert answer.status_code == 200, answer.content
    return {tuple(each) for each in np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).reshape(-1, 3).tolist()}


def test_a_draft_is_drawn_without_being_saved(steward):
    found = colours(post(steward, "preview", {"rules": [RED, REST], **PLACE}))
    assert {(255, 0, 0), (0, 0, 255)} <= found
    assert not models.Style.objects.exists()


def test_the_pages_show_what_may_be_edited_and_the_script_gets_the_model(steward):
    assert AT.encode() in steward.get(HOME).content
    text = steward.get(AT).content.decode()
    data = json.loads(text.split('<script id="style-data" type="application/json">')[1].split("</script>")[0])
    assert {each["type"] for each in data["kinds"]} == {"fill", "hatch", "pattern", "line", "mark", "icon", "text"}
    assert any("三调" in each["title"] for each in data["palettes"])
    assert data["rules"][0]["symbolizers"]
    assert steward.get(f"{HOME}buildings/none/").status_code == 404
    assert steward.get(f"{HOME}none/default/").status_code == 404


WRONG = (
    ({"rules": [{**RED, "filter": "没有 = 1"}]}, "没有"),
    ({"rules": [{**RED, "filter": "层数 >"}]}, "rules[0].filter"),
    ({"rules": [{**RED, "symbolizers": [{"type": "fill", "color": 'red" END'}]}]}, "rules[0].symbolizers[0].color"),
    ({"rules": []}, "rules"),
    ({"rules": [RED], **PLACE, "scale": -1}, "scale"),
    (b"[", "JSON"),
)


def test_a_wrong_draft_is_told_with_its_place(steward):
    for body, words in WRONG:
        answer = post(steward, "preview", body)
        assert answer.status_code == 400
        assert words in answer.json()["error"]


def test_a_foreign_style_is_taken_with_what_it_loses_and_given_back(steward):
    foreign = {"version": 8, "layers": [{"id": "a", "type": "fill", "paint": {"fill-color": ["step", ["get", "层数"], "#00ff00", 3, "#ff0000"]}}, {"id": "b", "type": "heatmap"}]}
    found = steward.post(AT + "take", json.dumps(foreign), content_type="application/octet-stream").json()
    assert [each["path"] for each in found["dropped"]] == ["layers[1]"]
    assert [each["filter"] for each in found["rules"]] == ["层数 >= 3", ""]
    for language, start in (("sld10", b"<?xml"), ("sld11", b"<?xml"), ("maplibre", b"{"), ("native", b"{")):
        answer = post(steward, f"export?f={language}", {"rules": found["rules"]})
        assert answer.content.startswith(start)
        assert "attachment" in answer["Content-Disposition"]
        again = steward.post(AT + "take", answer.content, content_type="application/octet-stream").json()
        assert [each["symbolizers"] for each in again["rules"]] == [each["symbolizers"] for each in found["rules"]]
    assert post(steward, "export?f=exe", {"rules": found["rules"]}).status_code == 400


def test_saving_keeps_the_style_and_refuses_what_another_has_changed(steward):
    first = post(steward, "save", {"rules": [RED, REST], "title": {"zh": "层数", "en": "Floors"}, "revision": 1})
    assert first.json() == {"revision": 2}
    style = models.Style.objects.get(layer__slug="buildings")
    assert (style.name, style.title_zh, style.title_en) == ("default", "层数", "Floors")
    assert json.loads(style.body)["rules"][0]["filter"]["op"] == "and"
    assert post(steward, "save", {"rules": [REST], "revision": 1}).status_code == 412
    assert post(steward, "save", {"rules": [REST], "revision": 2}).json() == {"revision": 3}
    assert models.AuditEntry.objects.filter(actor="steward", action="change style").count() == 2


def test_who_may_not_edit_sees_no_editor(steward):
    models.Grant.objects.filter(layer__slug="buildings", role__in=["steward", "staff"]).delete()
    services.touch("tester", models.Layer.objects.get(slug="buildings"), "grants")
    assert steward.get(AT).status_code == 404
    assert post(steward, "preview", {"rules": [RED], **PLACE}).status_code == 403
    assert Client().get(AT).status_code == 302
