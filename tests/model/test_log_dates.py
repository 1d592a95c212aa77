"""Dates of request logs: the forms of real logs, near misses, and the counts of a real log."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.log_dates import FIRST, LAST, DateForm, LogDate, read_log_date

DAYS = st.dates(FIRST, LAST)


@pytest.mark.parametrize(
    ("text", "day", "form"),
    [
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
    ],
)
def test_forms_that_logs_use(text: str, day: str, form: DateForm) -> None:
    assert read_log_date(text) == LogDate(dt.date.fromisoformat(day), form)


@pytest.mark.parametrize("text", ["-", " – ", "--", "N/A", "Pending", "open", "TBD"])
def test_marks_for_no_date_yet(text: str) -> None:
    assert read_log_date(text) == LogDate(None, DateForm.NOT_YET)
    assert read_log_date(text).absent


@pytest.mark.parametrize("text", ["", "  ", "\t", None])
def test_an_empty_cell_says_nothing(text: str | None) -> None:
    assert read_log_date(text) == LogDate(None, DateForm.EMPTY)


@pytest.mark.parametrize(
    "text",
    [
        *("31/12/2010", "2010-13-01", "2010-02-30", "2010-00-10", "0/4/2010"),  # no such day
        *("10/4", "10-04/2010", "2010-10", "2010", "4", "1000000", "20101304"),  # not a whole day
        *("12345", "99999", "1905-07-02", "2150-01-01", "7/3/1966"),  # no time for such a request
        *("Okt 4, 2010", "Octo 4, 2010", "[see note]", "(b)(6)", "10/4/2010 and later"),
        *("٢٠١٠-١٠-٠٤", "<script>", "9" * 5000, "4 " * 5000, "2010-10-04; DROP TABLE"),
    ],
)
def test_what_is_not_one_day_is_not_guessed(text: str) -> None:
    read = read_log_date(text)
    assert read == LogDate(None, DateForm.UNREADABLE)
    assert not read.absent


@given(DAYS)
def test_one_day_in_every_form(day: dt.date) -> None:
    forms = {
        DateForm.ISO: day.isoformat(),
        DateForm.COMPACT: day.strftime("%Y%m%d"),
        DateForm.SERIAL: f"{(day - dt.date(1899, 12, 30)).days}.0",
        DateForm.AMERICAN: f"{day.month}/{day.day}/{day.year}",
        DateForm.NAMED: f"{day:%B} {day.day}, {day.year}",
    }
    for form, text in forms.items():
        assert read_log_date(text) == LogDate(day, form)


@given(st.text(max_size=60))
def test_no_text_raises(text: str) -> None:
    read = read_log_date(text)
    assert (read.day is None) == (read.form is DateForm.UNREADABLE or read.absent)
    assert read.day is None or FIRST <= read.day <= LAST


def test_a_real_log(real_data: Path) -> None:
    path = real_data / "foia-log-usda-aphis" / "aphis_foia_log_2010-2015_deidentified.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    received = Counter(read_log_date(row["received_date"]).form for row in rows)
    closed = Counter(read_log_date(row["closed_date"]).form for row in rows)
    assert len(rows) == 4276
    assert received == {DateForm.ISO: 4075, DateForm.SERIAL: 200, DateForm.UNREADABLE: 1}
    assert closed[DateForm.NOT_YET] == 2225
    assert closed[DateForm.EMPTY] == 513
    assert closed[DateForm.UNREADABLE] == 0
