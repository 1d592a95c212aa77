"""Records over time: stretches without any, and a last period that is not whole."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from statistics import median

from plainrecord.findings import Finding

FEWEST_MONTHS = 6
USUAL_MONTH = 10
USUAL_DAY = 5
SHORTEST_GAP = 4


def calendar_findings(days: Mapping[str, int], field: str) -> Iterator[Finding]:
    """Warnings for gaps and for a last month that breaks off, from records per ISO day."""
    months: dict[str, int] = defaultdict(int)
    for day, count in days.items():
        months[day[:7]] += count
    if len(months) < FEWEST_MONTHS:
        return
    usual = median(months.values())
    if usual < USUAL_MONTH:
        return
    names = sorted(months)
    empty = [month for month in _months(names[0], names[-1]) if month not in months]
    if empty:
        runs = _runs(empty)
        yield Finding(
            "time-gap",
            f"no record in {', '.join(runs[:3])}{' and other months' if len(runs) > 3 else ''}; "
            f"half of the months have {usual:,.0f} or more",
            "records in every month, or a known reason",
            field=field,
            count=len(empty),
        )
    else:
        yield from _daily(days, field)
    yield from _partial(days, months, field)


def _months(first: str, last: str) -> Iterator[str]:
    year, month = int(first[:4]), int(first[5:7])
    while (name := f"{year:04}-{month:02}") <= last:
        yield name
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def _runs(months: list[str]) -> list[str]:
    """Months in a row as "2020-03 to 2020-05"."""
    runs: list[list[str]] = []
    for month in months:
        if runs and list(_months(runs[-1][-1], month))[1:] == [month]:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]


def _daily(days: Mapping[str, int], field: str) -> Iterator[Finding]:
    if median(days.values()) < USUAL_DAY:
        return
    dates = sorted(dt.date.fromisoformat(day) for day in days)
    steps = sorted((later - earlier).days - 1 for earlier, later in pairwise(dates))
    usual = steps[int(len(steps) * 0.99)]
    gaps = [
        (earlier, later)
        for earlier, later in pairwise(dates)
        if (later - earlier).days - 1 >= max(SHORTEST_GAP, 3 * usual)
    ]
    if gaps:
        one = dt.timedelta(days=1)
        shown = [f"{a + one} to {b - one}" for a, b in gaps[:3]]
        yield Finding(
            "time-gap",
            f"no record from {', '.join(shown)}{' and on other days' if len(gaps) > 3 else ''}",
            "records on most days, or a known reason",
            field=field,
            count=len(gaps),
        )


def _partial(days: Mapping[str, int], months: Mapping[str, int], field: str) -> Iterator[Finding]:
    last = max(months)
    before = [months[name] for name in sorted(months)[-1 - FEWEST_MONTHS : -1]]
    usual = median(before)
    final = max(days)
    end = calendar.monthrange(int(last[:4]), int(last[5:7]))[1]
    if months[last] < 0.7 * usual and int(final[8:10]) < end - 1:
        yield Finding(
            "period-partial",
            f"the last month, {last}, ends on {final} with {months[last]:,} records; "
            f"the months before have about {usual:,.0f}",
            "a whole last month, or a note that it is not",
            field=field,
        )
