"""Measure what a release shows beside its figures: checks, profile, law, requests, grades."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from functools import cache

import duckdb

from plainrecord.core.yaml_json import parse_document
from plainrecord.descriptors import standard
from plainrecord.findings.finding import Finding
from plainrecord.io import load
from plainrecord.measures import (
    figures,
    legal_basis,
    plausibility,
    profile,
    protection,
    reconcile,
    scorecard_files,
    withheld,
)
from plainrecord.measures.request_log import track_requests
from plainrecord.measures.rules.coverage import CoverageRule
from plainrecord.model.declarations import Break, ChartDefinition
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.grades import Scorecard, Scores
from plainrecord.model.packages import Package
from plainrecord.model.partial_periods import Extent
from plainrecord.model.plausibility import Outcome
from plainrecord.model.products import Figure, Output, ReleasedDataset
from plainrecord.model.requests import Tracker
from plainrecord.model.standards import Standard
from plainrecord.model.withheld import BasisTable, WithheldTable
from plainrecord.receipts.counting import Counted, CountQueries


def measure_figures(
    item: Package,
    counter: duckdb.DuckDBPyConnection,
    published: Sequence[PublishedTable],
) -> tuple[list[Figure], list[Finding]]:
    """The figures of a dataset or a release."""
    shown: list[Figure] = []
    findings: list[Finding] = []
    for definition in item.figures:
        figure, failed = figures.measure_figure(
            counter, definition, item.key, published, item.updated
        )
        findings += failed
        if figure:
            shown.append(figure)
            if figure.is_suppressed and not item.frozen:
                found = f"figure {figure.name} depends on a count that is suppressed"
                findings.append(Finding("figure-suppressed", found, "a count that is released"))
    return shown, [replace(finding, file=item.descriptor_path) for finding in findings]


def check_plausibility(
    release: ReleasedDataset,
    counter: duckdb.DuckDBPyConnection,
    published: Sequence[PublishedTable],
    catalogued: Sequence[str],
) -> tuple[ReleasedDataset, list[Finding]]:
    """Evaluate the plausibility rules and the reconciliations of a dataset as it is now.

    A frozen release is returned unchanged: the data it was compared with may have changed since,
    and its page must stay the same.
    """
    item = release.package
    if item.frozen:
        return release, []
    outcomes, problems = plausibility.evaluate_rules(
        counter, item.plausibility_rules, item.key, published
    )
    accounts, missed = reconcile.reconcile_all(
        counter, item.reconciliations, item.key, published, catalogued
    )
    findings = [replace(finding, file=item.descriptor_path) for finding in (*problems, *missed)]
    return replace(release, outcomes=outcomes, accounts=accounts), findings


def coverage_outcomes(
    release: ReleasedDataset,
    counter: duckdb.DuckDBPyConnection,
    published: Sequence[PublishedTable],
) -> tuple[Outcome, ...]:
    """Outcomes of the rules on who reported when, evaluated here for a release that keeps none."""
    item = release.package
    if not item.frozen:
        return tuple(
            outcome for outcome in release.outcomes if isinstance(outcome.rule, CoverageRule)
        )
    rules = [rule for rule in item.plausibility_rules if isinstance(rule, CoverageRule)]
    return plausibility.evaluate_rules(counter, rules, item.key, published)[0]


def breaks_for_chart(chart: ChartDefinition, outcomes: Sequence[Outcome]) -> tuple[Break, ...]:
    """Breaks by the same rows and date; with a line for each office, only those declared count."""
    breaks: list[Break] = []
    for outcome in outcomes:
        rule = outcome.rule
        if not isinstance(rule, CoverageRule) or rule.where not in ("", chart.where):
            continue
        if rule.resource != chart.resource or rule.date != chart.x:
            continue
        apart = rule.field in (chart.color, chart.facet)
        breaks += [change for change in outcome.breaks if not apart or change in rule.changes]
    return tuple(breaks)


def profile_release(
    release: ReleasedDataset,
    counter: duckdb.DuckDBPyConnection,
    tables: Mapping[str, PublishedTable],
    known: MutableMapping[object, Counted],
) -> ReleasedDataset:
    """The release with row counts and profiles; `known` keeps them by its files."""

    def open_queries(read: tuple[PublishedTable, ...], unit: str, threshold: int) -> CountQueries:
        return CountQueries(counter, release.package.key, read, unit, threshold, known)

    report = release.package.protection
    entries = tuple(tables[table.resource] for table in release.tables)
    strictest = max((entry.table.threshold for entry in entries), default=0)
    return replace(
        release,
        counted_rows=profile.count_rows(open_queries(entries, "row", strictest)),
        profiles=tuple(
            profile.profile_table(
                open_queries((entry,), entry.table.unit, entry.table.threshold), entry.table
            )
            for entry in entries
            if entry.table.resource not in release.package.tables_of_counts
        ),
        protection=protection.count_protection(open_queries, tables, report) if report else None,
    )


def measure_withheld_and_law(
    release: ReleasedDataset,
    counter: duckdb.DuckDBPyConnection,
    tables: Mapping[str, PublishedTable],
) -> tuple[ReleasedDataset, list[Finding]]:
    """The release with what is withheld in its tables, and with their legal bases."""
    item = release.package
    reports: list[WithheldTable] = []
    extent = Extent(covers_from=item.coverage_from, covers_to=item.coverage_to)
    legal: list[BasisTable] = []
    findings: list[Finding] = []
    for resource in item.resources:
        entry = tables[resource.name]
        grounds = (item.described[0] if item.described else resource).grounds
        for name, of in grounds.bases:
            table = legal_basis.measure_bases(counter, entry, name, of)
            if table is not None:
                legal.append(table)
                findings.extend(legal_basis.judge_bases(table, item.descriptor_path, item.name))
        if resource.name in item.tables_of_counts:  # its rows are no records
            continue
        siblings = [other for name, other in tables.items() if name != resource.name]
        report = withheld.measure_withheld(counter, entry, grounds, siblings, extent)
        if report is not None:
            reports.append(report)
    measured = replace(
        release,
        withheld=tuple(reports),
        bases=tuple(legal),
        findings=(*release.findings, *findings),
    )
    return measured, findings


def track_release(
    release: ReleasedDataset,
    counter: duckdb.DuckDBPyConnection,
    tables: Mapping[str, PublishedTable],
    as_of: str,
) -> tuple[ReleasedDataset, list[Finding]]:
    """The release with its request tracker; a frozen release has none, as ages count to today."""
    package = release.package
    log = package.requests
    if log is None or package.frozen or log.resource not in tables:
        return release, []
    tracked = track_requests(counter, log, tables[log.resource], package.title, as_of)
    if isinstance(tracked, Tracker):
        return replace(release, tracker=tracked), []
    return release, [replace(finding, file=package.descriptor_path) for finding in tracked]


@cache
def read_standards() -> Mapping[str, Standard]:
    """The standards that come with the generator, by name."""
    standards: dict[str, Standard] = {}
    for texts in load.load_standards().values():
        document = parse_document(texts[standard.SCHEMA])
        if isinstance(document, dict) and "plainrecord" in document:  # the other grades nothing
            parsed = standard.parse_standard(document, texts)
            standards[parsed.name] = parsed
    return standards


def gather_scores(
    standards: Mapping[str, Standard], scorecards: Iterable[Scorecard]
) -> tuple[Scores, list[Output]]:
    """All scorecards with the standards that they use, and the files that both offer."""
    cards = {card.dataset: card for card in scorecards}
    used = {card.standard for card in cards.values()}
    scores = Scores(
        tuple(item for name, item in standards.items() if name in used), tuple(cards.items())
    )
    files = [o for item in scores.standards for o in scorecard_files.publish_standard(item)]
    files += [scorecard_files.publish_scorecard(c, standards[c.standard]) for c in cards.values()]
    return scores, files
