"""Stamps are read as spans of days, and named in sentences."""

from __future__ import annotations

from datetime import date

import pytest

from plainrecord.core.periods import name_period, parse_period
from plainrecord.core.translation import Catalogue, translated


@pytest.mark.parametrize(
    ("text", "period", "first", "after"),
    [
        ("2020-02-29", "", date(2020, 2, 29), date(2020, 3, 1)),
        ("2020-02-29 11:00:00", "", date(2020, 2, 29), date(2020, 3, 1)),
        ("2020-12", "", date(2020, 12, 1), date(2021, 1, 1)),
        ("2020-Q4", "", date(2020, 10, 1), date(2021, 1, 1)),
        ("2020", "year", date(2020, 1, 1), date(2021, 1, 1)),
        ("2020", "fiscal-year", date(2019, 10, 1), date(2020, 10, 1)),
        ("FY2020", "", date(2019, 10, 1), date(2020, 10, 1)),
        ("0999-Q1", "quarter", date(999, 1, 1), date(999, 4, 1)),
        ("0001", "fiscal-year", date.min, date(1, 10, 1)),
        ("9999-12-31", "day", date.max, date.max),
        ("9999-12", "month", date(9999, 12, 1), date.max),
        ("9999-Q4", "quarter", date(9999, 10, 1), date.max),
        ("9999", "year", date(9999, 1, 1), date.max),
        ("10000", "fiscal-year", date(9999, 10, 1), date.max),
    ],
)
def test_stamps_are_read_as_spans_of_days(text: str, period: str, first: date, after: date) -> None:
    assert parse_period(text, period) == (first, after)


@pytest.mark.parametrize(
    "text", ["", "Missing", "2020-13", "2020-02-30", "0000", "10000", "20", "٢٠٢٠"]
)
def test_other_texts_are_no_stamps(text: str) -> None:
    assert parse_period(text) is None


@pytest.mark.parametrize(
    ("text", "period", "words"),
    [
        ("2020-02-09", "day", "9 February 2020"),
        ("2020-12", "month", "December 2020"),
        ("2020-Q4", "quarter", "Q4 2020"),
        ("2020", "year", "2020"),
        ("2020", "fiscal-year", "fiscal year 2020"),
        ("FY2020", "", "fiscal year 2020"),
        ("2020-02-09 11:00", "", "2020-02-09 11:00"),
        ("2020-02-09 night shift", "", "2020-02-09 night shift"),
        ("2020-13", "month", "2020-13"),
        ("Missing", "month", "Missing"),
        ("", "", ""),
    ],
)
def test_periods_are_named_in_sentences(text: str, period: str, words: str) -> None:
    assert name_period(text, period) == words


@pytest.mark.parametrize(
    ("text", "period", "words"),
    [
        ("2020-02-09", "day", "9 Feb 2020"),
        ("2020-12", "month", "Dec 2020"),
        ("2020-Q4", "quarter", "Q4 2020"),
        ("2020", "fiscal-year", "FY 2020"),
        ("Missing", "month", "Missing"),
    ],
)
def test_periods_are_short_on_an_axis(text: str, period: str, words: str) -> None:
    assert name_period(text, period, short=True) == words


def test_a_translation_without_twelve_short_months_gives_the_months_in_full() -> None:
    class OneMonth(Catalogue):
        def gettext(self, message: str) -> str:
            return "ene" if message.startswith("Jan Feb") else message

    with translated(OneMonth()):
        assert name_period("2020-02-09", short=True) == "9 February 2020"
