"""What tree a filter in CQL2 text means (OGC 21-065r2 Annex B); tokens are read one at a time."""

from collections.abc import Callable

from layers.filters import checks
from layers.filters.ast import (
    COMPARISONS,
    Arithmetic,
    Between,
    Comparison,
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
    Value,
)
from layers.filters.cql2_calls import Calls
from layers.filters.faults import check_nesting, fault
from layers.filters.geometry import Frame
from layers.filters.tokens import Tokens

_RESERVED = frozenset(["and", "or", "not", "like", "between", "in", "is", "null", "div"])
_BRACKETS = 64
type _Rule = Callable[[], Part]


def parse_text(text: str, frame: Frame | None = None) -> Node:
    """Read a filter in CQL2 text; raises InvalidFilter with the character's place.

    `frame` is the CRS of literal geometries; by default longitude, latitude (CRS84 taken as EPSG:4490).

    >>> parse_text("a = 1 AND b LIKE 'x%'").operator
    'and'
    """
    check_nesting(text, _BRACKETS, "(", ")", "'\"")
    parser = _Parser(Tokens(text), frame or Frame())
    start = parser.tokens.current
    if start.kind == "end":
        raise fault("没有内容", "the filter is empty")
    node = checks.condition(parser.disjunction(), start.position)
    if parser.tokens.current.kind != "end":
        raise fault("此处多出内容", "unexpected text", parser.tokens.current.position)
    return node


class _Parser(Calls):
    """Recursive descent; every descent that the client can repeat is counted by the budget."""

    def disjunction(self) -> Part:
        return self._logical("or", self._conjunction)

    def _conjunction(self) -> Part:
        return self._logical("and", self._negation)

    def _logical(self, word: LogicalOperator, operand: _Rule) -> Part:
        start = self.tokens.current.position
        first = operand()
        if self.tokens.current.word != word:
            return first
        parts = [checks.condition(first, start)]
        while self.tokens.skip(word):
            position = self.tokens.current.position
            parts.append(checks.condition(operand(), position))
        self.budget.node(start)
        return Logical(word, tuple(parts))

    def _negation(self) -> Part:
        token = self.tokens.current
        if token.word != "not":
            return self._predicate()
        self.tokens.take()
        self.budget.node(token.position)
        self.budget.enter(token.position)
        inner = checks.condition(self._negation(), self.tokens.current.position)
        self.budget.leave()
        return Not(inner)

    def _predicate(self) -> Part:
        start = self.tokens.current.position
        left = self.sum()
        word = self.tokens.current.word
        for operator in COMPARISONS:
            if word == operator:
                self.tokens.take()
                self.budget.node(start)
                right_start = self.tokens.current.position
                right = checks.scalar(self.sum(), right_start)
                return Comparison(operator, checks.scalar(left, start), right)
        if word == "is":
            return self._is_null(checks.scalar(left, start))
        negated = word == "not" and self.tokens.ahead.word in ("between", "in", "like")
        if negated:
            self.tokens.take()
        elif word not in ("between", "in", "like"):
            return left
        self.budget.node(start)
        node = self._ranged(checks.scalar(left, start))
        return Not(node) if negated else node

    def _is_null(self, operand: Scalar) -> Node:
        self.budget.node(self.tokens.take().position)
        negated = self.tokens.skip("not")
        self.tokens.expect("null")
        return Not(IsNull(operand)) if negated else IsNull(operand)

    def _ranged(self, operand: Scalar) -> Node:
        word = self.tokens.take().word
        start = self.tokens.current.position
        if word == "like":
            return Like(operand, checks.pattern(self.sum(), start))
        if word == "between":
            low = checks.scalar(self.sum(), start)
            self.tokens.expect("and")
            start = self.tokens.current.position
            return Between(operand, low, checks.scalar(self.sum(), start))
        self.tokens.expect("(")
        choices = [checks.scalar(self.sum(), start)]
        while self.tokens.skip(","):
            start = self.tokens.current.position
            choices.append(checks.scalar(self.sum(), start))
        self.tokens.expect(")")
        return In(operand, tuple(choices))

    def sum(self) -> Part:
        start = self.tokens.current.position
        left = self._product()
        while self.tokens.current.word in ("+", "-"):
            left = self._arithmetic(left, self._product, start)
        return left

    def _product(self) -> Part:
        start = self.tokens.current.position
        left = self._power()
        while self.tokens.current.word in ("*", "/", "%", "div"):
            left = self._arithmetic(left, self._power, start)
        return left

    def _power(self) -> Part:
        start = self.tokens.current.position
        left = self._factor()
        return self._arithmetic(left, self._factor, start) if self.tokens.current.word == "^" else left

    def _arithmetic(self, left: Part, operand: _Rule, start: int) -> Part:
        operator = self.tokens.take()
        self.budget.node(operator.position)
        self.budget.enter(operator.position)  # chains lean left and nest the tree
        right = checks.number(operand(), self.tokens.current.position)
        node = Arithmetic(operator.word, checks.number(left, start), right)  # type: ignore[arg-type]
        self.budget.leave()
        return node

    def _factor(self) -> Part:
        token = self.tokens.current
        if token.word not in ("-", "+"):
            return self._primary()
        self.tokens.take()
        self.budget.enter(token.position)
        part = checks.number(self._factor(), token.position)
        self.budget.leave()
        if token.value == "+":
            return part
        if isinstance(part, Value) and isinstance(part.value, int | float):
            return Value(-part.value)
        self.budget.node(token.position)
        return Arithmetic("-", Value(0), part)

    def _primary(self) -> Part:
        token = self.tokens.current
        self.budget.node(token.position)
        if token.word == "(":
            self.tokens.take()
            self.budget.enter(token.position)
            inner = self.disjunction()
            self.budget.leave()
            self.tokens.expect(")")
            return inner
        if token.kind == "text":
            return checks.literal_text(self.tokens.take().value, token.position)
        if token.kind == "number":
            return self._number()
        return self.name()

    def _number(self) -> Value:
        token = self.tokens.take()
        whole = token.value.isdigit()
        value: int | float = int(token.value) if whole else float(token.value)
        return checks.literal_number(value, token.position)

    def name(self) -> Part:
        token = self.tokens.current
        if token.kind == "name" and self.tokens.ahead.word == "(":
            return self.call()
        if token.word in ("true", "false"):
            return Value(self.tokens.take().word == "true")
        if token.kind not in ("name", "quoted") or token.word in _RESERVED:
            raise fault("此处应为属性或值", "an attribute or a value is expected", token.position)
        return Property(self.tokens.take().value, token.position)
