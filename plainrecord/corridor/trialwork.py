"""A stretch of the corridor: rules of plausibility, and other sources held against a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from plainrecord.findings.finding import Finding
from plainrecord.measures import plausibility, reconcile
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.plausibility import Outcome
from plainrecord.model.products import Edition, PublishedTable

COVERAGE = "coverage"


def try_edition(
    edition: Edition,
    counter: duckdb.DuckDBPyConnection,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str],
    findings: list[Finding],
    base_url: str,
) -> Edition:
    """The edition with what its rules and its reconciliations came to; findings are added.

    Both are for a dataset as it is now. A frozen edition comes back as it is: what it was held
    against may have changed since, and its own address is to stay the same.
    """
    item = edition.package
    if item.frozen:
        return edition
    outcomes, found = plausibility.try_rules(counter, item.trials, item.key, published, base_url)
    accounts, missed = reconcile.reconcile_all(
        counter, item.reconciliations, item.key, published, catalogued, base_url
    )
    findings.extend(replace(finding, file=item.descriptor_path) for finding in (*found, *missed))
    return replace(edition, outcomes=outcomes, accounts=accounts)


def find_changes(
    edition: Edition, counter: duckdb.DuckDBPyConnection, published: Sequence[PublishedTable]
) -> tuple[Outcome, ...]:
    """What the rules say about who reported when: at their breaks the lines of charts stop.

    A frozen edition keeps no outcomes; its lines stop where its own records say so all the same.
    """
    item = edition.package
    if not item.frozen:
        return tuple(outcome for outcome in edition.outcomes if outcome.trial.kind == COVERAGE)
    trials = [trial for trial in item.trials if trial.kind == COVERAGE]
    return plausibility.try_rules(counter, trials, item.key, published)[0]


def changes_of(chart: ChartDefinition, outcomes: Sequence[Outcome]) -> tuple[Break, ...]:
    """The changes that concern a chart: of rules about the same rows of a table by the same date.

    A line for each office is its own measure, whoever else reports: there only the changes that a
    maintainer declared count.
    """
    found: list[Break] = []
    for outcome in outcomes:
        trial = outcome.trial
        same_rows = trial.where in ("", chart.where)
        if trial.resource != chart.resource or trial.date != chart.x or not same_rows:
            continue
        apart = trial.field in (chart.color, chart.facet)
        found += [change for change in outcome.breaks if not apart or change in trial.changes]
    return tuple(found)
