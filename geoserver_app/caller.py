"""Who is asking? One principal from the session, a key in any of its four carriers, or nobody."""

import base64
import binascii
import hashlib
import ipaddress
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest

from layers import access, credentials


class BadCredentials(Exception):
    """The key or password is not valid."""


def caller(request: HttpRequest) -> access.Principal:
    """Return the caller's principal; raises BadCredentials for a key that is not valid."""
    cached: access.Principal | None = getattr(request, "principal", None)
    if cached is None:
        cached = request.principal = _principal(request)  # type: ignore[attr-defined]
    return cached


def actor(request: HttpRequest) -> str:
    """Return the caller's name for the audit: the user's, or the key's number."""
    principal = caller(request)
    if principal.key is not None:
        return f"key {principal.key}"
    return str(request.user.get_username()) if principal.user is not None else "anonymous"


def zone() -> int:
    """Return the zone of this listener: never taken from a header."""
    return access.ZONES[settings.GEOBASE.zone]


def _principal(request: HttpRequest) -> access.Principal:
    if secret := _secret(request):
        return of_key(secret, request.META.get("REMOTE_ADDR", ""))
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return access.Principal(zone(), user=user.pk, department=user.department_id, role=user.role)
    return access.Principal(zone())


def of_key(secret: str, address: str) -> access.Principal:
    """Return the principal of a key's secret sent from `address`."""
    key = credentials.find(hashlib.sha256(secret.encode()).hexdigest())
    if key is None or (key.expires and key.expires <= datetime.now(UTC)) or not _is_inside(address, key.network):
        raise BadCredentials
    return access.Principal(min(zone(), key.max_zone), key=key.id, department=key.department, role=key.role)


def _secret(request: HttpRequest) -> str:
    """Find a key: path (/k/<key>/…, put into META by the fast path), ?key=, header, Basic or Bearer."""
    found = request.META.get("geobase.key") or request.GET.get("key") or request.headers.get("X-API-Key", "")
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    match scheme.lower():
        case "bearer":
            found = found or value.strip()
        case "basic":
            found = found or _password(value)
    return str(found or "")


def _password(encoded: str) -> str:
    # QGIS and ArcGIS ask for user and password: the key's secret is the password, the name is free.
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        raise BadCredentials from None


def _is_inside(address: str, network: str) -> bool:
    if not network:
        return True
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
