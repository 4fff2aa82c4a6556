"""Grids, drawing, cache: how a layer becomes pictures and tiles."""
