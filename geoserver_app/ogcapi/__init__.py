"""OGC API at /ogc/: Features 1–3, Tiles, their pages for people; docs/adr/0011 says what pygeoapi does in it."""
