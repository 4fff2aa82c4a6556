"""The lines of a VCT file: blank ones and comments left out, one can be looked at before it is taken."""

from collections.abc import Iterable, Iterator


class Lines:
    """An iterator of lines that knows its place; raises EOFError at the end of the file."""

    def __init__(self, source: Iterable[str]) -> None:
        self._source: Iterator[str] = iter(source)
        self._ahead: str | None = None
        self.number = 0

    def next(self) -> str:
        """Take the next line."""
        if self._ahead is not None:
            line, self._ahead = self._ahead, None
            return line
        while True:
            line = self._take()
            if line.lower() == "commentbegin":
                while self._take().lower() != "commentend":
                    pass
            elif line:
                return line

    def next_or_none(self) -> str | None:
        """Take the next line, None at the end of the file."""
        try:
            return self.next()
        except EOFError:
            return None

    def peek(self) -> str:
        """Look at the next line without taking it."""
        if self._ahead is None:
            self._ahead = self.next()
        return self._ahead

    def _take(self) -> str:
        line = next(self._source, None)
        if line is None:
            raise EOFError
        self.number += 1
        return line.strip().lstrip("\ufeff")
