"""JSON-LD of a feature through pygeoapi, and the traps of pygeoapi that shared/proven.md names."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import RequestFactory
from pygeoapi import l10n

from geoserver_app.ogcapi.call import understand
from geoserver_app.ogcapi.features import linked_data
from layers import access
from tests.faces.ogcapi.world import ITEMS


def test_a_feature_as_linked_data_has_its_values_whole(api):
    answer = api.get(f"{ITEMS}/4", f="jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    assert "X-Powered-By" not in answer
    body = json.loads(answer.content)
    assert body["名称"] == "楼<3>&"
    assert body["@id"] == "http://testserver/ogc/collections/buildings/items/4"
    assert body["@context"]
    api.get(f"{ITEMS}/4", 304, headers={"If-None-Match": answer["ETag"]}, f="jsonld")


@pytest.mark.parametrize("path", [f"{ITEMS}/999", f"{ITEMS}/x", "/collections/secret/items/1", "/collections/absent/items/1"])
def test_what_is_hidden_or_absent_is_not_found_there_too(api, path):
    api.get(path, 404, f="jsonld")


def test_pygeoapi_keeps_no_callers_configuration(api, monkeypatch):
    api.get(f"{ITEMS}/1", f="jsonld")
    l10n._cfg_cache["zh"] = {"leak": True}
    assert dict(l10n._cfg_cache) == {}


def test_two_callers_at_once_never_see_each_others_collection(api, monkeypatch):
    body = b'{"type":"Feature","id":1,"geometry":null,"properties":{"n":"<x>"}}'
    monkeypatch.setattr(linked_data.rows, "feature", lambda view, fid: body)
    view = access.require(access.Principal(zone=0), "buildings", "query")

    def ask(number: int) -> bool:
        language = ("zh", "en")[number % 2]
        call = understand(RequestFactory().get("/", {"lang": language}, HTTP_HOST="testserver"), ("json",), ())
        text = linked_data.item(call, view, 1).decode()
        return ("buildings图层" in json.dumps(json.loads(text), ensure_ascii=False)) == (language == "zh") and "<x>" in text

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(80)))
