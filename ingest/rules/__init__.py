"""Which rules there are: a rule is one function with an id, a title, a severity and the layers it is for.

Rules of rows run on every batch on its way into the stage (`ingest.rules.rows`), rules of staged
layers are SQL over the stage (`ingest.rules.staged`), rules of rasters judge what the caged child
measured (`ingest.rules.rasters`), rules of deliveries look at all of it (`ingest.rules.deliveries`).
"""

from ingest.rules.policy import Policy, Setting, policy_of
from ingest.rules.registry import Rule, every, find, rule, rules_for

__all__ = ["Policy", "Rule", "Setting", "every", "find", "policy_of", "rule", "rules_for"]
