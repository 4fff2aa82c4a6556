"""GetStyles (OGC 05-078r4 §8.3.5): the styles of layers as SLD 1.0 (WMS 1.1.1) or SLD 1.1 (WMS 1.3.0)."""

from collections.abc import Sequence

from geoserver_app.wms.parameters import Version
from layers.access import LayerView
from layers.style import sld
from layers.style.importing import narrowed
from layers.style.reading import read
from tiles import render


def document(views: Sequence[LayerView], version: Version, home: str) -> bytes:
    """Write all styles of the layers, without what speaks of attributes the caller may not read."""
    found = []
    for view in views:
        names = {each.name for each in view.fields}
        for style in render.styles_of(view):
            rules = read(style.body).rules
            rules = narrowed(rules, names) if view.spec.kind == "vector" else rules
            named = sld.Named(view.spec.slug, style.name, style.title, view.spec.geometry, f"{home}/ogc/resources")
            found.append((rules, named))
    return sld.write_all(found, "1.1.0" if version == "1.3.0" else "1.0.0")[0]
