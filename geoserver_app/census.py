"""What each URL does: every view declares its operation, so that a test can walk the whole URL map.

A view without a declaration is a door somebody forgot to guard; `tests/architecture` fails on it.
"""

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar

from django.urls import URLPattern, URLResolver, get_resolver

# The operations of the access rules; "none" is for pages that show no layer at all (health, sign-in).
Operation = Literal["discover", "view", "query", "download", "edit", "publish", "none"]
View = TypeVar("View", bound=Callable[..., Any])


def operation(name: Operation) -> Callable[[View], View]:
    """Declare which operation on layers a view performs."""

    def declare(view: View) -> View:
        view.operation = name  # type: ignore[attr-defined]
        return view

    return declare


def routes(
    resolver: URLResolver | None = None, prefix: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Walk the URL map with every included one: (route, view)."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = f"{prefix}{entry.pattern}"
        if isinstance(entry, URLPattern):
            yield route, entry.callback
        else:
            yield from routes(entry, route)


def operation_of(view: Callable[..., Any]) -> str | None:
    """Give the operation a view declares, also through Django's class-based and partial views."""
    for candidate in (view, getattr(view, "view_class", None), getattr(view, "func", None)):
        if declared := getattr(candidate, "operation", None):
            return str(declared)
    return None
