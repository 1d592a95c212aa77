"""Records over time: stretches without any, a last month that is not whole, and how far they reach."""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from plainrecord.model.partial_periods import Extent

FEWEST_MONTHS = 6
USUAL_MONTH = 10
USUAL_DAY = 5
SHORTEST_GAP = 4


@dataclass(frozen=True, slots=True)
class Calendar:
    """What records per day say: whether there are enough, stretches without any, a cut last month.

    `gaps` are months ("2020-03 to 2020-05") where `monthly`, else days; `last` is the last day
    where the last month is not whole, with its records in `final`; `usual` is a month's middle.
    """

    enough: bool
    usual: float = 0
    gaps: tuple[str, ...] = ()
    empty: int = 0
    monthly: bool = False
    last: str = ""
    final: int = 0
    before: float = 0


def read_calendar(days: Mapping[str, int]) -> Calendar:
    """Gaps, and a last month that breaks off, from records per ISO day."""
    months: dict[str, int] = defaultdict(int)
    for day, count in days.items():
        months[day[:7]] += count
    usual = median(months.values()) if months else 0
    if len(months) < FEWEST_MONTHS or usual < USUAL_MONTH:
        return Calendar(False, usual)
    names = sorted(months)
    empty = [month for month in _months(names[0], names[-1]) if month not in months]
    gaps = _runs(empty) if empty else _daily(days)
    last, final, before = _partial(days, months)
    return Calendar(
        enough=True,
        usual=usual,
        gaps=tuple(gaps),
        empty=len(empty) or len(gaps),
        monthly=bool(empty),
        last=last,
        final=final,
        before=before,
    )


def read_extent(days: Mapping[str, int], covers_from: str, covers_to: str, known_on: str) -> Extent:
    """How far records reach, from their number on each ISO day, and what is declared of them."""
    return Extent(
        covers_from=covers_from,
        covers_to=covers_to,
        months=tuple(sorted({day[:7] for day in days})),
        last_day=read_calendar(days).last if days else "",
        known_on=known_on,
    )


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


def _daily(days: Mapping[str, int]) -> list[str]:
    """Stretches of days without records, where most days have some."""
    if median(days.values()) < USUAL_DAY:
        return []
    dates = sorted(dt.date.fromisoformat(day) for day in days)
    steps = sorted((later - earlier).days - 1 for earlier, later in pairwise(dates))
    usual = steps[int(len(steps) * 0.99)]
    one = dt.timedelta(days=1)
    return [
        f"{earlier + one} to {later - one}"
        for earlier, later in pairwise(dates)
        if (later - earlier).days - 1 >= max(SHORTEST_GAP, 3 * usual)
    ]


def _partial(days: Mapping[str, int], months: Mapping[str, int]) -> tuple[str, int, float]:
    """The last day, the last month's records and those before it; no day where it is whole."""
    last, final = max(months), max(days)
    before = median([months[name] for name in sorted(months)[-1 - FEWEST_MONTHS : -1]])
    end = calendar.monthrange(int(last[:4]), int(last[5:7]))[1]
    cut = months[last] < 0.7 * before and int(final[8:10]) < end - 1
    return final if cut else "", months[last], before
