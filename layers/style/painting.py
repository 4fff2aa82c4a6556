"""A style as other languages have it: symbolizers painted one over another, each for all features it matches.

`passes` writes our first-match rules so, `rules` reads such a list back into rules. Casings come first, then the
bodies, then the labels; in each the most important rule comes last, that is on top.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from layers.filters import Node
from layers.spec import Title
from layers.style.dropped import Dropped
from layers.style.exclusion import are_disjoint, excludes, exclusive, hidden, stripped, unclaimed
from layers.style.model import Line, Rule, Scaled, Symbolizer, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Paint(Scaled):
    """One symbolizer with its condition (None = every feature); `level` counts the passes of a document.

    `is_rest` takes the features that no other condition of the document takes.
    """

    symbolizer: Symbolizer
    condition: Node | None = None
    is_rest: bool = False
    level: int = 0
    name: str = ""
    title: Title = field(default_factory=lambda: Title(""))


type Passes = tuple[tuple[Paint, ...], ...]


def passes(rules: Sequence[Rule]) -> Passes:
    """Return casings, bodies and labels, bottom first; an empty pass is left out."""
    conditions = exclusive([rule.filter for rule in rules])
    found: tuple[list[Paint], list[Paint], list[Paint]] = ([], [], [])
    for rule, condition in reversed(list(zip(rules, conditions, strict=True))):
        for part in rule.symbolizers:
            low, high = max(rule.max_scale, part.max_scale), _least(rule.min_scale, part.min_scale)
            if high and low >= high:
                continue
            level = 2 if isinstance(part, Text) else 1
            plain = replace(part, min_scale=0.0, max_scale=0.0)
            whole = Paint(symbolizer=plain, condition=condition, level=level, name=rule.name, title=rule.title,
                          min_scale=high, max_scale=low)  # fmt: skip
            if isinstance(plain, Line) and plain.casing:
                found[0].append(replace(whole, symbolizer=_casing(plain), level=0))
                whole = replace(whole, symbolizer=replace(plain, casing="", casing_width=0.0, casing_opacity=1.0))
            found[level].append(whole)
    return tuple(tuple(each) for each in found if each)


def rules(paints: Sequence[Paint]) -> tuple[tuple[Rule, ...], tuple[Dropped, ...]]:
    """Return first-match rules that look like the painted list, and what of it they cannot show."""
    groups = _groups(paints)
    everything = groups.pop((None, False), [])
    rest = groups.pop((None, True), [])
    ordered = _ordered(groups)
    # First come, first served: what all exclude goes to a first rule that draws nothing, so that features without
    # the value, of which "not" is unknown, are still the others'.
    first = None if rest or everything else unclaimed(ordered)
    made = [Rule(name="", title=Title(""), filter=first)] if first is not None else []
    earlier: list[Node | None] = [first]
    for condition in ordered:
        plain = stripped(condition, earlier)
        made.append(_rule(plain, groups[condition, False], everything))
        earlier.append(plain)
    if rest or everything:
        made.append(_rule(None, rest, everything))
    elif made and (gone := hidden(made[-1].filter)) is not None:
        # The same for what the last rule alone excludes.
        made[-1:] = [Rule(name="", title=Title(""), filter=gone), replace(made[-1], filter=None)]
    names = [groups[each, False][0][1].name for each in ordered]
    return tuple(made), tuple(_overlaps(names, ordered))


def _groups(paints: Sequence[Paint]) -> dict[tuple[Node | None, bool], list[tuple[int, Paint]]]:
    groups: dict[tuple[Node | None, bool], list[tuple[int, Paint]]] = {}
    for place, paint in enumerate(paints):
        groups.setdefault((paint.condition, paint.is_rest), []).append((place, paint))
    return groups


def _ordered(groups: dict[tuple[Node | None, bool], list[tuple[int, Paint]]]) -> list[Node | None]:
    """Put the conditions topmost first; one with labels only where its features are its own."""
    tops = {condition: _top(group, are_labels=False) for (condition, _), group in groups.items()}
    labels = {condition: _top(group, are_labels=True) for (condition, _), group in groups.items()}
    found = sorted((each for each in tops if tops[each] >= 0), key=lambda each: -tops[each])
    place = 0
    for condition in sorted((each for each in labels if labels[each] >= 0), key=lambda each: -labels[each]):
        if tops[condition] < 0:
            below = min((n for n, each in enumerate(found) if excludes(each, condition)), default=len(found))
            above = max((n + 1 for n, each in enumerate(found) if excludes(condition, each)), default=0)
            found.insert(max(min(place, below), above), condition)
        place = found.index(condition) + 1
    return found


def _top(group: list[tuple[int, Paint]], *, are_labels: bool) -> int:
    return max((place for place, paint in group if isinstance(paint.symbolizer, Text) == are_labels), default=-1)


def _rule(
    condition: Node | None, own: list[tuple[int, Paint]], everything: list[tuple[int, Paint]]
) -> Rule:
    paints = [paint for _, paint in sorted((*own, *everything), key=lambda pair: pair[0])]
    named = own[0][1] if own else paints[0]
    parts = _cased(paints)
    ranges = {(each.min_scale, each.max_scale) for each in parts}
    if len(ranges) == 1:
        ((high, low),) = ranges
        parts = [replace(each, min_scale=0.0, max_scale=0.0) for each in parts]
    else:
        high = low = 0.0
    return Rule(name=named.name, title=named.title, filter=condition, symbolizers=tuple(parts), min_scale=high, max_scale=low)


def _cased(paints: list[Paint]) -> list[Symbolizer]:
    """Give each line the wider one below it as its casing, and each symbolizer its range of scales."""
    used: set[int] = set()
    made: list[Symbolizer] = []
    for place, paint in enumerate(paints):
        part = replace(paint.symbolizer, min_scale=paint.min_scale, max_scale=paint.max_scale)
        if isinstance(part, Line):
            below = next((n for n in range(place) if n not in used and _is_casing(paints[n], paint)), None)
            wide = paints[below].symbolizer if below is not None else None
            if below is not None and isinstance(wide, Line):
                used.add(below)
                part = replace(part, casing=wide.color, casing_width=wide.width, casing_opacity=wide.opacity)
        made.append(part)
    return [each for place, each in enumerate(made) if place not in used]


def _is_casing(below: Paint, above: Paint) -> bool:
    wide, line = below.symbolizer, above.symbolizer
    return (
        isinstance(wide, Line)
        and isinstance(line, Line)
        and below.level < above.level
        and not wide.dash
        and wide.width > line.width
        and (below.min_scale, below.max_scale) == (above.min_scale, above.max_scale)
    )


def _overlaps(names: Sequence[str], conditions: Sequence[Node | None]) -> list[Dropped]:
    """Say which rules may match the same feature: only the first is drawn of it."""
    words = ("与前面的规则可能重叠：同一要素只按第一条绘制", "may overlap an earlier rule: a feature is drawn by the first")
    found: list[Dropped] = []
    earlier: list[Node] = []
    for name, condition in zip(names, conditions, strict=True):
        if condition is None:
            continue
        if not all(are_disjoint(each, condition) for each in earlier):
            found.append(Dropped(f"Rule[{name}]", *words))
        earlier.append(condition)
    return found


def _casing(line: Line) -> Line:
    # Rounded, for 1.2 + 2.4 is no number that anybody wrote.
    return Line(color=line.casing, width=round(line.casing_width or line.width + 2, 6), opacity=line.casing_opacity,
                cap="butt" if line.dash else line.cap)  # fmt: skip


def _least(one: float, other: float) -> float:
    return min(each for each in (one, other) if each) if one or other else 0.0
