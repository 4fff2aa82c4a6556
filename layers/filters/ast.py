"""What a filter is made of: frozen nodes, equal whichever language they were read from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

ComparisonOperator = Literal["=", "<>", "<", ">", "<=", ">="]
ArithmeticOperator = Literal["+", "-", "*", "/", "%", "div", "^"]
FoldFunction = Literal["casei", "accenti"]
LogicalOperator = Literal["and", "or"]
type Coordinates = tuple[float, ...] | tuple["Coordinates", ...]

COMPARISONS: tuple[ComparisonOperator, ...] = ("=", "<>", "<", ">", "<=", ">=")
SPATIAL = frozenset(
    ["s_intersects", "s_within", "s_contains", "s_disjoint", "s_touches", "s_overlaps", "s_crosses", "s_equals"]
)
TEMPORAL = frozenset(
    ["t_after", "t_before", "t_contains", "t_disjoint", "t_during", "t_equals", "t_finishedby", "t_finishes", "t_intersects", "t_meets", "t_metby", "t_overlappedby", "t_overlaps", "t_startedby", "t_starts"]
)
ARITHMETIC: tuple[ArithmeticOperator, ...] = ("+", "-", "*", "/", "%", "div", "^")
ARRAY = frozenset(["a_equals", "a_contains", "a_containedby", "a_overlaps"])
GEOMETRY_NAMES = ("geometry", "geom")
"""The names by which a filter may speak of a feature's geometry."""


@dataclass(frozen=True, slots=True)
class Property:
    """A feature's attribute by its public name; `position` is its character in the text, or -1."""

    name: str
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class GeometryProperty:
    """The feature's own geometry."""

    name: str = "geometry"
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    """A literal: text, number, truth value, day, or moment (always with a time zone)."""

    value: str | int | float | bool | date | datetime


@dataclass(frozen=True, slots=True)
class Geometry:
    """A literal geometry: `kind` is its GeoJSON type, coordinates are x (east) first in EPSG:`srid`.

    For a GeometryCollection `members` holds the parts and `coordinates` is empty.
    """

    kind: str
    coordinates: Coordinates
    srid: int = 4490
    members: tuple["Geometry", ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of time, both ends included; None is an open end."""

    start: "Value | Property | None"
    end: "Value | Property | None"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`left operator right` on numbers; `div` is whole division, `%` its rest, both towards zero."""

    operator: ArithmeticOperator
    left: "Scalar"
    right: "Scalar"


@dataclass(frozen=True, slots=True)
class Fold:
    """Text made insensitive to case (casei) or accents (accenti), CQL2 §7.4."""

    function: FoldFunction
    operand: "Scalar"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of layers/filters/functions applied to arguments."""

    name: str
    arguments: tuple["Scalar | GeometryProperty", ...]
    position: int = field(default=-1, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    """A literal array; array operators take it as a set."""

    items: tuple["Scalar", ...]


@dataclass(frozen=True, slots=True)
class ArrayRelation:
    """A relation of two arrays taken as sets, `operator` one of ARRAY."""

    operator: str
    left: "Array | Call"
    right: "Array | Call"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`; unknown (null) when either side is null."""

    operator: ComparisonOperator
    left: "Scalar"
    right: "Scalar"


@dataclass(frozen=True, slots=True)
class Between:
    """low <= operand <= high."""

    operand: "Scalar"
    low: "Scalar"
    high: "Scalar"


@dataclass(frozen=True, slots=True)
class In:
    """The operand equals one of the choices."""

    operand: "Scalar"
    choices: tuple["Scalar", ...]


@dataclass(frozen=True, slots=True)
class Like:
    """The operand matches a pattern: % any text, _ one character, backslash takes the next as it is."""

    operand: "Scalar"
    pattern: "Value | Fold"


@dataclass(frozen=True, slots=True)
class IsNull:
    """The operand has no value."""

    operand: "Scalar"


@dataclass(frozen=True, slots=True)
class Spatial:
    """A relation of two geometries (DE-9IM), `operator` one of SPATIAL."""

    operator: str
    left: "GeometryProperty | Geometry"
    right: "GeometryProperty | Geometry"


@dataclass(frozen=True, slots=True)
class Temporal:
    """A relation of two times (Allen), `operator` one of TEMPORAL; an instant is a span of no length."""

    operator: str
    left: "Property | Value | Interval"
    right: "Property | Value | Interval"


@dataclass(frozen=True, slots=True)
class Logical:
    """All (and) or any (or) of two or more conditions."""

    operator: LogicalOperator
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    operand: "Node"


type Scalar = Property | Value | Arithmetic | Fold | Call
type Condition = Comparison | Between | In | Like | IsNull | Spatial | Temporal | ArrayRelation | Logical | Not
type Node = Condition | Property | Value
type Part = Node | Scalar | Geometry | GeometryProperty | Interval | Array


def children(part: Part) -> tuple[Part, ...]:  # noqa: PLR0911 - one return a kind of node
    """Return the parts directly below one, from left to right."""
    match part:
        case Logical(operands=found) | Call(arguments=found) | Array(items=found):
            return found
        case Not(operand=operand) | Fold(operand=operand) | IsNull(operand=operand):
            return (operand,)
        case Comparison() | Arithmetic() | Spatial() | Temporal() | ArrayRelation():
            return (part.left, part.right)
        case Between(operand=operand, low=low, high=high):
            return (operand, low, high)
        case In(operand=operand, choices=choices):
            return (operand, *choices)
        case Like(operand=operand, pattern=pattern):
            return (operand, pattern)
        case Interval(start=start, end=end):
            return tuple(bound for bound in (start, end) if bound is not None)
    return ()


def walk(part: Part) -> Iterator[Part]:
    """Yield a part and everything below it, top first."""
    waiting = [part]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def properties(node: Node) -> set[str]:
    """Return the names of the attributes a filter reads; the geometry is not among them."""
    return {part.name for part in walk(node) if isinstance(part, Property)}
