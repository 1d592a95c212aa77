"""Dates as request logs really write them, read to days; the form they had is kept.

The forms are those of agencies' own logs: ISO 8601, a workbook's serial number that became text
(`40457.0`), month/day/year as Americans write it, a month's name, and marks for "not yet". No
form is guessed: what could be two days is unreadable.
"""

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

FIRST, LAST = dt.date(1966, 7, 4), dt.date(2099, 12, 31)
"""Days that can occur in a log: the Act was signed on 4 July 1966."""


class DateForm(StrEnum):
    """How a date was written, in words."""

    ISO = "year-month-day"
    COMPACT = "eight digits, year first"
    SERIAL = "a workbook's serial number"
    AMERICAN = "month/day/year"
    SHORT = "month/day/year of two digits"
    NAMED = "with the month's name"
    NOT_YET = "a mark for no date yet"
    EMPTY = "empty"
    WITHHELD = "withheld by the agency"
    UNREADABLE = "not readable as one day"


@dataclass(frozen=True, slots=True)
class LogDate:
    """A cell of a log: the day it names, if it names one, and the form in which it was written."""

    day: dt.date | None
    form: DateForm

    @property
    def absent(self) -> bool:
        """Whether the log says that there is no date, which is not the same as one unread."""
        return self.form in (DateForm.EMPTY, DateForm.NOT_YET)


NOT_YET = {"-", "--", "–", "—", "n/a", "na", "none", "open", "pending", "tbd"}
_EPOCH = dt.date(1899, 12, 30)  # serials of the 1900 date system, right from March 1900 on
_CLOCK = r"(?:[T ]\s*\d{1,2}:\d\d(?::\d\d(?:\.\d{1,9})?)?\s*(?:[AP]\.?M\.?|Z)?)?"
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}


def _named(match: re.Match[str]) -> tuple[int, int, int]:
    return int(match["y"]), _MONTHS.get(match["m"].lower(), 0), int(match["d"])


def _numbers(match: re.Match[str]) -> tuple[int, int, int]:
    return int(match["y"]), int(match["m"]), int(match["d"])


def _short(match: re.Match[str]) -> tuple[int, int, int]:
    year = int(match["y"])  # the Act is from 1966, so two digits name one year until 2065
    return year + (1900 if year >= 66 else 2000), int(match["m"]), int(match["d"])


_FORMS: tuple[
    tuple[DateForm, re.Pattern[str], Callable[[re.Match[str]], tuple[int, int, int]]], ...
] = tuple(
    (form, re.compile(pattern + _CLOCK, re.IGNORECASE | re.ASCII), read)
    for form, pattern, read in (
        (DateForm.ISO, r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})", _numbers),
        (DateForm.COMPACT, r"(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)", _numbers),
        (DateForm.AMERICAN, r"(?P<m>\d{1,2})(?P<s>[/-])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4})", _numbers),
        (DateForm.SHORT, r"(?P<m>\d{1,2})(?P<s>[/-])(?P<d>\d{1,2})(?P=s)(?P<y>\d\d)", _short),
        (DateForm.NAMED, r"(?P<m>[a-z]{3,9})\.?\s+(?P<d>\d{1,2}),?\s+(?P<y>\d{4})", _named),
        (DateForm.NAMED, r"(?P<d>\d{1,2})[\s-](?P<m>[a-z]{3,9})\.?[\s-](?P<y>\d{4})", _named),
    )
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d{1,12})?", re.ASCII)
LONGEST = 40


def read_log_date(text: str | None) -> LogDate:
    """The day from 4 July 1966 to 2099 that a log's cell names, and its form; nothing is raised."""
    plain = (text or "").strip()
    if not plain:
        return LogDate(None, DateForm.EMPTY)
    if plain.lower() in NOT_YET:
        return LogDate(None, DateForm.NOT_YET)
    if len(plain) <= LONGEST:
        if match := _SERIAL.fullmatch(plain):
            return _settle(_EPOCH + dt.timedelta(days=int(match[1])), DateForm.SERIAL)
        for form, pattern, read in _FORMS:
            if match := pattern.fullmatch(plain):
                try:
                    return _settle(dt.date(*read(match)), form)
                except ValueError:
                    break
    return LogDate(None, DateForm.UNREADABLE)


def _settle(day: dt.date, form: DateForm) -> LogDate:
    return LogDate(day, form) if FIRST <= day <= LAST else LogDate(None, DateForm.UNREADABLE)
