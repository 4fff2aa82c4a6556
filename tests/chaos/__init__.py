"""Killing and starving the server on purpose; `python -m tests.chaos` for as long as one likes."""
