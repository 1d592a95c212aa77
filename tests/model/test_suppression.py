"""What is kept back of a column: no small count is shown, and none follows from what is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from plainrecord.model.packages import MissingKind, MissingValue
from plainrecord.model.suppression import FieldCounts, Reserve, reserve_field

MISSING, WITHHELD = MissingKind.MISSING, MissingKind.WITHHELD
COUNTS = st.lists(st.integers(1, 30), max_size=6)


def reserve(
    values: list[int], missing: list[int], withheld: list[int], threshold: int, rest: int = 0
) -> Reserve:
    marks = tuple(
        (MissingValue(f"{kind}{place}", "", kind), count)
        for kind, counts in ((MISSING, missing), (WITHHELD, withheld))
        for place, count in enumerate(counts)
    )
    filled = sum(values) + rest
    rows = filled + sum(missing) + sum(withheld)
    return reserve_field(FieldCounts(rows, filled, marks, tuple(values)), threshold)


def test_a_dataset_without_a_threshold_keeps_nothing_back() -> None:
    assert reserve([3, 1], [1], [1], 0, 1) == Reserve(False, (False, False), (False, False))


def test_one_rare_value_takes_the_next_smallest_with_it() -> None:
    assert reserve([40, 30, 3], [], [], 11).values == (False, True, True)
    assert reserve([40, 30, 3], [], [], 11, rest=20).values == (False, False, True)


def test_values_that_are_not_listed_are_not_told_by_the_listed_ones() -> None:
    assert reserve([40, 30], [], [], 11, rest=2).values == (False, True)


def test_three_that_occur_once_do_not_follow_from_their_sum() -> None:
    assert reserve([40, 1, 1, 1], [], [], 3).values == (True, True, True, True)


@given(COUNTS, COUNTS, COUNTS, st.integers(2, 15), st.integers(0, 20))
def test_no_small_count_is_shown_or_follows(
    values: list[int], missing: list[int], withheld: list[int], threshold: int, rest: int
) -> None:
    kept = reserve(values, missing, withheld, threshold, rest)
    numbers = [*missing, *withheld]
    hidden_marks = sum(n for n, hide in zip(numbers, kept.marks, strict=True) if hide)
    hidden_values = sum(n for n, hide in zip(values, kept.values, strict=True) if hide)
    assert all(hide for n, hide in zip(numbers, kept.marks, strict=True) if n < threshold)
    assert all(hide for n, hide in zip(values, kept.values, strict=True) if n < threshold)
    absent, filled = sum(numbers), sum(values) + rest
    for total in (absent, filled):
        assert kept.total or not 0 < total < threshold
    if not kept.total:
        # Whoever knows the totals knows these sums; none of them may be a small count.
        assert hidden_marks == 0 or hidden_marks >= threshold
        assert hidden_values + rest == 0 or hidden_values + rest >= threshold
        others = sum(missing)
        assert not 0 < others < threshold
    elif filled >= threshold and absent + filled >= threshold:
        # Whoever knows the rows and what is withheld knows what is left over.
        left = hidden_values + rest + (sum(missing) or absent)
        assert left >= threshold or all(kept.values)
