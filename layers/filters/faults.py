"""How a filter's fault is told, and how large a filter may be."""

import re
from collections.abc import Iterator

from layers.errors import InvalidFilter

MAX_DEPTH = 32
MAX_NODES = 500
MAX_CHARACTERS = 262_144
MAX_VERTICES = 20_000


def fault(zh: str, en: str, position: int = -1) -> InvalidFilter:
    """Make the error for a filter, naming the character (from 1) where it went wrong if known."""
    if position < 0:
        return InvalidFilter(f"过滤条件：{zh} / Filter: {en}", parameter="filter")
    place = position + 1
    return InvalidFilter(
        f"过滤条件第 {place} 个字符处：{zh} / Filter, character {place}: {en}", parameter="filter"
    )


def check_nesting(text: str, limit: int, opening: str, closing: str, quotes: str) -> None:
    """Refuse text whose brackets nest deeper than `limit`, before any parser sees it.

    `quotes` are the characters within which brackets do not count. Linear and without recursion:
    40 KB of brackets are refused at the bracket after the limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise fault("太长", "too long")
    depth = 0
    for mark in _unquoted(text, opening + closing, quotes):
        depth += 1 if mark.group() in opening else -1
        if depth > limit:
            raise fault("括号嵌套太深", "brackets nest too deeply", mark.start())


def _unquoted(text: str, brackets: str, quotes: str) -> Iterator[re.Match[str]]:
    """Find the brackets that stand outside quotes; an unclosed quote runs to the end."""
    quoted = "|".join(rf"{quote}(?:[^{quote}\\]|\\.)*+{quote}?" for quote in quotes)
    found = re.finditer(rf"{quoted}|[{re.escape(brackets)}]", text, re.DOTALL)
    return (mark for mark in found if mark.group()[0] not in quotes)


class Budget:
    """Counts nodes and depth while a filter is read, and refuses the one too many."""

    def __init__(self, max_nodes: int = MAX_NODES) -> None:
        self.max_nodes = max_nodes
        self.nodes = 0
        self.depth = 0

    def node(self, position: int = -1) -> None:
        """Count one node; raises InvalidFilter after the greatest number."""
        self.nodes += 1
        if self.nodes > self.max_nodes:
            raise fault(f"超过 {self.max_nodes} 个节点", f"more than {self.max_nodes} nodes", position)

    def enter(self, position: int = -1) -> None:
        """Go one level deeper; raises InvalidFilter after MAX_DEPTH."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise fault("嵌套太深", "nested too deeply", position)

    def leave(self) -> None:
        """Come back one level."""
        self.depth -= 1
