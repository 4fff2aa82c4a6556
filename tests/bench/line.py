"""A line of the bench's table, and how candidates are timed: in shuffled rounds, the median of each."""

import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Line:
    """What was compared, the figure, what it should be, and whether it is; None = there is no goal."""

    name: str
    figure: str
    goal: str = ""
    is_met: bool | None = None
    note: str = ""

    def text(self) -> str:
        """Write a row of a Markdown table."""
        mark = {True: "✓", False: "✗ missed", None: ""}[self.is_met]
        return f"| {self.name} | {self.figure} | {self.goal} | {mark} | {self.note} |"


class Unequal(Exception):
    """The answers differ: an unequal comparison is worse than none."""


def at_most(name: str, ratio: float, limit: float, unit: str, note: str = "") -> Line:
    """Return a line whose ratio should be no greater than the limit."""
    return Line(name, f"{ratio:.2f}x {unit}", f"≤ {limit:g}x", ratio <= limit, note)


def at_least(name: str, ratio: float, limit: float, unit: str, note: str = "") -> Line:
    """Return a line whose ratio should be no smaller than the limit."""
    return Line(name, f"{ratio:.2f}x {unit}", f"≥ {limit:g}x", ratio >= limit, note)


def medians(candidates: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Run each candidate once a round, in shuffled order; return the median of its seconds, or of what it returns.

    A candidate that returns a float has measured itself (requests a second, the part of its work that counts).
    """
    taken: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name in random.sample(list(candidates), len(candidates)):
            start = time.perf_counter()
            told = candidates[name]()
            taken[name].append(told if isinstance(told, float) else time.perf_counter() - start)
    return {name: statistics.median(found) for name, found in taken.items()}


def say(words: str) -> None:
    """Print at once."""
    sys.stdout.write(words + "\n")
    sys.stdout.flush()
