"""The service directory: people find a layer, and the address that works in their program."""
