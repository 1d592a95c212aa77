"""Plausibility: rules that caught agencies in real life, put to released tables.

Each rule is one query over a published file. What it notices is a question to ask: every rule has
innocent explanations, and the pages name them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import duckdb

from plainrecord.findings.finding import Finding, suggest
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.trials import Outcome, Trial
from plainrecord.receipts.engine import identifier
from plainrecord.trials import coverage, measures, timelines
from plainrecord.trials.inquiry import Inquiry, UnfitError

KINDS: Mapping[str, Callable[[Inquiry], Outcome]] = {
    "part-above-whole": measures.try_part,
    "impossible-average": measures.try_average,
    "heaping": measures.try_heaping,
    "constant": measures.try_constant,
    "serial-gaps": measures.try_serials,
    "zero-run": measures.try_zeros,
    "stale": timelines.try_stale,
    "swapped": timelines.try_swapped,
    "one-day": timelines.try_one_day,
    "partial-last-period": timelines.try_ending,
    "time-gaps": timelines.try_gaps,
    "unknown-rising": timelines.try_unknown,
    "coverage": coverage.try_coverage,
}


def try_rules(
    connection: duckdb.DuckDBPyConnection,
    trials: Sequence[Trial],
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
    if trials:
        connection.execute(f"USE memory.{identifier(dataset)}")
    for trial in trials:
        if trial.resource not in own:
            found = f"rule {trial.name}: there is no table {trial.resource!r}{suggest(trial.resource, own)}"
            findings.append(Finding("trial-invalid", found, ", ".join(own), dataset=dataset))
            continue
        try:
            asked = Inquiry(connection, trial, own[trial.resource], base_url)
            outcomes.append(KINDS[trial.kind](asked))
        except UnfitError as error:
            findings.append(error.finding)
    return tuple(outcomes), tuple(findings)
