"""CQL2 text read into a filter tree by recursive descent (OGC 21-065r2 §6, Annex B)."""

from layers.filters import geometry, wkt
from layers.filters.ast import (
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
    Node,
    Not,
    Property,
    Scalar,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import MAX_DEPTH, Budget, check_nesting, fault
from layers.filters.geometry import Frame
from layers.filters.lexer import Token, tokens
from layers.filters.moments import instant, moment


def parse_text(text: str, frame: Frame | None = None) -> Node:
    """Read CQL2 text; coordinates are in `frame`'s CRS (default lon/lat). Raises InvalidFilter."""
    check_nesting(text, MAX_DEPTH, "(", ")", "'\"")
    return _Parser(tokens(text), frame or Frame()).whole()


class _Parser:
    def __init__(self, found: list[Token], frame: Frame) -> None:
        self.tokens = found
        self.frame = frame
        self.place = 0
        self.budget = Budget()
        self.closing = _closing(found)

    # tokens

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def take(self) -> Token:
        token = self.next
        self.place += token.kind != "end"
        return token

    def is_word(self, *words: str) -> bool:
        return self.next.kind == "word" and self.next.text.lower() in words

    def accept(self, text: str) -> bool:
        token = self.next
        hit = (token.kind == "symbol" and token.text == text) or (token.kind == "word" and token.text.lower() == text)
        self.place += hit
        return hit

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise fault(f"此处应为 {text}", f"expected {text}", self.next.position)

    # conditions

    def whole(self) -> Node:
        node = self.any()
        if self.next.kind != "end":
            raise fault("多余的内容", "unexpected text", self.next.position)
        return node

    def any(self) -> Node:
        self.budget.enter(self.next.position)
        operands = [self.all()]
        while self.accept("or"):
            operands.append(self.all())
        self.budget.leave()
        return operands[0] if len(operands) == 1 else Logical("or", tuple(operands))

    def all(self) -> Node:
        operands = [self.negated()]
        while self.accept("and"):
            operands.append(self.negated())
        return operands[0] if len(operands) == 1 else Logical("and", tuple(operands))

    def negated(self) -> Node:
        if self.accept("not"):
            self.budget.enter(self.next.position)
            operand = self.negated()
            self.budget.leave()
            return Not(operand)
        return self.condition()

    def condition(self) -> Node:
        self.budget.node(self.next.position)
        following = self.tokens[min(self.place + 1, len(self.tokens) - 1)].text
        if self.next.kind == "word" and following == "(":
            name = self.next.text.lower()
            if name in SPATIAL:
                return self.spatial()
            if name in TEMPORAL:
                return self.temporal()
        if self.next.text == "(" and self.next.kind == "symbol":
            return self.bracketed()
        return self.comparison(self.sum())

    def bracketed(self) -> Node:
        """Read what `(` opens: what follows its `)` tells an operand from a condition."""
        after = self.tokens[min(self.closing[self.place] + 1, len(self.tokens) - 1)]
        words = ("between", "in", "is", "like", "not")
        if (after.kind == "symbol" and after.text in _OPERATORS) or (
            after.kind == "word" and after.text.lower() in words
        ):
            return self.comparison(self.sum())
        self.take()
        node = self.any()
        self.expect(")")
        return node

    def comparison(self, left: Scalar) -> Node:
        token = self.next
        if token.kind == "symbol" and token.text in ("=", "<>", "<", ">", "<=", ">="):
            self.take()
            return Comparison(token.text, left, self.sum())  # type: ignore[arg-type]
        if self.accept("is"):
            negative = self.accept("not")
            self.expect("null")
            return Not(IsNull(left)) if negative else IsNull(left)
        negative = self.accept("not")
        node = self.membership(left)
        if node is None:
            if negative or not isinstance(left, Property | Value):
                raise fault("此处应为比较", "a comparison is expected", token.position)
            return left
        return Not(node) if negative else node

    def membership(self, left: Scalar) -> Node | None:
        if self.accept("between"):
            low = self.sum()
            self.expect("and")
            return Between(left, low, self.sum())
        if self.accept("like"):
            pattern = self.factor()
            if not isinstance(pattern, Value | Fold):
                raise fault("LIKE 后须为文本", "LIKE is followed by text", self.next.position)
            return Like(left, pattern)
        if self.accept("in"):
            self.expect("(")
            choices = [self.sum()]
            while self.accept(","):
                choices.append(self.sum())
            self.expect(")")
            return In(left, tuple(choices))
        return None

    # scalars

    def sum(self) -> Scalar:
        left = self.product()
        while self.next.kind == "symbol" and self.next.text in "+-":
            left = Arithmetic(self.take().text, left, self.product())  # type: ignore[arg-type]
        return left

    def product(self) -> Scalar:
        left = self.factor()
        while self.next.kind == "symbol" and self.next.text in "*/":
            left = Arithmetic(self.take().text, left, self.factor())  # type: ignore[arg-type]
        return left

    def factor(self) -> Scalar:
        token = self.take()
        self.budget.node(token.position)
        match token.kind:
            case "number":
                return Value(_number(token.text))
            case "text":
                return Value(token.text)
            case "name":
                return Property(token.text, token.position)
            case "word":
                return self.word(token)
        if token.text == "-" and self.next.kind == "number":
            return Value(-_number(self.take().text))
        if token.text == "(":
            self.budget.enter(token.position)
            inner = self.sum()
            self.budget.leave()
            self.expect(")")
            return inner
        raise fault("此处应为值或属性", "a value or property is expected", token.position)

    def word(self, token: Token) -> Scalar:
        name = token.text.lower()
        if name in ("true", "false"):
            return Value(name == "true")
        if self.next.text != "(" or self.next.kind != "symbol":
            return Property(token.text, token.position)
        self.take()
        self.budget.enter(token.position)
        result = self.function(name, token)
        self.budget.leave()
        self.expect(")")
        return result

    def function(self, name: str, token: Token) -> Scalar:
        if name in ("casei", "accenti"):
            return Fold(name, self.sum())  # type: ignore[arg-type]
        if name in ("date", "timestamp"):
            text = self.take()
            return Value(instant(text.text, text.position) if name == "date" else moment(text.text, text.position))
        raise fault(f"没有函数 {name[:40]}", f"no function {name[:40]}", token.position)

    # relations

    def spatial(self) -> Node:
        operator = self.take().text.lower()
        self.expect("(")
        left = self.geometry()
        self.expect(",")
        right = self.geometry()
        self.expect(")")
        return Spatial(operator, left, right)

    def geometry(self) -> GeometryProperty | Geometry:
        token = self.take()
        if token.kind in ("word", "name") and token.text in GEOMETRY_NAMES:
            return GeometryProperty(token.text, token.position)
        if token.kind == "word" and token.text.upper() == "BBOX":
            self.expect("(")
            numbers = wkt.numbers(self)
            self.expect(")")
            return geometry.box(numbers, self.frame, token.position)
        if token.kind == "word":
            return wkt.read(self, token, self.frame)
        raise fault("此处应为几何", "a geometry is expected", token.position)

    def temporal(self) -> Node:
        operator = self.take().text.lower()
        self.expect("(")
        left = self.time()
        self.expect(",")
        right = self.time()
        self.expect(")")
        return Temporal(operator, left, right)

    def time(self) -> Property | Value | Interval:
        if self.is_word("interval"):
            self.take()
            self.expect("(")
            start = self.end()
            self.expect(",")
            end = self.end()
            self.expect(")")
            return Interval(start, end)
        part = self.factor()
        if isinstance(part, Property | Value):
            return part
        raise fault("此处应为时间", "a time is expected", self.next.position)

    def end(self) -> Property | Value | None:
        if self.next.kind == "text":
            token = self.take()
            return None if token.text == ".." else Value(instant(token.text, token.position))
        part = self.factor()
        if isinstance(part, Property | Value):
            return part
        raise fault("此处应为时间", "a time is expected", self.next.position)


_OPERATORS = frozenset({"=", "<", ">", "<>", "<=", ">=", "+", "-", "*", "/"})


def _closing(found: list[Token]) -> dict[int, int]:
    """Return, for each `(` by its place, the place of its `)` (the end when it has none)."""
    waiting: list[int] = []
    pairs: dict[int, int] = {}
    for place, token in enumerate(found):
        if token.kind == "symbol" and token.text == "(":
            waiting.append(place)
        elif token.kind == "symbol" and token.text == ")" and waiting:
            pairs[waiting.pop()] = place
    return pairs | dict.fromkeys(waiting, len(found) - 1)


def _number(text: str) -> int | float:
    value = float(text) if any(sign in text for sign in ".eE") else int(text)
    if abs(value) > 1e300:
        raise fault("数太大", "the number is too large")
    return value
