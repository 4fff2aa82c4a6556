"""CQL2 text cut into tokens (OGC 21-065r2 Annex B)."""

import re
from dataclasses import dataclass

from layers.filters.faults import fault

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<text>'(?:[^'\\]|''|\\.)*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<word>[^\W\d][\w.:]*)
      | (?P<symbol><>|<=|>=|[-+*/=<>(),])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its kind (number, text, name, word, symbol, end), its text and where it begins."""

    kind: str
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    """Cut a filter into tokens, an `end` token last; raises InvalidFilter at the first odd character."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise fault("无法识别的字符", "unexpected character", place)
        kind, value = str(match.lastgroup), match.group()
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", value[1:-1].replace("''", "'"), flags=re.DOTALL)
        elif kind == "quoted":
            kind, value = "name", value[1:-1].replace('""', '"')
        if kind != "space":
            found.append(Token(kind, value, place))
        place = match.end()
    return [*found, Token("end", "", len(text))]
