"""Which key has this hash? Read once per registry revision and process."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from layers import models, registry


@dataclass(frozen=True, slots=True)
class KeySpec:
    """A key that has not been revoked; `network` is a CIDR block or ""."""

    id: int
    department: int
    role: str
    max_zone: int
    network: str
    expires: datetime | None


def find(sha256: str) -> KeySpec | None:
    """Return the key whose secret has this SHA-256 (hex), or None."""
    return _keys(registry.current().rules).get(sha256)


@lru_cache(maxsize=2)
def _keys(rules: int) -> dict[str, KeySpec]:
    return {
        key.sha256: KeySpec(key.pk, key.department_id, key.role, key.max_zone, key.network, key.expires)
        for key in models.ApiKey.objects.filter(revoked=None)
    }
