"""What a search of the catalogue asks (OGC 20-004r1 §9): q, bbox, datetime, ids, attributes, filter, order, page."""

from datetime import date, datetime

from geoserver_app.catalogue.search import FACETS, SORTABLES, Search
from geoserver_app.ogcapi.call import Call, invalid
from geoserver_app.ogcapi.features import reading
from layers.errors import InvalidFilter
from layers.filters import Node, parse_json_text, parse_text
from layers.filters.moments import instant
from layers.spec import Bounds

EQUALS = ("theme", "kind", "level", "owner", "keywords", "type")
NAMES = ("q", "bbox", "datetime", "ids", "externalIds", *EQUALS, "filter", "filter-lang", "sortby", "limit", "offset", "facets")
_MOST_TERMS, _LONGEST_TERM = 20, 80


def search(call: Call) -> Search:
    """Read all parameters; raises the fault that names the first wrong one."""
    first, last = _days(call)
    given = call.parameters
    ids = [each for name in ("ids", "externalIds") if name in given for each in given[name].split(",")]
    return Search(
        any_of=_terms(call),
        bounds=_bounds(call),
        first=first,
        last=last,
        ids=frozenset(ids) if ids or "ids" in given or "externalIds" in given else None,
        equal=tuple(
            (name, frozenset(each.strip().casefold() for each in given[name].split(","))) for name in EQUALS if name in given
        ),
        filter=_filter(call),
        sort=_order(call),
    )


def offset(call: Call) -> int:
    """Read where the page begins."""
    text = call.parameters.get("offset", "0")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise invalid("offset", "须为非负整数", "a whole number from 0")
    return int(text)


def facets(call: Call) -> tuple[str, ...]:
    """Read by which properties the results are to be counted."""
    text = call.parameters.get("facets", "")
    if text in ("", "false"):
        return ()
    names = FACETS if text == "true" else tuple(text.split(","))
    if not set(names) <= set(FACETS):
        raise invalid("facets", f"可选 {'、'.join(FACETS)}", f"of {', '.join(FACETS)}")
    return names


def _terms(call: Call) -> tuple[tuple[str, ...], ...]:
    """Read q: commas join by OR, within a part every word must be there (OGC 20-004r1 §9.2.4)."""
    groups = tuple(tuple(group.split()) for group in call.parameters.get("q", "").split(",") if group.strip())
    words = [word for group in groups for word in group]
    if len(words) > _MOST_TERMS or any(len(word) > _LONGEST_TERM for word in words):
        raise invalid("q", f"最多 {_MOST_TERMS} 个词，每个不超过 {_LONGEST_TERM} 字", f"at most {_MOST_TERMS} words of {_LONGEST_TERM}")
    return groups


def _bounds(call: Call) -> Bounds | None:
    found = reading.bounds(call)
    if found is None:
        return None
    if not isinstance(found, tuple):
        raise invalid("bbox", "目录检索的范围不跨 180° 经线", "a box of the catalogue does not cross 180°")
    return found[0]


def _days(call: Call) -> tuple[date | None, date | None]:
    text = call.parameters.get("datetime")
    if text is None:
        return None, None
    start, slash, end = text.partition("/")
    first, last = _day(start, is_open=bool(slash)), _day(end if slash else start, is_open=bool(slash))
    if first and last and first > last:
        raise invalid("datetime", "起点晚于终点", "it ends before it begins")
    return first, last


def _day(text: str, *, is_open: bool) -> date | None:
    if is_open and text in ("", ".."):
        return None
    try:
        found = instant(text)
    except InvalidFilter:
        raise invalid("datetime", "时间格式有误", "not a time (RFC 3339)") from None
    return found.date() if isinstance(found, datetime) else found


def _filter(call: Call) -> Node | None:
    text, language = call.parameters.get("filter"), call.parameters.get("filter-lang")
    if language not in (None, "cql2-text", "cql2-json"):
        raise invalid("filter-lang", "可选 cql2-text、cql2-json", "cql2-text or cql2-json")
    if text is None:
        return None
    is_json = language == "cql2-json" or (language is None and text.lstrip().startswith("{"))
    return parse_json_text(text) if is_json else parse_text(text)


def _order(call: Call) -> tuple[tuple[str, bool], ...]:
    found = []
    for part in call.parameters.get("sortby", "").split(",") if call.parameters.get("sortby") else ():
        name = part[1:] if part[:1] in "+- " else part
        if name not in SORTABLES:
            raise invalid("sortby", f"可选 {'、'.join(SORTABLES)}", f"of {', '.join(SORTABLES)}")
        found.append((name, not part.startswith("-")))
    return tuple(found)
