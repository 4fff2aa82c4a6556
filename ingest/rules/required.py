"""Which fields of a layer must be filled? TD/T 1057's of the land survey, the code of the line maps, the identity."""

from functools import cache

from layers import codes


@cache
def required(slug: str, identity: str) -> frozenset[str]:
    """Return the names, in capitals, of the fields that must have a value."""
    return frozenset({identity.upper()} - {""}) | _of_standard(slug.upper().replace("-", "_"))


@cache
def _of_standard(layer: str) -> frozenset[str]:
    survey = {
        row["field"].upper()
        for row in codes.records("spatial_plan_layers")
        if row["layer"] == layer and row["database"].startswith("TD/T") and row["required"] == "M" and row["confidence"] != "memory"
    }
    is_line_map = any(row["code"] == layer for row in codes.records("dlg_layers"))
    return frozenset(survey | ({"GB"} if is_line_map else set()))
