"""Which files did the web map's build write? The page, and assets whose names carry their hash."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "dist"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the build: its bytes as stored, its media type, "gzip" or "" for its encoding."""

    body: bytes
    media_type: str
    encoding: str


def page(name: Literal["index", "deliveries"] = "index") -> bytes | None:
    """Return a page of the build, or None while nothing has been built."""
    try:
        return (FOLDER / f"{name}.html").read_bytes()
    except FileNotFoundError:
        return None


def asset(name: str, *, gzip: bool) -> Asset | None:
    """Return an asset by its bare name, packed when asked for and there; None when there is none.

    `name` comes from the address: only names the build wrote are known, so no path leads elsewhere.
    """
    media_type = _TYPES.get(Path(name).suffix)
    folder = FOLDER / "assets"
    if media_type is None or not folder.is_dir() or name not in {each.name for each in folder.iterdir()}:
        return None
    packed = folder / f"{name}.gz"
    if gzip and packed.is_file():
        return Asset(packed.read_bytes(), media_type, "gzip")
    return Asset((folder / name).read_bytes(), media_type, "")
