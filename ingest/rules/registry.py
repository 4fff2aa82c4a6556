"""The list of rules: what each is called, how grave it is, on what it rests and which layers it is for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal

from ingest.findings import Severity
from layers.spec import Title

type Step = Literal["rows", "staged", "raster", "delivery"]
_MODULES: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `kinds` are the kinds of layer (see `ingest.rules.kinds`) it belongs to.

    `limit` is its threshold in `unit`; a layer's policy may set another. `wants` are the kinds a
    layer must be of for the rule to make sense at all: policy may switch it on there.
    """

    id: str
    step: Step
    title: Title
    severity: Severity
    kinds: frozenset[str]
    wants: frozenset[str]
    basis: Title
    check: Callable[..., Any]
    limit: float | None = None
    unit: str = ""


_RULES: dict[str, Rule] = {}


def rule[Check: Callable[..., Any]](
    identifier: str,
    step: Step,
    title: tuple[str, str],
    *,
    severity: Severity = "warning",
    kinds: str,
    **more: Any,
) -> Callable[[Check], Check]:
    """Register a function as a rule; `kinds` and `wants` are words, `basis` and `title` (zh, en)."""

    def register(check: Check) -> Check:
        if identifier in _RULES:
            raise ValueError(f"two rules are called {identifier}")
        belongs = frozenset(kinds.split())
        wants = frozenset(more.get("wants", kinds).split())
        _RULES[identifier] = Rule(
            identifier, step, Title(*title), severity, belongs, wants, Title(*more.get("basis", ("", ""))), check,
            more.get("limit"), more.get("unit", ""),
        )  # fmt: skip
        return check

    return register


def every() -> tuple[Rule, ...]:
    """Return all rules, in the order of their modules."""
    for name in _MODULES:
        import_module(f"ingest.rules.{name}")
    return tuple(_RULES.values())


def find(identifier: str) -> Rule | None:
    """Return the rule called so, or None."""
    return next((each for each in every() if each.id == identifier), None)


def rules_for(step: Step, kinds: frozenset[str]) -> Iterator[Rule]:
    """Yield the rules of a step that make sense for a layer of these kinds."""
    return (each for each in every() if each.step == step and each.wants & kinds)
