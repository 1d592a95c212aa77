"""Freshness: how old a release is against the frequency that was promised."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.freshness import (
    day_words,
    frequency_code,
    frequency_words,
    measure_freshness,
    parse_day,
)


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("R/P3M", "R/P3M", "every quarter"),
        ("quarterly", "R/P3M", "every quarter"),
        ("Every Quarter", "R/P3M", "every quarter"),
        ("P10D", "P10D", "every 10 days"),
        ("R/P4Y", "R/P4Y", "every 4 years"),
        ("R5/P1M", "R5/P1M", "every month"),
        ("irregular", "irregular", "at irregular times"),
        ("when the mayor likes", "", "when the mayor likes"),
        ("", "", ""),
    ],
)
def test_a_frequency_is_read_from_codes_and_words(text: str, code: str, words: str) -> None:
    assert frequency_code(text) == code
    assert frequency_words(text) == words


def test_a_quarter_is_47_days_late() -> None:
    found = measure_freshness("R/P3M", "2026-05-18", ["2026-06-01"], "2026-10-04")
    assert found is not None
    assert (found.due, found.late, found.age) == ("2026-08-18", 47, 139)
    assert found.checked == "2026-06-01"


@pytest.mark.parametrize(
    ("frequency", "newest", "due"),
    [
        ("R/P1M", "2026-01-31", "2026-02-28"),
        ("R/P1M", "2024-01-31", "2024-02-29"),
        ("R/P1Y", "2024-02-29", "2025-02-28"),
        ("R/P2W", "2026-12-25", "2027-01-08"),
        ("R/P1D", "2026-12-31", "2027-01-01"),
        ("R/P999Y", "9500-01-01", ""),
        ("irregular", "2026-01-01", ""),
    ],
)
def test_the_next_release_is_due_one_interval_later(frequency: str, newest: str, due: str) -> None:
    found = measure_freshness(frequency, newest, [], newest)
    assert found is not None
    assert (found.due, found.late, found.age) == (due, 0, 0)


def test_on_the_day_it_is_due_it_is_not_late() -> None:
    found = measure_freshness("R/P1M", "2026-01-01", [], "2026-02-01")
    assert found is not None
    assert found.late == 0
    later = measure_freshness("R/P1M", "2026-01-01", [], "2026-02-02")
    assert later is not None
    assert later.late == 1


def test_what_is_not_a_day_has_no_age() -> None:
    assert measure_freshness("R/P1M", "", [], "2026-01-01") is None
    assert measure_freshness("R/P1M", "2026-02-30", [], "2026-01-01") is None
    for text in ("20260101", "2026-W01-1", "2026-1-1", " 2026-01-01", "２０２６-01-01"):
        assert parse_day(text) is None, text
    found = measure_freshness("R/P1M", "2026-01-01", ["soon"], "never")
    assert found is not None
    assert (found.as_of, found.checked) == ("2026-01-01", "2026-01-01")


def test_days_are_in_words() -> None:
    assert day_words("2026-05-18") == "18 May 2026"
    assert day_words("last week") == "last week"


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2500, 1, 1)), st.integers(1, 60))
def test_months_keep_the_day_or_take_the_last_one(start: datetime.date, months: int) -> None:
    found = measure_freshness(f"R/P{months}M", start.isoformat(), [], start.isoformat())
    assert found is not None
    due = datetime.date.fromisoformat(found.due)
    assert (due.year * 12 + due.month) - (start.year * 12 + start.month) == months
    following = due + datetime.timedelta(days=1)
    assert due.day == start.day or (due.day < start.day and following.day == 1)
