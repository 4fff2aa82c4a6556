"""MapLibre filters, old and new, read into our filter tree."""

from collections.abc import Callable
from typing import Any

from layers.filters import checks
from layers.filters.ast import (
    Arithmetic,
    Between,
    Comparison,
    ComparisonOperator,
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
from layers.filters.faults import Budget, fault
from layers.filters.fes import Types
from layers.filters.moments import instant

_COMPARISONS: dict[str, ComparisonOperator] = {"==": "=", "!=": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_CASTS = ("to-string", "to-number", "to-boolean", "string", "number", "boolean")
_GEOMETRY = ("$type", "geometry-type")
MAX_NODES = 5000


class Reader:
    """Reads conditions and values; `on_geometry` is told where a filter asks for the type of geometry."""

    def __init__(self, types: Types | None, on_geometry: Callable[[], None] = lambda: None) -> None:
        self.types = types
        self.names = {name.lower(): name for name in types or {}}
        self.budget = Budget(MAX_NODES)
        self.on_geometry = on_geometry

    def condition(self, part: Any) -> Node:
        """Read a filter; raises InvalidFilter."""
        self.budget.node()
        if isinstance(part, bool):
            return Value(part)
        if not isinstance(part, list) or not part or not isinstance(part[0], str):
            raise fault("此处应为条件", "a condition is expected")
        self.budget.enter()
        node = self._condition(part[0], part[1:])
        self.budget.leave()
        return node

    def _condition(self, word: str, rest: list[Any]) -> Node:  # noqa: PLR0911 - one return a form
        if word in ("all", "any", "none"):
            return self._logical(word, rest)
        if word in _COMPARISONS and len(rest) >= 2:
            return self._comparison(word, rest[0], rest[1])
        if word in ("in", "!in", "match"):
            return self._membership(word, rest)
        match word, rest:
            case "!", [inner]:
                return self._not(self.condition(inner))
            case ("has" | "!has"), [str() as name]:
                is_null = IsNull(self.property(name))
                return Not(is_null) if word == "has" else is_null
            case ("case", [inner, True, False]) | (("to-boolean" | "boolean"), [inner, *_]):
                return self.condition(inner)
            case "get", [str() as name]:
                return self.property(name)
        raise fault(f"不支持 {word[:40]}", f"{word[:40]} is not taken")

    def _membership(self, word: str, rest: list[Any]) -> Node:
        match word, rest:
            case "in", [str() as text, list() as field] if field and field[0] in ("get", *_CASTS):
                return Like(self.scalar(field), Value(f"%{_escaped(text)}%"))
            case ("in" | "!in"), [field, *values] if values:
                return self._one_of(word, field, values)
            case "match", [field, labels, True, False]:
                return self._one_of("in", field, labels if isinstance(labels, list) else [labels])
            case "match", [field, labels, False, True]:
                return self._one_of("!in", field, labels if isinstance(labels, list) else [labels])
        raise fault(f"{word} 读不懂", f"this {word} is not understood")

    def _logical(self, word: str, rest: list[Any]) -> Node:
        inner = [self.condition(each) for each in rest]
        inner = [each for each in inner if each != Value(True)] if word == "all" else inner
        if not inner:
            return Value(word != "any")
        if word == "all" and len(inner) == 2 and (joined := _joined(*inner)) is not None:
            return joined
        node = inner[0] if len(inner) == 1 else Logical("and" if word == "all" else "or", tuple(inner))
        return Not(node) if word == "none" else node

    def _not(self, node: Node) -> Node:
        return Value(not node.value) if isinstance(node, Value) else Not(node)

    def _comparison(self, word: str, left: Any, right: Any) -> Node:
        if _is_geometry(left):
            self.on_geometry()
            return Value(True)
        if right is None:
            is_null = IsNull(self.scalar(left))
            return is_null if word == "==" else Not(is_null)
        if isinstance(left, list) and left and left[0] in ("slice", "length"):
            return self._sliced(word, left, right)
        if isinstance(left, str):
            # The old form names the attribute without "get".
            left = ["get", left]
        first, second = self.scalar(left), self.scalar(right)
        if isinstance(first, Property) and isinstance(second, Value):
            second = self.typed(first.name, second.value)
        return Comparison(_COMPARISONS[word], first, second)

    def _sliced(self, word: str, left: list[Any], right: Any) -> Node:
        match word, left, right:
            case "==", ["slice", field, 0, int() as length], str() if len(right) == length:
                return Like(self.scalar(field), Value(_escaped(right) + "%"))
            case "==", ["slice", field, int() as start], str() if start == -len(right):
                return Like(self.scalar(field), Value("%" + _escaped(right)))
            case (">=" | "=="), ["length", field], int() if 0 < right <= 200:
                return Like(self.scalar(field), Value("_" * right + ("%" if word == ">=" else "")))
        raise fault("不支持此字符串运算", "this string operation is not taken")

    def _one_of(self, word: str, field: Any, values: list[Any]) -> Node:
        match values:
            case [["literal", list() as inner]] | [list() as inner]:
                values = inner
        if _is_geometry(field):
            self.on_geometry()
            return Value(True)
        operand = self.scalar(["get", field] if isinstance(field, str) else field)
        name = operand.name if isinstance(operand, Property) else ""
        for _ in values:
            self.budget.node()
        choices = tuple(self.typed(name, each) for each in values)
        if not choices:
            return Value(word != "in")
        node: Node = In(operand, choices) if len(choices) > 1 else Comparison("=", operand, choices[0])
        return node if word == "in" else Not(node)

    def scalar(self, part: Any) -> Scalar:
        """Read a value."""
        self.budget.node()
        match part:
            case bool() | int() | float() | str():
                return _value(part)
            case ["get", str() as name]:
                return self.property(name)
            case [str() as word, inner, *_] if word in _CASTS:
                return self._inside(lambda: self.scalar(inner))
            case ["downcase" | "upcase", inner]:
                return self._inside(lambda: Fold("casei", checks.text(self.scalar(inner))))
            case [("+" | "-" | "*" | "/") as word, left, right]:
                return self._inside(lambda: Arithmetic(word, checks.number(self.scalar(left)), checks.number(self.scalar(right))))
        raise fault("此处应为单个值", "a single value is expected")

    def _inside(self, make: Callable[[], Scalar]) -> Scalar:
        self.budget.enter()
        found = make()
        self.budget.leave()
        return found

    def property(self, name: str) -> Property:
        """Find an attribute, whatever its case; raises InvalidFilter."""
        if self.types is None or name in self.types:
            return Property(name)
        if found := self.names.get(name.lower()):
            return Property(found)
        raise fault(f"没有属性 {name[:60]}", f"there is no property {name[:60]}")

    def typed(self, name: str, value: Any) -> Value:
        """Make a literal of the attribute's type."""
        kind = (self.types or {}).get(name)
        if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
            return Value(f"{value:.15g}")
        if kind in ("date", "datetime") and isinstance(value, str):
            return Value(instant(value))
        if kind in ("integer", "number") and isinstance(value, str):
            raise fault("此处应为数", "a number is expected")
        return _value(value)


def _value(value: Any) -> Value:
    if isinstance(value, bool):
        return Value(value)
    if isinstance(value, int | float):
        return checks.literal_number(value)
    if isinstance(value, str):
        return checks.literal_text(value)
    raise fault("此处应为单个值", "a single value is expected")


def _is_geometry(part: Any) -> bool:
    return part in _GEOMETRY or (isinstance(part, list) and len(part) == 1 and part[0] in _GEOMETRY)


def _joined(first: Node, second: Node) -> Node | None:
    """Join the two halves that "between" and a pattern with a length are written as."""
    match first, second:
        case Comparison(">=", left, low), Comparison("<=", right, high) if left == right:
            return Between(left, low, high)
        case Like(one, Value(value=str() as start)), Like(other, Value(value=str() as length)) if one == other and set(length) <= {"_", "%"}:
            beginning, free = start[:-1], length.count("_") - len(start[:-1].replace("\\", ""))
            if start.endswith("%") and not start.startswith("%") and free > 0:
                return Like(one, Value(beginning + "_" * free + length.replace("_", "")))
    return None


def _escaped(text: str) -> str:
    checks.literal_text(text)
    return "".join(f"\\{each}" if each in "%_\\" else each for each in text)
