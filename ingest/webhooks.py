"""Notices sent to subscribers: signed as Standard Webhooks has it, to allowed addresses only, again until they arrive.

The address is resolved once and that very IP is connected to; redirects are not followed. So a subscriber cannot have this
server reach what it should not: only `GEOBASE_WEBHOOK_TARGETS` are ever connected to.
"""

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from layers import access, models

ATTEMPTS = 12
"""The last about two days after the first."""
_FIRST_S, _MOST_S = 10, 6 * 3600
_TIMEOUT_S = 10
_READ = 65_536
type _Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The address is none that may be sent to."""


def send_due(limit: int = 100) -> int:
    """Send notices that are due; return how many were tried. Each is tried by one worker at a time."""
    tried = 0
    while tried < limit and _send_one():
        tried += 1
    return tried


def is_due() -> bool:
    """Tell whether a notice waits to be sent now."""
    return models.Notice.objects.filter(state="waiting", due__lte=timezone.now()).exists()


def signature(secret: str, identifier: str, stamp: int, body: bytes) -> str:
    """Sign `id.timestamp.body` with HMAC-SHA256 (standardwebhooks.com, v1)."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = hmac.new(key, f"{identifier}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(signed).decode()


def allowed(url: str) -> tuple[str, str, int]:
    """Return (IP to connect to, host, port) of an address; raises Refused."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise Refused("not an address")
    host = parts.hostname.lower()
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        raise Refused("the host is not known") from None
    for *_, place in found:
        if _may_reach(host, ipaddress.ip_address(str(place[0]).partition("%")[0])):
            return str(place[0]), host, port
    raise Refused("not among GEOBASE_WEBHOOK_TARGETS")


def _may_reach(host: str, address: _Address) -> bool:
    address = getattr(address, "ipv4_mapped", None) or address
    for target in settings.GEOBASE.webhook_targets:
        try:
            if address in ipaddress.ip_network(target, strict=False):
                return True
        except ValueError:
            inward = address.is_loopback or address.is_link_local or address.is_multicast or address.is_unspecified
            if target.lower() == host and not inward:
                return True
    return False


def _send_one() -> bool:
    """Send the first notice that is due, holding its row; False when there is none."""
    with transaction.atomic():
        due = models.Notice.objects.filter(state="waiting", due__lte=timezone.now()).order_by("due", "id")
        notice = due.select_for_update(skip_locked=True, of=("self",)).select_related("subscription__key").first()
        if notice is None:
            return False
        said = _told(notice)
        notice.attempts += 1
        notice.log = [*notice.log, {"at": timezone.now().isoformat(), "said": said}][-ATTEMPTS:]
        if said.startswith("2"):
            notice.state = "sent"
        elif said == "not for this key":
            notice.state = "left out"
        elif notice.attempts >= ATTEMPTS:
            notice.state = "given up"
        else:
            wait = min(_FIRST_S * 4 ** (notice.attempts - 1), _MOST_S)
            notice.due = timezone.now() + timedelta(seconds=wait)
        notice.save()
    return True


def _told(notice: models.Notice) -> str:
    """Send one notice; return the status, or what stood against it."""
    subscription = notice.subscription
    key = subscription.key
    principal = access.Principal(min(key.max_zone, access.ZONES[settings.GEOBASE.zone]), key=key.pk, department=key.department_id, role=key.role)
    view = None if key.revoked or not subscription.is_active else access.decide(principal, notice.layer, "discover")
    if view is None:
        return "not for this key"
    told = dict(notice.body)
    if view.pieces:
        # What changed outside her area is none of her business.
        for name in ("added", "changed", "removed"):
            told.pop(name)
    try:
        return str(_post(subscription, f"geobase_{notice.pk}", json.dumps(told, ensure_ascii=False).encode()))
    except Refused as refused:
        return f"refused: {refused}"
    except (OSError, http.client.HTTPException) as fault:
        return f"failed: {type(fault).__name__}"


def _post(subscription: models.Subscription, identifier: str, body: bytes) -> int:
    address, host, port = allowed(subscription.url)
    parts = urlsplit(subscription.url)
    stamp = int(timezone.now().timestamp())
    sending = _Pinned(host, port, address, is_secure=parts.scheme == "https")
    try:
        sending.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, {
            "Content-Type": "application/json", "User-Agent": "Geobase", "webhook-id": identifier, "webhook-timestamp": str(stamp),
            "webhook-signature": signature(subscription.secret, identifier, stamp, body),
        })  # fmt: skip
        answer = sending.getresponse()
        answer.read(_READ)
        return answer.status
    finally:
        sending.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP, whatever the name says by now; TLS still asks for the name's certificate."""

    def __init__(self, host: str, port: int, address: str, *, is_secure: bool) -> None:
        super().__init__(host, port, timeout=_TIMEOUT_S)
        self.address, self.is_secure = address, is_secure
        if is_secure:
            self.default_port = 443

    def connect(self) -> None:
        """Connect to the IP."""
        self.sock = socket.create_connection((self.address, self.port), timeout=_TIMEOUT_S)
        if self.is_secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)
