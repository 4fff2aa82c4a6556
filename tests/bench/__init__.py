"""Ratios side by side with the peers: same data, same answers, interleaved rounds."""
