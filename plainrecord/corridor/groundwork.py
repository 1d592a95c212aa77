"""A part of the corridor: what is withheld, and on what legal ground, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from plainrecord.measure import bases, withheld
from plainrecord.model.grounds import BasisTable, WithheldTable
from plainrecord.model.products import Edition, PublishedTable
from plainrecord.rules.findings import Finding


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
            table = bases.measure_bases(counter, entry, name, of, base_url)
            if table is not None:
                legal.append(table)
                found.extend(bases.judge_bases(table, item.descriptor_path, item.name))
    findings.extend(found)
    return replace(
        edition,
        withheld=tuple(reports),
        bases=tuple(legal),
        findings=(*edition.findings, *found),
    )
