"""The style editor in a real Chromium: every button does what it says."""

import json
import os

import pytest
from django.db import connection
from pytest_django.live_server_helper import LiveServer

from layers import models, registry
from tests.faces.ogcapi.conftest import _build

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
FOREIGN = {"version": 8, "layers": [{"id": "a", "type": "fill", "paint": {"fill-color": "#112233"}}, {"id": "b", "type": "heatmap"}]}


@pytest.fixture
def steward(transactional_db, monkeypatch):
    monkeypatch.setattr(registry, "POLL_S", 0.0)
    _build()
    models.User.objects.create_superuser("steward", password="x", role="steward")  # noqa: S106


@pytest.fixture
def address(steward):
    server = LiveServer("127.0.0.1")
    yield server.url
    server.stop()


def test_rules_are_edited_drawn_imported_exported_and_saved(address, browser, tmp_path):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/admin/login/?next=/admin/layers/style/editor/buildings/default/")
    page.fill("#id_username", "steward")
    page.fill("#id_password", "x")
    page.click("input[type=submit]")
    page.wait_for_selector("#picture[src^=blob]")
    assert "buildings" in page.inner_text("h1")
    page.click("#add-rule")
    first = page.locator(".rule").first
    first.locator("input[list=field-names]").fill("层数 >= 3")
    first.locator("input[list=field-names]").press("Tab")
    first.locator(".color input").first.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/preview")) as drawn:
        page.locator("#swatches button").nth(1).click()
    assert drawn.value.headers["content-type"] == "image/png"
    assert first.locator(".color input").nth(1).input_value() == "#d0672a"
    page.click("#save")
    page.locator("#state", has_text="2").wait_for()
    with page.expect_download() as file:
        page.click("button[data-export=sld11]")
    assert file.value.suggested_filename == "buildings.default.sld"
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps(FOREIGN))
    page.locator("summary", has_text="MapLibre").click()
    page.set_input_files("#file", str(path))
    page.wait_for_selector("#dropped li code")
    assert page.inner_text("#dropped code") == "layers[1]"
    assert page.locator(".rule").count() == 1
    page.click("#undo")
    assert page.locator(".rule").count() == 2
    page.click("#as-text")
    assert json.loads(page.input_value("#text"))["rules"][0]["filter"] == "层数 >= 3"
    assert faults == []
    context.close()
    assert "#d0672a" in models.Style.objects.get(name="default").body
    connection.close()  # Playwright's loop has a connection of its own, which nobody else closes
