"""Numbers of rows that may point to few people are kept back, and never a single one alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

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
