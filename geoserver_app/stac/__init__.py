"""STAC API 1.0 at /stac: the files of imagery and elevation models, found and fetched (stacspec.org)."""
