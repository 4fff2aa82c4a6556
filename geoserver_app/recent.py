"""Which caller had this session cookie a moment ago? Lets the fast path serve a page's tiles without its session.

An entry lives `SECONDS`: signing out or losing a role takes effect within that time (design §9: 1 s).
"""

import time
from collections import OrderedDict

from django.conf import settings
from django.http import HttpRequest

from layers.access import Principal

SECONDS = 0.5
_KEPT = 5000
_known: OrderedDict[str, tuple[Principal, float]] = OrderedDict()


def remember(request: HttpRequest, principal: Principal) -> None:
    """Note the caller that Django found for a request's session cookie."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if not cookie or principal.key is not None:
        return
    _known[cookie] = (principal, time.monotonic())
    _known.move_to_end(cookie)
    while len(_known) > _KEPT:
        _known.popitem(last=False)


def caller(cookie: str) -> Principal | None:
    """Return the caller of a session cookie seen less than `SECONDS` ago."""
    found = _known.get(cookie)
    return found[0] if found and time.monotonic() - found[1] < SECONDS else None


def forget() -> None:
    """Forget all (tests)."""
    _known.clear()
