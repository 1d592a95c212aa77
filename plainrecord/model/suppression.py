"""Numbers of rows that may point to few people are kept back, and never a single one alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from plainrecord.model.packages import MissingKind, MissingValue

Count = int | Literal["kept back"] | None
"""A number of rows; "kept back" where it would point to few people; None where nothing is known."""


def shield(counts: Sequence[int], threshold: int) -> tuple[Count, ...]:
    """`counts`, small ones kept back: those from 1 to `threshold` - 1.

    Where only one would be kept back, the next smallest goes with it: a reader who knows the sum
    could work a single one out (complementary suppression).
    """
    shown: list[Count] = ["kept back" if 0 < count < threshold else count for count in counts]
    if shown.count("kept back") == 1:
        rest = [
            (count, at) for at, count in enumerate(counts) if count and shown[at] != "kept back"
        ]
        if rest:
            shown[min(rest)[1]] = "kept back"
    return tuple(shown)


@dataclass(frozen=True, slots=True)
class FieldCounts:
    """What a field's rows consist of: marks of absence and values, each with its count."""

    rows: int
    filled: int
    marks: tuple[tuple[MissingValue, int], ...] = ()
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reserve:
    """What is kept back of a field: its total, and which of its marks and values."""

    total: bool
    marks: tuple[bool, ...]
    values: tuple[bool, ...]


def reserve_field(counts: FieldCounts, threshold: int) -> Reserve:
    """What must be kept back of a field so that no count from 1 to threshold - 1 is told.

    The page of withheld values tells how many there are, and of which mark, by rules of its own:
    what is kept back here must not follow from it either.
    """

    def small(count: int) -> bool:
        return 0 < count < threshold

    numbers = [count for _, count in counts.marks]
    held = [mark.kind is MissingKind.WITHHELD for mark, _ in counts.marks]
    absent = counts.rows - counts.filled
    withheld = sum(count for count, is_held in zip(numbers, held, strict=True) if is_held)
    others = absent - withheld
    hidden = [small(count) for count in numbers]
    apart = hide_few([n for n, is_held in zip(numbers, held, strict=True) if is_held], threshold)
    places = [place for place, is_held in enumerate(held) if is_held]
    for place, count in zip(places, apart, strict=True):
        hidden[place] = count is None
    if small(counts.filled) or small(counts.rows - withheld):
        hidden = [count > 0 for count in numbers]
    rest = [place for place in range(len(numbers)) if place not in places]
    _extend(hidden, numbers, rest, threshold)
    total = small(absent) or small(counts.filled) or small(others)
    if not total:
        _extend(hidden, numbers, list(range(len(numbers))), threshold)
    pool = next((count for count in (others, absent) if small(count)), 0)
    pool += counts.filled - sum(counts.values)  # values that are not listed
    values = [small(count) for count in counts.values]
    _extend(values, counts.values, list(range(len(values))), threshold, pool)
    return Reserve(total, tuple(hidden), tuple(values))


def _extend(
    hidden: list[bool], counts: Sequence[int], places: Sequence[int], threshold: int, pool: int = 0
) -> None:
    """Hide the next smallest until nothing follows of what is hidden at `places` together."""
    left = sorted(
        (count, place) for place, count in enumerate(counts) if place in places and count
    )  # fmt: skip
    while True:
        kept = [counts[place] for place in places if hidden[place]]
        together = pool + sum(kept)
        # As many rows as counts would tell that each of them is 1.
        if not together or (together >= threshold and together > len(kept)):
            return
        following = next((place for _, place in left if not hidden[place]), None)
        if following is None:
            return
        hidden[following] = True


def hide_few(counts: Sequence[int], threshold: int) -> list[int | None]:
    """Counts from 1 to threshold - 1 are None, and the next smallest where one alone would be.

    One hidden count could be had from the total and the others, so that a second one goes too.
    """
    shown: list[int | None] = [None if 0 < count < threshold else count for count in counts]
    if shown.count(None) == 1 and len(counts) > 1:
        left = [(count, place) for place, count in enumerate(shown) if count]
        if left:
            shown[min(left)[1]] = None
    return shown
