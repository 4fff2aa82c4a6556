"""A delivery becomes a version: detect, read, check, load, publish."""
