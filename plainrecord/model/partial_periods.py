"""Periods on a chart's axis that the records do not cover as a whole: which, and why.

A last quarter with two months in it looks like a fall, a first year that begins in October like a
rise. Both are marked wherever the chart is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from plainrecord.model.breaks import read_stamp
from plainrecord.model.products import PartPeriod

FEWEST_MONTHS = 3
"""How many months must have records before one at the end, without any, counts as missing."""
USUAL_MONTHS = 12
"""How many months at that end are examined."""
USUAL_SHARE = 0.75
"""The share of them that must have records: where fewer do, an empty month is nothing unusual."""
MARK = "not whole"


@dataclass(frozen=True, slots=True)
class Extent:
    """How far the records of a table reach in time, as far as the build knows.

    `covers_from` and `covers_to` are as the maintainer declares them. `months` are those with
    records (2026-01), in order. `last_day` is the last day with records where the last month
    breaks off; `cut` says that it does, where the day is not published. `known_on` is the day on
    which the records were released: nothing after it can be in them. `kept` are the first and the
    last day, or month, that the condition of a chart leaves, `left` the last one before them and
    the first one after them that it leaves out; each "" where there is none.
    """

    covers_from: str = ""
    covers_to: str = ""
    months: tuple[str, ...] = ()
    last_day: str = ""
    cut: bool = False
    known_on: str = ""
    kept: tuple[str, str] = ("", "")
    left: tuple[str, str] = ("", "")


def find_parts(
    column: str, stamps: Sequence[str], period: str, extent: Extent
) -> tuple[PartPeriod, ...]:
    """The first and the last of the periods `stamps`, where they are not whole."""
    spans = sorted((span, name) for name in set(stamps) if (span := read_stamp(name, period)))
    if not spans:
        return ()
    parts = []
    if why := _late_start(spans[0][0], extent):
        parts.append(PartPeriod(column, spans[0][1], why))
    if (why := _early_end(spans[-1][0], extent)) and (len(spans) > 1 or not parts):
        parts.append(PartPeriod(column, spans[-1][1], why))
    return tuple(parts)


def _late_start(span: tuple[date, date], extent: Extent) -> str:
    first, after = span
    before = read_stamp(extent.left[0])
    if before is not None and first < before[1] < after:
        return f"the chart takes records from {extent.kept[0]} on"
    covered = read_stamp(extent.covers_from)
    if covered is not None:
        inside = first < covered[0] < after
        return f"the records begin {_when(extent.covers_from)}" if inside else ""
    begin = read_stamp(extent.months[0]) if _usual(extent.months[:USUAL_MONTHS]) else None
    if begin is not None and first < begin[0] < after:
        return f"the records begin {_when(extent.months[0])}"
    return ""


def _early_end(span: tuple[date, date], extent: Extent) -> str:
    first, after = span
    left = read_stamp(extent.left[1])
    if left is not None and first < left[0] < after:
        return f"the chart takes records up to {extent.kept[1]}"
    if why := _cut_short(span, extent):
        return why
    known = read_stamp(extent.known_on)
    if known is not None and first <= known[0] and known[1] < after:
        return f"the records were released {_when(extent.known_on)}"
    return ""


def _cut_short(span: tuple[date, date], extent: Extent) -> str:
    first, after = span
    end = read_stamp(extent.months[-1]) if extent.months else None
    if extent.last_day and end is not None and first <= end[0] < after:
        return f"the records end {_when(extent.last_day)}"
    if extent.cut and (end is None or first <= end[0] < after):
        return "the records end before the period does"
    covered = read_stamp(extent.covers_to)
    if covered is not None:
        inside = first < covered[1] < after
        return f"the records end {_when(extent.covers_to)}" if inside else ""
    if end is not None and first < end[1] < after and _usual(extent.months[-USUAL_MONTHS:]):
        return f"the records end {_when(extent.months[-1])}"
    return ""


def _when(stamp: str) -> str:
    return f"{'on' if len(stamp) == len('2026-01-31') else 'in'} {stamp}"


def _usual(months: Sequence[str]) -> bool:
    """Whether nearly every month from the first to the last of `months` has records."""
    spans = [span for month in months if (span := read_stamp(month))]
    if len(spans) < FEWEST_MONTHS:
        return False
    first, last = spans[0][0], spans[-1][0]
    whole = 12 * (last.year - first.year) + last.month - first.month + 1
    return len(spans) >= USUAL_SHARE * whole


def is_part(name: object, column: str, parts: Sequence[PartPeriod]) -> bool:
    """Whether a value of a key column is a period that is not whole."""
    return any(part.column == column and part.stamp == name for part in parts)


def mark_part(name: str, column: str, parts: Sequence[PartPeriod]) -> str:
    """A value of a key column, with the words that mark it where it is a period that is not whole."""
    return f"{name} ({MARK})" if is_part(name, column, parts) else name


def tell_part(part: PartPeriod) -> str:
    """A sentence that says which period is not whole, and why."""
    return f"{part.stamp} is {MARK}: {part.reason}."
