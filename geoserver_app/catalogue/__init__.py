"""The catalogue: what all its faces share (OGC API Records, CSW, the directory page)."""
