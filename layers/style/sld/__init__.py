"""SLD 1.0 (OGC 02-070) and SLD 1.1 with Symbology Encoding 1.1 (OGC 05-078r4, 05-077r4), written and read."""

from layers.style.sld.dialect import Version
from layers.style.sld.reader import read
from layers.style.sld.writer import Named, write, write_all

__all__ = ["Named", "Version", "read", "write", "write_all"]
