"""A filter tree written in OGC Filter Encoding 1.0, 1.1 or 2.0, as `fes.parse_element` reads it."""

from datetime import date
from typing import Any, Literal

from lxml import etree

from layers.filters.ast import (
    Arithmetic,
    Between,
    Comparison,
    Fold,
    In,
    IsNull,
    Like,
    Logical,
    Node,
    Not,
    Property,
    Scalar,
    Value,
)
from layers.filters.moments import write

type Version = Literal["1.0", "1.1", "2.0"]
OGC = "http://www.opengis.net/ogc"
FES = "http://www.opengis.net/fes/2.0"
_COMPARISONS = {
    "=": "PropertyIsEqualTo", "<>": "PropertyIsNotEqualTo", "<": "PropertyIsLessThan", ">": "PropertyIsGreaterThan",
    "<=": "PropertyIsLessThanOrEqualTo", ">=": "PropertyIsGreaterThanOrEqualTo",
}  # fmt: skip
_ARITHMETIC = {"+": "Add", "-": "Sub", "*": "Mul", "/": "Div"}


class Unwritable(ValueError):
    """Filter Encoding has no words for this condition."""


def to_element(node: Node, version: Version = "1.0") -> Any:
    """Write a `Filter` element; raises Unwritable for relations in space or time and accent folding."""
    return _Writer(version).filter(node)


class _Writer:
    def __init__(self, version: Version) -> None:
        self.version = version
        self.space = FES if version == "2.0" else OGC

    def filter(self, node: Node) -> Any:
        prefix = "fes" if self.version == "2.0" else "ogc"
        root = etree.Element(f"{{{self.space}}}Filter", nsmap={prefix: self.space})
        self.condition(root, node)
        return root

    def add(self, parent: Any, element_name: str, text: str | None = None, **attributes: str) -> Any:
        element = etree.SubElement(parent, f"{{{self.space}}}{element_name}", attributes)
        element.text = text
        return element

    def condition(self, parent: Any, node: Node) -> None:
        match node:
            case Logical(operator=operator, operands=operands):
                inner = self.add(parent, operator.capitalize())
                for each in operands:
                    self.condition(inner, each)
            case Not(operand=operand):
                self.condition(self.add(parent, "Not"), operand)
            case In(operand=operand, choices=choices):
                inner = self.add(parent, "Or") if len(choices) > 1 else parent
                for choice in choices:
                    self.comparison(inner, Comparison("=", operand, choice))
            case Property():
                self.comparison(parent, Comparison("=", node, Value(True)))
            case Value(value=value):
                self.comparison(parent, Comparison("=", Value(1), Value(1 if value else 0)))
            case _:
                self.predicate(parent, node)

    def predicate(self, parent: Any, node: Node) -> None:
        match node:
            case Comparison():
                self.comparison(parent, node)
            case IsNull(operand=operand):
                self.scalar(self.add(parent, "PropertyIsNull"), operand)
            case Between(operand=operand, low=low, high=high):
                inner = self.add(parent, "PropertyIsBetween")
                self.scalar(inner, operand)
                self.scalar(self.add(inner, "LowerBoundary"), low)
                self.scalar(self.add(inner, "UpperBoundary"), high)
            case Like():
                self.like(parent, node)
            case _:
                raise Unwritable(type(node).__name__)

    def comparison(self, parent: Any, node: Comparison) -> None:
        left, right, attributes = node.left, node.right, {}
        folds = [each.operand if isinstance(each, Fold) and each.function == "casei" else None for each in (left, right)]
        if self.version != "1.0" and folds[0] is not None and folds[1] is not None:
            left, right, attributes = folds[0], folds[1], {"matchCase": "false"}
        inner = self.add(parent, _COMPARISONS[node.operator], **attributes)
        self.scalar(inner, left)
        self.scalar(inner, right)

    def like(self, parent: Any, node: Like) -> None:
        escape = {"escape" if self.version == "1.0" else "escapeChar": "\\"}
        operand, pattern = node.operand, node.pattern
        if isinstance(pattern, Fold):
            if self.version == "1.0" or not isinstance(operand, Fold) or not isinstance(pattern.operand, Value):
                raise Unwritable("casei")
            operand, pattern, escape = operand.operand, pattern.operand, {**escape, "matchCase": "false"}
        inner = self.add(parent, "PropertyIsLike", wildCard="%", singleChar="_", **escape)
        self.scalar(inner, operand)
        self.add(inner, "Literal", str(pattern.value))

    def scalar(self, parent: Any, part: Scalar) -> None:
        match part:
            case Property(name=name):
                self.add(parent, "ValueReference" if self.version == "2.0" else "PropertyName", name)
            case Value(value=value):
                self.add(parent, "Literal", _text(value))
            case Arithmetic(operator=operator, left=left, right=right):
                if self.version == "2.0":
                    raise Unwritable("arithmetic")  # FE 2.0 took it out (OGC 09-026r2 Annex)
                inner = self.add(parent, _ARITHMETIC[operator])
                self.scalar(inner, left)
                self.scalar(inner, right)
            case Fold(function="casei", operand=operand):
                self.scalar(self.add(parent, "Function", name="strToLowerCase"), operand)
            case _:
                raise Unwritable(type(part).__name__)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return write(value) if isinstance(value, date) else str(value)
