"""Of which kinds is a layer? Rules say the kinds they are for; a layer is of several at once.

`vector`, `table`, `point`, `line`, `polygon`, `imagery`, `elevation` come from the layer itself,
`coverage` (polygons that tile an area) and `network` (lines that join) from what it is known to be.
"""

from layers.spec import LayerSpec

_COVERAGES = frozenset({"dltb", "ydyh", "county", "town", "village", "env-unit", "xzq", "cjdcq", "jqdltb", "ghdltb", "ghfq"})
"""Layers whose polygons leave no gap and do not overlap: TD/T 1057 地类图斑, 行政区; planning's 用地用海."""
_NETWORKS = frozenset({"lrdl", "lrrl", "hydl", "irrigation", "pipl", "boul"})
"""Lines that meet at nodes: DLG roads, railways, water, pipelines, boundaries."""
_TYPES = {"Point": "point", "LineString": "line", "Polygon": "polygon"}


def kinds_of(spec: LayerSpec) -> frozenset[str]:
    """Return the kinds a layer is of."""
    if spec.kind != "vector":
        return frozenset({"raster", spec.kind})
    if not spec.geometry:
        return frozenset({"vector", "table"})
    kinds = {"vector", "spatial", _TYPES.get(spec.geometry, "mixed")}
    if spec.slug in _COVERAGES and spec.geometry == "Polygon":
        kinds.add("coverage")
    if spec.slug in _NETWORKS and spec.geometry == "LineString":
        kinds.add("network")
    return frozenset(kinds)
