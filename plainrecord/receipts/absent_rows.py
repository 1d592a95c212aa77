"""Rows that a query cannot give: a period, or a pair of groups, for which there are no records.

The build adds them to the rows of a series, and `plainrecord verify` adds them again. A count of
no records is zero, also in a protected table, which lists every combination that occurs. A sum or a
value over no records is not zero: there is no data.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from plainrecord.core.periods import parse_period
from plainrecord.model.evidence import Cell
from plainrecord.model.packages import MissingKind
from plainrecord.model.products import SeriesColumn
from plainrecord.model.statuses import SHOWN

COUNT = "count"
"""The measure of a series that counts records."""
RELEASED_COUNT = "released:count"
"""The measure of a series of counts from a protected table, where small ones are suppressed."""
OTHERS = "All others"
"""What the rest of a limited list is called."""
MOST_ROWS = 20_000
"""The most rows of a series, which is also what a receipt may have."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HOURS = tuple(f"{hour:02}" for hour in range(24))
TIMES = ("date", "datetime", "yearmonth", "year")
_TURNING = {"weekday": WEEKDAYS, "hour": HOURS}

Row = tuple[Cell, ...]


def complete_rows(
    completed: str, columns: Sequence[SeriesColumn], measure: str, rows: Sequence[Row]
) -> tuple[Row, ...]:
    """The rows of a series, with rows added for groups without records.

    `completed` is that of the chart's kind. Periods between the first and the last are added for each
    line or bar, or a row for each cell. If there is nothing to add, or the result would have more than
    `MOST_ROWS` rows, the rows are returned unchanged. So are those of an older receipt, which has no
    `measure`.
    """
    keys = [column for column in columns if column.role == "key"]
    beside = [None if c.role == "bound" else 0 for c in columns if c.role in ("count", "bound")]
    grid = completed == "cells"
    if not keys or not measure or not completed or not (grid or keys[0].period):
        return tuple(rows)
    wide = len(keys)
    stamps = [str(row[0]) for row in rows]
    times = [x for x in stamps if parse_period(x, keys[0].period)]
    in_time = OTHERS not in stamps and times and stamps[: len(times)] == sorted(times)
    if (
        completed == "ordered periods" and not in_time
    ):  # the largest come first, and the rest may be one bar
        return tuple(rows)
    across = _fill(stamps, keys[0].period)
    if grid and wide > 1:
        down = _fill([str(row[1]) for row in rows], keys[1].period)
        others = list(dict.fromkeys((name, *row[2:wide]) for name in down for row in rows))
    else:
        others = list(dict.fromkeys(row[1:wide] for row in rows))
    there = {row[:wide]: row for row in rows}
    if len(across) * len(others) > MOST_ROWS or len(across) * len(others) == len(there):
        return tuple(rows)
    nothing: Row = (
        (0, SHOWN) if is_zero_without_rows(measure) else (None, MissingKind.MISSING.value)
    )
    nothing = (*beside, *nothing)
    made = ((x, *other) for x in across for other in others)
    return tuple(there.get(key, (*key, *nothing)) for key in made)


def is_zero_without_rows(measure: str) -> bool:
    """Whether a combination that no row has is zero in a series of this measure."""
    return measure in (COUNT, RELEASED_COUNT)


def is_dated(name: str, column: SeriesColumn) -> bool:
    """Whether a value has its place on an axis of time; on any other axis every value has one."""
    if not column.period and column.type not in TIMES:
        return True
    if name == OTHERS or name in _TURNING.get(column.period, ()):
        return True
    return parse_period(name.removeprefix("-"), column.period) is not None


def _fill(stamps: Sequence[str], period: str) -> list[str]:
    """The stamps in order, periods by time without gaps, then those that name no period."""
    names = list(dict.fromkeys(stamps))
    if not period:
        return names
    known = _TURNING.get(period)
    if known is None:
        spans = [(span, name) for name in names if (span := parse_period(name, period))]
        if not spans:
            return names
        first, last = min(spans)[0][0], max(spans)[0][0]
        known = tuple(_walk(first, last, period))
    return [*known, *(name for name in names if name not in set(known))]


def _walk(first: date, last: date, period: str) -> Iterator[str]:
    """The stamps of up to `MOST_ROWS` periods from the one that begins on `first` to `last`."""
    day = first
    for _ in range(MOST_ROWS + 1):
        if day > last:
            return
        stamp = format_period(day, period)
        yield stamp
        span = parse_period(stamp, period)
        if not span or span[1] <= day:
            return  # the last day of the calendar
        day = span[1]


def format_period(day: date, period: str) -> str:
    """The period of a day, as the query of a series writes it (`engine.PERIODS`)."""
    if period == "day":
        return day.isoformat()
    if period == "month":
        return f"{day.year:04}-{day.month:02}"
    if period == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return f"{day.year + (period == 'fiscal-year' and day.month > 9):04}"
