"""The registry and the three doors to data: no protocol, no HTTP."""
