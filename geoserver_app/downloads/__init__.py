"""The download page: layers, area, format and CRS chosen; the process clip-and-ship does the work."""
