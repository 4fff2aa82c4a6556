"""What tree a filter in OGC Filter Encoding means (1.0, 1.1 and 2.0: OGC 02-059, 04-095, 09-026r2).

Elements are known by their local names, so all three versions are read alike. A literal has no type of its own in
these languages: it takes that of the attribute it is compared with, else it is a number when it looks like one.
"""

import re
from collections.abc import Mapping
from typing import Any, cast

from layers.filters import checks, gml
from layers.filters.ast import (
    Arithmetic,
    Between,
    Comparison,
    ComparisonOperator,
    Fold,
    GeometryProperty,
    In,
    IsNull,
    Like,
    Logical,
    LogicalOperator,
    Node,
    Not,
    Part,
    Property,
    Scalar,
    Spatial,
    Value,
)
from layers.filters.faults import MAX_NODES, Budget, fault
from layers.filters.moments import instant
from layers.spec import FieldType
from layers.xml import child, children, local

type Types = Mapping[str, FieldType]
_COMPARISONS: dict[str, ComparisonOperator] = {
    "PropertyIsEqualTo": "=",
    "PropertyIsNotEqualTo": "<>",
    "PropertyIsLessThan": "<",
    "PropertyIsGreaterThan": ">",
    "PropertyIsLessThanOrEqualTo": "<=",
    "PropertyIsGreaterThanOrEqualTo": ">=",
}
_SPATIAL = {
    "BBOX": "s_intersects", "Intersects": "s_intersects", "Within": "s_within", "Contains": "s_contains",
    "Disjoint": "s_disjoint", "Touches": "s_touches", "Overlaps": "s_overlaps", "Crosses": "s_crosses", "Equals": "s_equals",
}  # fmt: skip
_LOGICAL: dict[str, LogicalOperator] = {"And": "and", "Or": "or"}
_ARITHMETIC = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_ONE_OF = re.compile(r"in(\d\d?)?", re.ASCII)


def parse_element(element: Any, types: Types | None = None, *, max_nodes: int = MAX_NODES) -> Node:
    """Read an lxml `Filter` element, or the operator inside one; raises InvalidFilter.

    `types` are the attributes by name; with them a name is found whatever its case, and an unknown one is a fault.
    """
    inner = children(element)
    if local(element) == "Filter":
        if len(inner) != 1:
            raise fault("Filter 中须恰有一个条件", "a Filter holds one condition")
        element = inner[0]
    return _Reader(types, max_nodes).condition(element)


