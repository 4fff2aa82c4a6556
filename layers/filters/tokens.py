"""What words CQL2 text is made of, each with the character where it starts."""

import re
from dataclasses import dataclass
from typing import Literal

from layers.filters.faults import fault

type Kind = Literal["text", "name", "quoted", "number", "symbol", "end"]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>'(?:[^'\\]|''|\\'|\\)*'(?!'))
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<number>(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?(?![\w.]))
    | (?P<name>(?:[^\W\d]|:)[\w.:]*)
    | (?P<symbol><=|>=|<>|[=<>+\-*/%^(),])
    | (?P<end>$)
    )""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"''|\\'")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `value` is unquoted text; keywords are compared through `word`."""

    kind: Kind
    value: str
    position: int

    @property
    def word(self) -> str:
        """The lower-case keyword, "" for anything but a bare name or a symbol."""
        return self.value.lower() if self.kind in ("name", "symbol") else ""


class Tokens:
    """Reads tokens one at a time with one token of look-ahead, so a fault costs only what is before it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._next = 0
        self.current = self._read()
        self.ahead = self._read()

    def take(self) -> Token:
        """Return the current token and go on."""
        token = self.current
        self.current = self.ahead
        if self.ahead.kind != "end":
            self.ahead = self._read()
        return token

    def skip(self, *words: str) -> bool:
        """Go past the current token if it is one of these keywords or symbols."""
        if self.current.word in words:
            self.take()
            return True
        return False

    def expect(self, word: str) -> Token:
        """Go past a keyword or symbol that must stand here."""
        if self.current.word != word:
            raise fault(f"此处应为 {word}", f"expected {word}", self.current.position)
        return self.take()

    def _read(self) -> Token:
        match = _TOKEN.match(self._text, self._next)
        if match is None or match.lastgroup is None:
            skipped = len(self._text) - len(self._text[self._next :].lstrip())
            raise fault("无法识别的字符", "cannot read this", skipped)
        self._next = match.end()
        kind, raw = match.lastgroup, match[match.lastgroup]
        position = match.start(kind)
        if kind == "text":
            return Token("text", _ESCAPED.sub("'", raw[1:-1]), position)
        if kind == "quoted":
            return Token("quoted", raw[1:-1].replace('""', '"'), position)
        return Token(kind, raw, position)  # type: ignore[arg-type]
