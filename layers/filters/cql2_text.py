"""What tree a filter in CQL2 text means (OGC 21-065r2 Annex B); tokens are read one at a time."""

from collections.abc import Callable

from layers.filters import checks
from layers.filters.ast import (
    COMPARISONS,
    GEOMETRY_NAMES,
    SPATIAL,
    TEMPORAL,
    Arithmetic,
    Between,
    Comparison,
    Fold,
    Geometry,
    GeometryProperty,
    In,
    Interval,
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
    Temporal,
    Value,
)
from layers.filters.faults import Budget, check_nesting, fault
from layers.filters.geometry import Frame
from layers.filters.moments import day, instant, moment
from layers.filters.tokens import Tokens
from layers.filters.wkt import NAMES as GEOMETRIES
from layers.filters.wkt import WktReader

_RESERVED = frozenset(["and", "or", "not", "like", "between", "in", "is", "null"])
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


class _Parser:
    """Recursive descent; every descent that the client can repeat is counted by the budget."""

    def __init__(self, tokens: Tokens, frame: Frame) -> None:
        self.tokens = tokens
        self.budget = Budget()
        self._frame = frame

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
        left = self._sum()
        word = self.tokens.current.word
        for operator in COMPARISONS:
            if word == operator:
                self.tokens.take()
                self.budget.node(start)
                right_start = self.tokens.current.position
                right = checks.scalar(self._sum(), right_start)
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
            return Like(operand, checks.pattern(self._sum(), start))
        if word == "between":
            low = checks.scalar(self._sum(), start)
            self.tokens.expect("and")
            start = self.tokens.current.position
            return Between(operand, low, checks.scalar(self._sum(), start))
        self.tokens.expect("(")
        choices = [checks.scalar(self._sum(), start)]
        while self.tokens.skip(","):
            start = self.tokens.current.position
            choices.append(checks.scalar(self._sum(), start))
        self.tokens.expect(")")
        return In(operand, tuple(choices))

    def _sum(self) -> Part:
        start = self.tokens.current.position
        left = self._product()
        while self.tokens.current.word in ("+", "-"):
            left = self._arithmetic(left, self._product, start)
        return left

    def _product(self) -> Part:
        start = self.tokens.current.position
        left = self._factor()
        while self.tokens.current.word in ("*", "/"):
            left = self._arithmetic(left, self._factor, start)
        return left

    def _arithmetic(self, left: Part, operand: _Rule, start: int) -> Part:
        operator = self.tokens.take()
        self.budget.node(operator.position)
        self.budget.enter(operator.position)  # chains lean left and nest the tree
        right = checks.number(operand(), self.tokens.current.position)
        node = Arithmetic(operator.value, checks.number(left, start), right)  # type: ignore[arg-type]
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
        return self._name()

    def _number(self) -> Value:
        token = self.tokens.take()
        whole = token.value.isdigit()
        value: int | float = int(token.value) if whole else float(token.value)
        return checks.literal_number(value, token.position)

    def _name(self) -> Part:
        token = self.tokens.current
        if token.kind == "name" and self.tokens.ahead.word == "(":
            return self._call()
        if token.word in ("true", "false"):
            return Value(self.tokens.take().word == "true")
        if token.kind not in ("name", "quoted") or token.word in _RESERVED:
            raise fault("此处应为属性或值", "an attribute or a value is expected", token.position)
        return Property(self.tokens.take().value, token.position)

    def _call(self) -> Part:
        token = self.tokens.take()
        word = token.word
        self.tokens.expect("(")
        self.budget.enter(token.position)
        part: Part
        if word in SPATIAL:
            left = self._geometry()
            self.tokens.expect(",")
            part = Spatial(word, left, self._geometry())
        elif word in TEMPORAL:
            first = self._time()
            self.tokens.expect(",")
            part = Temporal(word, first, self._time())
        elif word in ("casei", "accenti"):
            start = self.tokens.current.position
            part = Fold(word, checks.text(self._sum(), start))  # type: ignore[arg-type]
        elif word in ("date", "timestamp"):
            part = self._instant(word)
        else:
            raise fault("没有这个函数", "there is no such function", token.position)
        self.tokens.expect(")")
        self.budget.leave()
        return part

    def _instant(self, word: str) -> Value:
        token = self.tokens.take()
        if token.kind != "text":
            raise fault("此处应为引号中的时间", "a quoted time is expected", token.position)
        read = day if word == "date" else moment
        return Value(read(token.value, token.position))

    def _geometry(self) -> Geometry | GeometryProperty:
        token = self.tokens.current
        if token.kind == "name" and token.word in GEOMETRIES and self.tokens.ahead.kind != "symbol":
            return WktReader(self.tokens, self._frame, self.budget).read()
        if token.word in GEOMETRIES and self.tokens.ahead.word == "(":
            return WktReader(self.tokens, self._frame, self.budget).read()
        self.budget.node(token.position)
        if token.kind in ("name", "quoted") and token.value in GEOMETRY_NAMES:
            self.tokens.take()
            return GeometryProperty("geometry", token.position)
        raise fault("此处应为几何", "a geometry is expected", token.position)

    def _time(self) -> Property | Value | Interval:
        token = self.tokens.current
        self.budget.node(token.position)
        if token.word == "interval" and self.tokens.ahead.word == "(":
            self.tokens.take()
            self.tokens.take()
            start = self._bound()
            self.tokens.expect(",")
            end = self._bound()
            self.tokens.expect(")")
            return Interval(start, end)
        part = self._name()
        if isinstance(part, Property | Value):
            return part
        raise fault("此处应为时间", "a time is expected", token.position)

    def _bound(self) -> Value | Property | None:
        token = self.tokens.current
        self.budget.node(token.position)
        if token.kind == "text":
            self.tokens.take()
            return None if token.value in ("..", "") else Value(instant(token.value, token.position))
        part = self._name()
        if isinstance(part, Property | Value):
            return part
        raise fault("此处应为时间", "a time is expected", token.position)

