"""What does a delivered layer's name stand for? The trade's layer codes with their names and themes.

DLG layers (HYDA …), the land survey (TD/T 1057), spatial planning and farmland databases, CASS drawings; the tables
lie in `layers/codes`, every line with its source. Only the first description of a new layer comes from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from layers.codes import records
from layers.spec import Title

_KINDS = {"area": "面", "line": "线", "point": "点", "annotation": "注记"}
_THEME_OF_DLG = {"交通": "transport", "铁路": "transport", "公路": "transport", "境界与政区": "admin", "境界": "admin"}


@dataclass(frozen=True, slots=True)
class LayerName:
    """A layer code's name, its theme's slug, and the standard it is from."""

    title: Title
    theme: str
    source: str


def describe(name: str) -> LayerName | None:
    """Return what a layer code stands for, case aside; None for a name no table has.

    >>> describe("hfcl").title.zh
    '水系附属设施线'
    """
    return _known().get(name.upper())


def of_ysdm(code: str) -> str:
    """Return the layer whose features carry a ten-digit feature code (TD/T 1057, planning databases); "" for none.

    >>> of_ysdm("1000600100")
    'XZQ'
    """
    return _by_ysdm().get(code.strip(), "")


@cache
def _by_ysdm() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for row in records("spatial_plan_layers"):
        if row["ysdm"] and not row["layer"].endswith("*"):
            found.setdefault(row["ysdm"], row["layer"].upper())
    return found


@cache
def _known() -> Mapping[str, LayerName]:
    found: dict[str, LayerName] = {}
    for row in records("dlg_layers"):
        title = Title(row["theme"] + _KINDS.get(row["geometry"], ""))
        found[row["code"].upper()] = LayerName(title, _THEME_OF_DLG.get(row["theme"], "base"), "DLG")
    for row in records("spatial_plan_layers"):
        name = row["layer"].upper()
        if name and not name.endswith("*"):
            theme = "land" if row["database"].startswith("TD/T 1057") else "planning"
            found.setdefault(name, LayerName(Title(row["name_zh"]), theme, row["database"]))
    for row in records("cass_layer_names"):
        found.setdefault(row["layer"].upper(), LayerName(Title(row["name_zh"]), "base", "CASS"))
    return found
