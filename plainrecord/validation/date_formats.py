"""Dates and times in any form: whether a text says all of what its type needs (called by `field_check`).

dateutil takes what a text leaves out from the day of the run, the century of a year of two digits
from the year of the run, and the zone behind a name from the machine. So a text is read twice, with
two of each: what comes out differently is not in the text.
"""

import datetime as dt
from typing import Any

from dateutil import parser

_FIRST, _SECOND = dt.datetime(1904, 1, 1), dt.datetime(2011, 8, 22, 13)  # noqa: DTZ001 - a text names the zone
"""Two moments that differ in year, month, day, weekday and hour; minutes that are left out are 0."""

_EXPECTED = {
    "date": "a whole date (year of four digits, month and day) and no time",
    "time": "an hour and no date",
    "datetime": "a whole date (year of four digits, month and day), an hour, and no zone but UTC or an offset",
}


class _Info(parser.parserinfo):
    """dateutil's words, with the century that a year of two digits gets."""

    def __init__(self, century: int) -> None:
        super().__init__()
        self._two_digits = century

    def convertyear(self, year: int, century_specified: bool = False) -> int:
        """The year that `year` stands for."""
        return year if century_specified or year >= 100 else year + self._two_digits


_READERS = (
    (parser.parser(_Info(1900)), _FIRST, dt.UTC),
    (parser.parser(_Info(2000)), _SECOND, dt.timezone(dt.timedelta(hours=1))),
)


def moment_note(kind: str, text: str) -> str:
    """Why `text` does not say a whole `kind` (date, time or datetime) by itself; empty if it does."""
    if text.lstrip().startswith("-"):  # dateutil would leave out the sign
        return f"it cannot be read as {_EXPECTED[kind]}"
    try:
        first, second = (_read(text, *how) for how in _READERS)
    except (ValueError, OverflowError, TypeError, AttributeError):
        return f"it cannot be read as {_EXPECTED[kind]}"
    dated = first.date() == second.date()
    timed = first.time() == second.time() and first.utcoffset() == second.utcoffset()
    if kind == "date":
        whole = dated and (not timed or (first.time() == dt.time() and first.tzinfo is None))
    else:
        whole = timed and dated == (kind == "datetime")
    return "" if whole else f"the text does not say {_EXPECTED[kind]}"


def _read(text: str, reader: Any, otherwise: dt.datetime, unknown: dt.tzinfo) -> dt.datetime:
    def zone(name: str | None, offset: int | None) -> dt.tzinfo | None:
        if offset is not None:
            return dt.timezone(dt.timedelta(seconds=offset))
        return unknown if name is not None else None

    moment: dt.datetime = reader.parse(text, default=otherwise, tzinfos=zone)
    return moment
