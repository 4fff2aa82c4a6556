"""Processes: what the server computes on request, over the doors, for one caller at a time."""
