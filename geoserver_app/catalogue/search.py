"""Which records answer a search? Words, box, time, ids, attributes and filter, all in memory: layers are hundreds."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import shapely

from layers import access, metadata
from layers.access import Principal
from layers.filters import Node
from layers.metadata import Record
from layers.spec import Bounds

FACETS = ("theme", "kind", "level", "owner", "keywords", "operations")
"""By which properties results are counted; each is a queryable too."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: `any_of` groups of words (all of one group must be there), bounds in EPSG:4490, days included."""

    any_of: tuple[tuple[str, ...], ...] = ()
    bounds: Bounds | None = None
    first: date | None = None
    last: date | None = None
    ids: frozenset[str] | None = None
    equal: tuple[tuple[str, frozenset[str]], ...] = ()
    filter: Node | None = None
    sort: tuple[tuple[str, bool], ...] = ()


def records(principal: Principal) -> list[Record]:
    """Return the records of every layer the caller may discover, in the registry's order."""
    return [metadata.record(view) for view in access.views(principal, "discover") if view.spec.current or view.members]


def find(principal: Principal, asked: Search) -> list[Record]:
    """Return the records that answer a search, in its order; raises InvalidFilter."""
    found = [each for each in records(principal) if _answers(each, asked)]
    if asked.filter is not None:
        found = metadata.filtered(found, asked.filter)
    for name, ascending in reversed(asked.sort):
        found.sort(key=lambda each: _key(each, name), reverse=not ascending)
    return found


def facets(found: Iterable[Record], names: Sequence[str] = FACETS) -> dict[str, list[tuple[str, int]]]:
    """Count results by property: values with their numbers, most first."""
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    for each in found:
        for name in names:
            counts[name].update(values(each)[name])
    return {name: counts[name].most_common() for name in names}


def values(each: Record) -> Mapping[str, tuple[str, ...]]:
    """Return a record's values by facet: the names people read, in Chinese."""
    return {
        "theme": (each.theme.zh,),
        "kind": (metadata.KINDS[each.view.spec.kind].zh,),
        "level": (metadata.LEVELS[each.view.spec.level].zh,),
        "owner": (each.told.owner.zh,) if each.told.owner.zh else (),
        "keywords": each.keywords,
        "operations": tuple(sorted(each.view.operations)),
    }


_SORT_KEYS: Mapping[str, Callable[[Record], Any]] = {
    "title": lambda each: each.title.zh,
    "date": lambda each: each.day,
    "updated": lambda each: each.published,
    "theme": lambda each: each.theme.zh,
    "kind": lambda each: each.view.spec.kind,
    "owner": lambda each: each.told.owner.zh,
    "id": lambda each: each.slug,
}
SORTABLES = tuple(_SORT_KEYS)


def _answers(each: Record, asked: Search) -> bool:
    if asked.ids is not None and each.slug not in asked.ids:
        return False
    if asked.any_of and not any(metadata.matches(each, group) for group in asked.any_of):
        return False
    if asked.bounds and not (each.bounds and shapely.box(*each.bounds).intersects(shapely.box(*asked.bounds))):
        return False
    if not _in_time(each, asked):
        return False
    own = {**values(each), "id": (each.slug,), "type": ("dataset",)}
    return all(wanted & {value.casefold() for value in own.get(name, ())} for name, wanted in asked.equal)


def _in_time(each: Record, asked: Search) -> bool:
    day = each.day
    if day is None or (asked.first is None and asked.last is None):
        return True
    return (asked.first is None or day >= asked.first) and (asked.last is None or day <= asked.last)


def _key(each: Record, name: str) -> tuple[bool, Any]:
    found = _SORT_KEYS[name](each)
    return found is not None, found
