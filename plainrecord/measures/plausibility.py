"""Plausibility: rules that caught agencies in real life, put to released tables.

Each rule is one query over a published file. What it notices is a question to ask: every rule has
innocent explanations, and the pages name them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import duckdb

from plainrecord.findings.finding import Finding, suggest
from plainrecord.measures import coverage_rule, time_rules, value_rules
from plainrecord.measures.rule_query import RuleDoesNotFitError, RuleQuery
from plainrecord.model.declarations import PlausibilityRule
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.plausibility import Outcome
from plainrecord.receipts.engine import identifier

KINDS: Mapping[str, Callable[[RuleQuery], Outcome]] = {
    "part-above-whole": value_rules.check_part,
    "impossible-average": value_rules.check_average,
    "heaping": value_rules.check_heaping,
    "constant": value_rules.check_constant,
    "serial-gaps": value_rules.check_serials,
    "zero-run": value_rules.check_zeros,
    "stale": time_rules.check_stale,
    "swapped": time_rules.check_swapped,
    "one-day": time_rules.check_one_day,
    "partial-last-period": time_rules.check_ending,
    "time-gaps": time_rules.check_gaps,
    "unknown-rising": time_rules.check_unknown,
    "coverage": coverage_rule.check_coverage,
}


def evaluate_rules(
    connection: duckdb.DuckDBPyConnection,
    rules: Sequence[PlausibilityRule],
    dataset: str,
    published: Sequence[PublishedTable],
    base_url: str = "",
) -> tuple[tuple[Outcome, ...], tuple[Finding, ...]]:
    """What each rule came to, in their order; a finding (trial-invalid) for one that cannot be put.

    `connection` is a counter over the released files of `published`.
    """
    own = {e.table.resource: e for e in published if e.table.dataset == dataset}
    outcomes: list[Outcome] = []
    findings: list[Finding] = []
    if rules:
        connection.execute(f"USE memory.{identifier(dataset)}")
    for rule in rules:
        if rule.resource not in own:
            found = f"rule {rule.name}: there is no table {rule.resource!r}{suggest(rule.resource, own)}"
            findings.append(Finding("trial-invalid", found, ", ".join(own), dataset=dataset))
            continue
        try:
            query = RuleQuery(connection, rule, own[rule.resource], base_url)
            outcomes.append(KINDS[rule.kind](query))
        except RuleDoesNotFitError as error:
            findings.append(error.finding)
    return tuple(outcomes), tuple(findings)
