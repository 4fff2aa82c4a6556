"""Settings, processes and the private database: how Geobase runs on one machine."""
