"""The web map: its page, its configuration from LayerViews, its search; the TypeScript is in `src`."""
