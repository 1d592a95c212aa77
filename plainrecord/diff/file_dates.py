"""Dates in the names of files, and whether they fit the order of the releases.

A date in a name is no evidence of when a file was released: ICE published a list of January 2026
as `participatingAgencies01052025pm.xlsx`. Where the name contradicts the order, somebody must look.
"""

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from plainrecord.model.revisions import Misdated

EARLIEST, LATEST = 1990, 2099
SLACK = dt.timedelta(days=1)
"""A file may be named for the day after: releases cross the date line and midnight."""

SPLIT_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[-_. ](\d{1,2})[-_. ](\d{1,2})(?!\d)")
SPLIT_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})[-_. ](\d{1,2})[-_. ](\d{4}|\d{2})(?!\d)")
RUN = re.compile(r"(?<!\d)\d{6,14}(?!\d)")


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file of a release by its name, and the day of the release."""

    name: str
    release: dt.date


def dates_in(name: str) -> tuple[dt.date, ...]:
    """The days that `name` may state, each once, in order of time.

    Recognised are YYYYMMDD (with or without a time after it), MMDDYYYY, MMDDYY, and numbers
    separated by - _ . or a space: YYYY-MM-DD, MM-DD-YYYY, MM-DD-YY. Digits that fit several formats
    give several days.
    """
    days: set[dt.date | None] = set()
    for parts in SPLIT_YEAR_FIRST.findall(name):
        days.add(_day(parts[0], parts[1], parts[2]))
    for parts in SPLIT_YEAR_LAST.findall(name):
        days.add(_day(parts[2], parts[0], parts[1]))
    for digits in RUN.findall(name):
        if len(digits) in (8, 12, 14):
            days.add(_day(digits[:4], digits[4:6], digits[6:8]))
        if len(digits) == 8:
            days.add(_day(digits[4:], digits[:2], digits[2:4]))
        if len(digits) == 6:
            days.add(_day(digits[4:], digits[:2], digits[2:4]))
    return tuple(sorted(day for day in days if day is not None))


def _day(year: str, month: str, day: str) -> dt.date | None:
    number = int(year) + (2000 if len(year) == 2 else 0)
    if not EARLIEST <= number <= LATEST:
        return None
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None


def find_misdated(files: Sequence[NamedFile]) -> tuple[Misdated, ...]:
    """Files, in order of release, whose names state only days that cannot be right.

    A day can be right if it is not after the release, not before the day in the name of the
    previous release, and not the same day of another year. Names without a date are ignored; if a
    name may state several days, one that can be right is enough.
    """
    misdated = []
    before: dt.date | None = None
    for file in files:
        days = dates_in(file.name)
        problems = {day: _problem(day, file.release, before) for day in days}
        good = [day for day, problem in problems.items() if not problem]
        if good:
            before = max(good)
        elif days:
            day = max(days)
            misdated.append(
                Misdated(file.name, file.release.isoformat(), day.isoformat(), problems[day])
            )
    return tuple(misdated)


def _problem(day: dt.date, release: dt.date, before: dt.date | None) -> str:
    """Why the day in a name cannot be that of the release; empty where it can."""
    if (day.month, day.day) == (release.month, release.day) and day.year != release.year:
        return f"it is the day of the release in another year ({day.year}, not {release.year})"
    if day > release + SLACK:
        return "it is after the release"
    if before is not None and day < before:
        return f"it is before the day in the name of the previous release ({before.isoformat()})"
    return ""
