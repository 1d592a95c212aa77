"""A stretch of the corridor: rules of plausibility, and other sources held against a dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Protocol

import duckdb

from plainrecord.core.errors import Blocked
from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors import standard
from plainrecord.findings.finding import Finding
from plainrecord.io import load
from plainrecord.measures import (
    legal_basis,
    plausibility,
    profile,
    reconcile,
    scorecard,
    scorecard_files,
    withheld,
)
from plainrecord.measures.request_log import track_requests
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.grades import Scorecard, Scores
from plainrecord.model.packages import Package
from plainrecord.model.plausibility import Outcome
from plainrecord.model.products import Edition, Output, PublishedTable
from plainrecord.model.requests import Tracker
from plainrecord.model.standards import Standard
from plainrecord.model.withheld import BasisTable, WithheldTable
from plainrecord.receipts.counting import Counted, CountQueries

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
    outcomes, found = plausibility.evaluate_rules(
        counter, item.trials, item.key, published, base_url
    )
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
    return plausibility.evaluate_rules(counter, trials, item.key, published)[0]


def breaks_for_chart(chart: ChartDefinition, outcomes: Sequence[Outcome]) -> tuple[Break, ...]:
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


def profile_edition(
    edition: Edition,
    counter: duckdb.DuckDBPyConnection,
    tables: Mapping[str, PublishedTable],
    base_url: str,
    known: MutableMapping[object, Counted],
) -> Edition:
    """The edition with the rows of its tables, and with what is in their fields.

    `known` keeps what was counted for another edition of the same files.
    """

    def open_queries(read: tuple[PublishedTable, ...], unit: str, threshold: int) -> CountQueries:
        return CountQueries(counter, edition.package.key, read, unit, threshold, base_url, known)

    entries = tuple(tables[table.resource] for table in edition.tables)
    strictest = max((entry.table.threshold for entry in entries), default=0)
    return replace(
        edition,
        counted_rows=profile.count_rows(open_queries(entries, "row", strictest)),
        profiles=tuple(
            profile.profile_table(
                open_queries((entry,), entry.table.unit, entry.table.threshold), entry.table
            )
            for entry in entries
        ),
    )


def measure_withheld_and_law(
    edition: Edition,
    counter: duckdb.DuckDBPyConnection,
    tables: Mapping[str, PublishedTable],
    findings: list[Finding],
    base_url: str,
) -> Edition:
    """The edition with what is withheld in its tables, and with their legal bases."""
    item = edition.package
    reports: list[WithheldTable] = []
    legal: list[BasisTable] = []
    found: list[Finding] = []
    for resource in item.resources:
        entry = tables[resource.name]
        siblings = [other for name, other in tables.items() if name != resource.name]
        report = withheld.measure_withheld(counter, entry, resource.grounds, siblings, base_url)
        if report is not None:
            reports.append(report)
        for name, of in resource.grounds.bases:
            table = legal_basis.measure_bases(counter, entry, name, of, base_url)
            if table is not None:
                legal.append(table)
                found.extend(legal_basis.judge_bases(table, item.descriptor_path, item.name))
    findings.extend(found)
    return replace(
        edition,
        withheld=tuple(reports),
        bases=tuple(legal),
        findings=(*edition.findings, *found),
    )


def track_edition(
    edition: Edition,
    counter: duckdb.DuckDBPyConnection,
    tables: Mapping[str, PublishedTable],
    as_of: str,
    findings: list[Finding],
    base_url: str = "",
) -> Edition:
    """The edition with its tracker; one that is kept for good has none, since it is told as of now.

    What is wrong is added to `findings`.
    """
    package = edition.package
    log = package.requests
    if log is None or package.frozen or log.resource not in tables:
        return edition
    told = track_requests(counter, log, tables[log.resource], package.title, as_of, base_url)
    if isinstance(told, Tracker):
        return replace(edition, tracker=told)
    findings.extend(replace(finding, file=package.descriptor_path) for finding in told)
    return edition


def read_standards() -> dict[str, Standard]:
    """The standards that come with the generator, by name; `Blocked` where one cannot be read."""
    read: dict[str, Standard] = {}
    for name, texts in load.load_standards().items():
        file = f"plainrecord/standards/{name}/{standard.SCHEMA}"
        document = parse_document(texts[standard.SCHEMA])
        if isinstance(document, dict) and "plainrecord" not in document:
            continue  # a form for records of its own, which nothing is graded by
        parsed, found = standard.parse_standard(document, texts, file)
        if parsed is None:
            raise Blocked(list(found))
        read[parsed.name] = parsed
    return read


def score_edition(
    counter: duckdb.DuckDBPyConnection,
    item: Package,
    tables: Mapping[str, PublishedTable],
    standards: Mapping[str, Standard],
    base_url: str,
    findings: list[Finding],
) -> Scorecard | None:
    """The scorecard of an edition, None where it has no crosswalk; findings are added."""
    published = [*tables.values()]
    card, found = scorecard.measure_scorecard(counter, item, published, standards, base_url)
    findings.extend(replace(finding, file=item.descriptor_path) for finding in found)
    return card


class Scored(Protocol):
    """A dataset with its scorecard, and its releases with theirs."""

    @property
    def scorecard(self) -> Scorecard | None: ...

    def every(self) -> Iterator[Scored]: ...


def gather_scores(
    standards: Mapping[str, Standard], made: Iterable[Scored]
) -> tuple[Scores, list[Output]]:
    """All scorecards with the standards they need, and the files that both offer."""
    cards = (one.scorecard for item in made for one in item.every())
    held = {card.dataset: card for card in cards if card is not None}
    used = {card.standard for card in held.values()}
    scores = Scores(
        tuple(item for name, item in standards.items() if name in used), tuple(held.items())
    )
    files = [o for item in scores.standards for o in scorecard_files.publish_standard(item)]
    files += [scorecard_files.publish_scorecard(c, standards[c.standard]) for c in held.values()]
    return scores, files
