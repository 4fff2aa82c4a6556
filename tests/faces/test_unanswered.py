"""Addresses that are none and faults of our own: told in each face's dialect, never with what went wrong inside."""

import pytest
from django.test import Client

import geoserver_app.csw.views
import geoserver_app.ogcapi.answers
import geoserver_app.webmap.views
import geoserver_app.wms.views
import geoserver_app.wmts.views

pytestmark = pytest.mark.django_db
WORDS = {"/wms": b"ServiceExceptionReport", "/wmts": b"ows:ExceptionReport", "/csw": b"ows:ExceptionReport"}


def broken(*_, **__):
    raise ZeroDivisionError("SELECT secret FROM /var/lib")


@pytest.mark.parametrize("path", ["/wms/x", "/wmts/x", "/csw/x", "/tiles/a/b", "/nothing", "/map/nothing", "/deliveries/api/nothing"])
def test_an_address_that_is_none_is_told_in_the_dialect_of_its_face(path):
    answer = Client().get(path)
    assert answer.status_code == 404
    expected = next((word for face, word in WORDS.items() if path.startswith(face + "/")), b"")
    assert expected in answer.content
    assert expected or answer.json()["title"] == "NotFound"
    assert "没有这个地址" in answer.content.decode()


def test_a_person_gets_a_page():
    answer = Client().get("/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>404" in answer.content.decode()


@pytest.mark.parametrize(
    ("module", "name", "path", "word"),
    [
        (geoserver_app.wms.views, "_handler", "/wms?SERVICE=WMS&REQUEST=GetCapabilities", b'ServiceExceptionReport xmlns="http://www.opengis.net/ogc" version="1.3.0"'),
        (geoserver_app.wms.views, "_handler", "/wms?SERVICE=WMS&VERSION=1.1.1&REQUEST=GetCapabilities", b'ServiceExceptionReport version="1.1.1"'),
        (geoserver_app.csw.views, "_read", "/csw", b"ows:ExceptionReport"),
        (geoserver_app.ogcapi.answers, "understand", "/ogc/collections", b'"status": 500'),
        (geoserver_app.ogcapi.answers, "understand", "/stac/collections", b'"status": 500'),
    ],
)
def test_a_fault_of_our_own_says_no_more_than_that(monkeypatch, module, name, path, word):
    monkeypatch.setattr(module, name, broken)
    answer = Client(raise_request_exception=False).get(path)
    assert answer.status_code == 500
    assert word in answer.content
    assert "服务器内部错误" in answer.content.decode()
    assert b"secret" not in answer.content
    assert b"Zero" not in answer.content
