"""MapLibre style documents (Style Specification 8), written and read."""

from layers.style.maplibre.reader import read
from layers.style.maplibre.writer import Sources, write

__all__ = ["Sources", "read", "write"]
