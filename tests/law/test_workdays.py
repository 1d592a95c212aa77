"""Working days against a table made by hand from the statute."""

from __future__ import annotations

import datetime as dt

import pytest

from plainrecord.law.workdays import (
    FIRST_YEAR,
    LAST_YEAR,
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


@pytest.mark.parametrize("year", sorted(OFF))
def test_days_off_are_those_of_the_statute(year: int) -> None:
    expected = {dt.date.fromisoformat(f"{year}-{day}") for day in OFF[year].split()}
    assert {day for day in federal_holidays(year) if day.weekday() < 5} == expected


@pytest.mark.parametrize("day", ["2017-01-20", "2021-01-20", "2024-12-24", "2020-06-19"])
def test_no_day_off_for_an_inauguration_an_order_or_before_the_law(day: str) -> None:
    assert dt.date.fromisoformat(day) not in federal_holidays(int(day[:4]))


def test_expedited_processing_is_decided_in_calendar_days() -> None:
    assert expedited_due(dt.date(2026, 12, 24)) == dt.date(2027, 1, 3)


@pytest.mark.parametrize("year", range(1971, 2101))
def test_every_holiday_is_observed_on_a_weekday(year: int) -> None:
    off = [day for day in federal_holidays(year) if day.weekday() < 5]
    assert 8 <= len(off) <= 12


def test_beyond_the_known_years_is_an_error() -> None:
    for year in (FIRST_YEAR - 1, LAST_YEAR + 1):
        with pytest.raises(ValueError, match=f"not for {year}"):
            federal_holidays(year)
