"""The formats a delivery may come in: the catalogue, how each is recognised, and readers for what GDAL does not read."""

from ingest.formats.catalogue import FORMATS, Format, Kind
from ingest.formats.recognise import DERIVED, Source, recognise, sources

__all__ = ["DERIVED", "FORMATS", "Format", "Kind", "Source", "recognise", "sources"]
