"""Tables of counts of a log: the reading in SQL against the one in Python, and what differs."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.measures import request_log_queries
from plainrecord.measures.request_log import track_requests
from plainrecord.measures.request_log_queries import LogQueries
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.packages import Field, ReleasedTable
from plainrecord.model.requests import DATES, ELEMENTS, Tracker
from tests.examples import examples
from tests.measures.test_request_log import LOG, counter, published

USED = (
    *DATES,
    *("request_id", "agency", "status", "unusual_circumstances", "exemptions_cited"),
)
DAYS = (
    *("2026-08-03", "2026-8-3", "8/3/2026", "8-3-2026", "8/3/26", "8-3-67", "20260803"),
    *("46237", "46237.25", "99999", "August 3, 2026", "Sept. 3 2026", "3-Sep-2026", "3 may 2026"),
    *("8/3/2026 10:15 AM", "2026-08-03T10:15:00.5Z", "8/3/26 9:00", "2026-02-30", "1/2-2026"),
    *("", " ", "-", "N/A", "Pending", "(b)(6)", "see file", "2026-08-03" + " " * 40, "1901-01-01"),
    *("2099-12-31", "2100-01-01", "3 juk 2026", "13/13/2026", "2026-12-25", "\x85 46266.0\u3000"),
)
WORDS = (
    "",
    "yes",
    " TRUE ",
    "no",
    "done",
    "Partial",
    "processed",
    "(b)(6); (b)(5)",
    "b6",
    "A",
    "B",
)


def log_of(rows: Sequence[Mapping[str, str]], elements: Sequence[str], as_of: str) -> Tracker:
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # as `open_counter` has it
    connection.execute("CREATE SCHEMA foia")
    columns = ", ".join(f'"{element}" VARCHAR' for element in elements)
    connection.execute(f"CREATE TABLE foia.log ({columns})")
    if rows:
        marks = ", ".join("?" for _ in elements)
        cells = [[row[element] for element in elements] for row in rows]
        connection.executemany(f"INSERT INTO foia.log VALUES ({marks})", cells)
    table = ReleasedTable(
        *("foia", "log", "Log", "", "request", "log"),
        tuple(Field(element, "string") for element in elements),
        *(len(rows), 0, ()),
    )
    log = RequestLog("log", tuple((element, element) for element in elements), "The agency")
    release = PublishedTable(table, "datasets/foia/downloads/log.parquet", "0" * 64)
    told = track_requests(connection, log, release, "Log", as_of)
    assert isinstance(told, Tracker)
    return told


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[dict[str, str]], list[str], str]:
    elements = draw(st.lists(st.sampled_from(USED), min_size=1, unique=True))
    signs = st.characters(exclude_characters="\x00", exclude_categories=["Cs"])
    text = st.sampled_from(WORDS) | st.text(signs, max_size=6)
    date = st.sampled_from(DAYS) | st.dates().map(str)
    row = st.fixed_dictionaries({e: date if e in DATES else text | date for e in elements})
    return draw(st.lists(row, max_size=7)), elements, draw(st.sampled_from(("2026-10-01", "")))


@given(logs())
@settings(max_examples=examples(12))
def test_the_queries_read_a_log_as_the_build_does(
    drawn: tuple[list[dict[str, str]], list[str], str],
) -> None:
    rows, elements, as_of = drawn
    told = log_of(rows, elements, as_of)
    assert told.uncounted == ""
    names = {table.id for table in told.counted}
    assert names >= {"foia.requests.totals", "foia.requests.listed", "foia.requests.agencies"}
    assert bool(told.exemptions) == ("foia.requests.exemptions" in names)
    assert bool(told.forms) == ("foia.requests.forms" in names)


def test_every_form_of_a_date_is_read_in_both_ways() -> None:
    told = log_of([{"date_received": day} for day in DAYS], ["date_received"], "2026-10-01")
    assert told.uncounted == ""
    forms = told.table("forms")
    assert forms is not None
    assert sum(int(str(row[2])) for row in forms.rows) == len(DAYS)
    assert len(forms.rows) == len(told.forms) == 9


def test_numbers_come_from_the_rows() -> None:
    rows = [
        {"request_id": str(n), "date_received": "2026-01-05", "date_completed": day, "status": ""}
        for n, day in enumerate(("2026-01-06", "2026-01-08", "2026-01-12", "2026-03-02", ""))
    ]
    told = log_of(rows, list(rows[0]), "2026-10-01")
    agencies, totals, listed = map(told.table, ("agencies", "totals", "listed"))
    assert agencies is not None
    assert totals is not None
    assert listed is not None
    # Working days after 5 January: 1, 3, 5, and 38 to 2 March with two holidays between.
    assert agencies.rows == (("The agency", 5, 4, 1, 1, 3, 4, "4", "2.5", "13.3", "5"),)
    assert totals.rows[0][:2] == (5, 1)
    assert listed.rows[0][:3] == ("4", "open and overdue", 240)
    assert "'2026-01-19'" in agencies.receipt.sql
    assert "regexp_full_match" in agencies.receipt.sql
    assert "a workbook" not in agencies.receipt.sql  # no form that this log does not write


def test_what_the_query_counts_otherwise_has_no_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"request_id": "1", "exemptions_cited": "(b)(6)", "date_received": "2026-08-03"}]
    elements = list(rows[0])
    assert log_of(rows, elements, "").counted
    monkeypatch.setattr(request_log_queries, "read_exemptions", lambda text: (text, "more"))
    told = log_of(rows, elements, "")
    assert told.counted == ()
    assert "reads the log another way" in told.uncounted
    monkeypatch.setattr(request_log_queries, "MOST_EXEMPTIONS", 0)
    assert "1 different texts" in log_of(rows, elements, "").uncounted


def test_a_query_that_fails_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogQueries, "totals", lambda _: "SELECT nothing FROM log")
    told = log_of([{"request_id": "1"}], ["request_id"], "")
    assert told.rows == 1
    assert told.uncounted.startswith("the query fails")


def test_a_real_log_is_read_in_both_ways(real_data: Path) -> None:
    path = real_data / "foia-log-usda-aphis" / "aphis_foia_log_2010-2015_deidentified.csv"
    names = {"date_due": "target_date", "date_completed": "closed_date"}
    names |= {"request_id": "request_id", "date_received": "received_date"}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: row[v] for k, v in names.items()} for row in csv.DictReader(file)]
    told = log_of(rows, list(names), "2015-12-31")
    assert (told.rows, told.uncounted) == (4276, "")
    totals = told.table("totals")
    assert totals is not None
    assert totals.rows[0][-4:] == (4275, 3614, 100, 4176)
    assert totals.rows[0][0] == 4276


def test_a_withheld_cell_of_a_published_table_is_read_in_both_ways() -> None:
    told = track_requests(counter(), replace(LOG, as_of="2026-08-10"), published(), "Log", "")
    assert isinstance(told, Tracker)
    assert told.uncounted == ""
    assert [str(row[1]) for row in (told.table("listed") or told.counted[0]).rows].count(
        "not clear from the log"
    ) == 1


def test_elements_are_those_of_a_log() -> None:
    assert set(USED) <= set(ELEMENTS)
