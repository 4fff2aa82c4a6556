"""A style of ours as a MapLibre style document.

Zoom 0 is 1:279,541,132 there (tiles of 512 pixels of 0.28 mm). Hatches, marks and icons are pictures of the sprite.
No `glyphs` are named: labels are drawn in fonts of the reader's own machine.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from layers.filters.fes_writer import Unwritable
from layers.style.dropped import Dropped
from layers.style.maplibre import layers
from layers.style.maplibre.expression_writer import expression
from layers.style.model import Raster, Rule
from layers.style.painting import Paint, passes
from layers.style.reading import symbolizer_json

ZOOM_0 = 279_541_132.0143589
MAX_ZOOM = 24.0


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a style's data and pictures are: TileJSON of vector tiles or of drawn tiles, and the sprite."""

    layer: str
    title: str
    geometry: str
    tiles: str
    sprite: str
    bounds: tuple[float, float, float, float] | None = None


def write(rules: Sequence[Rule], sources: Sources) -> tuple[dict[str, Any], tuple[Dropped, ...]]:
    """Return the document, ready for JSON, and the rules that MapLibre has no words for."""
    if any(isinstance(each, Raster) for rule in rules for each in rule.symbolizers):
        return _drawn(rules, sources), ()
    dropped: list[Dropped] = []
    made: list[dict[str, Any]] = []
    for paints in passes(rules):
        for paint in paints:
            try:
                made += _layers(paint, sources, len(made))
            except Unwritable as fault:
                words = ("MapLibre 无法表达其过滤条件", f"MapLibre has no words for its filter ({fault})")
                dropped.append(Dropped(f"Rule[{paint.name}]", *words))
    source = {"type": "vector", "url": sources.tiles}
    return _document(sources, source, made), tuple(dict.fromkeys(dropped))


def _document(sources: Sources, source: dict[str, Any], made: list[dict[str, Any]]) -> dict[str, Any]:
    document: dict[str, Any] = {"version": 8, "name": sources.title, "sources": {sources.layer: source}}
    if sources.sprite:
        document["sprite"] = sources.sprite
    if sources.bounds:
        west, south, east, north = sources.bounds
        document |= {"center": [(west + east) / 2, (south + north) / 2], "zoom": 11}
    return {**document, "layers": made}


def _drawn(rules: Sequence[Rule], sources: Sources) -> dict[str, Any]:
    """Show the tiles that we draw: ramps, stretches and relief are ours, and travel along as metadata."""
    own = [
        {**symbolizer_json(each), "rule": rule.name, "title": {"zh": rule.title.zh, "en": rule.title.en}}
        for rule in rules for each in rule.symbolizers if isinstance(each, Raster)
    ]  # fmt: skip
    layer = {"id": sources.layer, "type": "raster", "source": sources.layer, "metadata": {"geobase:raster": own}}
    return _document(sources, {"type": "raster", "url": sources.tiles, "tileSize": 256}, [layer])


def _layers(paint: Paint, sources: Sources, count: int) -> list[dict[str, Any]]:
    metadata = {"geobase:rule": paint.name, "geobase:pass": paint.level, "geobase:title": {"zh": paint.title.zh, "en": paint.title.en}}
    shared: dict[str, Any] = {"source": sources.layer, "source-layer": sources.layer}
    if paint.condition is not None:
        shared["filter"] = expression(paint.condition)
    if paint.min_scale:
        shared["minzoom"] = zoom(paint.min_scale)
    if paint.max_scale:
        shared["maxzoom"] = zoom(paint.max_scale)
    made = []
    for number, part in enumerate(layers.of(paint.symbolizer, sources.geometry)):
        own = {"metadata": {**metadata, **part.pop("metadata", {})}}
        made.append({"id": f"{paint.name or 'rule'}-{count + number}", **part, **shared, **own})
    return made


def zoom(scale: float) -> float:
    """Return the zoom at 1:`scale`, within what MapLibre knows."""
    return min(max(log2(ZOOM_0 / scale), 0.0), MAX_ZOOM)


def text(document: dict[str, Any]) -> bytes:
    """Write the document as it is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
