"""OGC API - Processes Part 1 over the server's own processes."""
