"""What a piece of the plan is: its kind, who wins where two overlap, its land-use code and owner."""

from dataclasses import dataclass

import shapely


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of land: rank (lower wins an overlap), 三调 code, owned by the state, cut at village limits."""

    rank: int
    code: str
    state: bool = False
    corridor: bool = False


KINDS: dict[str, Kind] = {
    "canal": Kind(1, "1101", state=True, corridor=True),
    "sluice": Kind(0, "1109", state=True),
    "railway": Kind(2, "1001", state=True, corridor=True),
    "highway": Kind(3, "1003", state=True, corridor=True),
    "pond": Kind(5, "1104"),
    "levee-road": Kind(6, "1006", corridor=True),
    "belt": Kind(7, "0301", state=True, corridor=True),
    "trunk": Kind(8, "1107", corridor=True),
    "houses": Kind(9, "0702"),
    "old-town": Kind(9, "0702"),
    "flats": Kind(9, "0701", state=True),
    "site": Kind(9, "1201", state=True),
    "shops": Kind(9, "05H1", state=True),
    "offices": Kind(9, "08H1", state=True),
    "school": Kind(9, "08H2", state=True),
    "park": Kind(9, "0810", state=True),
    "utility": Kind(9, "0809", state=True),
    "factory": Kind(9, "0601", state=True),
    "warehouse": Kind(9, "0508", state=True),
    "vacant": Kind(9, "1201"),
    "grove": Kind(9, "0301"),
    "street": Kind(10, "1004"),
    "greenhouse": Kind(11, "1202"),
    "track": Kind(12, "1006"),
    "ditch": Kind(13, "1107"),
    "field": Kind(14, "0102"),
    "dry-field": Kind(14, "0103"),
    "orchard": Kind(14, "0201"),
    "nursery": Kind(14, "0204"),
    "forest": Kind(14, "0301"),
    "grass": Kind(14, "0404"),
    "graves": Kind(14, "09"),
}
FARMED = frozenset({"field", "dry-field", "orchard", "nursery"})
OPEN_LAND = FARMED | {"forest", "grass", "graves"}
BUILT = frozenset(
    {"houses", "old-town", "flats", "shops", "offices", "school", "factory", "warehouse", "utility", "sluice"}
)


@dataclass(frozen=True, slots=True)
class Patch:
    """A shape of the plan before overlaps are resolved; `before` is its kind at the first survey if other."""

    kind: str
    shape: shapely.Geometry
    name: str = ""
    angle: float = 0.0
    before: str = ""
    rank: int | None = None

    @property
    def order(self) -> int:
        """Rank among overlapping patches; lower wins."""
        return KINDS[self.kind].rank if self.rank is None else self.rank
