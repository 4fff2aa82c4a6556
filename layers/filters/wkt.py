"""Literal geometries in CQL2 text: WKT read from the parser's tokens."""

from typing import Protocol

from layers.filters.ast import Coordinates, Geometry
from layers.filters.faults import fault
from layers.filters.geometry import DEPTHS, Frame, make
from layers.filters.lexer import Token

_KINDS = {kind.upper(): kind for kind in (*DEPTHS, "GeometryCollection")}


class Tokens(Protocol):
    """What reading WKT needs of the parser."""

    @property
    def next(self) -> Token:
        """The token that comes next."""

    def take(self) -> Token:
        """Take it."""

    def accept(self, text: str) -> bool:
        """Take it if it is this word or symbol."""

    def expect(self, text: str) -> None:
        """Take it or raise InvalidFilter."""


def read(source: Tokens, token: Token, frame: Frame) -> Geometry:
    """Read the geometry that the word `token` begins."""
    kind = _KINDS.get(token.text.upper())
    if kind is None:
        raise fault("没有这种几何", "no such geometry", token.position)
    if source.next.kind == "word" and source.next.text.upper() in ("Z", "M", "ZM"):
        source.take()
    if kind == "GeometryCollection":
        source.expect("(")
        members = [read(source, source.take(), frame)]
        while source.accept(","):
            members.append(read(source, source.take(), frame))
        source.expect(")")
        return Geometry(kind, (), frame.srid, tuple(members))
    if kind == "Point":
        source.expect("(")
        point = _position(source, frame)
        source.expect(")")
        return make(kind, point, frame, token.position)
    return make(kind, _nested(source, DEPTHS[kind], frame), frame, token.position)


def numbers(source: Tokens) -> list[float]:
    """Read comma-separated numbers."""
    found = [_number(source)]
    while source.accept(","):
        found.append(_number(source))
    return found


def _nested(source: Tokens, depth: int, frame: Frame) -> Coordinates:
    source.expect("(")
    parts: list[Coordinates] = [_part(source, depth, frame)]
    while source.accept(","):
        parts.append(_part(source, depth, frame))
    source.expect(")")
    return tuple(parts)


def _part(source: Tokens, depth: int, frame: Frame) -> Coordinates:
    if depth > 1:
        return _nested(source, depth - 1, frame)
    # MULTIPOINT has two spellings: ((1 2), (3 4)) and (1 2, 3 4).
    bracketed = source.accept("(")
    point = _position(source, frame)
    if bracketed:
        source.expect(")")
    return point


def _position(source: Tokens, frame: Frame) -> tuple[float, float]:
    place = source.next.position
    found = [_number(source), _number(source)]
    while source.next.kind == "number" or source.next.text == "-":
        found.append(_number(source))
    return frame.point(found, place)


def _number(source: Tokens) -> float:
    sign = -1.0 if source.accept("-") else 1.0
    token = source.take()
    if token.kind != "number":
        raise fault("此处应为数", "a number is expected", token.position)
    return sign * float(token.text)
