"""How a layer wants its rules: off, or how grave, and with which limit; a layer's policy beats the rule's own.

The policy is `Layer.check_policy`, JSON by rule id: `"off"`, a severity, or
`{"severity": …, "limit": …}`. A rule outside a layer's usual set is switched on by naming it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from ingest.findings import SEVERITIES, Finding, Severity
from ingest.rules.kinds import kinds_of
from ingest.rules.registry import Rule, Step, every, rules_for
from layers import models
from layers.spec import LayerSpec


@dataclass(frozen=True, slots=True)
class Setting:
    """One rule as it stands for one layer."""

    rule: Rule
    severity: Severity
    limit: float


@dataclass(frozen=True, slots=True)
class Policy:
    """What one layer asks of its deliveries; `unknown` are rule ids nobody knows."""

    kinds: frozenset[str]
    chosen: Mapping[str, Any]

    def settings(self, step: Step) -> Iterator[Setting]:
        """Yield the rules of a step that are on for this layer."""
        for rule in rules_for(step, self.kinds):
            if setting := self.setting(rule):
                yield setting

    def setting(self, rule: Rule) -> Setting | None:
        """Return how a rule stands, or None when it is off."""
        usual = Setting(rule, rule.severity, rule.limit or 0.0)
        chosen = self.chosen.get(rule.id)
        if chosen is None:
            return usual if rule.kinds & self.kinds else None
        if isinstance(chosen, Mapping):
            usual = replace(usual, limit=float(chosen.get("limit", usual.limit)))
            chosen = chosen.get("severity", usual.severity)
        if chosen not in SEVERITIES:
            return None
        grave = chosen == "blocking" and rule.never_blocks
        return replace(usual, severity="warning" if grave else cast(Severity, chosen))

    def unknown(self, layer: str) -> list[Finding]:
        """Say which names in the policy are no rule's."""
        known = {each.id for each in every()}
        return [
            Finding("policy-unknown-rule", "info", f"检查策略中的“{name}”不是已知规则，未执行",
                    f"the check policy names {name}, which is no rule; not run", layer=layer)
            for name in self.chosen if name not in known
        ]  # fmt: skip


def policy_of(spec: LayerSpec) -> Policy:
    """Return a layer's policy, as it is in the registry now."""
    chosen = models.Layer.objects.filter(pk=spec.id).values_list("check_policy", flat=True).first()
    return Policy(kinds_of(spec), chosen or {})
