"""WMTS 1.0.0 (OGC 07-057r7): key-value and RESTful."""
