"""WMS 1.1.1 and 1.3.0: parse, ask a door, answer in the protocol's dialect."""
