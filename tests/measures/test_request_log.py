"""Request logs: single requests worked out by hand, whole logs, hostile cells, and a real log."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.law.exemptions import read_exemptions
from plainrecord.measures.request_log import (
    measure_spread,
    read_request,
    summarise_log,
    track_requests,
)
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import PublishedTable
from plainrecord.model.log_dates import DateForm, read_log_date
from plainrecord.model.packages import Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.model.requests import (
    DATES,
    ELEMENTS,
    LoggedRequest,
    Percentiles,
    RequestState,
    Tracker,
)

AS_OF = dt.date(2026, 10, 1)
TABLE = ReleasedTable("foia", "log", "Log", "", "request", "log", (Field("id"),), 0, 0, ())
PUBLISHED = PublishedTable(TABLE, "datasets/foia/downloads/log.parquet", "0" * 64)


def read(*day: dt.date | None, **row: str) -> LoggedRequest:
    as_of = day[0] if day else AS_OF
    dates = {name: read_log_date(row[name]) for name in DATES if name in row}
    return read_request(row, dates, "The agency", as_of)


def summarise(rows: Sequence[Mapping[str, str]], as_of: dt.date | None = AS_OF) -> Tracker:
    elements = sorted({element for row in rows for element in row})
    return summarise_log(rows, PUBLISHED, "Log", "The agency", as_of, elements)


def test_an_open_request_is_overdue_after_its_day() -> None:
    row = {"request_id": "1", "date_received": "2026-08-03", "date_completed": ""}
    late = read(**row).request
    assert late.due == dt.date(2026, 8, 31)
    assert (late.state, late.late) == (RequestState.OVERDUE, 31)
    on_the_day = read(dt.date(2026, 8, 31), **row).request
    assert (on_the_day.state, on_the_day.late) == (RequestState.OPEN, 0)
    assert read(None, **row).request.state is RequestState.WAITING


def test_unusual_circumstances_give_ten_more_working_days() -> None:
    row = {"date_received": "2026-08-03", "date_completed": "-"}
    for said in ("yes", "TRUE", "2026-08-20"):
        assert read(**row, unusual_circumstances=said).request.due == dt.date(2026, 9, 15)
    for said in ("", "no", "false", "later"):
        assert read(**row, unusual_circumstances=said).request.due == dt.date(2026, 8, 31)


def test_the_clock_starts_on_the_day_of_receipt_or_what_is_next_to_it() -> None:
    row = {"date_requested": "2026-07-28", "date_perfected": "2026-08-04"}
    assert read(**row, date_received="2026-08-03").basis == "date_received"
    assert read(**row, date_received="(b)(6)").basis == "date_perfected"
    assert read(date_requested="2026-07-28").basis == "date_requested"
    assert read(date_due="2026-08-31").request.due == dt.date(2026, 8, 31)
    assert read(request_id="1").request.state is RequestState.WAITING


def test_an_answer_is_timed_in_working_and_calendar_days() -> None:
    item = read(date_received="2026-08-03", date_completed="9/10/2026")
    assert (item.request.state, item.request.late) == (RequestState.ANSWERED, 10)
    assert (item.took, item.days) == (27, 38)
    early = read(date_received="2026-08-03", date_completed="46237.0")
    assert (early.request.answered, early.took, early.request.late) == (dt.date(2026, 8, 3), 0, 0)


def test_an_answer_before_the_request_is_not_timed_but_counted() -> None:
    row = {"date_received": "2026-08-03", "date_completed": "2026-08-01"}
    assert (read(**row).took, read(**row).days) == (None, None)
    told = summarise([row])
    assert (told.reversed, told.agencies[0].timed, told.agencies[0].took) == (1, 0, None)


def test_a_closed_request_without_a_day_is_neither_open_nor_overdue() -> None:
    for status in ("done", "Partial", "rejected", "no_docs", "abandoned"):
        item = read(date_received="2026-01-02", date_completed="", status=status)
        assert item.request.state is RequestState.CLOSED
    for status in ("processed", "appealing", "fix", "payment", "lawsuit", ""):
        item = read(date_received="2026-01-02", date_completed="", status=status)
        assert item.request.state is RequestState.OVERDUE


def test_a_closing_date_that_cannot_be_read_is_not_an_open_request() -> None:
    assert (
        read(date_received="2026-01-02", date_completed="see file").request.state
        is RequestState.UNCLEAR
    )
    told = summarise([{"date_received": "2026-01-02", "date_completed": "\x00"}])
    assert told.states == ((RequestState.UNCLEAR, 1),)
    assert [(f.element, f.form) for f in told.forms][-1] == ("date_completed", DateForm.WITHHELD)


def test_an_appeal_has_its_own_twenty_days() -> None:
    row = {"date_received": "2026-01-05", "date_completed": "2026-03-02"}
    assert read(**row).appeal is None
    appeal = read(**row, date_appealed="2026-08-03", date_appeal_completed="").appeal
    assert appeal is not None
    assert (appeal.due, appeal.state, appeal.late) == (
        dt.date(2026, 8, 31),
        RequestState.OVERDUE,
        31,
    )
    answered = read(**row, date_appealed="2026-08-03", date_appeal_completed="2026-08-31").appeal
    assert answered is not None
    assert (answered.state, answered.late) == (RequestState.ANSWERED, 0)


def test_agencies_exemptions_and_order() -> None:
    rows = [
        {"request_id": str(n), "agency": "A", "date_received": "2026-01-05", "date_completed": day}
        for n, day in enumerate(("2026-01-06", "2026-01-08", "2026-01-12", "2026-03-02", "", ""))
    ]
    rows.append({"request_id": "0", "agency": "", "date_received": "2026-09-25"})
    rows = [{"exemptions_cited": "", **row} for row in rows]
    rows[0]["exemptions_cited"] = "(b)(6); (b)(7)(C); (b)(6)"
    rows[1]["exemptions_cited"] = "(b)(6)"
    told = summarise(rows)
    assert told.states == (
        (RequestState.OVERDUE, 2),
        (RequestState.OPEN, 1),
        (RequestState.ANSWERED, 4),
    )
    first, second = told.agencies
    # Working days after 5 January: 1, 3, 5, and 38 to 2 March with two holidays between.
    assert (first.agency, first.requests, first.answered, first.overdue) == ("A", 6, 4, 2)
    assert first.took == Percentiles(4, 4.0, 2.5, 13.25)
    assert (first.timed, first.in_time) == (4, 3)
    assert (second.agency, second.requests, second.took) == ("The agency", 1, None)
    assert told.exemptions == (("(b)(6)", 2), ("(b)(7)(C)", 1))
    assert [item.number for item in told.requests[:2]] == ["4", "5"]
    assert told.twice == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("(b)(6); (b)(7)(C); (b)(6)", ("(b)(6)", "(b)(7)(C)")),
        ("b(6), b(7)C", ("(b)(6)", "(b)(7)(C)")),
        ("Ex. 5", ("(b)(5)",)),
        ("OIP letter; PII; PII", ("OIP letter", "PII")),
        *(("", ()), ("N/A", ()), ("none", ()), ("-", ())),
    ],
)
def test_exemptions_are_read_where_they_are_known(text: str, read: tuple[str, ...]) -> None:
    assert read_exemptions(text) == read


def test_quartiles_need_four_numbers() -> None:
    assert measure_spread([]) is None
    assert measure_spread([7]) == Percentiles(1, 7, None, None)
    assert measure_spread([1, 2, 9]) == Percentiles(3, 2, None, None)
    assert measure_spread([1, 2, 3, 4, 5]) == Percentiles(5, 3, 2, 4)


@given(st.lists(st.integers(0, 3000), min_size=4, max_size=40))
@settings(max_examples=30, deadline=None)
def test_the_spread_is_that_of_the_engine(numbers: list[int]) -> None:
    row = (
        duckdb.connect()
        .execute("SELECT quantile_cont(n::DOUBLE, [0.25, 0.5, 0.75]) FROM (SELECT unnest(?) n)", [numbers])
        .fetchone()
    )  # fmt: skip
    spread = measure_spread(numbers)
    assert row is not None
    assert spread is not None
    assert [spread.low, spread.median, spread.high] == pytest.approx(row[0])


@given(
    st.lists(
        st.dictionaries(st.sampled_from(ELEMENTS), st.text(max_size=30) | st.dates().map(str)),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_no_log_breaks_the_reading(rows: list[dict[str, str]]) -> None:
    told = summarise([{"request_id": "", **row} for row in rows])
    assert sum(count for _, count in told.states) == len(rows) == told.rows
    assert sum(agency.requests for agency in told.agencies) == len(rows)


# A published table, through the engine

MARKS = (
    MissingValue("", "missing"),
    MissingValue("-", "not yet"),
    MissingValue("(b)(6)", "withheld", MissingKind.WITHHELD),
)
FIELDS = (
    Field("nr", "string"),
    Field("got", "date"),
    Field("closed", "string", missing_values=MARKS),
)
LOG = RequestLog(
    "log", (("request_id", "nr"), ("date_received", "got"), ("date_completed", "closed")), "A"
)


def published(**changes: object) -> PublishedTable:
    table = replace(TABLE, fields=FIELDS, rows=4, **changes)  # type: ignore[arg-type]
    return replace(PUBLISHED, table=table)


def counter() -> duckdb.DuckDBPyConnection:
    opened = duckdb.connect()
    opened.execute("CREATE SCHEMA foia")
    opened.execute(
        """CREATE TABLE foia.log AS SELECT * FROM (VALUES
        ('a', DATE '2026-08-03', '46266.0', NULL), ('b', DATE '2026-08-03', NULL, '-'),
        ('c', DATE '2026-08-03', NULL, '(b)(6)'), ('d', NULL, NULL, ''))
        AS v(nr, got, closed, closed__missing)"""
    )
    return opened


def test_a_published_table_is_read_with_its_marks() -> None:
    told = track_requests(counter(), LOG, published(), "Log", "2026-10-01")
    assert isinstance(told, Tracker)
    states = {item.number: item.request.state for item in told.requests}
    assert states == {
        "a": RequestState.ANSWERED,
        "b": RequestState.OVERDUE,
        "c": RequestState.UNCLEAR,
        "d": RequestState.WAITING,
    }
    assert (told.as_of, told.agencies[0].agency) == ("2026-10-01", "A")
    forms = {(f.form, f.count) for f in told.forms if f.element == "date_completed"}
    assert forms == {
        (DateForm.SERIAL, 1),
        (DateForm.NOT_YET, 1),
        (DateForm.WITHHELD, 1),
        (DateForm.EMPTY, 1),
    }


def test_a_log_may_be_of_another_day_or_of_none() -> None:
    early = track_requests(
        counter(), replace(LOG, as_of="2026-08-10"), published(), "Log", "2026-10-01"
    )
    assert isinstance(early, Tracker)
    assert {item.request.state for item in early.requests} >= {RequestState.OPEN}
    never = track_requests(counter(), replace(LOG, as_of="not stated"), published(), "Log", "2026-10-01")  # fmt: skip
    assert isinstance(never, Tracker)
    assert never.as_of == ""
    assert RequestState.OVERDUE not in dict(never.states)


def test_what_cannot_be_shown_is_refused() -> None:
    wrong = replace(LOG, fields=(("request_id", "number"),))
    found = track_requests(counter(), wrong, published(), "Log", "")
    assert not isinstance(found, Tracker)
    assert [item.rule for item in found] == ["requests-field-unknown"]
    named = replace(published().table, fields=(*FIELDS, Field("Requestor_Name")))
    found = track_requests(counter(), LOG, replace(PUBLISHED, table=named), "Log", "")
    assert not isinstance(found, Tracker)
    assert [item.rule for item in found] == ["requester-published"]
    kind = replace(published().table, fields=(*FIELDS, Field("requester_category")))
    assert isinstance(
        track_requests(counter(), LOG, replace(PUBLISHED, table=kind), "Log", ""), Tracker
    )
    for change, rule in (({"threshold": 5}, "requests-protected"), ({"rows": 10**6}, "requests-too-many")):  # fmt: skip
        table = replace(published().table, **change)  # type: ignore[arg-type]
        found = track_requests(counter(), LOG, replace(PUBLISHED, table=table), "Log", "")
        assert not isinstance(found, Tracker)
        assert [item.rule for item in found] == [rule]


def test_a_real_log_of_an_agency(real_data: Path) -> None:
    path = real_data / "foia-log-usda-aphis" / "aphis_foia_log_2010-2015_deidentified.csv"
    names = {"date_due": "target_date", "date_completed": "closed_date"}
    names |= {"request_id": "request_id", "date_received": "received_date"}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: row[v] for k, v in names.items()} for row in csv.DictReader(file)]
    told = summarise_log(rows, PUBLISHED, "APHIS", "USDA APHIS", None, names)
    assert told.rows == 4276
    assert dict(told.states)[RequestState.WAITING] == 2225 + 513
    assert RequestState.OVERDUE not in dict(
        told.states
    )  # on which day the logs were true is not known
    assert told.twice == 6
    counts = {(f.element, f.form): f.count for f in told.forms}
    assert counts["date_received", DateForm.SERIAL] == 200
    assert counts["date_completed", DateForm.NOT_YET] == 2225
    assert counts["date_completed", DateForm.EMPTY] == 513
    # The agency counted its own target days: nearly all are the twentieth working day.
    assert (told.due_stated, told.due_agrees) == (4275, 3614)
    agency = told.agencies[0]
    assert (agency.answered, agency.unanswered) == (1538, 2738)
    assert agency.timed + told.reversed == sum(r.get("date_completed", "") not in ("", "-") for r in rows)  # fmt: skip
