"""A stretch of the corridor: rules of plausibility, and other sources held against a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from plainrecord.model.products import Edition, PublishedTable
from plainrecord.rules.findings import Finding
from plainrecord.trials import plausibility, reconcile


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
