"""The order of durations, which is a partial one: a month is no number of days.

XML Schema (3.2.6.2) adds both durations to four moments, between which all differences of months
lie; one duration is at least another where it is so from each of them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

_MOMENTS = tuple(
    dt.datetime(*day, tzinfo=dt.UTC)
    for day in ((1696, 9, 1), (1697, 2, 1), (1903, 3, 1), (1903, 7, 1))
)


def breaks_bound(value: Any, name: str, bound: Any) -> bool:
    """Whether a duration is not certainly inside the bound `name`."""
    sign = -1 if name.lower().endswith("maximum") else 1
    try:
        gaps = [sign * ((start + value) - (start + bound)).total_seconds() for start in _MOMENTS]
    except (OverflowError, ValueError):  # from the year 1 to 9999: no more is known
        return True
    return bool(min(gaps) <= 0 if name.startswith("exclusive") else min(gaps) < 0)
