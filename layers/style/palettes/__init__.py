"""Which colours the default styles use: data beside this module, read once."""

import json
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def _city() -> dict[str, str | list[str]]:
    read: dict[str, str | list[str]] = json.loads(
        (Path(__file__).parent / "city.json").read_text("utf-8")
    )
    return read


def color(name: str) -> str:
    """Return the colour called `name`, #rrggbb."""
    found = _city()[name]
    if not isinstance(found, str):
        raise KeyError(name)
    return found


def colors(name: str) -> tuple[str, ...]:
    """Return a row of colours."""
    return tuple(_city()[name])
