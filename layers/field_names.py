"""What does a delivered field's name stand for? The trade's abbreviations with names, units and code lists.

Only the first description of a new layer comes from here; afterwards the registry's own row counts.
The table is `layers/codes/field_names.csv`; every line says where it is from and how sure it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from layers.codes import records
from layers.spec import Title


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field's names, its unit ("" = none) and the code table its values are from ("" = none)."""

    title: Title
    unit: str = ""
    codes: str = ""


def describe(name: str) -> FieldName:
    """Return what a field's name stands for, case aside; an unknown name stands for itself.

    >>> describe("dlmc").title.zh
    '地类名称'
    """
    return _known().get(name.upper()) or FieldName(Title(name))


@cache
def _known() -> Mapping[str, FieldName]:
    return {
        row["name"]: FieldName(Title(row["name_zh"], row["name_en"]), row["unit"], row["codes"])
        for row in records("field_names")
    }
