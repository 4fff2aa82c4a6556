"""OGC API - Coverages: values of imagery and elevation models as grids, cut, scaled and put into a CRS."""
