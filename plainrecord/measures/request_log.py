"""A released table read as a log of requests: what is open, how long answers took, on what ground.

Answers are due after the days that 5 U.S.C. 552(a)(6) allows. No result depends on the clock: the
log states the day of which it is true, and without that day no request is called overdue.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import duckdb

from plainrecord.core.plurals import count_noun
from plainrecord.findings.finding import Finding, Findings
from plainrecord.law.exemptions import read_exemptions
from plainrecord.measures.request_log_queries import LogQueries, detect_dialect
from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.freshness import parse_day
from plainrecord.model.requests import (
    DATES,
    STARTS,
    UNSTATED,
    YES,
    LoggedRequest,
    Milestone,
    RequestState,
    Tracker,
)
from plainrecord.receipts.counting import CountQueries
from plainrecord.receipts.query import fetch_rows

MOST_ROWS = 500_000
MOST_SHOWN = 100
"""Requests with a line of their own."""

MOST_EXEMPTIONS = 2_000
"""Different texts that cite exemptions: a number made of more cells is beyond what a page can say."""

_PERSON = re.compile(r"request[eo]r(?!.*(?:category|type|class|state|country))", re.IGNORECASE)


def track_requests(
    connection: duckdb.DuckDBPyConnection,
    log: RequestLog,
    published: PublishedTable,
    title: str,
    as_of: str,
    base_url: str = "",
) -> Tracker | tuple[Finding, ...]:
    """What the published table says as a log (as of `as_of` if unstated), or why not."""
    table = published.table
    if problems := _find_problems(log, published):
        return problems
    day = "" if log.as_of == UNSTATED else log.as_of or as_of
    true_on = parse_day(day) if day else None
    queries = LogQueries(
        log,
        published,
        true_on,
        detect_dialect(connection, log, published),
        min(table.rows, MOST_SHOWN) or 1,
        table.rows > MOST_SHOWN,
    )
    dated = bool(table.rows and log.fields.keys() & {*DATES})
    cited = fetch_rows(connection, table.dataset, queries.exemptions())
    exemptions: Counter[str] = Counter()
    for text, count in cited:
        exemptions.update(dict.fromkeys(read_exemptions(text), count))
    few = len(cited) <= MOST_EXEMPTIONS
    tables = (
        ("totals", "all requests", queries.totals(), True),
        ("listed", "requests with a line of their own", queries.listed(), True),
        ("agencies", "time to answer by agency", queries.agencies(), True),
        ("exemptions", "exemptions cited", queries.exemptions(), exemptions and few),
        ("forms", "forms of dates", queries.forms() if dated else "", dated),
    )
    counter = CountQueries(connection, table.dataset, (published,), table.unit, 0, base_url)
    counted: list[CountTable] = [
        counter.run(f"requests.{name}", f"{title}: {words}", sql)
        for name, words, sql, there in tables
        if there
    ]
    requests = fetch_rows(connection, table.dataset, queries.requests())
    return Tracker(
        dataset=table.dataset,
        title=title,
        path=published.path,
        sha256=published.sha256,
        as_of=true_on.isoformat() if true_on else "",
        requests=tuple(_read_request(request) for (request,) in requests),
        exemptions=tuple(sorted(exemptions.items(), key=lambda item: (-item[1], item[0]))),
        counted=tuple(counted),
        uncounted="" if few else f"exemptions are cited in {len(cited):,} different texts",
    )


def _find_problems(log: RequestLog, published: PublishedTable) -> tuple[Finding, ...]:
    """Why the table cannot be shown as a log."""
    table = published.table
    fields = {field.name: field for field in table.fields}
    problems = Findings(dataset=table.dataset)
    for element, name in log.fields.items():
        if name not in fields:
            found = f"{element} is in the field {name!r}, which is not released"
            expected = f"one of {', '.join(fields)}"
            problems.add("requests-field-unknown", found, expected, field=name)
    for name in filter(_PERSON.search, fields):
        found = f"the field {name!r} of the table {table.resource}"
        problems.add("requester-published", found, "no field that names who asked", field=name)
    if table.threshold:
        found = f"the policy has a threshold of {table.threshold}"
        problems.add("requests-protected", found, "no threshold: requests are shown one by one")
    if table.rows > MOST_ROWS:
        found = count_noun(table.rows, "row")
        problems.add("requests-too-many", found, f"at most {MOST_ROWS:,}")
    return tuple(problems)


def _read_request(row: Mapping[str, Any]) -> LoggedRequest:
    """A request as `LogQueries.requests` gives it."""

    def text(element: str) -> str:
        return row.get(element) or ""

    expedited = text("expedited").lower() in YES or row.get("expedited_on") is not None
    appeal = None
    if row["appeal_state"]:
        appeal = Milestone(
            RequestState(row["appeal_state"]),
            row["appealed"],
            row["appeal_due"],
            row["appeal_answered"],
            row["appeal_late"],
        )
    return LoggedRequest(
        number=text("number"),
        agency=text("agency"),
        subject=text("subject"),
        asked=text("fields_requested"),
        request=Milestone(
            RequestState(row["state"]), row["started"], row["due"], row["answered"], row["late"]
        ),
        basis=next((element for element in STARTS if row[element]), ""),
        acknowledged=row["date_acknowledged"],
        due_written=row["due_written"],
        extended=row["extended"],
        expedited=expedited,
        took=row["took"],
        status=text("status"),
        exemptions=read_exemptions(text("exemptions_cited")),
        appeal=appeal,
        court=text("court"),
        docket=text("docket"),
        documents=tuple(text("documents").split()),
        released_into=text("released_into"),
    )
