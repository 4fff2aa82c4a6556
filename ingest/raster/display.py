"""How should a raster be shown? Range and percentiles of each band, and which bands are red, green, blue."""

from typing import Any

import numpy as np
from rasterio.enums import ColorInterp

_SIDE_PX = 1024


def statistics(source: Any) -> dict[str, Any]:
    """Return {"bands": [{min, max, p2, p98} | None], "rgb": [r, g, b]}, from an overview.

    None stands for a band that is not measured: an alpha band, or one without a valid value. "rgb" are
    band numbers from 1; one number for a raster shown in grey or by its palette.
    """
    scale = max(1.0, max(source.width, source.height) / _SIDE_PX)
    shape = max(1, round(source.height / scale)), max(1, round(source.width / scale))
    bands: list[dict[str, float] | None] = []
    for number, meaning in enumerate(source.colorinterp, 1):
        values = source.read(number, out_shape=shape, masked=True).compressed()
        values = values[np.isfinite(values)]
        if meaning == ColorInterp.alpha or not len(values):
            bands.append(None)
            continue
        low, high = np.percentile(values, (2, 98))
        bands.append({"min": float(values.min()), "max": float(values.max()), "p2": float(low), "p98": float(high)})
    return {"bands": bands, "rgb": shown(source.colorinterp)}


def shown(meanings: tuple[ColorInterp, ...]) -> list[int]:
    """Choose the bands to draw: those called red, green, blue, else the first three, else the first."""
    colors = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if all(color in meanings for color in colors):
        return [meanings.index(color) + 1 for color in colors]
    plain = [number for number, meaning in enumerate(meanings, 1) if meaning != ColorInterp.alpha]
    return plain[:3] if len(plain) >= 3 else plain[:1]
