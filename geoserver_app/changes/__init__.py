"""The face of history: what was published when (a feed), and what differs between two versions of a layer."""
