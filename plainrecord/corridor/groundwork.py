"""A part of the corridor: what is in the tables, what is withheld, and on what legal ground."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import replace

import duckdb

from plainrecord.findings.finding import Finding
from plainrecord.measures import legal_basis, profile, withheld
from plainrecord.model.products import Edition, PublishedTable
from plainrecord.model.withheld import BasisTable, WithheldTable
from plainrecord.receipts.counting import Counted, CountingHouse


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

    def open_house(read: tuple[PublishedTable, ...], unit: str, threshold: int) -> CountingHouse:
        return CountingHouse(counter, edition.package.key, read, unit, threshold, base_url, known)

    entries = tuple(tables[table.resource] for table in edition.tables)
    strictest = max((entry.table.threshold for entry in entries), default=0)
    return replace(
        edition,
        counted_rows=profile.count_rows(open_house(entries, "row", strictest)),
        profiles=tuple(
            profile.profile_table(
                open_house((entry,), entry.table.unit, entry.table.threshold), entry.table
            )
            for entry in entries
        ),
    )


def measure_grounds(
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
