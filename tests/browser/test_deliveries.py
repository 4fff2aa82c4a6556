"""The deliveries' page in a real Chromium: uploaded, seen checked and compared, confirmed, published, rolled back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from ingest import pipeline
from layers import models, services
from tests.browser.conftest import feature, square

PASSWORD = "Grand-Canal-2026"  # noqa: S105 - of a person of this test


@pytest.fixture
def committed(city: str, django_db_blocker) -> Iterator[None]:
    """Write for real: the server reads in a thread of its own, and the city's fixture empties all at its end."""
    with django_db_blocker.unblock():
        yield
        connection.close()  # Playwright's loop has a connection of its own, which nobody else closes


@pytest.fixture
def desk(browser: Browser, city: str, committed: None) -> Iterator[Page]:
    """Sign a member of the staff in and open the page."""
    if not models.User.objects.filter(username="staff").exists():
        person = models.User.objects.create_user("staff", password=PASSWORD)
        person.role, person.is_staff = "staff", True
        services.save("tester", person)
    context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", base_url=city)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto("/deliveries/")
    page.fill("input[name=username]", "staff")
    page.fill("input[name=password]", PASSWORD)
    page.locator("main button").click()
    page.locator("gb-deliveries aside").wait_for()
    yield page
    context.close()
    assert faults == []


def work() -> None:
    """Take every delivery as far as it is wanted, as a worker would."""
    for row in models.Delivery.objects.all():
        pipeline.advance(row.pk)


def delivery(folder: Path) -> Path:
    rows = [feature(square(116.86, 38.21), DKBM="CX-JD-03-17", YDYHFLDM="0701", YDYHFLMC="城镇住宅用地", RJL=2.5),
            feature(square(116.89, 38.21), DKBM="CX-JD-03-19", YDYHFLDM="14", YDYHFLMC="绿地与开敞空间用地", RJL=0.1)]  # fmt: skip
    path = folder / "ydyh.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False))
    return path


def test_a_delivery_goes_from_the_disk_to_published_and_back(desk: Page, tmp_path: Path):
    desk.set_input_files("input[type=file]:not([webkitdirectory])", str(delivery(tmp_path)))
    expect(desk.locator(".dv-head h1")).to_contain_text("ydyh", timeout=15_000)
    work()
    desk.reload()
    expect(desk.locator(".dv-head .chip")).to_have_text("待发布", timeout=15_000)
    expect(desk.locator(".dv-steps li.done")).to_have_count(4)
    compared = desk.locator("table", has_text="构成").locator("tbody tr")
    expect(compared).to_contain_text("用地用海规划 2035")
    publish = desk.get_by_role("button", name="发布", exact=True)
    expect(publish).to_be_disabled()
    desk.get_by_role("button", name="确认识别结果").click()
    expect(publish).to_be_enabled(timeout=15_000)
    with desk.expect_response(lambda answer: answer.url.endswith("/publish")) as told:
        publish.click()
    assert told.value.ok, told.value.text()
    work()
    expect(desk.locator(".dv-head .chip")).to_have_text("已发布", timeout=15_000)
    version = models.Layer.objects.get(slug="ydyh").current
    with desk.expect_response(lambda answer: answer.url.endswith("/rollback")) as told:
        desk.get_by_role("button", name="撤回发布").click()
    assert told.value.ok, told.value.text()
    work()
    expect(desk.locator(".dv-head .chip")).to_have_text("已撤回", timeout=15_000)
    assert models.Layer.objects.get(slug="ydyh").current == version + 1
    connection.close()


@pytest.mark.django_db
def test_it_is_not_there_for_others(city: str):
    assert Client().get("/deliveries/").status_code == 302
    planner = models.User.objects.create_user("somebody", role="planner")
    client = Client()
    client.force_login(planner)
    assert client.get("/deliveries/").status_code == 404
