"""XYZ tiles, vector and picture, and their TileJSON."""
