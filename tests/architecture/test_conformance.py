"""What /ogc/conformance claims is what tests prove, and the page in docs/ says the same."""

import ast
from pathlib import Path

from django.conf import settings

from geoserver_app.ogcapi import parts
from geoserver_app.ogcapi.conformance_page import page

TESTS = Path(settings.BASE_DIR, "tests")


def marked() -> set[str]:
    """Return the classes named by @pytest.mark.conformance(...) anywhere in the tests."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.conformance":
                found |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    return found


def test_every_claimed_class_has_a_test_and_every_marked_class_is_claimed():
    claimed = {claim.uri for _, claim in parts.claims() if claim.is_met}
    assert claimed - marked() == set(), "claimed without a test"
    assert marked() - claimed == set(), "marked, but not claimed by a part"


def test_no_class_is_declared_twice_and_each_says_why():
    uris = [claim.uri for _, claim in parts.claims()]
    assert len(set(uris)) == len(uris)
    assert all(claim.zh and claim.en for _, claim in parts.claims())


def test_the_page_of_conformance_is_current():
    assert Path(settings.BASE_DIR, "docs", "conformance.md").read_text() == page(), "run `make docs`"
