"""Which features a rule gets when the rules before it have had their choice, written as one condition.

Our styles give a feature to the FIRST rule that matches; SLD and MapLibre draw ALL that match. Where two conditions
cannot hold together nothing need be added; elsewhere the later one excludes the earlier.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from layers.filters.ast import (
    Between,
    Comparison,
    In,
    IsNull,
    Like,
    Logical,
    Node,
    Not,
    Property,
    Value,
)

type Literal_ = str | int | float | bool


def exclusive(filters: Sequence[Node | None]) -> list[Node | None]:
    """Return conditions of which at most one holds, each for the features its filter gets by being first."""
    made: list[Node | None] = []
    for place, own in enumerate(filters):
        earlier = [each for each in filters[:place] if each is not None]
        made.append(_without(own, [each for each in earlier if own is None or not are_disjoint(own, each)]))
    return made


def stripped(condition: Node | None, earlier: Sequence[Node | None]) -> Node | None:
    """Take the exclusions of `earlier` filters out again: being later says the same."""
    known = {atom for each in earlier if each is not None for atom in _atoms(each)}
    kept = [each for each in _conjuncts(condition) if not (isinstance(each, Not) and set(_atoms(each.operand)) <= known)]
    if not kept:
        return None
    return kept[0] if len(kept) == 1 else Logical("and", tuple(kept))


def unclaimed(conditions: Sequence[Node | None]) -> Node | None:
    """Return what every condition excludes or cannot hold and no rule claims: a first rule that draws nothing had it."""
    claimed = {atom for each in conditions for own in _conjuncts(each) if not isinstance(own, Not) for atom in _atoms(own)}
    excluded = [[atom for one in _conjuncts(each) if isinstance(one, Not) for atom in _atoms(one.operand)] for each in conditions]
    # "is not null" is never unknown: it may stay where it is.
    atoms = [atom for atom in dict.fromkeys(atom for each in excluded for atom in each) if atom not in claimed and not isinstance(atom, IsNull)]
    gone = [
        atom for atom in atoms
        if all(atom in out or (each is not None and are_disjoint(each, atom)) for each, out in zip(conditions, excluded, strict=True))
    ]  # fmt: skip
    merged = _merged(gone)
    if not merged:
        return None
    return merged[0] if len(merged) == 1 else Logical("or", tuple(merged))


def hidden(condition: Node | None) -> Node | None:
    """Return what a condition excludes where it demands nothing else: "not (a or b)" hides "a or b"."""
    parts = _conjuncts(condition)
    excluded = [each.operand for each in parts if isinstance(each, Not)]
    if not excluded or len(excluded) < len(parts):
        return None
    atoms = _merged([atom for each in excluded for atom in _atoms(each)])
    return atoms[0] if len(atoms) == 1 else Logical("or", tuple(atoms))


def excludes(later: Node | None, earlier: Node | None) -> bool:
    """Whether one condition says that another does not hold."""
    excluded = {atom for each in _conjuncts(later) if isinstance(each, Not) for atom in _atoms(each.operand)}
    own = [each for each in _conjuncts(earlier) if not isinstance(each, Not)]
    return Logical("and", tuple(own)) in excluded or any(set(_atoms(each)) <= excluded for each in own)


def are_disjoint(one: Node, other: Node) -> bool:
    """Whether two conditions can be seen never to hold together (False where it is not plain)."""
    if excludes(one, other) or excludes(other, one):
        return True
    ours, theirs = _bounds(one), _bounds(other)
    return any(ours[name].excludes(theirs[name]) for name in ours.keys() & theirs.keys())


def _without(own: Node | None, others: list[Node]) -> Node | None:
    if not others:
        return own
    merged = _merged(others)
    rest: Node = Not(merged[0] if len(merged) == 1 else Logical("or", tuple(merged)))
    if own is None:
        return rest
    return Logical("and", (*_conjuncts(own), rest))


def _merged(nodes: Sequence[Node]) -> list[Node]:
    """Take alternatives apart, and join "a = 1", "a = 2" … into one list of values for each attribute."""
    values: dict[Property, list[Value]] = {}
    rest: list[Node] = []
    for atom in dict.fromkeys(atom for node in nodes for atom in _atoms(node)):
        match atom:
            case Comparison("=", Property() as name, Value() as value):
                values.setdefault(name, []).append(value)
            case _:
                rest.append(atom)
    lists = [In(name, tuple(found)) if len(found) > 1 else Comparison("=", name, found[0]) for name, found in values.items()]
    return [*lists, *rest]


def _conjuncts(node: Node | None) -> list[Node]:
    if node is None:
        return []
    if isinstance(node, Logical) and node.operator == "and":
        return list(node.operands)
    return [node]


def _atoms(node: Node) -> Iterator[Node]:
    """Take an "or" or a list of values apart."""
    match node:
        case Logical(operator="or", operands=operands):
            for each in operands:
                yield from _atoms(each)
        case In(operand=Property() as name, choices=choices) if all(isinstance(each, Value) for each in choices):
            for choice in choices:
                yield Comparison("=", name, choice)
        case _:
            yield node


@dataclass(slots=True)
class _Bound:
    """What a condition demands of one attribute: one of some values, or a range."""

    values: set[Literal_] | None = None
    low: float = -inf
    high: float = inf
    is_low_open: bool = False
    is_high_open: bool = False
    prefix: str = ""

    def excludes(self, other: "_Bound") -> bool:
        short, long = sorted((self.prefix, other.prefix), key=len)
        if not long.startswith(short):
            return True
        if self.values is not None and other.values is not None:
            return not self.values & other.values
        if self.values is not None:
            return all(not other.holds(each) for each in self.values)
        if other.values is not None:
            return other.excludes(self)
        return self.is_below(other) or other.is_below(self)

    def is_below(self, other: "_Bound") -> bool:
        return self.high < other.low or (self.high == other.low and (self.is_high_open or other.is_low_open))

    def holds(self, value: Literal_) -> bool:
        if isinstance(value, str):
            return self.low == -inf and self.high == inf and value.startswith(self.prefix)
        above = value > self.low or (value == self.low and not self.is_low_open)
        return above and (value < self.high or (value == self.high and not self.is_high_open))


def _bounds(node: Node) -> dict[str, _Bound]:
    found: dict[str, _Bound] = {}
    for each in _conjuncts(node):
        match each:
            case Comparison(operator, Property(name=name), Value(value=(str() | int() | float()) as value)):
                _narrow(found.setdefault(name, _Bound()), operator, value)
            case In(operand=Property(name=name), choices=choices) if all(isinstance(one, Value) for one in choices):
                found.setdefault(name, _Bound()).values = {one.value for one in choices}  # type: ignore[union-attr,misc]
            case Like(Property(name=name), Value(value=str() as pattern)):
                found.setdefault(name, _Bound()).prefix = re.split(r"[%_\\]", pattern)[0]
            case Between(Property(name=name), Value(value=(int() | float()) as low), Value(value=(int() | float()) as high)):
                bound = found.setdefault(name, _Bound())
                bound.low, bound.high = float(low), float(high)
    return found


def _narrow(bound: _Bound, operator: str, value: Literal_) -> None:
    if operator == "=":
        bound.values = {value}
    elif isinstance(value, str):
        return
    elif operator in (">", ">="):
        bound.low, bound.is_low_open = float(value), operator == ">"
    elif operator in ("<", "<="):
        bound.high, bound.is_high_open = float(value), operator == "<"
