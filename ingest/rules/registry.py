"""The list of rules: what each is called, how grave it is, on what it rests and which layers it is for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from ingest.findings import Severity
from layers.spec import Title

type Step = Literal["fields", "rows", "staged", "raster", "delivery"]
type Texts = tuple[str, str]
"""The same in Chinese and English."""
_MODULES = ("metadata", "fields", "geometry", "attributes", "codes", "duplicates", "coverage", "lines", "completeness",
            "rasters", "elevation")  # fmt: skip
"""Where rules are, in the order in which reports show them."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `kinds` are the kinds of layer (`ingest.rules.kinds`) that get it without being asked.

    `wants` are the kinds for which it makes sense at all: a layer's policy may switch it on there.
    `says` is the finding's sentence with {count}, {field}, {values}, {limit} and {unit};
    `limit` is the threshold in `unit`, which a policy may change; `never_blocks` caps its severity.
    """

    id: str
    step: Step
    title: Title
    says: Title
    basis: Title
    check: Callable[..., Any]
    kinds: frozenset[str]
    wants: frozenset[str]
    severity: Severity = "warning"
    limit: float | None = None
    unit: str = ""
    never_blocks: bool = False


_RULES: dict[str, Rule] = {}


def rule[Check: Callable[..., Any]](
    identifier: str, step: Step, title: Texts, says: Texts, *, kinds: str, **more: Any
) -> Callable[[Check], Check]:
    """Register a function as a rule; `kinds` and `wants` are words, `more` is as in `Rule`."""
    if identifier in _RULES:
        raise ValueError(f"two rules are called {identifier}")
    wants = frozenset(str(more.pop("wants", kinds)).split())
    basis = Title(*more.pop("basis", ("", "")))

    def register(check: Check) -> Check:
        _RULES[identifier] = Rule(
            identifier, step, Title(*title), Title(*says), basis, check, frozenset(kinds.split()), wants, **more
        )
        return check

    return register


def every() -> tuple[Rule, ...]:
    """Return all rules, in the order in which reports show them."""
    order = {f"ingest.rules.{name}": place for place, name in enumerate(_MODULES)}
    for name in order:
        import_module(name)
    # A rule of a test's own comes last.
    return tuple(sorted(_RULES.values(), key=lambda each: order.get(each.check.__module__, len(order))))


def find(identifier: str) -> Rule | None:
    """Return the rule called so, or None."""
    return next((each for each in every() if each.id == identifier), None)


def rules_for(step: Step, kinds: frozenset[str]) -> Iterator[Rule]:
    """Yield the rules of a step that make sense for a layer of these kinds."""
    return (each for each in every() if each.step == step and each.wants & kinds)
