"""How layers look: one style model, its defaults, its writers (mapfile now; SLD/SE and MapLibre beside it)."""
