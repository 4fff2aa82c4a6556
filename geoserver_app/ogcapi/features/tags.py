"""How a feature's id and state are written: the fid in its address, the state in its ETag and Last-Modified."""

import hashlib

from django.utils.http import http_date

from geoserver_app.ogcapi.call import Call
from layers import access, history
from layers.access import LayerView

_LONGEST_ID = 18


def fid_of(text: str) -> int:
    """Read a feature's id; 0, which no feature has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID else 0


def of_page(call: Call, view: LayerView) -> str:
    """Name a page of items: a published version never changes, so its number, the policy and the question say it all."""
    return f'W/"{_digest(call, view, view.version)}"'


def of_item(call: Call, view: LayerView, since: int) -> str:
    """Name one feature's representation, strongly: it begins with the version that wrote the row (see `bodies.states`)."""
    return f'"{since}-{_digest(call, view, since)}"'


def last_modified(view: LayerView, since: int) -> str:
    """Return when a row was written, as an HTTP date (whole seconds)."""
    return http_date(history.published(view.spec, since).timestamp())


def _digest(call: Call, view: LayerView, state: int) -> str:
    asked = repr((view.spec.slug, state, view.policy, access.revision()[0], call.base, call.format, call.language))
    return hashlib.sha256(f"{asked}{call.request.get_full_path()}".encode()).hexdigest()[:24]
