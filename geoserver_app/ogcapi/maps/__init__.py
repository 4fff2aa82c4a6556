"""OGC API - Maps Part 1 (OGC 20-058): a layer, or several, drawn as one picture."""
