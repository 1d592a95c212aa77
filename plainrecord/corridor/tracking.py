"""A stretch of the corridor: the requests of a dataset that is a log of requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from plainrecord.findings.finding import Finding
from plainrecord.measures.request_log import track_requests
from plainrecord.model.products import Edition, PublishedTable
from plainrecord.model.requests import Tracker


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
