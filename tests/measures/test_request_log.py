"""Request logs: single requests worked out by hand, whole logs, hostile cells, and a real log."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.law.exemptions import read_exemptions
from plainrecord.measures import request_log
from plainrecord.measures.request_log import track_requests
from plainrecord.model.declarations import RequestLog
from plainrecord.model.evidence import Cell, PublishedTable
from plainrecord.model.packages import Field, MissingKind, MissingValue, ReleasedTable
from plainrecord.model.requests import (
    ELEMENTS,
    DateForm,
    LoggedRequest,
    RequestState,
    Tracker,
)
from tests.examples import examples

AS_OF = "2026-10-01"
TABLE = ReleasedTable("foia", "log", "Log", "", "request", "log", (Field("id"),), 0, 0, ())
PUBLISHED = PublishedTable(TABLE, "datasets/foia/downloads/log.parquet", "0" * 64)


def summarise(rows: Sequence[Mapping[str, str]], as_of: str = AS_OF) -> Tracker:
    """The log whose fields are called after the elements of the standard."""
    elements = list(dict.fromkeys(element for row in rows for element in row))
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # as `open_counter` has it
    connection.execute("CREATE SCHEMA foia")
    columns = ", ".join(f'"{element}" VARCHAR' for element in elements)
    connection.execute(f"CREATE TABLE foia.log ({columns})")
    marks = ", ".join("?" for _ in elements)
    cells = [[row.get(element, "") for element in elements] for row in rows]
    connection.executemany(f"INSERT INTO foia.log VALUES ({marks})", cells)
    fields = tuple(Field(element, "string") for element in elements)
    release = replace(PUBLISHED, table=replace(TABLE, fields=fields, rows=len(rows)))
    log = RequestLog(
        resource="log", fields={element: element for element in elements}, agency="The agency"
    )
    told = track_requests(connection, log, release, "Log", as_of)
    assert isinstance(told, Tracker)
    return told


def read(*rows: dict[str, str]) -> list[LoggedRequest]:
    """The requests of rows, in the order of these."""
    told = summarise([{**row, "request_id": str(number)} for number, row in enumerate(rows)])
    return sorted(told.requests, key=lambda item: int(item.number))


def states(told: Tracker) -> dict[RequestState, int]:
    return {state: told.total(state) for state in RequestState if told.total(state)}


def forms(told: Tracker) -> dict[tuple[Cell, Cell], Cell]:
    return {(element, form): count for element, form, count in told.rows("forms")}


def test_an_open_request_is_overdue_after_its_day() -> None:
    row = {"request_id": "1", "date_received": "2026-08-03", "date_completed": ""}
    late, on_the_day, undated = (
        summarise([row], day).requests[0].request for day in (AS_OF, "2026-08-31", "")
    )
    assert late.due == dt.date(2026, 8, 31)
    assert (late.state, late.late) == (RequestState.OVERDUE, 31)
    assert (on_the_day.state, on_the_day.late) == (RequestState.OPEN, 0)
    assert undated.state is RequestState.WAITING


DUE = [
    # Columbus Day, 11 October 2010, lies between: counted by hand on a calendar.
    ("2010-10-04", "2010-11-02", "2010-11-17"),
    # Received on a Saturday: the Monday after is the first day.
    ("2026-08-01", "2026-08-28", "2026-09-14"),
    # Across Thanksgiving, Christmas and New Year's Day.
    ("2021-12-10", "2022-01-11", "2022-01-26"),
    # Juneteenth and Independence Day, both observed on other days.
    ("2021-06-17", "2021-07-19", "2021-08-02"),
    ("2020-06-17", "2020-07-16", "2020-07-30"),
]


def test_an_answer_is_due_on_the_twentieth_working_day() -> None:
    rows = [{"date_received": day, "date_appealed": day} for day, _, _ in DUE]
    items = read(*rows, *({**row, "unusual_circumstances": "yes"} for row in rows))
    expected = [*(due for _, due, _ in DUE), *(extended for _, _, extended in DUE)]
    assert [str(item.request.due) for item in items] == expected
    appeals = [str(item.appeal.due) for item in items if item.appeal]
    assert appeals == 2 * [due for _, due, _ in DUE]


def test_unusual_circumstances_give_ten_more_working_days() -> None:
    row = {"date_received": "2026-08-03", "date_completed": "-"}
    words = ("yes", "TRUE", "2026-08-20", "", "no", "false", "later")
    rows = [{**row, "request_id": said, "unusual_circumstances": said} for said in words]
    due = {item.number: item.request.due for item in summarise(rows).requests}
    assert {word for word in words if due[word] == dt.date(2026, 9, 15)} == {*words[:3]}
    assert {word for word in words if due[word] == dt.date(2026, 8, 31)} == {*words[3:]}


def test_the_clock_starts_on_the_day_of_receipt_or_what_is_next_to_it() -> None:
    row = {"date_requested": "2026-07-28", "date_perfected": "2026-08-04"}
    items = read(
        {**row, "date_received": "2026-08-03"},
        {**row, "date_received": "(b)(6)"},
        {"date_requested": "2026-07-28"},
        {"date_due": "2026-08-31"},
        {},
    )
    bases = [item.basis for item in items]
    assert bases == ["date_received", "date_perfected", "date_requested", "", ""]
    assert items[3].request.due == dt.date(2026, 8, 31)
    assert items[4].request.state is RequestState.WAITING


def test_an_answer_is_timed_in_working_days() -> None:
    item, early = read(
        *(
            {"date_received": "2026-08-03", "date_completed": day}
            for day in ("9/10/2026", "46237.0")
        )
    )
    assert (item.request.state, item.request.late, item.took) == (RequestState.ANSWERED, 10, 27)
    assert (early.request.answered, early.took, early.request.late) == (dt.date(2026, 8, 3), 0, 0)


def test_an_answer_before_the_request_is_not_timed_but_counted() -> None:
    row = {"date_received": "2026-08-03", "date_completed": "2026-08-01"}
    told = summarise([row])
    assert told.requests[0].took is None
    assert told.total("answered_before") == 1
    assert told.rows("agencies")[0][6:8] == (0, None)


def test_a_closed_request_without_a_day_is_neither_open_nor_overdue() -> None:
    closed = ("done", "Partial", "rejected", "no_docs", "abandoned")
    still = ("processed", "appealing", "fix", "payment", "lawsuit", "")
    row = {"date_received": "2026-01-02", "date_completed": ""}
    told = summarise([{**row, "request_id": word, "status": word} for word in (*closed, *still)])
    found = {item.number: item.request.state for item in told.requests}
    assert {found[word] for word in closed} == {RequestState.CLOSED}
    assert {found[word] for word in still} == {RequestState.OVERDUE}


def test_a_closing_date_that_cannot_be_read_is_not_an_open_request() -> None:
    told = summarise([{"date_received": "2026-01-02", "date_completed": "see file"}])
    assert states(told) == {RequestState.UNCLEAR: 1}


def test_an_appeal_has_its_own_twenty_days() -> None:
    row = {"date_received": "2026-01-05", "date_completed": "2026-03-02"}
    appealed = {**row, "date_appealed": "2026-08-03"}
    items = read(row, appealed, {**appealed, "date_appeal_completed": "2026-08-31"})
    found = [(item.appeal.state, item.appeal.late) for item in items if item.appeal]
    assert items[0].appeal is None
    assert found == [(RequestState.OVERDUE, 31), (RequestState.ANSWERED, 0)]


def test_what_only_the_line_of_a_request_shows() -> None:
    item, plain = read(
        {
            "subject": " Stops ",
            "expedited": "3 May 2026",
            "date_acknowledged": "5/4/2026",
            "documents": "https://a.example/1 https://a.example/2",
            "released_into": "stops",
            "exemptions_cited": "b6",
        },
        {"expedited": "no"},
    )
    assert (item.subject, item.expedited, item.extended) == ("Stops", True, False)
    assert item.acknowledged == dt.date(2026, 5, 4)
    assert item.documents == ("https://a.example/1", "https://a.example/2")
    assert (item.released_into, item.exemptions, item.court) == ("stops", ("(b)(6)",), "")
    assert (plain.expedited, plain.subject, plain.documents) == (False, "", ())


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
    expected = {RequestState.OVERDUE: 2, RequestState.OPEN: 1, RequestState.ANSWERED: 4}
    assert states(told) == expected
    # Working days after 5 January: 1, 3, 5, and 38 to 2 March with two holidays between.
    # Calendar days: 1, 3, 7 and 56.
    assert told.rows("agencies") == (
        ("A", 6, 4, 2, 2, 3, 4, "4", "2.5", "13.3", "5"),
        ("The agency", 1, 0, 1, 0, 0, 0, None, None, None, None),
    )
    assert told.exemptions == (("(b)(6)", 2), ("(b)(7)(C)", 1))
    assert [item.number for item in told.requests[:2]] == ["4", "5"]
    assert told.total("numbers_twice") == 1
    sql = told.counted[0].receipt.sql
    assert "'2026-01-19'" in sql
    assert "a workbook" not in sql  # no form that this log does not write


def test_quartiles_need_four_numbers() -> None:
    rows = [{"date_received": "2026-08-03", "date_completed": f"2026-08-{d}"} for d in (4, 5, 14)]
    assert summarise(rows).rows("agencies")[0][7:10] == ("2", None, None)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("(b)(6); (b)(7)(C); (b)(6)", ("(b)(6)", "(b)(7)(C)")),
        ("b(6), b(7)C", ("(b)(6)", "(b)(7)(C)")),
        ("Ex. 5", ("(b)(5)",)),
        ("6, 7(C)", ("(b)(6)", "(b)(7)(C)")),
        ("5", ("(b)(5)",)),
        ("1.4(c)", ("(b)(1)",)),
        *(("-9", ("-9",)), ("12", ("12",)), ("1/2/2025", ("1/2/2025",))),
        ("OIP letter; PII; PII", ("OIP letter", "PII")),
        *(("", ()), ("N/A", ()), ("none", ()), ("-", ())),
    ],
)
def test_exemptions_are_read_where_they_are_known(text: str, read: tuple[str, ...]) -> None:
    assert read_exemptions(text) == read


def test_exemptions_in_too_many_texts_have_no_receipt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MOST_EXEMPTIONS", 1)
    told = summarise([{"exemptions_cited": text} for text in ("b6", "(b)(6)", "b5")])
    assert told.exemptions == (("(b)(6)", 2), ("(b)(5)", 1))
    assert told.uncounted == "exemptions are cited in 3 different texts"
    assert told.table("exemptions") is None


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(ELEMENTS),
            st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=9)
            | st.dates().map(str),
        ),
        max_size=8,
    )
)
@settings(max_examples=examples(4), deadline=None)
def test_no_log_breaks_the_reading(rows: list[dict[str, str]]) -> None:
    told = summarise([{"request_id": "", **row} for row in rows] or [{"request_id": ""}])
    count = max(len(rows), 1)
    assert sum(states(told).values()) == count == told.total("requests") == len(told.requests)
    assert sum(int(str(row[1])) for row in told.rows("agencies")) == count
    listed = [(row[0], row[1]) for row in told.rows("listed")]
    assert listed == [(item.number, item.request.state) for item in told.requests]


# Dates


IN_FORM = [
    ("2010-10-04", "2010-10-04", DateForm.ISO),
    (" 2010-10-4 ", "2010-10-04", DateForm.ISO),
    ("2010-10-04T09:30:00Z", "2010-10-04", DateForm.ISO),
    ("2010-10-04 00:00:00", "2010-10-04", DateForm.ISO),
    ("20101004", "2010-10-04", DateForm.COMPACT),
    ("40457.0", "2010-10-06", DateForm.SERIAL),
    ("40457", "2010-10-06", DateForm.SERIAL),
    ("40457.73", "2010-10-06", DateForm.SERIAL),
    ("10/4/2010", "2010-10-04", DateForm.AMERICAN),
    ("10-04-2010", "2010-10-04", DateForm.AMERICAN),
    ("10/4/2010 3:15 PM", "2010-10-04", DateForm.AMERICAN),
    ("10/4/10", "2010-10-04", DateForm.SHORT),
    ("12/31/66", "1966-12-31", DateForm.SHORT),
    ("1/2/65", "2065-01-02", DateForm.SHORT),
    ("Oct 4, 2010", "2010-10-04", DateForm.NAMED),
    ("October 4 2010", "2010-10-04", DateForm.NAMED),
    ("Sept. 4, 2010", "2010-09-04", DateForm.NAMED),
    ("4-OCT-2010", "2010-10-04", DateForm.NAMED),
    ("4 October 2010", "2010-10-04", DateForm.NAMED),
    ("\x85 46266.0\u3000", "2026-09-01", DateForm.SERIAL),
]
NOT_YET = ("-", " – ", "--", "N/A", "Pending", "open", "TBD")
EMPTY = ("", "  ", "\t")
UNREADABLE = (
    *("31/12/2010", "2010-13-01", "2010-02-30", "2010-00-10", "0/4/2010"),  # no such day
    *("10/4", "10-04/2010", "2010-10", "2010", "4", "1000000", "20101304"),  # not a whole day
    *("12345", "99999", "1905-07-02", "2150-01-01", "7/3/1966"),  # no time for such a request
    *("Okt 4, 2010", "Octo 4, 2010", "[see note]", "(b)(6)", "10/4/2010 and later"),
    *("٢٠١٠-١٠-٠٤", "<script>", "9" * 5000, "4 " * 5000, "2010-10-04; DROP TABLE"),
    "2026-08-03" + " " * 40 + ".",
)


def test_dates_in_the_forms_that_logs_use() -> None:
    """Written alone, a date is read as beside all other forms."""
    texts = [text for text, _, _ in IN_FORM] + [*NOT_YET, *EMPTY, *UNREADABLE]
    together = summarise([{"request_id": str(n), "date_due": t} for n, t in enumerate(texts)])
    due = {int(item.number): item.due_written for item in together.requests}
    days = [dt.date.fromisoformat(day) for _, day, _ in IN_FORM]
    assert [due[n] for n in range(len(texts))] == days + [None] * (len(texts) - len(days))
    expected = Counter(str(form) for _, _, form in IN_FORM)
    expected |= {DateForm.NOT_YET: len(NOT_YET), DateForm.EMPTY: len(EMPTY)}
    expected[DateForm.UNREADABLE] = len(UNREADABLE)
    assert {form: count for (_, form), count in forms(together).items()} == expected
    for form in (DateForm.SERIAL, DateForm.NAMED):
        some = {text: dt.date.fromisoformat(day) for text, day, f in IN_FORM if f is form}
        told = summarise([{"request_id": text, "date_due": text} for text in some])
        assert {day for item in told.requests if (day := item.due_written)} == {*some.values()}


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
    resource="log",
    fields={"request_id": "nr", "date_received": "got", "date_completed": "closed"},
    agency="A",
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
    told = track_requests(counter(), LOG, published(), "Log", AS_OF)
    assert isinstance(told, Tracker)
    assert {item.number: item.request.state for item in told.requests} == {
        "a": RequestState.ANSWERED,
        "b": RequestState.OVERDUE,
        "c": RequestState.UNCLEAR,
        "d": RequestState.WAITING,
    }
    assert (told.as_of, told.rows("agencies")[0][0]) == (AS_OF, "A")
    kinds = (DateForm.SERIAL, DateForm.NOT_YET, DateForm.WITHHELD, DateForm.EMPTY)
    counts = forms(told)
    assert {f: n for (e, f), n in counts.items() if e == "date_completed"} == dict.fromkeys(
        kinds, 1
    )


def test_a_log_may_be_of_another_day_or_of_none() -> None:
    early = track_requests(
        counter(), LOG.model_copy(update={"as_of": "2026-08-10"}), published(), "Log", AS_OF
    )
    assert isinstance(early, Tracker)
    assert {item.request.state for item in early.requests} >= {RequestState.OPEN}
    never = track_requests(
        counter(), LOG.model_copy(update={"as_of": "not stated"}), published(), "Log", AS_OF
    )
    assert isinstance(never, Tracker)
    assert never.as_of == ""
    assert RequestState.OVERDUE not in states(never)


def test_what_cannot_be_shown_is_refused() -> None:
    wrong = LOG.model_copy(update={"fields": {"request_id": "number"}})
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
    for change, rule in (
        ({"threshold": 5}, "requests-protected"),
        ({"rows": 10**6}, "requests-too-many"),
    ):
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
    told = summarise(rows, "")
    assert told.total("requests") == 4276
    # On which day the logs were true is not known: nothing is overdue.
    assert states(told).get(RequestState.WAITING) == 2225 + 513
    assert RequestState.OVERDUE not in states(told)
    assert told.total("numbers_twice") == 6
    counts = forms(told)
    assert counts["date_received", DateForm.ISO] == 4075
    assert counts["date_received", DateForm.SERIAL] == 200
    assert counts["date_received", DateForm.UNREADABLE] == 1
    assert counts["date_completed", DateForm.NOT_YET] == 2225
    assert counts["date_completed", DateForm.EMPTY] == 513
    # The agency counted its own target days: nearly all are the twentieth working day.
    assert (told.total("due_stated"), told.total("due_agrees")) == (4275, 3614)
    assert (told.total("listed"), told.total("left_out")) == (100, 4176)
    [agency] = told.rows("agencies")
    assert agency[2:4] == (1538, 2738)
