"""What is told of editions that were compared: in which words, which periods, under which ids."""

from __future__ import annotations

from collections.abc import Sequence

from plainrecord.model.changes import MovedPeriod, PairChanges, Triangle
from plainrecord.model.freshness import day_words

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


def count_words(pair: PairChanges) -> str:
    """What a pair of editions differs by, in one sentence; small counts are kept back."""
    found = pair.comparison
    counts = (found.added, found.vanished, found.changed)
    return word_counts(pair.old, None if pair.small else counts)


def word_counts(old: str, counts: tuple[int, int, int] | None) -> str:
    """How many records were added, vanished and changed since the edition of the day `old`.

    None stands for counts that are kept back.
    """
    since = f"since the edition of {day_words(old)}"
    if counts is None:
        return f"Few records differ {since}; how many is kept back for privacy."
    if not any(counts):
        return f"No record is another {since}."
    words = ("new", "no longer there", "changed")
    parts = [f"{count:,} {word}" for count, word in zip(counts, words, strict=True) if count]
    return f"Records {since}: {', '.join(parts)}."
