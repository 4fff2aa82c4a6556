"""What stands as name(…) in CQL2 text: relations, functions, arrays, geometries, times (OGC 21-065r2 Annex B)."""

from abc import ABC, abstractmethod

from layers.filters import checks
from layers.filters.ast import (
    ARRAY,
    GEOMETRY_NAMES,
    SPATIAL,
    TEMPORAL,
    Array,
    ArrayRelation,
    Call,
    Fold,
    Geometry,
    GeometryProperty,
    Interval,
    Part,
    Property,
    Scalar,
    Spatial,
    Temporal,
    Value,
)
from layers.filters.faults import Budget, fault
from layers.filters.functions import function
from layers.filters.geometry import Frame
from layers.filters.moments import day, instant, moment
from layers.filters.tokens import Tokens
from layers.filters.wkt import NAMES as GEOMETRIES
from layers.filters.wkt import WktReader


class Calls(ABC):
    """The lower half of the descent; `sum` and `name` are the upper half's (cql2_text)."""

    def __init__(self, tokens: Tokens, frame: Frame) -> None:
        self.tokens = tokens
        self.budget = Budget()
        self._frame = frame

    @abstractmethod
    def sum(self) -> Part:
        """Read an arithmetic expression or a single value."""

    @abstractmethod
    def name(self) -> Part:
        """Read an attribute, a truth value or a call."""

    def call(self) -> Part:
        """Read name(…)."""
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
            part = Fold(word, checks.text(self.sum(), start))  # type: ignore[arg-type]
        elif word in ("date", "timestamp"):
            part = self._instant(word)
        elif word in ARRAY:
            one = self._array()
            self.tokens.expect(",")
            part = ArrayRelation(word, one, self._array())
        else:
            part = self._function(word, token.position)
        self.tokens.expect(")")
        self.budget.leave()
        return part

    def _function(self, name: str, position: int) -> Call:
        arguments: list[Scalar | GeometryProperty] = []
        while self.tokens.current.word != ")":
            if arguments:
                self.tokens.expect(",")
            start = self.tokens.current.position
            if self.tokens.current.value in GEOMETRY_NAMES and self.tokens.ahead.word in (",", ")"):
                self.tokens.take()
                arguments.append(GeometryProperty("geometry", start))
            else:
                arguments.append(checks.scalar(self.sum(), start))
        function(name, len(arguments), position)
        return Call(name, tuple(arguments), position)

    def _array(self) -> Array | Call:
        token = self.tokens.current
        self.budget.node(token.position)
        if token.word != "(":
            found = self.name()
            if isinstance(found, Call):
                return found
            raise fault("此处应为数组", "an array is expected", token.position)
        self.tokens.take()
        items: list[Scalar] = []
        while self.tokens.current.word != ")":
            if items:
                self.tokens.expect(",")
            start = self.tokens.current.position
            items.append(checks.scalar(self.sum(), start))
        self.tokens.expect(")")
        return Array(tuple(items))

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
        part = self.name()
        if isinstance(part, Property | Value):
            return part
        raise fault("此处应为时间", "a time is expected", token.position)

    def _bound(self) -> Value | Property | None:
        token = self.tokens.current
        self.budget.node(token.position)
        if token.kind == "text":
            self.tokens.take()
            return None if token.value in ("..", "") else Value(instant(token.value, token.position))
        part = self.name()
        if isinstance(part, Property | Value):
            return part
        raise fault("此处应为时间", "a time is expected", token.position)