class _Reader:
    def __init__(self, types: Types | None, max_nodes: int) -> None:
        self.types = types
        self.names = {name.lower(): name for name in types or {}}
        self.budget = Budget(max_nodes)

    def condition(self, element: Any) -> Node:
        self.budget.node()
        self.budget.enter()
        name = local(element)
        node = self.logical(element) if name in (*_LOGICAL, "Not") else self.predicate(element)
        self.budget.leave()
        return node

    def logical(self, element: Any) -> Node:
        name, inner = local(element), children(element)
        if name == "Not":
            return Not(self.condition(_exactly(inner, 1, name)[0]))
        if not inner:
            raise fault(f"{name} 中没有条件", f"{name} is empty")
        operands = tuple(self.condition(each) for each in inner)
        if len(operands) == 1:
            return operands[0]
        return (_one_of(operands) if name == "Or" else None) or Logical(_LOGICAL[name], operands)

    def predicate(self, element: Any) -> Node:
        name = local(element)
        if name in _COMPARISONS:
            return self.comparison(element)
        if name in _SPATIAL:
            return self.spatial(element)
        match name:
            case "PropertyIsNull" | "PropertyIsNil":
                return IsNull(self.scalar(_exactly(children(element), 1, name)[0]))
            case "PropertyIsBetween":
                return self.between(element)
            case "PropertyIsLike":
                return self.like(element)
        raise fault(f"不支持 {name[:40]}", f"{name[:40]} is not taken")

    def comparison(self, element: Any) -> Node:
        left, right = _exactly(children(element), 2, local(element))
        for function, literal in ((left, right), (right, left)):
            if local(function) == "Function" and _ONE_OF.fullmatch(function.get("name", "")):
                found = self.one_of(function)
                return found if (literal.text or "").strip().lower() == "true" else Not(found)
        kind = self.type_of(left) or self.type_of(right)
        first, second = self.scalar(left, kind), self.scalar(right, kind)
        if element.get("matchCase") == "false":
            first, second = _folded(first), _folded(second)
        return Comparison(_COMPARISONS[local(element)], first, second)

    def spatial(self, element: Any) -> Node:
        """Read a relation of the feature's geometry and one written as GML; its name may be left out."""
        found = [each for each in children(element) if gml.is_geometry(each)]
        named = [each for each in children(element) if local(each) in ("PropertyName", "ValueReference")]
        if len(found) != 1 or len(named) > 1:
            raise fault(f"{local(element)} 须有一个几何", f"{local(element)} takes one geometry")
        self.budget.node()
        return Spatial(_SPATIAL[local(element)], GeometryProperty(), gml.read(found[0]))

    def one_of(self, function: Any) -> Node:
        """Read GeoServer's in(property, a, b …)."""
        inner = children(function)
        if len(inner) < 2:
            raise fault("in 需要属性和值", "in takes a property and values")
        kind = self.type_of(inner[0])
        return In(self.scalar(inner[0]), tuple(self.scalar(each, kind) for each in inner[1:]))

    def between(self, element: Any) -> Node:
        inner = children(element)
        low, high = child(element, "LowerBoundary"), child(element, "UpperBoundary")
        if len(inner) != 3 or low is None or high is None:
            raise fault("PropertyIsBetween 须有上下界", "PropertyIsBetween has two boundaries")
        kind = self.type_of(inner[0])
        bounds = [self.scalar(_exactly(children(each), 1, "boundary")[0], kind) for each in (low, high)]
        return Between(self.scalar(inner[0]), *bounds)

    def like(self, element: Any) -> Node:
        left, right = _exactly(children(element), 2, "PropertyIsLike")
        text = (right.text or "") if local(right) == "Literal" else ""
        pattern = checks.literal_text(_pattern(element, text))
        operand = self.scalar(left)
        if element.get("matchCase") == "false":
            return Like(_folded(operand), Fold("casei", pattern))
        return Like(operand, pattern)

    def scalar(self, element: Any, kind: FieldType | None = None) -> Scalar:
        self.budget.node()
        name = local(element)
        match name:
            case "PropertyName" | "ValueReference":
                return Property(self.name(element))
            case "Literal":
                return _literal(element, kind)
            case "Function":
                return self.function(element)
        if name in _ARITHMETIC:
            self.budget.enter()
            left, right = (checks.number(self.scalar(each, "number")) for each in _exactly(children(element), 2, name))
            self.budget.leave()
            return Arithmetic(_ARITHMETIC[name], left, right)  # type: ignore[arg-type]
        raise fault(f"不支持 {name[:40]}", f"{name[:40]} is not taken")

    def function(self, element: Any) -> Scalar:
        name = element.get("name", "")
        if name in ("strToLowerCase", "strToUpperCase", "lower", "upper"):
            self.budget.enter()
            inner = checks.text(self.scalar(_exactly(children(element), 1, name)[0]))
            self.budget.leave()
            return Fold("casei", inner)
        raise fault(f"没有函数 {name[:40]}", f"there is no function {name[:40]}")

    def name(self, element: Any) -> str:
        """Return the attribute's name as the layer writes it; a path's last step counts ("app:NAME", "a/b")."""
        given = re.split("[/:]", (element.text or "").strip())[-1]
        if not given:
            raise fault("缺少属性名", "a property has no name")
        if self.types is None or given in self.types:
            return given
        if found := self.names.get(given.lower()):
            return found
        raise fault(f"没有属性 {given[:60]}", f"there is no property {given[:60]}")

    def type_of(self, element: Any) -> FieldType | None:
        if self.types is None or local(element) not in ("PropertyName", "ValueReference"):
            return None
        return self.types[self.name(element)]


def _literal(element: Any, kind: FieldType | None) -> Value:
    text = element.text or ""
    if kind == "string":
        return checks.literal_text(text)
    text = text.strip()
    if kind == "boolean":
        return Value(text.lower() in ("true", "1"))
    if kind in ("date", "datetime"):
        return Value(instant(text))
    if _NUMBER.fullmatch(text):
        return checks.literal_number(int(text) if text.lstrip("-").isdigit() else float(text))
    if kind is not None:
        raise fault("此处应为数", "a number is expected")
    return checks.literal_text(element.text or "")


def _one_of(operands: tuple[Node, ...]) -> Node | None:
    """Read "a = 1 or a = 2 …" as a in (1, 2 …), which is how these languages have to write it."""
    found: list[Value] = []
    for each in operands:
        match each:
            case Comparison("=", Property() as name, Value() as value) if name == _left(operands[0]):
                found.append(value)
            case _:
                return None
    return In(cast(Property, _left(operands[0])), tuple(found))


def _left(node: Node) -> Part | None:
    return node.left if isinstance(node, Comparison) else None


def _folded(part: Scalar) -> Scalar:
    is_text = isinstance(part, Property | Fold) or (isinstance(part, Value) and isinstance(part.value, str))
    return Fold("casei", part) if is_text else part


def _pattern(element: Any, text: str) -> str:
    """Write a LIKE pattern of Filter Encoding in ours: % any text, _ one character, backslash the next as it is."""
    many, one = element.get("wildCard", "*"), element.get("singleChar", "?")
    escape = element.get("escapeChar") or element.get("escape") or "\\"
    marks = {many: "%", one: "_"}
    written, place = "", 0
    while place < len(text):
        character = text[place]
        if character == escape and place + 1 < len(text):
            place += 1
            written += _quoted(text[place])
        else:
            written += marks.get(character) or _quoted(character)
        place += 1
    return written


def _quoted(character: str) -> str:
    return f"\\{character}" if character in "%_\\" else character


def _exactly(inner: list[Any], number: int, name: str) -> list[Any]:
    if len(inner) != number:
        raise fault(f"{name} 需要 {number} 项", f"{name} takes {number} parts")
    return inner
