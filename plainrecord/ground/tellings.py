"""What is told of editions that were compared: which periods, and under which ids of receipts."""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.model.changes import MovedPeriod, Triangle

MOST_PERIODS = 24


def choose_periods(
    triangle: Triangle, moved: Sequence[MovedPeriod], threshold: int
) -> tuple[str, ...]:
    """The periods of a triangle that are told: the last ones, and earlier ones that moved.

    Under a threshold it is not told which ones moved.
    """
    other = {item.period for item in moved} if not threshold else set()
    recent = triangle.periods[-MOST_PERIODS:]
    earlier = [period for period in triangle.periods[:-MOST_PERIODS] if period in other]
    return (*earlier[-MOST_PERIODS:], *recent)


def contrast_id(dataset: str, day: str) -> str:
    """The id of the receipt for the edition of `day` beside the one before."""
    return f"{dataset}.changes.{day}"


def portion_id(dataset: str, day: str, part: str = "by-value") -> str:
    """The id of the receipt for what changed by `part`: fields, period, place or category; of all."""
    return f"{contrast_id(dataset, day)}.{part}"


def triangle_id(dataset: str) -> str:
    """The id of the receipt for each period as every edition reported it."""
    return f"{dataset}.changes.periods"
