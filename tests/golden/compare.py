"""Pictures beside their references.

Tolerance against a reference: at most 1 % of the pixels differ by more than 32 of 255 in a channel (anti-aliasing and
hinting of other builds of the engine); after a journey through another language, on the same engine: at most 0.1 % by
more than 8. `make bless` takes today's pictures; a missing reference fails.
"""

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = Path(__file__).parent / "pictures"
BLESS = os.environ.get("GOLDEN") == "bless"


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def share(first: np.ndarray, second: np.ndarray, depth: int) -> float:
    """Return the share of pixels that differ by more than `depth` in a channel."""
    if first.shape != second.shape:
        return 1.0
    return float((np.abs(first - second).max(axis=2) > depth).mean())


def against_reference(name: str, png: bytes) -> str:
    """Return what is wrong with a picture, "" where nothing is."""
    path = PICTURES / f"{name}.png"
    if BLESS:
        Image.open(io.BytesIO(png)).convert("RGB").quantize(128).save(path, optimize=True)
        return ""
    if not path.exists():
        return f"{name}: no reference, run `make bless` and look at it"
    differing = share(pixels(png), pixels(path.read_bytes()), 32)
    if differing <= 0.01:
        return ""
    (PICTURES.parent.parent.parent / "var").mkdir(exist_ok=True)
    (PICTURES.parent.parent.parent / "var" / f"golden-{name}.png").write_bytes(png)
    return f"{name}: {differing:.2%} of the pixels differ, see var/golden-{name}.png"
