"""One feature as JSON-LD (schema.org, GeoSPARQL): pygeoapi's own handler over the rows door.

pygeoapi gets a configuration made for this request from the caller's LayerView, the feature through `Rows`, and no
client text but the format. What it would get wrong is kept from it (shared/proven.md §1, docs/adr/0011).
"""

import json
import logging
import secrets
from typing import Any

from django.http import HttpRequest, QueryDict
from pygeoapi import l10n
from pygeoapi.api import API, APIRequest
from pygeoapi.api.itemtypes import get_collection_item
from pygeoapi.provider.base import BaseProvider

from geoserver_app.ogcapi.call import Call
from geoserver_app.ogcapi.visible import CRS84, bounds_of, service_title, title_of
from layers import rows
from layers.access import LayerView
from layers.errors import NotFound

MEDIA = "application/ld+json"


class _NoStore(dict[Any, Any]):
    """Forgets: pygeoapi 0.24 would keep the first caller's translated configuration for the whole process."""

    def __setitem__(self, key: Any, value: Any) -> None:
        """Keep nothing."""


l10n._cfg_cache = _NoStore()
# It logs each 404 as an error with its traceback.
logging.getLogger("pygeoapi").setLevel(logging.CRITICAL)


class Rows(BaseProvider):  # type: ignore[misc]  # pygeoapi has no types
    """Gives pygeoapi the features of one LayerView, which comes as `data` of its definition."""

    def __init__(self, definition: dict[str, Any]) -> None:
        super().__init__(definition)
        self.view: LayerView = definition["data"]
        self.mark: str = definition["mark"]
        self.get_fields()

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the visible attributes; types do not matter to the handlers used here."""
        self._fields = {field.name: {"type": "string"} for field in self.view.fields}
        return self._fields

    def get(self, identifier: str, **_: Any) -> dict[str, Any]:
        """Return one feature as a dictionary; raises NotFound."""
        body = rows.feature(self.view, int(identifier))
        if body is None:
            raise NotFound
        # to_json() would turn < and > within values into &lt; and &gt;: they travel as a mark.
        kept = body.replace(b"<", f"{self.mark}l".encode()).replace(b">", f"{self.mark}g".encode())
        found: dict[str, Any] = json.loads(kept)
        return found


def item(call: Call, view: LayerView, fid: int) -> bytes:
    """Return a feature as JSON-LD; raises NotFound."""
    mark = secrets.token_hex(12)
    api = API(_configuration(call, view, mark), {})
    _, status, content = get_collection_item(api, _request(api), view.spec.slug, str(fid))
    if int(status) != 200:
        raise NotFound
    text = content if isinstance(content, str) else content.decode()
    return text.replace(f"{mark}l", "<").replace(f"{mark}g", ">").encode()


def _request(api: API) -> Any:
    asked = HttpRequest()
    asked.method = "GET"
    asked.GET = QueryDict("f=jsonld")
    return APIRequest(asked, api.locales)


def _configuration(call: Call, view: LayerView, mark: str) -> dict[str, Any]:
    title = title_of(call, view)
    box = bounds_of(view) or (-180.0, -90.0, 180.0, 90.0)
    words = {"title": service_title(call), "description": service_title(call), "keywords": [], "url": call.base}
    resource = {
        "type": "collection",
        "title": title,
        "description": title,
        "keywords": [],
        "links": [],
        "extents": {"spatial": {"bbox": list(box), "crs": CRS84}},
        "providers": [
            {"type": "feature", "name": f"{__name__}.Rows", "data": view, "mark": mark, "id_field": "fid", "storage_crs": CRS84}
        ],
    }
    return {
        "server": {"url": call.base, "languages": ["zh-CN", "en-US"], "limits": {}, "pretty_print": False, "mimetype": MEDIA, "encoding": "utf-8"},
        "logging": {"level": "CRITICAL"},
        "metadata": {"identification": words, "license": {}, "provider": {}, "contact": {}},
        "resources": {view.spec.slug: resource},
    }
