"""Every URL declares which operation on layers it performs: no door without a rule."""

import re
from pathlib import Path
from typing import get_args

from django.conf import settings

from geoserver_app import census

# Whole subtrees that show no layers and carry their own sign-in: Django's administration.
EXEMPT = ("admin/",)


def test_every_url_declares_its_operation() -> None:
    undeclared = [
        route
        for route, view in census.routes()
        if not route.startswith(EXEMPT) and census.operation_of(view) is None
    ]
    assert undeclared == []


def test_only_known_operations_are_declared() -> None:
    known = {*get_args(census.Operation), None}
    assert {census.operation_of(view) for _, view in census.routes()} <= known


def test_the_census_sees_routes_inside_included_url_maps() -> None:
    assert any(route.startswith("admin/") and len(route) > 6 for route, _ in census.routes())


def test_every_url_is_documented() -> None:
    pages = [Path(settings.BASE_DIR, "README.md"), *Path(settings.BASE_DIR, "docs").rglob("*.md")]
    documents = "\n".join(page.read_text() for page in pages)
    firsts = {re.split(r"[/<^$\\(]", route)[0] for route, _ in census.routes()} - {""}
    missing = sorted(first for first in firsts if f"/{first}" not in documents)
    assert missing == []
