"""Requests generated from our own definition, right ones and wrong ones: each answer is one that it names."""

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from tests.faces.ogcapi.test_editing import allow

OURS = r"^/(|api|conformance|functions|collections(/buildings(/(items(/\{featureId\})?|queryables|sortables|schema))?)?)$"
EDITED = r"^/collections/buildings/(items(/\{featureId\})?|transactions)$"
# These send headers and methods that the definition does not name, or ask for sign-in, which nothing here needs.
EXCLUDED = [
    checks.unsupported_method,
    checks.missing_required_header,
    checks.ignored_auth,
    # Filters, times and page tokens are languages of their own, of which a schema says only "text".
    checks.positive_data_acceptance,
]


def probe(operation, mode, examples):
    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(operation.as_strategy(generation_mode=mode))
    def ask(case):
        case.call_and_validate(excluded_checks=EXCLUDED)

    ask()


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_generated_requests_are_answered_as_the_definition_says(world, mode):
    schema = schemathesis.openapi.from_wsgi("/ogc/api", WSGIHandler()).include(path_regex=OURS, method="GET")
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) == 11
    for operation in operations:
        probe(operation, mode, 8)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_generated_edits_are_answered_as_the_definition_says(changing, mode):
    allow()
    schema = schemathesis.openapi.from_wsgi("/ogc/api", WSGIHandler()).include(path_regex=EDITED).exclude(method="GET")
    operations = [each.ok() for each in schema.get_all_operations()]
    assert [each.method for each in operations] == ["post", "put", "patch", "delete", "post"]
    for operation in operations:
        probe(operation, mode, 5)
