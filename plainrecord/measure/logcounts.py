"""Tables of counts behind the page of a log, held against what was read row by row.

The log is read twice, by `requestlog` in Python and by `logquery` in SQL. Numbers have receipts
only where both say the same: a receipt is to prove what stands on the page.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace

import duckdb

from plainrecord.law.exemptions import read_exemptions
from plainrecord.measure.logquery import LogQueries, Manner
from plainrecord.model.counts import CountTable
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import Cell
from plainrecord.model.products import PublishedTable
from plainrecord.model.requests import AgencyTime, Spread, State, Tracker, word_days
from plainrecord.receipts.counting import CountingHouse
from plainrecord.receipts.query import Refusal

MOST_EXEMPTIONS = 2_000
"""Different texts that cite exemptions: a number made of more cells is beyond what a page can say."""


def count_log(
    connection: duckdb.DuckDBPyConnection,
    log: RequestLog,
    published: PublishedTable,
    tracker: Tracker,
    manner: Manner,
    base_url: str,
) -> Tracker:
    """`tracker` with its tables of counts, or with the reason why it has none.

    The tables are named `requests.totals`, `.listed`, `.agencies`, `.exemptions` where any are
    cited, and `.forms` where the log has dates.
    """
    as_of = dt.date.fromisoformat(tracker.as_of) if tracker.as_of else None
    queries = LogQueries(
        log, published, as_of, manner, len(tracker.requests) or 1, tracker.left_out > 0
    )
    house = CountingHouse(
        connection, tracker.dataset, (published,), published.table.unit, 0, base_url
    )
    wanted = [
        ("totals", "all requests", queries.totals()),
        ("listed", "requests with a line of their own", queries.listed()),
        ("agencies", "time to answer by agency", queries.agencies()),
    ]
    if tracker.exemptions:
        wanted.append(("exemptions", "exemptions cited", queries.exemptions()))
    if tracker.forms:
        wanted.append(("forms", "forms of dates", queries.forms()))
    counted: list[CountTable] = []
    for name, title, sql in wanted:
        table = house.count(f"requests.{name}", f"{tracker.title}: {title}", sql)
        if isinstance(table, Refusal):
            return replace(tracker, uncounted=f"the query gives nothing: {table.found}")
        counted.append(table)
    told = replace(tracker, counted=tuple(counted))
    differing = _find_difference(told)
    return replace(tracker, uncounted=differing) if differing else told


def _find_difference(tracker: Tracker) -> str:
    """Which table says something else than what was read row by row; "" where none does."""
    for name, expected in (
        ("totals", [_totals(tracker)]),
        ("listed", _listed(tracker)),
        ("agencies", [_agency(item) for item in tracker.agencies]),
        ("forms", [(f.element, str(f.form), f.count) for f in tracker.forms]),
    ):
        table = tracker.table(name)
        if table is not None and list(table.rows) != expected:
            return f"the query of the table {name} reads the log another way than the build"
    cited = tracker.table("exemptions")
    if cited is not None:
        if len(cited.rows) > MOST_EXEMPTIONS:
            return f"exemptions are cited in {len(cited.rows):,} different texts"
        found: Counter[str] = Counter()
        for text, count in cited.rows:
            for code in read_exemptions(str(text)):
                found[code] += int(str(count))
        if found != Counter(dict(tracker.exemptions)):
            return "the query of the table exemptions reads the log another way than the build"
    return ""


def _totals(tracker: Tracker) -> tuple[Cell, ...]:
    states = dict(tracker.states)
    lines = (len(tracker.requests), tracker.left_out) if tracker.left_out else ()
    return (
        tracker.rows,
        *(states.get(state, 0) for state in State),
        *(tracker.appeals_overdue, tracker.reversed, tracker.twice),
        *(tracker.due_stated, tracker.due_agrees),
        *lines,
    )


def _listed(tracker: Tracker) -> list[tuple[Cell, ...]]:
    return [
        (
            item.number,
            str(item.request.state),
            item.request.late,
            item.took,
            str(item.appeal.state) if item.appeal else None,
            item.appeal.late if item.appeal else None,
            *(
                day.isoformat() if day else None
                for day in (item.request.started, item.request.due, item.request.answered)
            ),
        )
        for item in tracker.requests
    ]


def _agency(item: AgencyTime) -> tuple[Cell, ...]:
    return (
        *(item.agency, item.requests, item.answered, item.unanswered, item.overdue),
        *(item.in_time, item.timed),
        *_spread(item.took),
        word_days(item.days.median) if item.days else None,
    )


def _spread(spread: Spread | None) -> tuple[str | None, ...]:
    numbers = (spread.median, spread.low, spread.high) if spread else (None, None, None)
    return tuple(None if number is None else word_days(number) for number in numbers)
