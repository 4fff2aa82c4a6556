"""What a paint or layout value of a MapLibre style is at a zoom and for which features.

A value may be plain, depend on the zoom (interpolate, step, old "stops"), on an attribute (match, case, step,
interpolate, old "property"), or on both.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from layers.filters.ast import Comparison, ComparisonOperator, In, Node, Property
from layers.filters.faults import fault
from layers.style.maplibre.expression_reader import Reader

type Branches = list[tuple[Node | None, Any]]
"""Values with their conditions, first come first served; None takes what is left."""
type Stops = list[tuple[float, Any]]
_LONGEST = 200


def zooms(value: Any) -> list[float]:
    """Return the zooms at which a value changes, whole ones where it changes all the time."""
    stops = _zoom_stops(value)
    if stops is None:
        return []
    _, kind, found = stops
    places = [zoom for zoom, _ in found]
    if kind == "step":
        return places
    return [float(each) + 0.5 for each in range(round(min(places)) - 1, round(max(places)) + 1)]


def at_zoom(value: Any, zoom: float) -> Any:
    """Return what a value is at a zoom; what depends on attributes besides is left as it is."""
    stops = _zoom_stops(value)
    if stops is None:
        return value
    base, kind, found = stops
    before = [each for each in found if each[0] <= zoom]
    after = [each for each in found if each[0] > zoom]
    if not before or not after or kind == "step":
        return before[-1][1] if before else found[0][1]
    (low, first), (high, second) = before[-1], after[0]
    if not all(isinstance(each, int | float) for each in (first, second)):
        return first if zoom - low < high - zoom else second
    share = (zoom - low) / (high - low) if base == 1 else (base ** (zoom - low) - 1) / (base ** (high - low) - 1)
    return first + (second - first) * share


def branches(value: Any, reader: Reader, note: Callable[[str, str], None]) -> Branches:
    """Return the values that a value takes by attribute; raises InvalidFilter."""
    if isinstance(value, dict) and "property" in value:
        return _function(value, reader, note)
    match value:
        case ["match", subject, *rest] if len(rest) % 2 == 1:
            operand = reader.scalar(subject)
            name = operand.name if isinstance(operand, Property) else ""
            found: Branches = []
            for labels, output in zip(rest[:-1:2], rest[1::2], strict=True):
                choices = tuple(reader.typed(name, each) for each in (labels if isinstance(labels, list) else [labels]))
                found.append((In(operand, choices) if len(choices) > 1 else Comparison("=", operand, choices[0]), output))
            return [*found, (None, rest[-1])]
        case ["case", *rest] if len(rest) % 2 == 1:
            return [*((reader.condition(test), output) for test, output in zip(rest[:-1:2], rest[1::2], strict=True)), (None, rest[-1])]
        case ["step", subject, first, *rest] if len(rest) % 2 == 0:
            return _steps(subject, first, [*zip(rest[::2], rest[1::2], strict=True)], reader)
        case ["interpolate" | "interpolate-hcl" | "interpolate-lab", _, subject, *rest] if len(rest) % 2 == 0 and rest:
            note("连续变化的值分为若干级", "a value that changes continuously is cut into classes")
            return _interpolated(subject, [*zip(rest[::2], rest[1::2], strict=True)], reader)
    return [(None, value)]


def _zoom_stops(value: Any) -> tuple[float, str, Stops] | None:
    if isinstance(value, dict) and isinstance(value.get("stops"), list) and "property" not in value:
        return _checked(float(value.get("base", 1)), value.get("type", "exponential"), value["stops"])
    match value:
        case ["interpolate" | "interpolate-hcl" | "interpolate-lab", [*how], ["zoom"], *rest]:
            base = how[1] if how and how[0] == "exponential" and len(how) > 1 else 1
            return _checked(base, "interpolate", list(zip(rest[::2], rest[1::2], strict=False)))
        case ["step", ["zoom"], first, *rest]:
            return _checked(1, "step", [(0.0, first), *zip(rest[::2], rest[1::2], strict=False)])
    return None


def _checked(base: Any, kind: str, stops: Any) -> tuple[float, str, Stops]:
    try:
        found = [(float(zoom), output) for zoom, output in stops]
    except (TypeError, ValueError):
        raise fault("级别断点读不懂", "the stops are not understood") from None
    is_ascending = all(low < high for (low, _), (high, _) in pairwise(found))
    if not found or len(found) > _LONGEST or not is_ascending or not all(-1 <= zoom <= 30 for zoom, _ in found):
        raise fault("级别断点读不懂", "the stops are not understood")
    if not isinstance(base, int | float) or not 0 < base <= 10:
        raise fault("级别断点读不懂", "the stops are not understood")
    return float(base), "step" if kind in ("interval", "step") else kind, found


def _steps(subject: Any, first: Any, stops: list[tuple[Any, Any]], reader: Reader) -> Branches:
    """Read steps: the highest reached counts, so the highest comes first."""
    found: Branches = [(_from(subject, ">=", stop, reader), output) for stop, output in reversed(stops)]
    return [*found, (None, first)]


def _interpolated(subject: Any, stops: list[tuple[Any, Any]], reader: Reader) -> Branches:
    for stop, _ in stops:
        if not isinstance(stop, int | float):
            raise fault("断点须为数", "stops are numbers")
    middles = [((low[0] + high[0]) / 2, high[1]) for low, high in pairwise(stops)]
    return _steps(subject, stops[0][1], middles, reader)


def _from(subject: Any, operator: ComparisonOperator, stop: Any, reader: Reader) -> Node:
    operand = reader.scalar(subject)
    return Comparison(operator, operand, reader.typed(operand.name if isinstance(operand, Property) else "", stop))


def _function(value: dict[str, Any], reader: Reader, note: Callable[[str, str], None]) -> Branches:
    """Read an old function of an attribute."""
    name, stops = value.get("property"), value.get("stops")
    if not isinstance(name, str) or not isinstance(stops, list) or not all(isinstance(each, list) and len(each) == 2 for each in stops):
        raise fault("断点读不懂", "the stops are not understood")
    subject = ["get", name]
    match value.get("type", "exponential"):
        case "categorical":
            flat = [part for key, output in stops for part in (key, output)]
            return branches(["match", subject, *flat, value.get("default")], reader, note)
        case "interval":
            return _steps(subject, value.get("default", stops[0][1]), [(key, output) for key, output in stops], reader)
    note("连续变化的值分为若干级", "a value that changes continuously is cut into classes")
    return _interpolated(subject, [(key, output) for key, output in stops], reader)
