"""What a CASS drawing's layers and codes stand for: the feature class of a DLG, the object's name, its GB/T 13923 code.

The tables are `layers/codes/cass_layers.csv` (one line a code) and `cass_layer_names.csv`.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from layers.codes import records

# The first two digits of a GB/T 13923 code, and the theme of the DLG layers that hold it.
_THEMES = {
    "11": "CPT", "12": "CPT", "21": "HYD", "22": "HYD", "23": "HYD", "24": "HYD", "25": "HYD", "26": "HYD", "27": "HFC", "31": "RES",
    "32": "RFC", "33": "RFC", "34": "RFC", "35": "RFC", "36": "RFC", "37": "RFC", "38": "RFC", "41": "LRR", "42": "LRD", "43": "LRD",
    "44": "LRD", "45": "LFC", "46": "LFC", "47": "LFC", "48": "LFC", "49": "LFC", "51": "PIP", "52": "PIP", "53": "PIP", "54": "PIP",
    "61": "BOU", "62": "BOU", "63": "BOU", "64": "BOU", "65": "BOU", "66": "BOU", "67": "BRG", "71": "TER", "72": "TER", "73": "TER",
    "74": "TER", "75": "TFC", "76": "TFC", "81": "VEG", "82": "VEG", "83": "VEG",
}  # fmt: skip
_PARCELS = "JZD"
"""Closed lines of this layer are the outlines of parcels."""
_SHEET_LAYERS = {"TK", "ASSIST", "BOUND", "AXES", "VALUE", "LABEL", "Z", "SJW", "0", "DEFPOINTS"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means: Chinese name and GB/T 13923 code, "" where the tables do not say; whether closed ones stay lines."""

    theme: str = ""
    name: str = ""
    gb: str = ""
    is_line: bool = False


def meaning(layer: str, code: str) -> Meaning:
    """Return what an object on a CASS layer with a SOUTH code stands for; the layer's usual theme for an unknown code."""
    row = _codes().get(code)
    if row is None:
        return Meaning(_usual().get(layer.upper(), ""))
    gb = row["gb_code"].split(";")[0]
    return Meaning(_THEMES.get(gb[:2], "") or _usual().get(layer.upper(), ""), row["name_zh"], gb, row["geometry"] == "line" and row["layer"] != _PARCELS)


def theme_of(gb: str) -> str:
    """Return the theme of the DLG layers that hold a GB/T 13923 code, "" for no such code.

    >>> theme_of("210102"), theme_of("999999")
    ('HYD', '')
    """
    return _THEMES.get(gb[:2], "") if len(gb) >= 6 else ""


def is_sheet_layer(layer: str) -> bool:
    """Whether a layer draws the sheet (frame, grid, helper lines) and nothing on the ground."""
    return layer.upper() in _SHEET_LAYERS - {"0", "DEFPOINTS"}


def is_cass(layers: set[str]) -> bool:
    """Whether a drawing's layers are CASS's: at least two of its names."""
    known = {row["layer"] for row in records("cass_layer_names")}
    return len({each.upper() for each in layers} & known) >= 2


@cache
def _codes() -> Mapping[str, Mapping[str, str]]:
    return {row["code"]: row for row in records("cass_layers")}


@cache
def _usual() -> Mapping[str, str]:
    """The theme that most codes of a layer belong to."""
    votes: dict[str, Counter[str]] = {}
    for row in records("cass_layers"):
        theme = _THEMES.get(row["gb_code"][:2], "")
        if theme:
            votes.setdefault(row["layer"], Counter())[theme] += 1
    return {layer: counted.most_common(1)[0][0] for layer, counted in votes.items()}
