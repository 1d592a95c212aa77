"""Plausibility: rules that caught agencies in real life, put to released tables.

Each rule is one query over a published file. What it notices is a question to ask: every rule has
innocent explanations, and the pages name them.
"""

from collections.abc import Sequence
from functools import cache, reduce
from operator import or_
from typing import Annotated, Any

import duckdb
from pydantic import Field, TypeAdapter

from plainrecord.core.registry import load_modules
from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures import rules as kinds
from plainrecord.measures.rule_query import Rule, RuleDoesNotFitError, RuleQuery
from plainrecord.model.declarations import PlausibilityRule
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.plausibility import Outcome
from plainrecord.receipts.engine import identifier

RULES: dict[str, type[Rule]] = {
    rule.model_fields["kind"].annotation.__args__[0]: rule
    for module in load_modules(kinds)
    for rule in module.RULES
}
"""Every rule by its kind. A rule is listed in `RULES` of its module in `measures/rules/`."""


def read_rule(written: object) -> Rule:
    """A rule as a maintainer writes it; pydantic's ValidationError where it fits no kind."""
    return _adapter(*RULES.values()).validate_python(written)


@cache
def _adapter(*rules: type[Rule]) -> TypeAdapter[Rule]:
    union: Any = Annotated[reduce(or_, rules), Field(discriminator="kind")]
    return TypeAdapter(union)


def evaluate_rules(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[PlausibilityRule],
    dataset: str,
    published: Sequence[PublishedTable],
) -> tuple[tuple[Outcome, ...], tuple[Finding, ...]]:
    """What each rule came to, in order; a finding (plausibility-invalid) for one that does not fit."""
    own = {e.table.resource: e for e in published if e.table.dataset == dataset}
    outcomes: list[Outcome] = []
    findings: list[Finding] = []
    if rules:
        connection.execute(f"USE memory.{identifier(dataset)}")
    for rule in rules:
        if not isinstance(rule, Rule):
            raise TypeError(rule)
        if rule.resource not in own:
            found = f"rule {rule.name}: there is no table {rule.resource!r}{suggest(rule.resource, own)}"
            findings.append(Finding("plausibility-invalid", found, ", ".join(own), dataset=dataset))
            continue
        table = own[rule.resource].table
        if table.holds_counts:
            found = f"rule {rule.name}: {rule.resource} has counts, not rows"
            findings.append(
                Finding("plausibility-invalid", found, "a table of rows", dataset=dataset)
            )
            continue
        try:
            query = RuleQuery(connection, rule, own[rule.resource])
            outcomes.append(rule.evaluate(query))
        except RuleDoesNotFitError as error:
            findings.append(error.finding)
    return tuple(outcomes), tuple(findings)
