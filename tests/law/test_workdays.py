"""Working days against a table made by hand from the statute, and days by which answers are due."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plainrecord.law.workdays import (
    FIRST_YEAR,
    LAST_YEAR,
    add_workdays,
    answer_due,
    appeal_due,
    count_workdays,
    expedited_due,
    federal_holidays,
)

# Days off, by year, worked out from 5 U.S.C. 6103 with a calendar: month-day.
OFF = {
    # New Year's Day 2011 was a Saturday, so 31 December 2010 was off.
    2010: "01-01 01-18 02-15 05-31 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2011: "01-17 02-21 05-30 07-04 09-05 10-10 11-11 11-24 12-26",
    # Veterans Day on a Sunday, no Juneteenth yet.
    2012: "01-02 01-16 02-20 05-28 07-04 09-03 10-08 11-12 11-22 12-25",
    # Independence Day on a Saturday, observed on the Friday before.
    2020: "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25",
    # The first Juneteenth, signed on 17 June, on a Saturday; New Year's Day 2022 on a Saturday.
    2021: "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31",
    2022: "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26",
    2023: "01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25",
    # Inauguration Day 2025 fell on the birthday of Martin Luther King, Jr.
    2025: "01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25",
    2026: "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25",
}

DAYS = st.dates(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR - 1, 12, 31))


@pytest.mark.parametrize("year", sorted(OFF))
def test_days_off_are_those_of_the_statute(year: int) -> None:
    expected = {dt.date.fromisoformat(f"{year}-{day}") for day in OFF[year].split()}
    assert {day for day in federal_holidays(year) if day.weekday() < 5} == expected


@pytest.mark.parametrize("day", ["2017-01-20", "2021-01-20", "2024-12-24", "2020-06-19"])
def test_no_day_off_for_an_inauguration_an_order_or_before_the_law(day: str) -> None:
    assert dt.date.fromisoformat(day) not in federal_holidays(int(day[:4]))


@pytest.mark.parametrize(
    ("received", "due", "extended"),
    [
        # Columbus Day, 11 October 2010, lies between: counted by hand on a calendar.
        ("2010-10-04", "2010-11-02", "2010-11-17"),
        # Received on a Saturday: the Monday after is the first day.
        ("2026-08-01", "2026-08-28", "2026-09-14"),
        # Across Thanksgiving, Christmas and New Year's Day.
        ("2021-12-10", "2022-01-11", "2022-01-26"),
        # Juneteenth and Independence Day, both observed on other days.
        ("2021-06-17", "2021-07-19", "2021-08-02"),
        ("2020-06-17", "2020-07-16", "2020-07-30"),
    ],
)
def test_an_answer_is_due_on_the_twentieth_working_day(
    received: str, due: str, extended: str
) -> None:
    day = dt.date.fromisoformat(received)
    assert answer_due(day).isoformat() == due
    assert answer_due(day, extended=True).isoformat() == extended
    assert appeal_due(day).isoformat() == due


def test_expedited_processing_is_decided_in_calendar_days() -> None:
    assert expedited_due(dt.date(2026, 12, 24)) == dt.date(2027, 1, 3)


@given(DAYS, st.integers(1, 60))
@settings(deadline=None)  # the first call makes the calendar
def test_adding_and_counting_agree(day: dt.date, count: int) -> None:
    end = add_workdays(day, count)
    assert count_workdays(day, end) == count
    step, walked = day, 0
    while step < end:  # the slow way
        step += dt.timedelta(days=1)
        walked += step.weekday() < 5 and step not in federal_holidays(step.year)
    assert walked == count


@given(DAYS, DAYS)
@settings(deadline=None)
def test_counting_backwards_is_nothing(one: dt.date, other: dt.date) -> None:
    first, last = sorted((one, other))
    assert count_workdays(last, first) == 0
    assert count_workdays(first, last) <= (last - first).days


@pytest.mark.parametrize("year", range(1971, 2101))
def test_every_holiday_is_observed_on_a_weekday(year: int) -> None:
    off = [day for day in federal_holidays(year) if day.weekday() < 5]
    assert 8 <= len(off) <= 12


def test_beyond_the_known_years_is_an_error() -> None:
    for day in (dt.date(1965, 12, 1), dt.date(LAST_YEAR, 12, 20)):
        with pytest.raises(ValueError, match="are told for"):
            add_workdays(day, 20)
    with pytest.raises(ValueError, match="not for 1900"):
        federal_holidays(1900)
    with pytest.raises(ValueError, match="lead nowhere"):
        add_workdays(dt.date(2026, 1, 1), 0)
