"""The sign-in page and the administration, as a person opens them."""

import pytest
from django.test import Client

from layers.models import User

pytestmark = pytest.mark.django_db
WORDS = "a long enough one"


@pytest.fixture
def steward(db) -> User:
    return User.objects.create_superuser("wang", password=WORDS, display_name="王管理")


def test_the_sign_in_page_names_the_city_and_the_zone_in_chinese(client: Client):
    page = client.get("/accounts/login/", headers={"Accept-Language": "zh-CN"}).content.decode()
    assert '<html lang="zh-CN">' in page
    assert "沧州市地理空间基础库" in page
    assert "政务内网" in page
    assert "用户名" in page


def test_signing_in_leads_back_to_the_view_one_came_from(client: Client, steward: User):
    form = {"username": "wang", "password": WORDS, "next": "/#at=116.8,38.2,15"}
    answer = client.post("/accounts/login/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/#at=116.8,38.2,15")
    assert client.get("/map/config").json()["user"]["name"] == "王管理"


def test_nobody_is_led_to_another_server(client: Client, steward: User):
    form = {"username": "wang", "password": WORDS, "next": "https://evil.example/"}
    assert client.post("/accounts/login/", form)["Location"] == "/"


def test_a_wrong_password_is_told_and_the_name_kept(client: Client, steward: User):
    page = client.post("/accounts/login/", {"username": "wang<b>", "password": "no"}).content.decode()
    assert 'role="alert"' in page
    assert 'value="wang&lt;b&gt;"' in page


def test_the_language_chosen_stays_for_the_pages_that_follow(client: Client, steward: User):
    client.post("/accounts/language/", {"language": "en", "next": "/accounts/login/"})
    assert "User name" in client.get("/accounts/login/").content.decode()
    client.force_login(steward)
    assert "Geospatial Base · Administration" in client.get("/admin/").content.decode()
    client.post("/accounts/language/", {"language": "zh-hans"})
    page = client.get("/admin/").content.decode()
    assert "地理空间基础库 · 管理" in page
    assert "图层" in page


def test_every_list_of_the_administration_opens_in_both_languages(client: Client, steward: User):
    client.force_login(steward)
    for language in ("zh-hans", "en"):
        client.post("/accounts/language/", {"language": language})
        for name in ("layer", "theme", "department", "grant", "apikey", "user", "style", "delivery", "version", "auditentry"):
            assert client.get(f"/admin/layers/{name}/").status_code == 200, name
