"""OGC API - Records: the catalogue of the layers the caller may discover."""
