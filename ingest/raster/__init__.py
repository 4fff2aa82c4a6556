"""Imagery and elevation on their way into the store: examined, georeferenced, made into COGs."""
